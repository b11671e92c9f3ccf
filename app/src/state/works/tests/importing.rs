//! Files from elsewhere.

use strata_engine::library::identify::{
    About, Identified, Part, Proposal, Question, Transformer, Value, What,
};

use super::*;
use crate::{actions::ImportAction, state::Page};

/// A transformer and a tokenizer for it, of sizes that no shape tells all of.
fn identified() -> Identified {
    let transformer = Transformer {
        family: "dnd",
        preset: None,
        layers: 4,
        width: 64,
        heads: None,
        depth: 2,
        codebook: 64,
        class_rows: 1001,
        tied: false,
        grid: Some(4),
        parameters: 200_000_000,
        precision: Some(Precision::F32),
        averaged: false,
    };
    let part = Part {
        path: "a.pt".into(),
        bytes: 800_000_000,
        what: What::Transformer(transformer),
    };
    let question = |about, choices: Vec<Value>, open: bool| Question {
        about,
        default: (!open).then_some(0),
        choices: choices
            .into_iter()
            .map(|value| strata_engine::library::identify::Choice {
                value,
                published: Vec::new(),
            })
            .collect(),
        open,
    };
    let proposal = Proposal {
        transformer: 0,
        mode: Mode::Classes,
        tokenizers: Vec::new(),
        missing: Vec::new(),
        questions: vec![
            question(
                About::Unconditional,
                vec![Value::Unconditional(true), Value::Unconditional(false)],
                false,
            ),
            question(About::HeadLayers, Vec::new(), true),
        ],
        published: Vec::new(),
        name: "Found".into(),
        id: "found".into(),
    };
    Identified {
        parts: vec![part],
        models: vec![proposal],
        ..Identified::default()
    }
}

fn import_form(state: &State) -> &ImportForm {
    match &state.works.dialog {
        Some(ModelDialog::Import(form)) => form,
        other => panic!("{other:?}"),
    }
}

#[test]
fn dropped_files_are_asked_about_and_imported() {
    let mut state = state();
    let dropped = crate::gallery::Dropped::Model(vec!["a.pt".into()]);
    let answer = crate::gallery::Answer::Dropped(dropped);
    let effects = state.update(0.0, Message::Gallery(answer));
    let looks = |effect: &Effect| matches!(effect, Effect::Identify(_));
    assert!(effects.iter().any(looks));
    assert_eq!((state.page, state.works.looking), (Page::Models, true));
    tell(
        &mut state,
        library::Event::Identified(Arc::new(identified())),
    );
    assert!(!state.works.looking);
    let form = import_form(&state);
    assert_eq!(form.precision, Some(Precision::Q8_0), "it is large");
    assert!(!form.is_ready(), "no shape tells where the heads are");

    let import = |state: &mut State, action| model(state, ModelAction::Import(action));
    let type_layers = |text: &str| ImportAction::TypeAnswer(About::HeadLayers, text.into());
    assert!(import(&mut state, ImportAction::Make).is_empty());
    import(&mut state, type_layers("1,"));
    assert!(import_form(&state).is_ready());
    import(&mut state, type_layers("1, x"));
    assert!(!import_form(&state).is_ready(), "what is typed last counts");
    import(&mut state, type_layers("1, 3"));
    import(
        &mut state,
        ImportAction::Answer(About::Unconditional, Value::Unconditional(false)),
    );
    import(&mut state, ImportAction::Name("  ".into()));
    assert!(!import_form(&state).is_ready(), "it needs a name");
    import(&mut state, ImportAction::Name(" Mine ".into()));
    import(&mut state, ImportAction::Precision(None));
    let errand = errands(&import(&mut state, ImportAction::Make)).remove(0);
    let Task::Import(task) = &errand.task else {
        panic!("{errand:?}");
    };
    assert_eq!(task.order.name.as_deref(), Some("Mine"));
    assert_eq!(task.order.precision, None);
    let answers = &task.order.answers;
    let layers = Some(&Value::HeadLayers(vec![1, 3]));
    assert_eq!(answers.get(About::HeadLayers), layers);
    let unconditional = Some(&Value::Unconditional(false));
    assert_eq!(answers.get(About::Unconditional), unconditional);
    assert!(state.works.dialog.is_none());

    let done = Done::Imported {
        id: "found".into(),
        name: "Mine".into(),
    };
    end(&mut state, errand.id, Ok(done));
    let notice = state.notices.last().unwrap();
    assert_eq!(notice.remedies, [Action::DrawWith("found".into())]);
}

#[test]
fn files_without_a_model_are_said_to_be_so() {
    let mut state = state();
    act(&mut state, [Action::Model(ModelAction::PickFiles)]);
    let none = crate::gallery::Answer::ModelPicked(Vec::new());
    assert!(state.update(0.0, Message::Gallery(none)).is_empty());
    let picked = crate::gallery::Answer::ModelPicked(vec!["notes.txt".into()]);
    state.update(0.0, Message::Gallery(picked));
    tell(&mut state, library::Event::Identified(Arc::default()));
    assert!(state.works.dialog.is_none());
    assert_eq!(state.notices.len(), 1);
}
