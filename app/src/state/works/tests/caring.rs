//! Checking, converting and removing installed models.

use strata_engine::checkpoint::Variant;

use super::*;

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
fn what_a_check_found_of_other_files_is_put_away() {
    let converted = Done::Converted {
        id: "own".into(),
        precision: Precision::Q8_0,
    };
    let dropped = Done::Dropped {
        id: "own".into(),
        bytes: 7,
    };
    for done in [converted, dropped] {
        let mut state = with_own();
        let errand = errands(&model(&mut state, ModelAction::Check("own".into()))).remove(0);
        // Only what ends counts here: the errand stands for whichever it was.
        state.works.reports.insert("own".into(), report());
        end(&mut state, errand.id, Ok(done));
        assert!(state.works.reports.is_empty());
    }
}

fn report() -> strata_engine::library::verify::Report {
    strata_engine::library::verify::Report {
        model: "own".into(),
        folder: None,
        sound: true,
        findings: Vec::new(),
    }
}

#[test]
fn what_a_check_found_stays_on_the_card_until_it_is_put_away() {
    let mut state = with_own();
    let errand = errands(&model(&mut state, ModelAction::Check("own".into()))).remove(0);
    end(&mut state, errand.id, Ok(Done::Checked(Box::new(report()))));
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
