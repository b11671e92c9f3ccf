//! `--best-of`: drafts ranked by the model's own likelihood; only the best reach the folder.

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;
use strata_engine::{Picture, Recipe};

use super::{
    super::{Output, Result},
    Args,
    feed::Shelf,
    plan::Plan,
};
use crate::{explain::Explained, ranking};

/// Its arguments.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct BestOf {
    /// Make N drafts of each named class, or of the page, and keep those that the model finds likeliest.
    #[arg(long, value_name = "N", conflicts_with_all = ["count", "shard", "npz"])]
    best_of: Option<u32>,
    /// With --best-of: how many are kept [default: 1].
    #[arg(long, value_name = "M", requires = "best_of")]
    keep: Option<u32>,
}

/// One draft in the ranking of its subject.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Draft {
    /// From 1, the likeliest.
    rank: usize,
    /// Logarithm of the probability of its codes, in nats.
    log_likelihood: Option<f32>,
    /// Where it is kept; null for the others.
    file: Option<String>,
    recipe: Recipe,
    seconds: f32,
}

/// The drafts so far. Of each subject no more pictures than are kept are held.
pub struct Ranking<'a> {
    plan: &'a Plan,
    folder: &'a Path,
    keep: usize,
    by_label: BTreeMap<u32, Vec<(Draft, Option<Picture>)>>,
}

impl BestOf {
    /// How many drafts and how many of them are kept, if drafts are asked for.
    ///
    /// # Errors
    /// When the numbers, or other arguments, make no sense with them.
    pub fn asked(&self, args: &Args) -> Result<Option<(u32, u32)>> {
        let Some(drafts) = self.best_of else {
            return Ok(None);
        };
        let keep = self.keep.unwrap_or(1);
        if drafts == 0 || keep == 0 || keep > drafts {
            return Err(Explained::new(
                format!("--keep {keep} of --best-of {drafts} keeps nothing or more than there are"),
                format!("Set --keep to a number from 1 to {}.", drafts.max(1)),
            ));
        }
        let all = |name: &String| {
            let name = name.trim().to_ascii_lowercase();
            name == "random" || name == "balanced"
        };
        if args.classes.iter().any(all) {
            return Err(Explained::new(
                "drafts of different classes cannot be ranked against each other",
                "Name the class with --class, or leave --best-of out.",
            ));
        }
        Ok(Some((drafts, keep)))
    }
}

impl<'a> Ranking<'a> {
    /// Of the drafts of `plan`, of which `keep` for each subject go into `folder`.
    pub fn new(plan: &'a Plan, folder: &'a Path, keep: u32) -> Self {
        Self {
            plan,
            folder,
            keep: keep as usize,
            by_label: BTreeMap::new(),
        }
    }

    /// Writes the best drafts there are.
    ///
    /// # Errors
    /// When the folder takes no more.
    pub fn write(&mut self) -> Result<()> {
        for (draft, picture) in self.by_label.values_mut().flatten() {
            let Some(picture) = picture.take() else {
                continue;
            };
            let index = draft.recipe.index;
            let path = self.folder.join(self.plan.file_name(index));
            picture.write_png(&path, &self.plan.title(index))?;
            draft.file = Some(path.display().to_string());
        }
        Ok(())
    }

    /// Prints the ranking.
    ///
    /// # Errors
    /// When standard output takes no more.
    pub fn print(&self, out: &mut Output) -> Result<()> {
        let drafts: Vec<&Draft> = self
            .by_label
            .values()
            .flatten()
            .map(|(draft, _)| draft)
            .collect();
        out.outcome(&drafts, || {
            let lines: Vec<String> = drafts.iter().map(|draft| line(draft)).collect();
            lines.join("\n")
        })
    }
}

impl Shelf for Ranking<'_> {
    fn take(&mut self, index: u32, picture: Picture) -> Result<()> {
        let draft = Draft {
            rank: 0,
            log_likelihood: picture.log_likelihood,
            file: None,
            recipe: Recipe {
                weights: picture.recipe.weights.clone(),
                ..self.plan.recipe(index)
            },
            seconds: picture.seconds,
        };
        let drafts = self
            .by_label
            .entry(draft.recipe.subject.label())
            .or_default();
        drafts.push((draft, Some(picture)));
        let key = |draft: &Draft| (draft.log_likelihood, draft.recipe.index);
        drafts.sort_by(|(a, _), (b, _)| ranking::likelier(key(a), key(b)));
        for (at, (draft, picture)) in drafts.iter_mut().enumerate() {
            draft.rank = at + 1;
            if at >= self.keep {
                *picture = None;
            }
        }
        Ok(())
    }
}

fn line(draft: &Draft) -> String {
    let sum = match draft.log_likelihood {
        Some(sum) => format!("{sum:.1} nats"),
        None => "unknown".into(),
    };
    let place = draft.file.as_deref().unwrap_or("not kept");
    format!(
        "{}. picture {}: {sum}, {place}",
        draft.rank, draft.recipe.index
    )
}
