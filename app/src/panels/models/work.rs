//! What long work on a model shows on its card: a bar, words, buttons.

use crate::{
    actions::{Action, ModelAction},
    explain::Explained,
    state::{Work, WorkKind, WorkStage},
    wording::library as words,
};

/// A button: its words, its name for those who do not see the card around it, and what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Button {
    /// On it.
    pub text: String,
    /// Its accessible name.
    pub name: String,
    /// What it does.
    pub action: Action,
}

impl Button {
    /// A button of the model called `model`.
    pub fn new(text: &str, model: &str, action: ModelAction) -> Self {
        Self {
            text: text.to_owned(),
            name: words::of(text, model),
            action: Action::Model(action),
        }
    }
}

/// Long work on a model.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkView<'a> {
    /// From 0 to 1; `None` where there is nothing to show.
    pub bar: Option<f32>,
    /// How it stands.
    pub words: String,
    /// What went wrong.
    pub trouble: Option<&'a Explained>,
    /// What may be done about it, the likeliest first.
    pub buttons: Vec<Button>,
}

impl<'a> WorkView<'a> {
    /// Of the model `id`, called `name`.
    pub fn of(id: &str, name: &str, work: &'a Work) -> Self {
        let Work {
            kind,
            stage,
            progress,
            ..
        } = work;
        let bar = match stage {
            WorkStage::Failed(_) | WorkStage::Asking(_) => None,
            WorkStage::Waiting | WorkStage::LettingGo if progress.total == 0 => None,
            _ => Some(progress.fraction()),
        };
        Self {
            bar,
            words: words::work(stage, progress),
            trouble: match stage {
                WorkStage::Failed(explained) => Some(explained),
                _ => None,
            },
            buttons: buttons(id, name, *kind, stage),
        }
    }
}

fn buttons(id: &str, name: &str, kind: WorkKind, stage: &WorkStage) -> Vec<Button> {
    let button = |text: &str, action: fn(String) -> ModelAction| {
        Button::new(text, name, action(id.to_owned()))
    };
    let cancel = || button(words::CANCEL, ModelAction::Cancel);
    let get = |text| button(text, ModelAction::Get);
    match (stage, kind) {
        (WorkStage::Stopping { .. }, _) => Vec::new(),
        (_, WorkKind::Discard) if !is_failed(stage) => Vec::new(),
        (WorkStage::Waiting | WorkStage::Running, WorkKind::Get) => {
            vec![button(words::PAUSE, ModelAction::Pause), cancel()]
        }
        (WorkStage::Paused, WorkKind::Get) => vec![get(words::RESUME), cancel()],
        (WorkStage::Asking(_), WorkKind::Get) => {
            vec![button(words::WHICH_FILE, ModelAction::AskFile), cancel()]
        }
        (WorkStage::Failed(_), WorkKind::Get) => vec![get(words::AGAIN), cancel()],
        // Removing takes no time worth stopping it.
        (WorkStage::Running, WorkKind::Remove | WorkKind::DropOriginals) => Vec::new(),
        (WorkStage::LettingGo | WorkStage::Waiting | WorkStage::Running, _) => vec![cancel()],
        _ => vec![button(words::PUT_AWAY, ModelAction::Cancel)],
    }
}

fn is_failed(stage: &WorkStage) -> bool {
    matches!(stage, WorkStage::Failed(_))
}
