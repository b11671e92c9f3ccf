//! What is known of one file of the pictures folder. Where that is kept, and how it is asked for, is
//! the business of the neighbours.

use std::{fmt, path::Path, str::FromStr};

use sha2::{Digest, Sha256};
use strata_engine::{Error, Mode, PerDepth, Recipe, Subject, picture};

use crate::{classes::Classes, wording};

/// Which picture, whatever its file is called: a digest of what the picture is drawn from. Two files
/// with the same codes of the same model share it, so it survives renaming, moving and copying.
///
/// It is made of codes, model, subject, seed and index, and not of the recipe's text, so that a newer
/// way of writing recipes does not change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity(pub [u8; 16]);

impl Identity {
    /// Of a picture's recipe and codes.
    pub fn of(recipe: &Recipe, codes: &strata_engine::Codes) -> Self {
        let mut hash = Sha256::new();
        let mut text = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        text("strata picture 1");
        text(&recipe.model);
        text(recipe.weights.as_deref().unwrap_or_default());
        let subject = match recipe.subject {
            Subject::Class(class) => [0, class],
            Subject::Page => [1, 0],
        };
        let sizes = [codes.rows, codes.columns, codes.depth, codes.codebook];
        for number in subject.into_iter().chain([recipe.index]) {
            hash.update(number.to_le_bytes());
        }
        hash.update(recipe.seed.to_le_bytes());
        for size in sizes {
            hash.update((size as u64).to_le_bytes());
        }
        for code in &codes.values {
            hash.update(code.to_le_bytes());
        }
        let mut short = [0; 16];
        short.copy_from_slice(&hash.finalize()[..16]);
        Self(short)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Identity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not 32 hexadecimal digits");
        if text.len() != 32 || !text.is_ascii() {
            return Err(wrong());
        }
        let mut bytes = [0; 16];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

/// A file as the folder shows it, unopened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Relative to the pictures folder, `/` between the parts on every system.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// When it was last written, in nanoseconds since 1970.
    pub modified_nanos: i64,
}

/// What the index says of one PNG.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The file.
    pub file: Found,
    /// What is in it.
    pub content: Content,
    /// What a text search looks through, in lower case.
    pub(super) words: String,
}

/// What is in a PNG of the folder.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A picture of ours.
    Picture(Facts),
    /// A PNG without a recipe; galleries do not show it.
    Foreign,
    /// It cannot be read: why, in one sentence.
    Unreadable(String),
}

/// What is known of a picture without its pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Which picture.
    pub identity: Identity,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// The model's id.
    pub model: String,
    /// What it shows.
    pub subject: Subject,
    /// The seed.
    pub seed: u64,
    /// Its number among those of the seed.
    pub index: u32,
    /// Codes a position.
    pub depth: u32,
    /// The guidance scale of the first depth.
    pub guidance: f32,
    /// The temperature of the first depth.
    pub temperature: f32,
    /// Whether it was drawn to the end.
    pub complete: bool,
}

impl Facts {
    /// Class pictures or pages.
    pub fn mode(&self) -> Mode {
        match self.subject {
            Subject::Class(_) => Mode::Classes,
            Subject::Page => Mode::Documents,
        }
    }

    /// The class; pages have none.
    pub fn class(&self) -> Option<u32> {
        match self.subject {
            Subject::Class(class) => Some(class),
            Subject::Page => None,
        }
    }

    fn of(header: &picture::Header) -> Self {
        let recipe = &header.recipe;
        let leading = |values: &PerDepth<f32>| values.values().first().copied().unwrap_or(1.0);
        Self {
            identity: Identity::of(recipe, &header.codes),
            // `read_header` refuses sides past `MAX_SIDE`.
            width: header.size[0] as u32,
            height: header.size[1] as u32,
            model: recipe.model.clone(),
            subject: recipe.subject,
            seed: recipe.seed,
            index: recipe.index,
            depth: u32::try_from(header.codes.depth).unwrap_or(u32::MAX),
            guidance: leading(&recipe.guidance.scale),
            temperature: leading(&recipe.sampling.temperature),
            complete: header.codes.is_complete(),
        }
    }
}

impl Row {
    /// From its parts.
    pub fn new(file: Found, content: Content) -> Self {
        let words = words(&file.path, &content);
        Self {
            file,
            content,
            words,
        }
    }

    /// What is known of the picture, if it is one.
    pub fn facts(&self) -> Option<&Facts> {
        match &self.content {
            Content::Picture(facts) => Some(facts),
            _ => None,
        }
    }

    /// When the picture was made, in seconds since 1970. A file is written once and never changed, and
    /// its time of writing, unlike its time of birth, is kept by copies and backups.
    pub fn created_secs(&self) -> i64 {
        self.file.modified_nanos.div_euclid(1_000_000_000)
    }

    /// The file's name, without its folders.
    pub fn name(&self) -> &str {
        let path = &self.file.path;
        path.rsplit('/').next().unwrap_or(path)
    }
}

/// A row and the recipe's JSON, which only the index on the disk keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The row.
    pub row: Row,
    /// The recipe of a picture.
    pub recipe: Option<String>,
}

/// Opens a file and reads all but its pixels; `None` when it went away meanwhile.
pub fn read(folder: &Path, file: Found) -> Option<Reading> {
    let path = folder.join(&file.path);
    let (content, recipe) = match picture::read_header(&path) {
        Ok(header) => (
            Content::Picture(Facts::of(&header)),
            serde_json::to_string(&header.recipe).ok(),
        ),
        Err(Error::File {
            kind: std::io::ErrorKind::NotFound,
            ..
        }) => return None,
        Err(Error::NoRecipe { .. }) => (Content::Foreign, None),
        Err(error) => (Content::Unreadable(error.to_string()), None),
    };
    Some(Reading {
        row: Row::new(file, content),
        recipe,
    })
}

fn words(path: &str, content: &Content) -> String {
    let Content::Picture(facts) = content else {
        return path.to_lowercase();
    };
    let mut words = vec![path.to_owned(), facts.model.clone(), facts.seed.to_string()];
    match facts
        .class()
        .map(|class| (class, Classes::shipped().get(class)))
    {
        Some((_, Some(class))) => {
            words.extend([class.name.clone(), class.wnid.clone()]);
            words.extend(class.synonyms.iter().cloned());
        }
        Some((class, None)) => words.push(wording::unnamed_class(class)),
        None => words.push(wording::PAGE.to_owned()),
    }
    words.join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{super::fixture, *};

    #[test]
    fn identities_follow_the_picture_and_not_the_file() {
        let picture = fixture::picture(1, 7, 0);
        let one = Identity::of(&picture.recipe, &picture.codes);
        assert_eq!(one, Identity::of(&picture.recipe, &picture.codes));
        assert_eq!(one.to_string().parse(), Ok(one));
        for text in ["", "zz", &"g".repeat(32), &"ä".repeat(16)] {
            text.parse::<Identity>().unwrap_err();
        }

        let mut other = picture.clone();
        other.codes.values[5] ^= 1;
        assert_ne!(one, Identity::of(&other.recipe, &other.codes));
        let mut other = picture.clone();
        other.recipe.seed += 1;
        assert_ne!(one, Identity::of(&other.recipe, &other.codes));
    }

    #[test]
    fn files_are_pictures_foreign_unreadable_or_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        fixture::picture(207, 7, 3).write_png(&path, "").unwrap();
        let found = |path: &str| Found {
            path: path.into(),
            bytes: 1,
            modified_nanos: 5,
        };
        let reading = read(folder.path(), found("a.png")).unwrap();
        let facts = reading.row.facts().unwrap();
        assert_eq!((facts.seed, facts.index, facts.class()), (7, 3, Some(207)));
        assert!(facts.complete);
        assert!(reading.row.words.contains("golden retriever"));
        let recipe: Recipe = serde_json::from_str(&reading.recipe.unwrap()).unwrap();
        assert_eq!(recipe.seed, 7);

        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(folder.path().join("cut.png"), &bytes[..bytes.len() / 2]).unwrap();
        let cut = read(folder.path(), found("cut.png")).unwrap();
        assert!(matches!(cut.row.content, Content::Unreadable(_)));
        fixture::plain_png(&folder.path().join("plain.png"));
        let plain = read(folder.path(), found("plain.png")).unwrap();
        assert_eq!(plain.row.content, Content::Foreign);
        assert_eq!(read(folder.path(), found("none.png")), None);
    }
}
