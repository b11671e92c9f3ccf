//! In which numbers weights are kept: what a file holds, and what it can be converted to.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    backend::cpu::Format,
    checkpoint::{Dtype, Source, StateDict},
};

/// The type of the numbers that most of a model's weights are kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32-bit floating point, what trainers write.
    F32,
    /// 16-bit floating point, IEEE 754.
    F16,
    /// 16-bit floating point with the exponent of 32 bits.
    Bf16,
    /// 8-bit blocks: about a quarter of the room of [`Self::F32`].
    Q8_0,
    /// 4-bit blocks: about an eighth of it, and pictures that differ.
    Q4_0,
}

impl Precision {
    /// Those that a model can be converted to, the largest first.
    pub const TARGETS: [Self; 4] = [Self::F32, Self::Bf16, Self::Q8_0, Self::Q4_0];

    /// As it is written: "q8_0".
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
            Self::Q8_0 => "q8_0",
            Self::Q4_0 => "q4_0",
        }
    }

    /// What loses nothing of it and can be written.
    pub fn as_target(self) -> Self {
        match self {
            Self::F16 => Self::F32,
            other => other,
        }
    }

    /// What is written for it.
    pub(super) fn format(self) -> Format {
        match self {
            Self::F32 | Self::F16 => Format::F32,
            Self::Bf16 => Format::Bf16,
            Self::Q8_0 => Format::Q8_0,
            Self::Q4_0 => Format::Q4_0,
        }
    }

    /// The same, as far as the first bytes of a file tell: a torch checkpoint does not.
    pub(super) fn at_a_glance(file: &Source) -> Option<Self> {
        let is_archive = file.bytes().ok()?.starts_with(b"PK");
        let state = (!is_archive).then(|| StateDict::open(file).ok())?;
        Self::of(&state?)
    }

    /// What most numbers of a file are in; `None` where they are none of these.
    pub(super) fn of(state: &StateDict) -> Option<Self> {
        let mut counts: BTreeMap<Self, usize> = BTreeMap::new();
        for name in state.names() {
            let precision = match state.dtype(name)? {
                Dtype::F32 | Dtype::F64 => Self::F32,
                Dtype::F16 => Self::F16,
                Dtype::Bf16 => Self::Bf16,
                Dtype::Q8_0 => Self::Q8_0,
                Dtype::Q4_0 => Self::Q4_0,
                Dtype::Other { .. } => continue,
            };
            let numbers: usize = state.shape(name)?.iter().product();
            *counts.entry(precision).or_default() += numbers;
        }
        let most = counts.into_iter().max_by_key(|(_, numbers)| *numbers);
        most.map(|(precision, _)| precision)
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = text.trim().to_ascii_lowercase();
        let mut all = Self::TARGETS.into_iter();
        all.find(|own| own.name() == wanted).ok_or_else(|| {
            let names = Self::TARGETS.map(Self::name);
            format!("{text:?} is no precision, expected {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for own in Precision::TARGETS {
            assert_eq!(own.name().parse(), Ok(own));
            assert_eq!(
                serde_json::to_string(&own).unwrap(),
                format!("\"{}\"", own.name())
            );
            assert_eq!(own.as_target(), own);
        }
        let wrong = "f16".parse::<Precision>().unwrap_err();
        assert!(wrong.contains("bf16"), "{wrong}");
    }
}
