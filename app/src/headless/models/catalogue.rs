//! `strata models catalogue`: what is published and can be fetched.

use serde::Serialize;
use strata_engine::{
    Mode,
    library::{
        MANIFEST,
        catalogue::{Entry, Published},
        download::receipts,
    },
};

use super::super::{Output, Result, Studio};
use crate::wording::library as words;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub struct Args {}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    name: &'a str,
    summary: &'a str,
    family: &'a str,
    /// Whether this version can run it.
    runnable: bool,
    installed: bool,
    /// None for a tokenizer alone.
    mode: Option<Mode>,
    tokenizer: &'a str,
    grid: [usize; 2],
    depth: usize,
    codebook: usize,
    size: [usize; 2],
    parameters: Option<u64>,
    /// About what there is to fetch, the tokenizer too.
    bytes: Option<u64>,
    score: Option<&'a str>,
    licence: &'a str,
    repository: &'a str,
    folder: &'a str,
    page: String,
}

impl<'a> Row<'a> {
    fn of(entry: &Entry<'a>, studio: &dyn Studio) -> Self {
        let tokenizer = entry.tokenizer();
        let Published {
            id,
            name,
            summary,
            family,
            repository,
            folder,
            score,
            parameters,
            licence,
            ..
        } = entry.published();
        let home = studio.models_folder().join(id);
        let installed = match entry {
            Entry::Model(..) => home.join(MANIFEST).is_file(),
            // A tokenizer alone is no model.
            Entry::Tokenizer(_) => {
                let mut fetched = receipts(&home).into_keys();
                fetched.any(|name| name.starts_with("tokenizer."))
            }
        };
        Self {
            id,
            name,
            summary,
            family,
            runnable: entry.published().family().is_some(),
            installed,
            mode: match entry {
                Entry::Model(transformer, _) => Some(transformer.mode()),
                Entry::Tokenizer(_) => None,
            },
            tokenizer: &tokenizer.published.id,
            grid: tokenizer.codes.grid,
            depth: tokenizer.codes.depth,
            codebook: tokenizer.codes.codebook,
            size: [tokenizer.image.width, tokenizer.image.height],
            parameters: *parameters,
            bytes: entry.bytes(),
            score: score.as_deref(),
            licence,
            repository,
            folder,
            page: entry.published().page(),
        }
    }

    fn describe(&self) -> String {
        let mut marks = String::new();
        if self.installed {
            marks.push_str("  [installed]");
        }
        if !self.runnable {
            marks.push_str("  [not run by this version]");
        }
        let [rows, columns] = self.grid;
        let [width, height] = self.size;
        let mut facts = vec![
            format!("{width}x{height} pixels"),
            format!("codes {rows}x{columns}x{} of {}", self.depth, self.codebook),
        ];
        facts.extend(self.parameters.map(words::parameters));
        facts.extend(
            self.bytes
                .map(|bytes| format!("about {:.1} GB", bytes as f64 / 1e9)),
        );
        facts.extend(self.score.map(str::to_owned));
        format!(
            "{}  ({}){marks}\n  {}\n  {}\n  licence {}, {}",
            self.id,
            self.name,
            self.summary,
            facts.join(", "),
            self.licence,
            self.page
        )
    }
}

/// Lists the entries, models first.
///
/// # Errors
/// When the user's own catalogue cannot be read, or standard output takes no more.
pub fn run(_: &Args, studio: &dyn Studio, out: &mut Output) -> Result<()> {
    let catalogue = studio.catalogue()?;
    let entries = catalogue.entries();
    let rows: Vec<Row> = entries.iter().map(|entry| Row::of(entry, studio)).collect();
    out.outcome(&rows, || {
        let blocks: Vec<String> = rows.iter().map(Row::describe).collect();
        blocks.join("\n\n")
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    use strata_engine::library::catalogue::Catalogue;

    use super::*;
    use crate::headless::scripted::Scripted;

    fn said(json: bool) -> String {
        let mut bytes = Vec::new();
        let out = &mut Output::new(&mut bytes, json);
        run(&Args {}, &Scripted::default(), out).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn json_tells_models_from_tokenizers() {
        let value: serde_json::Value = serde_json::from_str(&said(true)).unwrap();
        let rows = value.as_array().unwrap();
        let row = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap();
        let xxl = row("dnd-imagenet-xxl");
        assert_eq!(xxl["mode"], "classes");
        assert_eq!(xxl["tokenizer"], "dnd-tokenizer-imagenet-256-depth2");
        assert_eq!(xxl["bytes"], 5_740_000_000_u64 + 836_000_000);
        assert_eq!(xxl["installed"], false);
        assert_eq!(row("dnd-arxiv-xxl")["depth"], 8);
        assert!(row("dnd-tokenizer-text-image-384")["mode"].is_null());
        assert_eq!(row("llamagen-b-256")["runnable"], true);
    }

    /// The user's catalogue may know families that this version does not.
    const OTHER: &str = r#"
        [[tokenizer]]
        id = "other"
        name = "Other"
        summary = ""
        family = "other"
        repository = "somebody/other"
        folder = ""
        image = { width = 256, height = 256 }
        codes = { grid = [16, 16], depth = 1, codebook = 16384 }
        licence = ""
    "#;

    #[test]
    fn a_family_of_another_version_is_marked() {
        let catalogue = Catalogue::parse(OTHER, Path::new("catalogue.toml")).unwrap();
        let row = Row::of(&catalogue.entries()[0], &Scripted::default());
        let text = row.describe();
        assert!(text.contains("[not run by this version]"), "{text}");
    }

    #[test]
    fn people_read_sizes_and_scores() {
        let text = said(false);
        assert!(
            text.contains("gFID 2.58") && text.contains("about 6.6 GB"),
            "{text}"
        );
        assert!(!text.contains("[not run by this version]"), "{text}");
    }
}
