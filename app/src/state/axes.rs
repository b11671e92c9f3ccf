//! What a sheet varies: its axes, and reading their values from what was typed. Pure; making the pictures
//! is the neighbour's.

use strata_engine::{Guidance, Mode, ModelCard, PerDepth, Recipe, Subject};

use super::{Desk, MOST_PICTURES, State};

/// Most cells of a sheet: pictures times depths.
const MOST_CELLS: usize = 400;
/// Largest guidance scale and temperature that [`Recipe::check`] takes.
const MOST: f32 = 100.0;

/// What an axis varies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisKind {
    /// The chosen classes.
    Class,
    /// The guidance scale, the same at every depth.
    Guidance,
    /// The temperature, the same at every depth.
    Temperature,
    /// The seed: the only axis along which the noise changes.
    Seed,
    /// The first depths of the same picture.
    Depth,
}

impl AxisKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Class,
        Self::Guidance,
        Self::Temperature,
        Self::Seed,
        Self::Depth,
    ];
}

/// One axis as it is being thought up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AxisWish {
    /// What it varies, if it is used.
    pub kind: Option<AxisKind>,
    /// Its values as typed; those of classes are chosen in the class panel.
    pub text: String,
}

/// One value of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AxisValue {
    /// A class.
    Class(u32),
    /// A guidance scale.
    Guidance(f32),
    /// A temperature.
    Temperature(f32),
    /// A seed.
    Seed(u64),
    /// This many first depths.
    Depths(usize),
}

impl AxisValue {
    /// Changes a recipe to this value, and nothing else in it.
    pub(super) fn apply(self, recipe: &mut Recipe) {
        match self {
            Self::Class(class) => recipe.subject = Subject::Class(class),
            Self::Guidance(scale) => {
                recipe.guidance = Guidance {
                    scale: PerDepth::Same(scale),
                    ..recipe.guidance.clone()
                };
            }
            Self::Temperature(value) => recipe.sampling.temperature = PerDepth::Same(value),
            Self::Seed(seed) => recipe.seed = seed,
            Self::Depths(_) => {}
        }
    }
}

/// An axis of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it varies.
    pub kind: AxisKind,
    /// Its values, all different.
    pub values: Vec<AxisValue>,
}

/// Why there can be no sheet yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SheetTrouble {
    /// No model, or the engine is down.
    NotReady,
    /// Nothing varies.
    NoAxis,
    /// Two axes vary the same.
    Twice(AxisKind),
    /// The model cannot vary this.
    NotHere(AxisKind),
    /// No value was typed.
    Empty(AxisKind),
    /// A value that is none: the word.
    NoValue(AxisKind, String),
    /// There would be only one cell.
    OneCell,
    /// Too many pictures.
    TooMany(usize),
}

impl State {
    /// What a sheet of the present model can vary.
    pub fn axis_kinds(&self) -> Vec<AxisKind> {
        let Some(card) = self.card() else {
            return Vec::new();
        };
        let fits = |kind: &AxisKind| match kind {
            AxisKind::Class => card.mode == Mode::Classes,
            AxisKind::Guidance => card.guidable,
            AxisKind::Temperature | AxisKind::Seed => true,
            AxisKind::Depth => card.depth > 1,
        };
        AxisKind::ALL.into_iter().filter(fits).collect()
    }

    /// Values to begin with, as one would type them.
    pub(super) fn usual_values(&self, kind: AxisKind) -> String {
        let depth = self.card().map_or(1, |card| card.depth);
        let Desk { seed, settings, .. } = self.desk();
        let first = |values: &[f32]| values.first().copied().unwrap_or(1.0);
        match kind {
            AxisKind::Class => String::new(),
            // None, what is set, and twice as much.
            AxisKind::Guidance => match first(settings.guidance.scale.values()) {
                scale if scale > 1.0 => hundredths([1.0, scale, 2.0 * scale - 1.0]),
                _ => "1, 2, 4".into(),
            },
            AxisKind::Temperature => match first(settings.sampling.temperature.values()) {
                temperature if temperature > 0.0 => {
                    hundredths([0.5, 1.0, 1.5].map(|times| times * temperature))
                }
                _ => "0.5, 1, 1.5".into(),
            },
            AxisKind::Seed => listed((0..3).map(|more| seed.wrapping_add(more))),
            AxisKind::Depth => listed(1..=depth),
        }
    }

    /// The axes as they are thought up now, those in use only.
    ///
    /// # Errors
    /// What stands in the way of a sheet.
    pub fn sheet_axes(&self) -> Result<Vec<Axis>, SheetTrouble> {
        let card = self.card().filter(|_| self.can_generate());
        let card = card.ok_or(SheetTrouble::NotReady)?;
        let kinds = self.axis_kinds();
        let mut axes: Vec<Axis> = Vec::new();
        for wish in &self.sheets.wish {
            let Some(kind) = wish.kind else { continue };
            if !kinds.contains(&kind) {
                return Err(SheetTrouble::NotHere(kind));
            }
            if axes.iter().any(|axis| axis.kind == kind) {
                return Err(SheetTrouble::Twice(kind));
            }
            let values = self.axis_values(kind, &wish.text, card)?;
            axes.push(Axis { kind, values });
        }
        if axes.is_empty() {
            return Err(SheetTrouble::NoAxis);
        }
        let pictures = pictures(&axes);
        match cells(&axes) {
            0 | 1 => Err(SheetTrouble::OneCell),
            many if pictures > MOST_PICTURES as usize || many > MOST_CELLS => {
                Err(SheetTrouble::TooMany(pictures))
            }
            _ => Ok(axes),
        }
    }

    fn axis_values(
        &self,
        kind: AxisKind,
        text: &str,
        card: &ModelCard,
    ) -> Result<Vec<AxisValue>, SheetTrouble> {
        if kind == AxisKind::Class {
            let classes = self.chosen_classes().into_iter();
            return Ok(classes.map(AxisValue::Class).collect());
        }
        let mut values = Vec::new();
        let words = text.split([',', ';', ' ']).filter(|word| !word.is_empty());
        for word in words {
            let value = axis_value(kind, word, card.depth)
                .ok_or_else(|| SheetTrouble::NoValue(kind, word.to_owned()))?;
            if !values.contains(&value) {
                values.push(value);
            }
        }
        match values.is_empty() {
            true => Err(SheetTrouble::Empty(kind)),
            false => Ok(values),
        }
    }
}

/// Pictures that are sampled for a sheet: depths are read off them.
pub fn pictures(axes: &[Axis]) -> usize {
    let sampled = axes.iter().filter(|axis| axis.kind != AxisKind::Depth);
    sampled.map(|axis| axis.values.len()).product()
}

/// Cells of a sheet.
pub fn cells(axes: &[Axis]) -> usize {
    axes.iter().map(|axis| axis.values.len()).product()
}

fn axis_value(kind: AxisKind, word: &str, depths: usize) -> Option<AxisValue> {
    let number = || {
        let number = word.parse::<f32>().ok()?;
        (0.0..=MOST).contains(&number).then_some(number)
    };
    match kind {
        AxisKind::Class => None,
        AxisKind::Guidance => number().map(AxisValue::Guidance),
        AxisKind::Temperature => number().map(AxisValue::Temperature),
        AxisKind::Seed => word.parse().ok().map(AxisValue::Seed),
        AxisKind::Depth => {
            let depth = word.parse::<usize>().ok()?;
            (1..=depths)
                .contains(&depth)
                .then_some(AxisValue::Depths(depth))
        }
    }
}

/// Numbers to two decimals, those that are the same then once.
fn hundredths(values: [f32; 3]) -> String {
    let mut words: Vec<String> = values
        .map(|value| ((value.clamp(0.01, MOST) * 100.0).round() / 100.0).to_string())
        .to_vec();
    words.dedup();
    words.join(", ")
}

fn listed(values: impl Iterator<Item = impl ToString>) -> String {
    let words: Vec<String> = values.map(|value| value.to_string()).collect();
    words.join(", ")
}
