//! A proposal and its answers, to the sizes of a model.

use std::path::PathBuf;

use super::{
    About, Answers, Candidate, Identified, Missing, Origin, Proposal, Tokenizer, Transformer, Value,
};
use crate::{
    checkpoint::{Source, Variant},
    error::{Error, Result},
    family::{dnd, llamagen},
    library::Mode,
    tokenizer::Layout,
};

/// Everything that a model is made of.
pub(in crate::library) struct Resolved<'a> {
    pub transformer: &'a Transformer,
    pub transformer_file: PathBuf,
    pub transformer_variant: Variant,
    pub tokenizer: &'a Tokenizer,
    pub tokenizer_file: PathBuf,
    pub tokenizer_variant: Variant,
    pub config: dnd::Config,
    pub layout: Layout,
    pub mode: Mode,
}

/// Takes the answers, and the defaults where there are none.
///
/// # Errors
/// [`Error::Incomplete`], [`Error::Unanswered`], [`Error::Answer`], [`Error::Config`] for answers that no model can
/// have.
pub(in crate::library) fn resolve<'a>(
    found: &'a Identified,
    model: &'a Proposal,
    answers: &Answers,
) -> Result<Resolved<'a>> {
    if let Some(missing) = model.missing.first() {
        return Err(Error::Incomplete {
            what: words(missing),
        });
    }
    let lost = || Error::Incomplete {
        what: "a transformer".into(),
    };
    let (part, transformer) = found.transformer(model).ok_or_else(lost)?;
    let answer = |about: About| -> Result<Option<Value>> {
        let asked = model
            .questions
            .iter()
            .find(|question| question.about == about);
        asked.map(|question| question.answered(answers)).transpose()
    };
    let variant = |about: About| -> Result<Variant> {
        Ok(match answer(about)? {
            Some(Value::Weights(variant)) => variant,
            _ => Variant::Trained,
        })
    };

    let chosen = match answer(About::Tokenizer)? {
        Some(Value::Tokenizer(chosen)) => chosen,
        _ => 0,
    };
    let Candidate { origin, tokenizer } =
        model
            .tokenizers
            .get(chosen)
            .ok_or_else(|| Error::Incomplete {
                what: "a tokenizer".into(),
            })?;
    let tokenizer_file = match origin {
        Origin::Part(part) => found.parts.get(*part).ok_or_else(lost)?.path.clone(),
        Origin::Installed { path, .. } => path.clone(),
    };
    let grid = match answer(About::Grid)? {
        Some(Value::Grid(grid)) => Some(grid),
        _ => transformer.grid.or(tokenizer.grid),
    };
    let grid = grid.ok_or(Error::Unanswered { about: About::Grid })?;
    let heads = match answer(About::AttentionHeads)? {
        Some(Value::AttentionHeads(heads)) => heads,
        _ => transformer.heads.ok_or(Error::Unanswered {
            about: About::AttentionHeads,
        })?,
    };
    let head_layers = match answer(About::HeadLayers)? {
        Some(Value::HeadLayers(layers)) => layers,
        _ => vec![transformer.layers.saturating_sub(1)],
    };
    if head_layers.len() != transformer.depth {
        return Err(Error::Answer {
            about: About::HeadLayers,
            found: Value::HeadLayers(head_layers).to_string(),
            expected: format!("{} different layers", transformer.depth),
        });
    }
    let unconditional = match answer(About::Unconditional)? {
        Some(Value::Unconditional(yes)) => yes,
        _ => transformer.family == llamagen::FAMILY.name || transformer.class_rows == 1001,
    };
    let config = transformer
        .config(grid, heads, head_layers, unconditional)
        .checked()?;
    (transformer.family().check)(&config)?;
    // Only one that has averages is asked about; an installed one may have none where a dropped one has.
    let tokenizer_variant = match tokenizer.averaged {
        true => variant(About::TokenizerWeights)?,
        false => Variant::Trained,
    };
    let layout = tokenizer.layout(
        &Source::File(tokenizer_file.clone()),
        tokenizer_variant,
        grid,
    )?;
    Ok(Resolved {
        transformer_file: part.path.clone(),
        transformer_variant: variant(About::TransformerWeights)?,
        mode: match config.classes {
            1 => Mode::Documents,
            _ => Mode::Classes,
        },
        transformer,
        tokenizer,
        tokenizer_file,
        tokenizer_variant,
        config,
        layout,
    })
}

/// What is missing, as part of a sentence.
fn words(missing: &Missing) -> String {
    match missing {
        Missing::Transformer => "a transformer".into(),
        Missing::Tokenizer {
            depth, codebook, ..
        } => format!("a tokenizer of {depth} codes a position and {codebook} codes"),
        Missing::Config { tokenizer } => {
            format!("the config.yaml that belongs to {}", tokenizer.display())
        }
    }
}
