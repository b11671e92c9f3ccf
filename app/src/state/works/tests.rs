//! The page of models in the reducer: what is asked of the workshop, and what its words change.
#![allow(clippy::unwrap_used)]

mod caring;
mod importing;

use std::sync::Arc;

use strata_engine::{Command, Error, Mode, ModelEvent};

use super::*;
use crate::{
    actions::{Action, ModelAction},
    explain::Explained,
    library::{self, Done, Errand, ErrandId, Failure, Offer, Progress, Step, Stock, Task},
    panels::fixture::{act, card, hear, jobs, model_ready, state},
    settings::Secret,
    state::Message,
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
