//! Which tensors a model's files have to hold: told and checked by names and shapes, before any number is read.

use crate::{
    checkpoint::StateDict,
    error::{Error, Result},
    family::{Family, dnd},
    tokenizer::{self, Layout},
};

/// Names in one error about tensors that are left over.
const NAMES_SHOWN: usize = 8;

/// A tensor that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needed {
    pub name: String,
    pub shape: Vec<usize>,
    /// The tensor that it repeats: it may be missing then.
    pub repeats: Option<String>,
}

/// The tensors of one file.
#[derive(Clone, Debug)]
pub(super) struct Inventory {
    pub tensors: Vec<Needed>,
    /// Whether a tensor is known and of no use.
    spare: fn(&str) -> bool,
}

impl Inventory {
    /// Of a transformer.
    pub fn of_transformer(family: &Family, config: &dnd::Config) -> Self {
        let first = family.heads.of("output", 0);
        let needed = |(name, shape): (String, Vec<usize>)| {
            let repeats = config.tied_heads && name.starts_with("output.") && name != first;
            Needed {
                repeats: repeats.then(|| first.clone()),
                name,
                shape,
            }
        };
        let tensors = dnd::tensors(family, config).into_iter().map(needed);
        Self {
            tensors: tensors.collect(),
            spare: dnd::is_spare,
        }
    }

    /// Of a tokenizer.
    pub fn of_tokenizer(layout: &Layout) -> Self {
        let tensors = tokenizer::tensors(layout);
        let needed = |(name, shape, repeats)| Needed {
            name,
            shape,
            repeats,
        };
        Self {
            tensors: tensors.into_iter().map(needed).collect(),
            spare: tokenizer::is_spare(layout.kind),
        }
    }

    /// Insists that a file holds every tensor with its shape, and no other.
    ///
    /// # Errors
    /// [`Error::MissingTensor`], [`Error::WrongShape`], [`Error::ExtraTensors`].
    pub fn check(&self, state: &StateDict) -> Result<()> {
        for needed in &self.tensors {
            match state.shape(&needed.name) {
                Some(found) if found == needed.shape => {}
                Some(found) => {
                    return Err(Error::WrongShape {
                        path: state.path().to_owned(),
                        tensor: needed.name.clone(),
                        expected: needed.shape.clone(),
                        found: found.to_vec(),
                    });
                }
                None if needed.repeats.is_some() => {}
                None => {
                    return Err(Error::MissingTensor {
                        path: state.path().to_owned(),
                        tensor: needed.name.clone(),
                        expected: needed.shape.clone(),
                    });
                }
            }
        }
        let known: std::collections::HashSet<&str> =
            self.tensors.iter().map(|own| own.name.as_str()).collect();
        let extra = state
            .names()
            .filter(|name| !known.contains(name) && !(self.spare)(name));
        let tensors: Vec<String> = extra.take(NAMES_SHOWN).map(str::to_owned).collect();
        match tensors.is_empty() {
            true => Ok(()),
            false => Err(Error::ExtraTensors {
                path: state.path().to_owned(),
                tensors,
            }),
        }
    }

    /// What of it there is to read: a tensor that is the same numbers of the file under a second name is left out.
    pub fn to_read<'a>(&'a self, state: &'a StateDict) -> impl Iterator<Item = &'a Needed> {
        self.tensors.iter().filter(|needed| match &needed.repeats {
            Some(first) => state.contains(&needed.name) && !state.is_same(first, &needed.name),
            None => true,
        })
    }
}
