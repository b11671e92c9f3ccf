//! Everything that determines one picture.
//!
//! Two equal recipes give the same codes on the same weights and backend, whatever the batch, the
//! queue or the machine's share of the work. How fast or where a picture is made does not belong here.

mod per_depth;
mod start;
mod text;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

pub use start::{Lineage, Start};

/// All that determines one picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The model's id in the library.
    pub model: String,
    /// SHA-256 of the weights the picture was made with (hex), filled in by the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// What to draw.
    pub subject: Subject,
    /// The seed of a set of pictures.
    pub seed: u64,
    /// The picture's number within the set; with the seed it determines the noise.
    pub index: u32,
    /// Classifier-free guidance.
    pub guidance: Guidance,
    /// Temperature and filters.
    pub sampling: Sampling,
    /// Codes of another picture that this one keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Box<Start>>,
}

/// What to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A class of the model, for ImageNet models the ImageNet number 0..1000.
    Class(u32),
    /// An unconditional page of a document model.
    Page,
}

impl Subject {
    /// The label that the transformer is conditioned on; document models know one label, 0.
    pub fn label(self) -> u32 {
        match self {
            Self::Class(class) => class,
            Self::Page => 0,
        }
    }
}

/// A value for all depths, or one per depth.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum PerDepth<T> {
    /// The same at every depth.
    Same(T),
    /// One per depth; depths past the end use the last.
    Each(Vec<T>),
}

impl<T: Copy> PerDepth<T> {
    /// The value at `depth` (0-based).
    ///
    /// # Panics
    /// On an empty `Each`, which [`Recipe::check`] refuses.
    pub fn at(&self, depth: usize) -> T {
        match self {
            Self::Same(value) => *value,
            Self::Each(values) => values[depth.min(values.len() - 1)],
        }
    }

    /// Every distinct entry.
    pub fn values(&self) -> &[T] {
        match self {
            Self::Same(value) => std::slice::from_ref(value),
            Self::Each(values) => values,
        }
    }
}

/// Temperature, top-k and top-p.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sampling {
    /// Logits are divided by it; 0 is plain arg max.
    pub temperature: PerDepth<f32>,
    /// Keep the k largest logits (ties stay); 0 keeps all.
    pub top_k: PerDepth<u32>,
    /// Keep the smallest set with this much probability; 1 keeps all.
    pub top_p: PerDepth<f32>,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: PerDepth::Same(1.0),
            top_k: PerDepth::Same(0),
            top_p: PerDepth::Same(1.0),
        }
    }
}

/// Classifier-free guidance: `logits = u + (c - u) * scale` at every head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guidance {
    /// The guidance scale; 1 and below mean none.
    pub scale: PerDepth<f32>,
    /// How the scale varies over the positions.
    #[serde(default)]
    pub schedule: Schedule,
}

impl Guidance {
    /// No guidance.
    pub const NONE: Self = Self {
        scale: PerDepth::Same(1.0),
        schedule: Schedule::Constant,
    };

    /// The same guidance everywhere.
    pub fn constant(scale: f32) -> Self {
        Self {
            scale: PerDepth::Same(scale),
            schedule: Schedule::Constant,
        }
    }
}

/// How the guidance scale varies over the positions of the grid, in raster order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// The same at every position.
    #[default]
    Constant,
    /// The scale at positions `first..last`, none outside.
    Interval {
        /// First guided position.
        first: u32,
        /// One past the last guided position.
        last: u32,
    },
    /// Linear from `from` at the first position to the scale at the last.
    Ramp {
        /// The scale at the first position.
        from: f32,
    },
}

impl Schedule {
    /// LlamaGen's `cfg_interval` (arXiv 2406.06525, published code): guidance at the first `interval + 2` positions,
    /// as the interval counts from the second one on and is still guided where it is reached; at all of them when
    /// it is negative. A fraction counts as the whole number below it.
    pub fn cfg_interval(interval: f32) -> Self {
        match interval >= 0.0 {
            true => Self::Interval {
                first: 0,
                last: (interval as u32).saturating_add(2),
            },
            false => Self::Constant,
        }
    }
}

impl Recipe {
    /// Checks that every number makes sense, whatever the model.
    ///
    /// # Errors
    /// [`Error::Recipe`] naming the field, its value and what it may be.
    pub fn check(&self) -> Result<()> {
        if let Some(start) = &self.start {
            start.check()?;
        }
        let unit = 0.0..=1.0;
        check_each(
            "temperature",
            &self.sampling.temperature,
            "a number from 0 to 100",
            |t| (0.0..=100.0).contains(&t),
        )?;
        check_each("top-k", &self.sampling.top_k, "a whole number", |_| true)?;
        check_each("top-p", &self.sampling.top_p, "a number from 0 to 1", |p| {
            unit.contains(&p)
        })?;
        check_each(
            "guidance scale",
            &self.guidance.scale,
            "a number from 0 to 100",
            |s| (0.0..=100.0).contains(&s),
        )?;
        match self.guidance.schedule {
            Schedule::Interval { first, last } if first > last => Err(Error::Recipe {
                field: "guidance schedule",
                found: format!("interval {first}..{last}"),
                expected: "an interval whose first position is not past its last".into(),
            }),
            Schedule::Ramp { from } if !(0.0..=100.0).contains(&from) => Err(Error::Recipe {
                field: "guidance schedule",
                found: format!("ramp from {from}"),
                expected: "a ramp from a number from 0 to 100".into(),
            }),
            _ => Ok(()),
        }
    }
}

fn check_each<T: Copy + std::fmt::Display>(
    field: &'static str,
    values: &PerDepth<T>,
    expected: &str,
    fits: impl Fn(T) -> bool,
) -> Result<()> {
    let values = values.values();
    if values.is_empty() {
        return Err(Error::Recipe {
            field,
            found: "an empty list".into(),
            expected: format!("{expected} for every depth"),
        });
    }
    match values.iter().find(|value| !fits(**value)) {
        Some(value) => Err(Error::Recipe {
            field,
            found: value.to_string(),
            expected: expected.into(),
        }),
        None => Ok(()),
    }
}
