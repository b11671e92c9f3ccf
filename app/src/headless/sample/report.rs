//! What `strata sample` says at the end.

use std::{collections::BTreeSet, path::Path};

use serde::{Serialize, Serializer};
use strata_engine::Recipe;

use super::{
    super::{Output, Result, output::warn},
    Args,
    kept::AllDone,
    plan::Plan,
};
use crate::explain::Explained;

/// One picture of the list.
#[derive(Serialize)]
struct Row {
    file: String,
    recipe: Recipe,
    /// 0 for a picture that was there already.
    seconds: f32,
    /// Whether it was there already.
    kept: bool,
    /// Logarithm of the probability of its codes, in nats; null when an older file does not tell.
    log_likelihood: Option<f32>,
}

/// The list, made row by row while it is written.
struct Rows<'a> {
    plan: &'a Plan,
    folder: &'a Path,
    done: &'a AllDone,
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.done.iter().map(|(&index, done)| {
            Row {
                file: self
                    .folder
                    .join(self.plan.file_name(index))
                    .display()
                    .to_string(),
                recipe: Recipe {
                    weights: done.weights.as_deref().map(str::to_owned),
                    ..self.plan.recipe(index)
                },
                seconds: done.seconds.unwrap_or(0.0),
                kept: done.seconds.is_none(),
                log_likelihood: done.log_likelihood,
            }
        }))
    }
}

/// Prints the list, or a summary for people.
///
/// # Errors
/// When standard output takes no more.
pub fn print(
    plan: &Plan,
    args: &Args,
    done: &AllDone,
    already: usize,
    out: &mut Output,
) -> Result<()> {
    let rows = Rows {
        plan,
        folder: &args.out,
        done,
    };
    out.outcome(&rows, || {
        let mut text = format!("{} in {}", pictures(done.len()), args.out.display());
        if already > 0 {
            text += &format!(" ({already} of them were there already)");
        }
        if let Some(npz) = &args.npz {
            text += &format!("\npacked into {}", npz.display());
        }
        text
    })
}

fn pictures(count: usize) -> String {
    if count == 1 {
        "1 picture".into()
    } else {
        format!("{count} pictures")
    }
}

/// Kept pictures may come from other weights of the same model; a set should not mix them unnoticed.
pub fn warn_of_other_weights(done: &AllDone) {
    if is_mixed(done) {
        warn(&Explained::new(
            "the pictures that were there already were made with other weights of this model",
            "Choose another --out to have the whole set from one model.",
        ));
    }
}

fn is_mixed(done: &AllDone) -> bool {
    let hashes: BTreeSet<&str> = done
        .values()
        .filter_map(|done| done.weights.as_deref())
        .collect();
    hashes.len() > 1
}

#[cfg(test)]
mod tests {
    use super::{super::kept::Done, *};

    #[test]
    fn two_hashes_are_a_mixture() {
        let done = |hash: &str| Done {
            seconds: None,
            weights: Some(hash.into()),
            log_likelihood: None,
        };
        let mut all = AllDone::from([(0, done("a")), (1, done("a"))]);
        assert!(!is_mixed(&all));
        all.insert(2, done("b"));
        assert!(is_mixed(&all));
    }
}
