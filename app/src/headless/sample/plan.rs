//! Which pictures a run makes: arguments and a model card to recipes and file names.
//!
//! Pure, and lazy: a plan of 50,000 pictures is as small as one of five. Batch and order do not occur here.

use std::{str::FromStr, sync::Arc};

use strata_engine::{Guidance, Mode, ModelCard, PerDepth, Recipe, Sampling, Start, Subject};

use super::{super::Result, Args, Settings};
use crate::{
    classes::{Class, Classes},
    explain::Explained,
};

/// How many known classes an error lists.
const NEAR: usize = 5;
/// Longest part of a file name that a class name makes.
const SLUG: usize = 40;

/// One machine's part of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    part: u32,
    /// Of how many.
    parts: u32,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<u32>().ok();
        let numbers = text
            .split_once('/')
            .and_then(|(i, n)| Some((number(i)?, number(n)?)));
        match numbers {
            Some((i, n)) if 1 <= i && i <= n => Ok(Self {
                part: i - 1,
                parts: n,
            }),
            _ => Err("expected i/n with i from 1 to n, such as 2/8".into()),
        }
    }
}

/// What the pictures show.
#[derive(Clone, Debug, PartialEq)]
enum Subjects {
    Page,
    /// Picture `i` shows entry `i` modulo the length.
    InTurn(Vec<u32>),
    /// Picture `i` shows an entry that depends on the seed and `i` alone.
    Random(Vec<u32>),
}

/// A set of pictures, of which this run makes one shard.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The model that makes them.
    pub card: Arc<ModelCard>,
    subjects: Subjects,
    /// Pictures of the whole set.
    total: u32,
    seed: u64,
    guidance: Guidance,
    sampling: Sampling,
    start: Option<Box<Start>>,
    shard: Shard,
}

impl Plan {
    /// What `args` ask of a model.
    ///
    /// # Errors
    /// Classes that are unclear, unknown, or not this model's; numbers that make no sense.
    pub fn new(args: &Args, card: Arc<ModelCard>, classes: &Classes) -> Result<Self> {
        let (subjects, per_count) = subjects(args, &card, classes)?;
        let total = args.count.checked_mul(per_count).filter(|&total| total > 0);
        let total = total.ok_or_else(|| {
            Explained::new(
                format!("--count {} makes no set of pictures", args.count),
                format!(
                    "Set --count to a number from 1 to {}.",
                    u32::MAX / per_count.max(1)
                ),
            )
        })?;
        let plan = Self {
            subjects,
            total,
            seed: args.seed,
            guidance: guidance(&args.settings, &card)?,
            sampling: sampling(&args.settings, &card)?,
            start: None,
            shard: args.shard,
            card,
        };
        plan.recipe(0).check()?;
        Ok(plan)
    }

    /// The same pictures, keeping codes of another one.
    pub fn starting(self, start: Option<Start>) -> Self {
        let start = start.map(Box::new);
        Self { start, ..self }
    }

    /// The numbers of this shard's pictures, ascending.
    pub fn indices(&self) -> impl ExactSizeIterator<Item = u32> + use<> {
        let Shard { part, parts } = self.shard;
        let count = self.total.saturating_sub(part).div_ceil(parts);
        (0..count).map(move |n| part + n * parts)
    }

    /// How many pictures this shard has.
    pub fn len(&self) -> usize {
        self.indices().len()
    }

    /// Everything that determines picture `index` of the set.
    pub fn recipe(&self, index: u32) -> Recipe {
        Recipe {
            model: self.card.id.clone(),
            weights: None,
            subject: self.subject(index),
            seed: self.seed,
            index,
            guidance: self.guidance.clone(),
            sampling: self.sampling.clone(),
            start: self.start.clone(),
        }
    }

    fn subject(&self, index: u32) -> Subject {
        let class = match &self.subjects {
            Subjects::Page => None,
            Subjects::InTurn(classes) => classes.get(index as usize % classes.len().max(1)),
            Subjects::Random(classes) => {
                // The high half of a 64 by 64 bit product is below the length, and even over it.
                let place = (u128::from(mix(self.seed, index)) * classes.len() as u128) >> 64;
                classes.get(place as usize)
            }
        };
        class.map_or(Subject::Page, |&class| Subject::Class(class))
    }

    /// What picture `index` shows, for people.
    pub fn title(&self, index: u32) -> String {
        match self.subject(index) {
            Subject::Page => "page".into(),
            Subject::Class(id) => match Classes::shipped().get(id) {
                Some(class) => class.name.clone(),
                None => format!("class {id}"),
            },
        }
    }

    /// The file of picture `index`: sorted by name they are in the order of their numbers.
    pub fn file_name(&self, index: u32) -> String {
        format!("{index:06}-{}-s{}.png", slug(&self.title(index)), self.seed)
    }
}

/// Lower case letters and digits, everything else one hyphen; cut at a word.
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for word in title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        if !slug.is_empty() {
            if slug.len() + 1 + word.len() > SLUG {
                break;
            }
            slug.push('-');
        }
        slug.push_str(&word.to_ascii_lowercase());
    }
    slug
}

/// An even 64-bit number from the seed and a picture's number: two rounds of SplitMix64 (Steele, Lea and
/// Flood, 2014).
fn mix(seed: u64, index: u32) -> u64 {
    let scramble = |state: u64| {
        let z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    scramble(scramble(seed) ^ u64::from(index))
}

/// The subjects, and how many pictures one of `--count` means.
fn subjects(args: &Args, card: &ModelCard, classes: &Classes) -> Result<(Subjects, u32)> {
    match card.mode {
        Mode::Documents if args.classes.is_empty() => Ok((Subjects::Page, 1)),
        Mode::Documents => Err(Explained::new(
            format!("model {} makes pages and knows no classes", card.id),
            "Leave --class out, or choose a model that makes pictures of classes (`strata models`).",
        )),
        Mode::Classes => match args.classes.as_slice() {
            [] => Err(Explained::new(
                format!("model {} needs to know what to draw", card.id),
                "Add --class with a name, `random` or `balanced`; `strata classes SEARCH` finds names.",
            )),
            [all] if is_word(all, "balanced") => Ok((Subjects::InTurn(card.classes.clone()), 1)),
            [any] if is_word(any, "random") => Ok((Subjects::Random(card.classes.clone()), 1)),
            names => named(names, card, classes),
        },
    }
}

fn is_word(text: &str, word: &str) -> bool {
    text.trim().eq_ignore_ascii_case(word)
}

fn named(names: &[String], card: &ModelCard, classes: &Classes) -> Result<(Subjects, u32)> {
    let mixed = |name: &&String| is_word(name, "random") || is_word(name, "balanced");
    if let Some(word) = names.iter().find(mixed) {
        return Err(Explained::new(
            format!("--class {word} stands for all classes and cannot be joined with others"),
            "Give it alone, or name the classes.",
        ));
    }
    let ids: Result<Vec<u32>> = names
        .iter()
        .map(|name| known(name, card, classes))
        .collect();
    let ids = ids?;
    let per_count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    Ok((Subjects::InTurn(ids), per_count))
}

/// The class that a text names, if the model was trained on it.
fn known(text: &str, card: &ModelCard, classes: &Classes) -> Result<u32> {
    // A model's own number may lie outside ImageNet's.
    if let Ok(number) = text.trim().parse::<u32>()
        && card.classes.binary_search(&number).is_ok()
    {
        return Ok(number);
    }
    let class = classes.resolve(text)?;
    if card.classes.binary_search(&class.id).is_ok() {
        return Ok(class.id);
    }
    Err(Explained::new(
        format!("model {} was not trained on {class}", card.id),
        format!(
            "It knows {} classes, such as {}; `strata classes --model {}` lists them.",
            card.classes.len(),
            near_known(class, card, classes).join(", "),
            card.id
        ),
    ))
}

/// A few classes that the model knows: relatives in the tree first.
fn near_known(class: &Class, card: &ModelCard, classes: &Classes) -> Vec<String> {
    let relatives = classes.tree().relatives(class.id);
    relatives
        .iter()
        .chain(&card.classes)
        .filter(|id| card.classes.binary_search(id).is_ok())
        .scan(std::collections::BTreeSet::new(), |seen, id| {
            Some(seen.insert(*id).then_some(*id))
        })
        .flatten()
        .take(NEAR)
        .map(|id| {
            classes
                .get(id)
                .map_or(id.to_string(), |class| class.name.clone())
        })
        .collect()
}

fn guidance(settings: &Settings, card: &ModelCard) -> Result<Guidance> {
    let asked = either(settings.cfg, settings.depth_cfg.as_ref());
    if let Some(scale) = &asked
        && !card.guidable
        && scale.values().iter().any(|&scale| scale > 1.0)
    {
        return Err(Explained::new(
            format!("model {} was trained without guidance", card.id),
            "Leave --cfg out, or set it to 1.",
        ));
    }
    let guidance = Guidance {
        scale: asked.unwrap_or_else(|| card.guidance.scale.clone()),
        schedule: settings.guidance_schedule.unwrap_or(card.guidance.schedule),
    };
    fits("--depth-cfg", &guidance.scale, card)?;
    Ok(guidance)
}

fn sampling(settings: &Settings, card: &ModelCard) -> Result<Sampling> {
    let own = &card.sampling;
    let sampling = Sampling {
        temperature: either(settings.temperature, settings.depth_temperature.as_ref())
            .unwrap_or_else(|| own.temperature.clone()),
        top_k: either(settings.top_k, settings.depth_top_k.as_ref())
            .unwrap_or_else(|| own.top_k.clone()),
        top_p: either(settings.top_p, settings.depth_top_p.as_ref())
            .unwrap_or_else(|| own.top_p.clone()),
    };
    fits("--depth-temperature", &sampling.temperature, card)?;
    fits("--depth-top-k", &sampling.top_k, card)?;
    fits("--depth-top-p", &sampling.top_p, card)?;
    Ok(sampling)
}

fn either<T: Clone>(same: Option<T>, each: Option<&PerDepth<T>>) -> Option<PerDepth<T>> {
    each.cloned().or_else(|| same.map(PerDepth::Same))
}

/// More values than depths are a mistake of the person, not a wish.
fn fits<T: Copy>(flag: &str, values: &PerDepth<T>, card: &ModelCard) -> Result<()> {
    let given = match values {
        PerDepth::Same(_) => 1,
        PerDepth::Each(values) => values.len(),
    };
    if given <= card.depth {
        return Ok(());
    }
    Err(Explained::new(
        format!(
            "{flag} has {given} values, but model {} has {} codes a position",
            card.id, card.depth
        ),
        format!("Give at most {}.", card.depth),
    ))
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
