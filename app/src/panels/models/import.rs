//! The dialog about files from elsewhere, as plain view data.

use std::path::PathBuf;

use strata_engine::library::{
    Precision,
    identify::{About, Origin, Proposal, Value, What},
};

use crate::{
    state::{AnswerView, ImportForm, State},
    wording::{self, care as words},
};

/// The dialog.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportView<'a> {
    /// What was understood.
    pub found: Vec<String>,
    /// What was not, and why.
    pub refused: Vec<String>,
    /// What is missing.
    pub missing: Vec<String>,
    /// Folders that are models already.
    pub folders: Vec<(String, PathBuf)>,
    /// The models that could be made; one of them is.
    pub models: Vec<String>,
    /// Which.
    pub model: usize,
    /// The name; `None` when there is nothing to make.
    pub name: Option<&'a str>,
    /// What only a person can tell.
    pub questions: Vec<QuestionView<'a>>,
    /// What its matrices may be kept in, with the room that takes.
    pub precisions: Vec<(Option<Precision>, String)>,
    /// What they are kept in.
    pub precision: Option<Precision>,
    /// Whether it can be made.
    pub ready: bool,
}

/// A question.
#[derive(Clone, Debug, PartialEq)]
pub struct QuestionView<'a> {
    /// What is asked.
    pub about: About,
    /// What may be answered, in words.
    pub choices: Vec<(Value, String)>,
    /// The answer that holds, in words.
    pub answer: Option<String>,
    /// What is typed, where more may be answered than is offered.
    pub typed: Option<&'a str>,
}

impl<'a> ImportView<'a> {
    /// From the state and the form in it.
    pub fn of(state: &'a State, form: &'a ImportForm) -> Self {
        let found = &form.found;
        let proposal = form.proposal();
        let name_of = |id: &str| state.name_of(id);
        let missing = match proposal {
            Some(proposal) => &proposal.missing,
            None => &found.missing,
        };
        Self {
            found: found.parts.iter().map(words::part).collect(),
            refused: found
                .refused
                .iter()
                .map(|own| words::refused(&own.path, &own.error))
                .collect(),
            missing: missing
                .iter()
                .map(|own| words::missing(own, &name_of))
                .collect(),
            folders: found
                .folders
                .iter()
                .map(|folder| (words::folder(folder), folder.clone()))
                .collect(),
            models: found.models.iter().map(|own| own.name.clone()).collect(),
            model: form.model,
            name: proposal
                .filter(|own| own.missing.is_empty())
                .map(|_| form.name.as_str()),
            questions: questions(state, form),
            precisions: precisions(form),
            precision: form.precision,
            ready: form.is_ready(),
        }
    }
}

fn questions<'a>(state: &State, form: &'a ImportForm) -> Vec<QuestionView<'a>> {
    let Some(proposal) = form.proposal().filter(|own| own.missing.is_empty()) else {
        return Vec::new();
    };
    let tokenizer = |at: usize| tokenizer_name(form, proposal, at);
    let name_of = |id: &str| state.name_of(id);
    let words =
        |value: &Value, published: &[String]| words::answer(value, published, &tokenizer, &name_of);
    let view = |own: AnswerView<'a>| QuestionView {
        about: own.question.about,
        choices: own
            .question
            .choices
            .iter()
            .map(|choice| {
                (
                    choice.value.clone(),
                    words(&choice.value, &choice.published),
                )
            })
            .collect(),
        answer: own.value.map(|value| {
            let mut offered = own.question.choices.iter();
            let same = offered.find(|choice| choice.value == *value);
            words(value, same.map_or(&[], |choice| &choice.published[..]))
        }),
        typed: own.question.open.then(|| own.typed.unwrap_or_default()),
    };
    form.questions().map(view).collect()
}

/// What one of a proposal's tokenizers is called.
fn tokenizer_name(form: &ImportForm, proposal: &Proposal, at: usize) -> String {
    let candidate = proposal.tokenizers.get(at);
    match candidate.map(|candidate| &candidate.origin) {
        Some(Origin::Part(part)) => {
            let part = form.found.parts.get(*part);
            part.map_or_else(String::new, |part| words::file_name(&part.path))
        }
        Some(Origin::Installed { id, .. }) => words::installed_tokenizer(id),
        None => String::new(),
    }
}

fn precisions(form: &ImportForm) -> Vec<(Option<Precision>, String)> {
    let part = form.proposal().and_then(|own| form.found.transformer(own));
    let Some((_, transformer)) = part else {
        return Vec::new();
    };
    let tokenizer: u64 = form
        .found
        .parts
        .iter()
        .filter(|part| matches!(part.what, What::Tokenizer(_)))
        .map(|part| part.bytes)
        .sum();
    let now = transformer.precision;
    let sized = |precision: Option<Precision>, words: String| {
        let kept = precision.or(now).unwrap_or(Precision::F32);
        let bytes = words::room(transformer.parameters, kept) + tokenizer;
        (precision, wording::library::with_room(&words, bytes))
    };
    let targets = Precision::TARGETS.into_iter();
    // What would only grow is not offered.
    let smaller = targets.filter(|target| now.is_none_or(|now| *target > now));
    std::iter::once(sized(None, words::as_they_are(now)))
        .chain(smaller.map(|own| sized(Some(own), words::precision_words(own).to_owned())))
        .collect()
}
