//! The page of models in the reducer: what is asked of the workshop, and what its words change.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use strata_engine::{
    Command, Error, Mode, ModelEvent,
    checkpoint::Variant,
    library::{
        Precision,
        identify::{About, Identified, Part, Proposal, Question, Transformer, Value, What},
    },
};

use super::*;
use crate::{
    actions::{Action, ImportAction, ModelAction},
    explain::Explained,
    library::{self, Done, Errand, ErrandId, Failure, Offer, Progress, Step, Stock, Task},
    panels::fixture::{act, card, hear, jobs, model_ready, state},
    settings::Secret,
    state::{Message, Page},
};

fn offer(id: &str) -> Offer {
    Offer {
        id: id.into(),
        name: "Photo model".into(),
        summary: "Photographs".into(),
        family: "dnd".into(),
        runs: true,
        mode: Some(Mode::Classes),
        size: [256, 256],
        grid: [16, 16],
        depth: 2,
        parameters: Some(1_400_000_000),
        bytes: Some(6_600_000_000),
        score: Some("gFID 2.58".into()),
        licence: "none".into(),
        page: "https://example.org/model".into(),
        footprint: None,
        installed: false,
        kept: 0,
    }
}

fn tell(state: &mut State, event: library::Event) -> Vec<Effect> {
    state.update(0.0, Message::Library(event))
}

fn list(state: &mut State, stock: Stock) -> Vec<Effect> {
    tell(state, library::Event::Listed(Arc::new(stock)))
}

/// A studio on the page of models, with one published model.
fn shop() -> State {
    let mut state = state();
    act(&mut state, [Action::ShowModels]);
    let stock = Stock {
        offers: vec![offer("photos")],
        ..Stock::default()
    };
    list(&mut state, stock);
    state
}

fn errands(effects: &[Effect]) -> Vec<Errand> {
    let errand = |effect: &Effect| match effect {
        Effect::Errand(errand) => Some(errand.clone()),
        _ => None,
    };
    effects.iter().filter_map(errand).collect()
}

fn stopped(effects: &[Effect]) -> Vec<ErrandId> {
    let stop = |effect: &Effect| match effect {
        Effect::StopErrand(errand) => Some(*errand),
        _ => None,
    };
    effects.iter().filter_map(stop).collect()
}

fn model(state: &mut State, action: ModelAction) -> Vec<Effect> {
    act(state, [Action::Model(action)])
}

/// Asks for the published model.
fn get(state: &mut State) -> Errand {
    let effects = model(state, ModelAction::Get("photos".into()));
    errands(&effects).remove(0)
}

fn stage(state: &State) -> Option<&WorkStage> {
    state.works.each.get("photos").map(|work| &work.stage)
}

fn end(state: &mut State, errand: ErrandId, result: Result<Done, Failure>) -> Vec<Effect> {
    tell(state, library::Event::Ended { errand, result })
}

fn got() -> Result<Done, Failure> {
    Ok(Done::Got {
        id: "photos".into(),
        is_model: true,
    })
}

#[test]
fn the_page_asks_what_there_is_and_how_strong_the_machine_is() {
    let mut state = state();
    let effects = act(&mut state, [Action::ShowModels]);
    let lists = |effect: &Effect| matches!(effect, Effect::ListModels);
    let measures = |effect: &Effect| matches!(effect, Effect::MeasureMachine);
    assert!(effects.iter().any(lists) && effects.iter().any(measures));
    // Not while pictures grow, and not twice.
    act(&mut state, [Action::Generate]);
    let effects = act(&mut state, [Action::ShowModels]);
    assert!(effects.iter().any(lists) && !effects.iter().any(measures));
}

#[test]
fn a_model_is_fetched_and_offered() {
    let mut state = shop();
    let errand = get(&mut state);
    assert!(matches!(&errand.task, Task::Get(get) if get.id == "photos"));
    assert_eq!(stage(&state), Some(&WorkStage::Waiting));
    let again = model(&mut state, ModelAction::Get("photos".into()));
    assert!(errands(&again).is_empty(), "once");
    tell(&mut state, library::Event::Begun(errand.id));
    assert_eq!(stage(&state), Some(&WorkStage::Running));
    let progress = Progress {
        step: Step::Fetching,
        done: 3,
        total: 6,
        ..Progress::BEGIN
    };
    let event = library::Event::Progress {
        errand: errand.id,
        progress,
    };
    tell(&mut state, event);
    assert_eq!(state.works.each["photos"].progress, progress);
    end(&mut state, errand.id, got());
    assert_eq!(stage(&state), None);
    let notice = state.notices.last().unwrap();
    assert_eq!(notice.sentence, "Photo model is installed.");
    assert_eq!(notice.remedies, [Action::DrawWith("photos".into())]);
}

#[test]
fn a_download_rests_and_goes_on() {
    let mut state = shop();
    let first = get(&mut state);
    tell(&mut state, library::Event::Begun(first.id));
    let effects = model(&mut state, ModelAction::Pause("photos".into()));
    assert_eq!(stopped(&effects), [first.id]);
    // Late words of it do not wake it.
    tell(&mut state, library::Event::Begun(first.id));
    let stopping = WorkStage::Stopping { discards: false };
    assert_eq!(stage(&state), Some(&stopping));
    end(&mut state, first.id, Err(Failure::Cancelled));
    assert_eq!(stage(&state), Some(&WorkStage::Paused));
    let second = get(&mut state);
    assert_ne!(second.id, first.id);
    assert_eq!(second.task, first.task);
}

#[test]
fn what_came_of_a_cancelled_download_is_thrown_away() {
    let mut state = shop();
    let first = get(&mut state);
    model(&mut state, ModelAction::Cancel("photos".into()));
    let effects = end(&mut state, first.id, Err(Failure::Cancelled));
    let discard = errands(&effects).remove(0);
    assert_eq!(discard.task, Task::Discard("photos".into()));
    end(&mut state, discard.id, Ok(Done::Discarded("photos".into())));
    assert_eq!(stage(&state), None);
    // What an earlier session left, too.
    let effects = model(&mut state, ModelAction::Cancel("photos".into()));
    assert_eq!(errands(&effects)[0].task, Task::Discard("photos".into()));
}

#[test]
fn a_model_that_came_before_it_was_cancelled_stays() {
    let mut state = shop();
    let errand = get(&mut state);
    model(&mut state, ModelAction::Cancel("photos".into()));
    let effects = end(&mut state, errand.id, got());
    assert!(errands(&effects).is_empty());
    assert_eq!(stage(&state), None);
}

#[test]
fn of_several_files_the_chosen_one_is_fetched() {
    let mut state = shop();
    let errand = get(&mut state);
    let ask = |part| {
        Err(Failure::Choice {
            part,
            folder: "owner/model/folder".into(),
            candidates: vec!["a.pt".into(), "b.pt".into()],
        })
    };
    end(&mut state, errand.id, ask("tokenizer"));
    assert!(matches!(stage(&state), Some(WorkStage::Asking(_))));
    assert!(state.works.dialog.is_some());
    model(&mut state, ModelAction::CloseDialog);
    assert!(state.works.dialog.is_none());
    model(&mut state, ModelAction::AskFile("photos".into()));
    let effects = model(&mut state, ModelAction::ChooseFile("b.pt".into()));
    let second = errands(&effects).remove(0);
    end(&mut state, second.id, ask("transformer"));
    let effects = model(&mut state, ModelAction::ChooseFile("a.pt".into()));
    let Task::Get(get) = &errands(&effects)[0].task else {
        panic!("{effects:?}");
    };
    assert_eq!(get.choice.tokenizer.as_deref(), Some("b.pt"), "kept");
    assert_eq!(get.choice.transformer.as_deref(), Some("a.pt"));
}

#[test]
fn a_failure_stays_on_the_card_until_it_is_tried_again() {
    let mut state = shop();
    let errand = get(&mut state);
    let trouble = Explained::new("the server asks to sign in", "Put a token there.");
    let failure = Failure::Trouble(trouble.clone());
    end(&mut state, errand.id, Err(failure));
    assert_eq!(stage(&state), Some(&WorkStage::Failed(trouble)));
    assert!(state.notices.is_empty(), "it is said once");
    get(&mut state);
    assert_eq!(stage(&state), Some(&WorkStage::Waiting));
}

#[test]
fn server_and_token_are_kept_and_go_with_the_next_download() {
    let mut state = shop();
    model(&mut state, ModelAction::ShowServer(true));
    let endpoint = |text: &str| ModelAction::TypeEndpoint(text.into());
    model(&mut state, endpoint("mirror.example"));
    assert!(model(&mut state, ModelAction::KeepServer).is_empty());
    let form = state.works.server.as_ref().unwrap();
    let trouble = form.trouble.as_ref().unwrap();
    assert!(!trouble.next_step.contains("--endpoint"), "{trouble:?}");
    model(&mut state, endpoint(" https://mirror.example "));
    let token = |text: &str| ModelAction::TypeToken(Secret::typed(text.into()));
    model(&mut state, token("not one"));
    assert!(model(&mut state, ModelAction::KeepServer).is_empty());
    model(&mut state, token("hf_mine"));
    let effects = model(&mut state, ModelAction::KeepServer);
    assert!(matches!(effects[..], [Effect::Remember(_)]));
    assert!(!format!("{effects:?} {state:?}").contains("hf_mine"));
    assert!(state.works.server.is_none());

    let Task::Get(get) = get(&mut state).task else {
        panic!("a download");
    };
    assert_eq!(get.endpoint.as_deref(), Some("https://mirror.example"));
    assert_eq!(get.token, Some(Secret::typed("hf_mine".into())));
    // An empty field keeps the token; forgetting it is another wish.
    model(&mut state, ModelAction::ShowServer(true));
    model(&mut state, ModelAction::KeepServer);
    assert!(state.preferences.hub.token.is_some());
    model(&mut state, ModelAction::ForgetToken);
    assert!(state.preferences.hub.token.is_none());
}

#[test]
fn a_new_model_is_there_at_once_and_a_lost_one_makes_room() {
    let mut state = shop();
    let folder = Some("models/photos".into());
    let mut new = card("photos", "Photo model", Mode::Classes);
    new.folder = folder;
    let stock = Stock {
        cards: vec![Arc::new(new)],
        ..Stock::default()
    };
    let effects = list(&mut state, stock);
    assert_eq!(state.models.len(), 4, "those in the program stay");
    assert!(effects.is_empty(), "nothing is loaded by itself");
    act(&mut state, [Action::DrawWith("photos".into())]);
    hear(&mut state, model_ready("photos"));

    let effects = list(&mut state, Stock::default());
    assert_eq!(state.models.len(), 3);
    assert_eq!(state.desk().model.as_deref(), Some("pictures"));
    assert!(!state.readiness.contains_key("photos"));
    let loads = |effect: &Effect| matches!(effect, Effect::Engine(Command::LoadModel { .. }));
    assert!(
        !effects.iter().any(loads),
        "it was loaded before: {effects:?}"
    );
    assert!(state.can_generate());
}

#[test]
fn a_studio_without_models_takes_the_first_that_comes() {
    let mut state = crate::panels::fixture::state_without_models();
    let mut new = card("photos", "Photo model", Mode::Classes);
    new.folder = Some("models/photos".into());
    let stock = Stock {
        cards: vec![Arc::new(new)],
        ..Stock::default()
    };
    let effects = list(&mut state, stock);
    let loads = |effect: &Effect| matches!(effect, Effect::Engine(Command::LoadModel { model }) if model == "photos");
    assert!(effects.iter().any(loads));
    assert!(state.can_generate());
}

#[test]
fn loading_is_called_off_with_the_pictures_that_wait_for_it() {
    let mut state = state();
    let waiting = jobs(&act(&mut state, [Action::Generate]));
    let effects = model(&mut state, ModelAction::CancelLoading("pictures".into()));
    let told: Vec<&Command> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Engine(command) => Some(command),
            _ => None,
        })
        .collect();
    assert_eq!(told.len(), waiting.len() + 1);
    assert!(matches!(told.last(), Some(Command::CancelLoading { model }) if model == "pictures"));
    let failed = strata_engine::Event::Model {
        model: "pictures".into(),
        event: ModelEvent::Failed(Error::Cancelled),
    };
    hear(&mut state, failed);
    assert_eq!(state.model_readiness(), None);
    assert!(state.notices.is_empty(), "a person wanted it so");
    // Looking at the page does not load it again; Generate may.
    list(&mut state, Stock::default());
    assert_eq!(state.model_readiness(), None);
    assert!(state.can_generate());
}

#[test]
fn choosing_another_model_keeps_the_queue() {
    let mut state = state();
    let first = jobs(&act(&mut state, [Action::Generate]));
    let effects = act(&mut state, [Action::DrawWith("pictures-2".into())]);
    let is_cancel = |effect: &Effect| {
        matches!(
            effect,
            Effect::Engine(Command::Cancel(_) | Command::CancelAll)
        )
    };
    assert!(!effects.iter().any(is_cancel));
    assert_eq!(state.live(), first.len());
    let more = jobs(&act(&mut state, [Action::Generate]));
    assert_eq!(state.live(), first.len() + more.len());
}

/// A studio with an installed model in a folder, drawn with.
fn with_own() -> State {
    let mut state = shop();
    list(&mut state, own_stock());
    act(&mut state, [Action::DrawWith("own".into())]);
    hear(&mut state, model_ready("own"));
    act(&mut state, [Action::ShowModels]);
    state
}

fn own_stock() -> Stock {
    let mut own = card("own", "Own model", Mode::Classes);
    own.folder = Some("models/own".into());
    own.bytes = 1_000_000;
    Stock {
        cards: vec![Arc::new(own)],
        ..Stock::default()
    }
}

fn forgets(effects: &[Effect]) -> bool {
    let forget = |effect: &Effect| matches!(effect, Effect::Engine(Command::Forget { model }) if model == "own");
    effects.iter().any(forget)
}

fn forgotten(state: &mut State) -> Vec<Effect> {
    let event = strata_engine::Event::Model {
        model: "own".into(),
        event: ModelEvent::Forgotten,
    };
    hear(state, event)
}

#[test]
fn a_model_is_removed_after_the_engine_has_let_go_of_it() {
    let mut state = with_own();
    model(&mut state, ModelAction::AskRemove("own".into()));
    let effects = model(&mut state, ModelAction::Agree);
    assert!(forgets(&effects) && errands(&effects).is_empty());
    assert!(state.is_leaving("own") && !state.can_generate());
    let errand = errands(&forgotten(&mut state)).remove(0);
    assert_eq!(errand.task, Task::Remove("own".into()));
    list(&mut state, Stock::default());
    let removed = Done::Removed {
        id: "own".into(),
        bytes: 1_000_000,
    };
    end(&mut state, errand.id, Ok(removed));
    assert!(state.card_of("own").is_none() && state.can_generate());
    let told = &state.notices.last().unwrap().next_step;
    assert!(told.contains("1 MB"), "{told}");
}

#[test]
fn a_model_that_still_draws_stays_and_those_in_the_program_always_do() {
    let mut state = with_own();
    act(&mut state, [Action::Generate]);
    model(&mut state, ModelAction::AskRemove("own".into()));
    assert!(model(&mut state, ModelAction::Agree).is_empty());
    assert!(!state.is_leaving("own"));
    model(&mut state, ModelAction::AskRemove("pictures-2".into()));
    assert!(model(&mut state, ModelAction::Agree).is_empty());
}

#[test]
fn removing_is_given_up_while_the_engine_still_holds_the_model() {
    let mut state = with_own();
    model(&mut state, ModelAction::AskRemove("own".into()));
    model(&mut state, ModelAction::Agree);
    model(&mut state, ModelAction::Cancel("own".into()));
    assert!(!state.is_leaving("own"));
    let effects = forgotten(&mut state);
    assert!(errands(&effects).is_empty());
    let loads = |effect: &Effect| matches!(effect, Effect::Engine(Command::LoadModel { .. }));
    assert!(effects.iter().any(loads), "it is in use and read again");
}

#[test]
fn a_converted_model_is_read_anew() {
    let mut state = with_own();
    let effects = model(&mut state, ModelAction::AskConvert("own".into()));
    assert!(matches!(effects[..], [Effect::LookAtCopies { .. }]));
    let copies = library::Event::Copies {
        id: "own".into(),
        copies: Ok(strata_engine::library::convert::Offers {
            transformer_averages: true,
            tokenizer_averages: false,
        }),
    };
    tell(&mut state, copies);
    model(&mut state, ModelAction::SetPrecision(Precision::Bf16));
    model(&mut state, ModelAction::TakeAverage(true));
    let errand = errands(&model(&mut state, ModelAction::Agree)).remove(0);
    let Task::Convert { settings, .. } = &errand.task else {
        panic!("{errand:?}");
    };
    assert_eq!(settings.precision, Precision::Bf16);
    assert_eq!(settings.transformer, Variant::Averaged);
    assert_eq!(settings.tokenizer, Variant::Trained, "there is no other");
    // A second errand on the same files has to wait for the first.
    assert!(model(&mut state, ModelAction::Check("own".into())).is_empty());
    let converted = Done::Converted {
        id: "own".into(),
        precision: Precision::Bf16,
    };
    let effects = end(&mut state, errand.id, Ok(converted));
    assert!(forgets(&effects));
    let effects = forgotten(&mut state);
    let loads = |effect: &Effect| matches!(effect, Effect::Engine(Command::LoadModel { model }) if model == "own");
    assert!(effects.iter().any(loads), "{effects:?}");
}

#[test]
fn what_a_check_found_stays_on_the_card_until_it_is_put_away() {
    let mut state = with_own();
    let errand = errands(&model(&mut state, ModelAction::Check("own".into()))).remove(0);
    let report = strata_engine::library::verify::Report {
        model: "own".into(),
        folder: None,
        sound: true,
        findings: Vec::new(),
    };
    end(&mut state, errand.id, Ok(Done::Checked(Box::new(report))));
    assert!(state.works.reports["own"].sound);
    assert!(state.notices.is_empty());
    model(&mut state, ModelAction::PutReportAway("own".into()));
    assert!(state.works.reports.is_empty());
    // Stopped, it leaves nothing behind.
    let errand = errands(&model(&mut state, ModelAction::Check("own".into()))).remove(0);
    let effects = model(&mut state, ModelAction::Cancel("own".into()));
    assert_eq!(stopped(&effects), [errand.id]);
    let effects = end(&mut state, errand.id, Err(Failure::Cancelled));
    assert!(errands(&effects).is_empty());
    assert!(state.works.each.is_empty());
}

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
    let question = |about, choices: Vec<Value>, open| Question {
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
