//! Names of exported files, from a pattern such as `{class}-{seed}-{index}`.
//!
//! A name is fit for every operating system, whatever the pattern says, and never one that is taken.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use strata_engine::Recipe;

use crate::{explain::Explained, gallery};

/// Longest name in bytes, without number and ending; every file system takes 255 with them.
const LONGEST: usize = 180;
/// Names of devices on Windows, with any ending.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A pattern that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Class,
    Seed,
    Index,
    Model,
    Date,
    Depth,
}

const FIELDS: [(&str, Field); 6] = [
    ("class", Field::Class),
    ("seed", Field::Seed),
    ("index", Field::Index),
    ("model", Field::Model),
    ("date", Field::Date),
    ("depth", Field::Depth),
];

/// What a name can tell of a picture.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What made it.
    pub recipe: &'a Recipe,
    /// When it was made. A PNG does not say; its file does.
    pub made: SystemTime,
    /// Depths that are shown.
    pub depth: usize,
}

impl Pattern {
    /// The pattern of those who name none.
    pub const DEFAULT: &'static str = "{class}-{seed}-{index}";

    /// Reads a pattern.
    ///
    /// # Errors
    /// When a brace is alone or names no field.
    pub fn parse(text: &str) -> Result<Self, Explained> {
        let wrong = |what: String| {
            let fields: Vec<String> = FIELDS.map(|(name, _)| format!("{{{name}}}")).to_vec();
            Explained::new(
                format!("the pattern {text:?} {what}"),
                format!("Use any of {}, and text between them.", fields.join(", ")),
            )
        };
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(brace) = rest.find(['{', '}']) {
            let (before, after) = rest.split_at(brace);
            let (name, later) = after
                .strip_prefix('{')
                .and_then(|inside| inside.split_once('}'))
                .ok_or_else(|| wrong("has a brace without its other half".into()))?;
            let field = FIELDS
                .into_iter()
                .find(|(known, _)| *known == name.trim())
                .ok_or_else(|| wrong(format!("has a field {name:?}, which does not exist")))?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Field(field.1));
            rest = later;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        if parts.is_empty() {
            return Err(wrong("is empty".into()));
        }
        Ok(Self(parts))
    }

    /// The name of a picture's file, without its ending.
    pub fn name(&self, facts: &Facts) -> String {
        let recipe = facts.recipe;
        let text = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Field(Field::Class) => gallery::slug(&super::title(recipe.subject)),
            Part::Field(Field::Seed) => recipe.seed.to_string(),
            Part::Field(Field::Index) => recipe.index.to_string(),
            Part::Field(Field::Model) => recipe.model.clone(),
            Part::Field(Field::Date) => date(facts.made),
            Part::Field(Field::Depth) => facts.depth.to_string(),
        };
        sanitised(&self.0.iter().map(text).collect::<String>())
    }
}

/// A name that every operating system takes, and no shell hides or mistakes for an option.
fn sanitised(name: &str) -> String {
    let plain = |c: char| match c {
        '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' => '-',
        c if c.is_control() => '-',
        c => c,
    };
    let name: String = name.chars().map(plain).collect();
    let mut name = name.trim_start_matches(['.', ' ', '-']);
    if name.len() > LONGEST {
        name = name
            .get(..name.floor_char_boundary(LONGEST))
            .unwrap_or_default();
    }
    let name = name.trim_end_matches(['.', ' ']);
    if name.is_empty() {
        return "picture".into();
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    if is_device(&stem.to_lowercase()) {
        return format!("_{name}");
    }
    name.to_owned()
}

/// `con`, `com1`, `lpt9` and the like; superscript digits count on Windows too.
fn is_device(stem: &str) -> bool {
    let port = stem
        .strip_prefix("com")
        .or_else(|| stem.strip_prefix("lpt"));
    let numbered = port.is_some_and(|rest| {
        let mut rest = rest.chars();
        let number = rest.next();
        rest.next().is_none() && number.is_some_and(|c| matches!(c, '0'..='9' | '¹' | '²' | '³'))
    });
    numbered || DEVICES.contains(&stem)
}

/// `2026-01-31`, in universal time: days to a date as in Hinnant's "chrono-compatible low-level date
/// algorithms". Files from before 1970 have that year's first day.
fn date(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    let days = since.unwrap_or(Duration::ZERO).as_secs() / 86_400;
    // Years begin in March, so that the leap day is the last of a year; eras have 400 years.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The names given so far in a folder.
#[derive(Clone, Debug)]
pub struct Names {
    folder: PathBuf,
    given: HashSet<String>,
}

/// Where a file goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nothing is there.
    Free(PathBuf),
    /// The very same file is there already.
    There(PathBuf),
}

impl Place {
    /// The path.
    pub fn path(&self) -> &Path {
        match self {
            Self::Free(path) | Self::There(path) => path,
        }
    }
}

impl Names {
    /// Of a folder.
    pub fn within(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            given: HashSet::new(),
        }
    }

    /// The place of the next file: `name.png`, or `name-2.png` and so on when that is taken, by a file
    /// that is not the `same` or by an earlier one of this export. Names that differ in case only are one.
    pub fn place(&mut self, name: &str, extension: &str, same: impl Fn(&Path) -> bool) -> Place {
        let mut number = 1_usize;
        loop {
            let file = match number {
                1 => format!("{name}.{extension}"),
                _ => format!("{name}-{number}.{extension}"),
            };
            let path = self.folder.join(&file);
            number += 1;
            if self.given.contains(&file.to_lowercase()) {
                continue;
            }
            let there = path.symlink_metadata().is_ok();
            if there && !same(&path) {
                continue;
            }
            self.given.insert(file.to_lowercase());
            return if there {
                Place::There(path)
            } else {
                Place::Free(path)
            };
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use strata_engine::{Guidance, Sampling, Subject};

    use super::*;

    fn recipe(subject: Subject) -> Recipe {
        Recipe {
            model: "illustrations".into(),
            weights: None,
            subject,
            seed: 7,
            index: 3,
            guidance: Guidance::NONE,
            sampling: Sampling::default(),
            start: None,
        }
    }

    fn named(pattern: &str, recipe: &Recipe) -> String {
        let made = SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_323_199);
        Pattern::parse(pattern).unwrap().name(&Facts {
            recipe,
            made,
            depth: 2,
        })
    }

    #[test]
    fn every_field_is_filled_in() {
        let dog = recipe(Subject::Class(207));
        assert_eq!(named(Pattern::DEFAULT, &dog), "golden-retriever-7-3");
        assert_eq!(
            named("{model} of {date}, {class} {seed}.{index} d{depth}", &dog),
            "illustrations of 2026-02-28, golden-retriever 7.3 d2"
        );
        assert_eq!(named("{ class }", &recipe(Subject::Page)), "page");
        assert_eq!(
            named("{class}", &recipe(Subject::Class(4321))),
            "class-4321"
        );
    }

    #[test]
    fn wrong_patterns_name_the_fields() {
        for wrong in ["", "{", "a}", "{class", "{clas}", "{{class}}", "}{"] {
            let error = Pattern::parse(wrong).unwrap_err();
            assert!(error.next_step.contains("{class}, {seed}"), "{error:?}");
        }
    }

    #[test]
    fn names_are_fit_for_every_system() {
        for (name, expected) in [
            ("a/b\\c:d*e?f\"g<h>i|j\nk", "a-b-c-d-e-f-g-h-i-j-k"),
            ("../../etc", "etc"),
            (" .hidden. ", "hidden"),
            ("--force", "force"),
            ("", "picture"),
            (" . ", "picture"),
            ("CON", "_CON"),
            ("nul.tar", "_nul.tar"),
            ("com¹", "_com¹"),
            ("Lpt9", "_Lpt9"),
            ("com10", "com10"),
            ("console", "console"),
            ("Größe 犬", "Größe 犬"),
        ] {
            assert_eq!(sanitised(name), expected);
        }
        let long = sanitised(&"犬".repeat(400));
        assert_eq!(long, "犬".repeat(60));
    }

    #[test]
    fn dates_are_calendar_days() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (789, "1972-02-29"),
            (11_016, "2000-02-29"),
            (20_453, "2025-12-31"),
            (47_541, "2100-03-01"),
        ] {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400);
            assert_eq!(date(time), expected);
        }
    }

    #[test]
    fn taken_names_get_a_number() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.png"), b"old").unwrap();
        std::fs::write(folder.path().join("a-3.png"), b"same").unwrap();
        let mut names = Names::within(folder.path());
        let mut place = |name: &str, extension: &str| {
            let same = |path: &Path| std::fs::read(path).is_ok_and(|bytes| bytes == b"same");
            let place = names.place(name, extension, same);
            let file = place
                .path()
                .file_name()
                .unwrap()
                .to_string_lossy()
                .into_owned();
            (file, matches!(place, Place::There(_)))
        };
        assert_eq!(place("a", "png"), ("a-2.png".into(), false));
        assert_eq!(place("a", "png"), ("a-3.png".into(), true));
        assert_eq!(place("a", "png"), ("a-4.png".into(), false));
        assert_eq!(place("a", "gif"), ("a.gif".into(), false));
        // Some file systems take both for one.
        assert_eq!(place("B", "gif"), ("B.gif".into(), false));
        assert_eq!(place("b", "gif"), ("b-2.gif".into(), false));
    }
}
