//! `strata classes`: looking classes up.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Output, Result, Studio, choose};
use crate::classes::{Class, Classes};

/// Its arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A part of a name or synonym (small mistakes are forgiven), a WordNet id or a number; without it
    /// all are listed.
    search: Vec<String>,
    /// Only the classes that this model knows.
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// At most this many [default: 20, or all without SEARCH].
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: u32,
    wnid: &'a str,
    name: &'a str,
    synonyms: &'a [String],
}

/// Lists the classes nearest to the search, best first.
///
/// # Errors
/// When the model is not installed, or standard output takes no more.
pub fn run(args: &Args, studio: &dyn Studio, out: &mut Output) -> Result<()> {
    let known: Option<BTreeSet<u32>> = match &args.model {
        Some(id) => Some(choose::named(studio, id)?.classes.iter().copied().collect()),
        None => None,
    };
    let query = args.search.join(" ");
    let limit = args.limit.unwrap_or(if query.trim().is_empty() {
        usize::MAX
    } else {
        20
    });
    let found: Vec<&Class> = Classes::shipped()
        .search(&query, usize::MAX)
        .into_iter()
        .filter(|class| known.as_ref().is_none_or(|known| known.contains(&class.id)))
        .take(limit)
        .collect();
    let rows: Vec<Row> = found
        .iter()
        .map(|class| Row {
            id: class.id,
            wnid: &class.wnid,
            name: &class.name,
            synonyms: &class.synonyms,
        })
        .collect();
    out.outcome(&rows, || lines(&found, &query))
}

fn lines(found: &[&Class], query: &str) -> String {
    if found.is_empty() {
        return format!(
            "No class is like {query:?}. Try a more general word, or `strata classes` for the whole list."
        );
    }
    let lines: Vec<String> = found
        .iter()
        .map(|class| {
            format!(
                "{:>4}  {}  {}  ({})",
                class.id,
                class.wnid,
                class.name,
                class.synonyms.join(", ")
            )
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::headless::scripted::Scripted;

    fn said(args: &Args, json: bool) -> String {
        let mut bytes = Vec::new();
        run(
            args,
            &Scripted::default(),
            &mut Output::new(&mut bytes, json),
        )
        .unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn args(search: &str) -> Args {
        Args {
            search: vec![search.into()],
            model: None,
            limit: None,
        }
    }

    #[test]
    fn json_has_id_wnid_and_name() {
        let value: serde_json::Value =
            serde_json::from_str(&said(&args("golden retriever"), true)).unwrap();
        assert_eq!(value[0]["id"], 207);
        assert_eq!(value[0]["wnid"], "n02099601");
        assert!(value[0]["name"].is_string());
    }

    #[test]
    fn an_unclear_name_lists_every_candidate() {
        let text = said(&args("crane"), false);
        assert!(text.contains("134") && text.contains("517"), "{text}");
    }

    #[test]
    fn nothing_found_is_an_empty_list() {
        assert_eq!(said(&args("qzxqzxqzx"), true).trim(), "[]");
        assert!(said(&args("qzxqzxqzx"), false).contains("No class is like"));
    }

    #[test]
    fn a_model_narrows_the_list() {
        let mut all = args("");
        all.model = Some("tiny-classes".into());
        let value: serde_json::Value = serde_json::from_str(&said(&all, true)).unwrap();
        assert_eq!(value.as_array().unwrap().len(), 4);
        all.limit = Some(2);
        let value: serde_json::Value = serde_json::from_str(&said(&all, true)).unwrap();
        assert_eq!(value.as_array().unwrap().len(), 2);
    }
}
