//! What shapes cannot tell, as questions with what may be answered; and the answers.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize, Serializer};

use crate::{checkpoint::Variant, error::Error};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Which of several tokenizers that fit.
    Tokenizer,
    /// After which layers the heads sit, one for each depth: no shape tells.
    HeadLayers,
    /// How many attention heads a block has, where the size is no published one.
    AttentionHeads,
    /// Rows, and columns, of the grid: a LlamaGen of 256 and one of 384 pixels have the same shapes.
    Grid,
    /// Whether the last row of the table of classes stands for no class, which makes guidance possible.
    Unconditional,
    /// Whether the transformer's weights or their running average.
    TransformerWeights,
    /// Whether the tokenizer's weights or their running average.
    TokenizerWeights,
}

impl About {
    /// As part of a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Tokenizer => "the tokenizer",
            Self::HeadLayers => "the layers after which the heads sit",
            Self::AttentionHeads => "the number of attention heads",
            Self::Grid => "the side of the grid",
            Self::Unconditional => "whether the last class stands for none",
            Self::TransformerWeights => "which of the transformer's weights are meant",
            Self::TokenizerWeights => "which of the tokenizer's weights are meant",
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Which of the proposal's tokenizers.
    Tokenizer(usize),
    /// Layers, counted from 0.
    HeadLayers(Vec<usize>),
    /// How many.
    AttentionHeads(usize),
    /// Rows, and columns.
    Grid(usize),
    /// Whether it does.
    Unconditional(bool),
    /// Which copy.
    Weights(Variant),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tokenizer(number) => write!(f, "number {number}"),
            Self::HeadLayers(layers) => {
                let layers: Vec<String> = layers.iter().map(usize::to_string).collect();
                f.write_str(&layers.join(", "))
            }
            Self::AttentionHeads(number) | Self::Grid(number) => write!(f, "{number}"),
            Self::Unconditional(yes) => f.write_str(if *yes { "yes" } else { "no" }),
            Self::Weights(Variant::Trained) => f.write_str("trained"),
            Self::Weights(Variant::Averaged) => f.write_str("averaged"),
        }
    }
}

/// Something that may be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The answer.
    pub value: Value,
    /// Entries of the catalogue that it is right for.
    pub published: Vec<String>,
}

/// What only a person can tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// What is asked.
    pub about: About,
    /// What may be answered, the likeliest first.
    pub choices: Vec<Choice>,
    /// Whether anything else of that kind may be answered too.
    pub open: bool,
    /// Which of the choices is taken where nothing is answered. Without one an answer is needed.
    pub default: Option<usize>,
}

impl Question {
    /// What is taken where nothing is answered.
    pub fn default_value(&self) -> Option<&Value> {
        let choice = self.choices.get(self.default?)?;
        Some(&choice.value)
    }

    /// Insists that an answer is one that may be given, and takes the default where there is none.
    ///
    /// # Errors
    /// [`Error::Unanswered`], [`Error::Answer`].
    pub fn answered(&self, answers: &Answers) -> Result<Value, Error> {
        let about = self.about;
        let Some(value) = answers.get(about).or_else(|| self.default_value()) else {
            return Err(Error::Unanswered { about });
        };
        let kind = std::mem::discriminant(value);
        let mut offered = self.choices.iter().map(|choice| &choice.value);
        let fits = match self.open {
            true => offered.all(|other| std::mem::discriminant(other) == kind),
            false => offered.any(|other| other == value),
        };
        if fits {
            return Ok(value.clone());
        }
        let offered = self.choices.iter().map(|choice| choice.value.to_string());
        Err(Error::Answer {
            about,
            found: value.to_string(),
            expected: offered.collect::<Vec<_>>().join(" or "),
        })
    }
}

/// What a person told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers(BTreeMap<About, Value>);

impl Answers {
    /// Answers a question, whatever was answered before.
    pub fn set(&mut self, about: About, value: Value) {
        self.0.insert(about, value);
    }

    /// The answer.
    pub fn get(&self, about: About) -> Option<&Value> {
        self.0.get(&about)
    }
}

impl Serialize for Answers {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(&self.0)
    }
}
