//! What a picture keeps of codes that were there before it, and where those come from.
//!
//! A part of the recipe: kept codes determine the picture as the seed does. Going on with an interrupted
//! picture is something else: its recipe stays as it was, see `Command::Resume`.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Recipe;
use crate::{
    error::{Error, Result},
    picture::Codes,
};

/// Codes that the picture keeps. What they leave open is sampled, given what is kept before it.
///
/// Keeping depths while sampling the finer ones ("same composition, other texture") is a conditional
/// resample: every position is drawn given its own coarse codes and all that lies before it, not given the
/// coarse codes still to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The codes that are kept from, on the model's grid. Those that are not kept mean nothing: they may
    /// be absent where whole positions are, and are 0 elsewhere when made by [`Start::new`].
    pub codes: Codes,
    /// All codes of this many first positions in raster order are kept.
    pub positions: usize,
    /// At the positions after those, this many first depths are kept; 0 keeps none.
    pub depths: usize,
    /// Where the codes come from. It determines nothing.
    pub from: Lineage,
}

/// Where kept codes come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lineage {
    /// A picture that Strata made.
    Picture {
        /// Its recipe's [`Recipe::digest`].
        recipe: String,
        /// The name of its file when it was chosen, without the folder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
    },
    /// A picture from elsewhere, such as a photograph, that the model's tokenizer encoded.
    Photograph {
        /// The name of its file, without the folder; empty when it had none.
        file: String,
    },
}

impl Start {
    /// Keeps the first `positions` of `codes`, and the first `depths` of those after. What is not kept is
    /// dropped or set to 0, so that equal starts are equal whatever their parents went on with.
    ///
    /// # Errors
    /// As [`Recipe::check`] on a recipe with it.
    pub fn new(mut codes: Codes, positions: usize, depths: usize, from: Lineage) -> Result<Self> {
        check(&codes, positions, depths)?;
        let depth = codes.depth;
        if depths == 0 {
            codes.values.truncate(positions * depth);
        }
        for open in codes.values[positions * depth..].chunks_exact_mut(depth) {
            open[depths..].fill(0);
        }
        Ok(Self {
            codes,
            positions,
            depths,
            from,
        })
    }

    /// Keeps the first `rows` rows whole.
    ///
    /// # Errors
    /// As [`Start::new`].
    pub fn rows(codes: Codes, rows: usize, from: Lineage) -> Result<Self> {
        let positions = rows.saturating_mul(codes.columns);
        Self::new(codes, positions, 0, from)
    }

    /// The code that is kept at `position` and `depth` (0-based).
    pub fn kept(&self, position: usize, depth: usize) -> Option<u32> {
        let is_kept = position < self.positions || depth < self.depths;
        let at = position * self.codes.depth + depth;
        is_kept.then(|| self.codes.values.get(at).copied())?
    }

    /// How many depths are kept at `position`: the first ones.
    pub fn kept_depths(&self, position: usize) -> usize {
        match position < self.positions {
            true => self.codes.depth,
            false => self.depths,
        }
    }

    /// Checks that the codes are codes, that what is kept is there, and that something is left to sample.
    pub(super) fn check(&self) -> Result<()> {
        check(&self.codes, self.positions, self.depths)
    }
}

fn check(codes: &Codes, positions: usize, depths: usize) -> Result<()> {
    let refuse = |field, found: String, expected: String| {
        Err(Error::Recipe {
            field,
            found,
            expected,
        })
    };
    if let Err(reason) = codes.check() {
        let expected = "the codes of a picture".into();
        return refuse("start", reason, expected);
    }
    let all = codes.rows * codes.columns;
    if positions >= all || (positions == 0 && depths == 0) {
        let expected = format!(
            "a number from 1 to {}, so that something is kept and something is sampled",
            all - 1
        );
        return refuse("kept positions", positions.to_string(), expected);
    }
    if depths >= codes.depth {
        let expected = format!("less than {}, so that something is sampled", codes.depth);
        return refuse("kept depths", depths.to_string(), expected);
    }
    let needed = if depths == 0 { positions } else { all };
    if codes.positions() < needed {
        let found = format!("a picture with {} positions", codes.positions());
        return refuse(
            "start",
            found,
            format!("one with the {needed} that are kept"),
        );
    }
    Ok(())
}

impl Recipe {
    /// SHA-256 of the recipe as it is written into files, in hexadecimal: a picture's identity in the
    /// [`Lineage`] of others.
    ///
    /// # Errors
    /// [`Error::Picture`] when kept codes contradict themselves, which [`Recipe::check`] refuses too.
    pub fn digest(&self) -> Result<String> {
        let json = serde_json::to_vec(self).map_err(|error| Error::Picture(error.to_string()))?;
        let digest = Sha256::digest(json);
        Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::recipe::{Guidance, Sampling, Subject};

    fn codes(positions: usize) -> Codes {
        Codes {
            rows: 2,
            columns: 3,
            depth: 2,
            codebook: 100,
            values: (0..2 * positions as u32).map(|n| n + 10).collect(),
        }
    }

    fn from() -> Lineage {
        Lineage::Photograph {
            file: "cat.jpg".into(),
        }
    }

    fn field(result: Result<Start>) -> &'static str {
        match result {
            Err(Error::Recipe { field, .. }) => field,
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    #[test]
    fn what_is_not_kept_is_forgotten() {
        let rows = Start::rows(codes(6), 1, from()).unwrap();
        assert_eq!((rows.positions, rows.codes.positions()), (3, 3));
        assert_eq!(rows, Start::new(codes(4), 3, 0, from()).unwrap());
        let coarse = Start::new(codes(6), 1, 1, from()).unwrap();
        assert_eq!(
            coarse.codes.values,
            [10, 11, 12, 0, 14, 0, 16, 0, 18, 0, 20, 0]
        );
        assert_eq!(coarse.kept(0, 1), Some(11));
        assert_eq!(coarse.kept(5, 0), Some(20));
        assert_eq!(coarse.kept(5, 1), None);
        assert_eq!([0, 1, 5].map(|p| coarse.kept_depths(p)), [2, 1, 1]);
        assert_eq!(rows.kept(3, 0), None);
    }

    #[test]
    fn impossible_starts_are_refused() {
        let new = |count, positions, depths| Start::new(codes(count), positions, depths, from());
        assert_eq!(field(new(6, 0, 0)), "kept positions");
        assert_eq!(field(new(6, 6, 0)), "kept positions");
        assert_eq!(field(new(6, usize::MAX, 0)), "kept positions");
        assert_eq!(field(new(6, 1, 2)), "kept depths");
        assert_eq!(field(new(2, 3, 0)), "start");
        assert_eq!(field(new(5, 1, 1)), "start");
        assert_eq!(
            field(Start::rows(codes(6), usize::MAX, from())),
            "kept positions"
        );
        let wrong = Codes {
            codebook: 12,
            ..codes(6)
        };
        assert_eq!(field(Start::new(wrong, 1, 0, from())), "start");
        let no_depth = Codes {
            depth: 0,
            ..codes(0)
        };
        assert_eq!(field(Start::new(no_depth, 1, 0, from())), "start");
    }

    #[test]
    fn digests_tell_recipes_apart() {
        let recipe = Recipe {
            model: "m".into(),
            weights: None,
            subject: Subject::Page,
            seed: 1,
            index: 0,
            guidance: Guidance::NONE,
            sampling: Sampling::default(),
            start: None,
        };
        let child = Recipe {
            start: Some(Box::new(Start::rows(codes(6), 1, from()).unwrap())),
            ..recipe.clone()
        };
        assert_eq!(recipe.digest().unwrap().len(), 64);
        assert_eq!(recipe.digest(), recipe.clone().digest());
        assert_ne!(recipe.digest(), child.digest());
    }
}
