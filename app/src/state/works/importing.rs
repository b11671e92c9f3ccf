//! Files from elsewhere: what they are, what only a person can tell, and making a model of them.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use strata_engine::library::{
    Precision,
    identify::{About, Answers, Identified, Proposal, Question, Value},
    import,
};

use super::{ModelDialog, Topic, WorkKind};
use crate::{
    actions::ImportAction,
    library::{Import, Task},
    state::{Effect, Page, State},
    wording::library as words,
};

/// Models of more weights run in 8-bit blocks anyway.
const LARGE: u64 = 100_000_000;

/// The dialog about files from elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportForm {
    /// What they are.
    pub found: Arc<Identified>,
    /// Which of the models that they make.
    pub model: usize,
    /// The name that it gets.
    pub name: String,
    /// What its matrices are kept in; none leaves them as they are.
    pub precision: Option<Precision>,
    /// What was chosen.
    chosen: BTreeMap<About, Value>,
    /// What was typed, where more may be answered than is offered.
    typed: BTreeMap<About, String>,
}

/// How a question stands.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerView<'a> {
    /// What is asked.
    pub question: &'a Question,
    /// The answer that holds: what a person told, or else the default.
    pub value: Option<&'a Value>,
    /// What is typed.
    pub typed: Option<&'a str>,
}

impl ImportForm {
    /// Of what was found.
    pub fn new(found: Arc<Identified>) -> Self {
        let mut form = Self {
            found,
            model: 0,
            name: String::new(),
            precision: None,
            chosen: BTreeMap::new(),
            typed: BTreeMap::new(),
        };
        form.choose_model(0);
        form
    }

    /// The model that will be made; `None` when there is none.
    pub fn proposal(&self) -> Option<&Proposal> {
        self.found.models.get(self.model)
    }

    /// The questions about it.
    pub fn questions(&self) -> impl Iterator<Item = AnswerView<'_>> {
        let questions = self.proposal().into_iter().flat_map(|own| &own.questions);
        questions.map(|question| AnswerView {
            question,
            value: self
                .chosen
                .get(&question.about)
                .or_else(|| question.default_value())
                // What is typed and no answer leaves the question open.
                .filter(|_| self.is_understood(question.about)),
            typed: self.typed.get(&question.about).map(String::as_str),
        })
    }

    /// Whether it can be made.
    pub fn is_ready(&self) -> bool {
        let complete = |own: &Proposal| own.missing.is_empty();
        self.proposal().is_some_and(complete)
            && !self.name.trim().is_empty()
            && self.questions().all(|answer| answer.value.is_some())
    }

    fn is_understood(&self, about: About) -> bool {
        let typed = self.typed.get(&about);
        typed.is_none_or(|text| text.trim().is_empty() || parse(about, text).is_some())
    }

    fn choose_model(&mut self, model: usize) {
        self.model = model;
        self.chosen.clear();
        self.typed.clear();
        let Some(proposal) = self.found.models.get(model) else {
            return;
        };
        self.name.clone_from(&proposal.name);
        let transformer = self.found.transformer(proposal).map(|(_, own)| own);
        let is_large = transformer.is_some_and(|own| {
            let whole = own.precision.is_none_or(|now| now < Precision::Q8_0);
            own.parameters > LARGE && whole
        });
        self.precision = is_large.then_some(Precision::Q8_0);
    }

    fn answer(&mut self, about: About, value: Value) {
        self.typed.remove(&about);
        self.chosen.insert(about, value);
    }

    fn type_answer(&mut self, about: About, text: String) {
        match parse(about, &text) {
            Some(value) => self.chosen.insert(about, value),
            None => self.chosen.remove(&about),
        };
        self.typed.insert(about, text);
    }

    fn order(&self) -> import::Order {
        let mut answers = Answers::default();
        for (about, value) in &self.chosen {
            answers.set(*about, value.clone());
        }
        import::Order {
            answers,
            precision: self.precision,
            name: Some(self.name.trim().to_owned()),
            id: None,
        }
    }
}

/// An answer that was typed, if it is one.
fn parse(about: About, text: &str) -> Option<Value> {
    let number = |text: &str| text.trim().parse::<usize>().ok();
    match about {
        About::HeadLayers => {
            let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
            let layers: Option<Vec<usize>> = parts.map(number).collect();
            layers
                .filter(|layers| !layers.is_empty())
                .map(Value::HeadLayers)
        }
        About::AttentionHeads => number(text).map(Value::AttentionHeads),
        About::Grid => number(text).map(Value::Grid),
        _ => None,
    }
}

impl State {
    /// Looks what files are.
    pub(in crate::state) fn look_at_files(&mut self, paths: Vec<PathBuf>) -> Vec<Effect> {
        self.page = Page::Models;
        self.works.looking = true;
        let mut effects = self.look_at_models();
        effects.push(Effect::Identify(paths));
        effects
    }

    pub(super) fn hear_identified(&mut self, found: Arc<Identified>) {
        self.works.looking = false;
        let Identified {
            parts,
            folders,
            refused,
            ..
        } = &*found;
        if parts.is_empty() && folders.is_empty() && refused.is_empty() {
            let (sentence, step) = (words::NO_MODEL_FOUND.into(), words::NO_MODEL_STEP.into());
            self.notify(Topic::Library, sentence, step, Vec::new());
            return;
        }
        let form = ImportForm::new(found);
        self.works.dialog = Some(ModelDialog::Import(Box::new(form)));
    }

    pub(super) fn act_import(&mut self, action: ImportAction) -> Vec<Effect> {
        let Some(ModelDialog::Import(form)) = &mut self.works.dialog else {
            return Vec::new();
        };
        match action {
            ImportAction::ChooseModel(model) => form.choose_model(model),
            ImportAction::Name(name) => form.name = name,
            ImportAction::Precision(precision) => form.precision = precision,
            ImportAction::Answer(about, value) => form.answer(about, value),
            ImportAction::TypeAnswer(about, text) => form.type_answer(about, text),
            ImportAction::CopyFolder(folder) => return self.import_folder(folder),
            ImportAction::Make => return self.import(),
        }
        Vec::new()
    }

    fn import(&mut self) -> Vec<Effect> {
        let Some(ModelDialog::Import(form)) = &self.works.dialog else {
            return Vec::new();
        };
        let Some(proposal) = form.proposal().filter(|_| form.is_ready()) else {
            return Vec::new();
        };
        let (id, order) = (proposal.id.clone(), form.order());
        if self.is_at_work(&id) {
            return Vec::new();
        }
        let name = form.name.trim().to_owned();
        let task = Task::Import(Box::new(Import {
            found: Arc::clone(&form.found),
            model: form.model,
            order,
        }));
        self.works.dialog = None;
        self.begin_work(id, name, WorkKind::Import, task)
    }

    /// The folder's name stands for its id until that is known.
    fn import_folder(&mut self, folder: PathBuf) -> Vec<Effect> {
        let name = folder.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        if self.is_at_work(&name) {
            return Vec::new();
        }
        self.works.dialog = None;
        let task = Task::ImportFolder(folder);
        self.begin_work(name.clone(), name, WorkKind::Import, task)
    }
}
