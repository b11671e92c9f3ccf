//! Which pictures of a plan are in the folder already.
//!
//! Every PNG carries its recipe, so the files themselves say what is done; there is no list beside them.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use strata_engine::{Error, Recipe, picture};

use super::{super::Result, plan::Plan};
use crate::explain::Explained;

/// A finished picture, without its pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// Seconds it took; none for a picture of an earlier run.
    pub seconds: Option<f32>,
    /// The hash of the weights that made it, as its recipe says.
    pub weights: Option<Arc<str>>,
    /// Logarithm of the probability of its codes, in nats; none in files of older versions.
    pub log_likelihood: Option<f32>,
}

/// The finished pictures by their number.
pub type AllDone = BTreeMap<u32, Done>;

/// What lies at a picture's place.
enum Found {
    Nothing,
    Same(Recipe, Option<f32>),
    Other(String),
}

/// The pictures of `plan` that `folder` holds.
///
/// # Errors
/// When another picture (or something else) lies at one's place, unless it may be replaced.
pub fn look(plan: &Plan, folder: &Path, replace: bool) -> Result<AllDone> {
    let mut done = AllDone::new();
    let mut weights: Option<Arc<str>> = None;
    for index in plan.indices() {
        let path = folder.join(plan.file_name(index));
        match at(&path, &plan.recipe(index))? {
            Found::Nothing => {}
            Found::Other(_) if replace => {}
            Found::Other(why) => {
                return Err(Explained::new(
                    format!("{} {why}", path.display()),
                    "Choose another --out, or add --force to replace such pictures.",
                ));
            }
            Found::Same(recipe, log_likelihood) => {
                let weights = intern(recipe.weights.as_deref(), &mut weights);
                done.insert(
                    index,
                    Done {
                        seconds: None,
                        weights,
                        log_likelihood,
                    },
                );
            }
        }
    }
    Ok(done)
}

/// One copy of a text that nearly all pictures share.
pub fn intern(text: Option<&str>, last: &mut Option<Arc<str>>) -> Option<Arc<str>> {
    let text = text?;
    if last.as_deref() != Some(text) {
        *last = Some(text.into());
    }
    last.clone()
}

fn at(path: &Path, wanted: &Recipe) -> Result<Found> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(Explained::file("look at", path, &error)),
        Ok(_) => {}
    }
    Ok(match picture::read_png(path) {
        Ok(document) if !document.codes.is_complete() => {
            Found::Other("holds an unfinished picture".into())
        }
        Ok(document) if is_same(&document.recipe, wanted) => {
            Found::Same(document.recipe, document.log_likelihood)
        }
        Ok(document) => Found::Other(format!(
            "was made with another recipe ({})",
            difference(&document.recipe, wanted)
        )),
        Err(Error::NoRecipe { .. }) => Found::Other("is another program's picture".into()),
        Err(Error::Malformed { reason, .. } | Error::Refused { reason, .. }) => {
            Found::Other(format!("is damaged: {reason}"))
        }
        Err(error) => return Err(error.into()),
    })
}

/// Equal, the weights' hash aside: a plan does not know it yet.
pub fn is_same(found: &Recipe, wanted: &Recipe) -> bool {
    let weights = wanted.weights.clone().or_else(|| found.weights.clone());
    *found
        == Recipe {
            weights: weights.clone(),
            ..wanted.clone()
        }
}

/// The first difference that a person would look for.
fn difference(found: &Recipe, wanted: &Recipe) -> &'static str {
    if found.model != wanted.model {
        "another model"
    } else if found.subject != wanted.subject {
        "another subject"
    } else if found.seed != wanted.seed {
        "another seed"
    } else if found.index != wanted.index {
        "another number"
    } else if found.guidance != wanted.guidance {
        "other guidance"
    } else if found.sampling != wanted.sampling {
        "other sampling"
    } else if found.start != wanted.start {
        "another start"
    } else {
        "other weights"
    }
}
