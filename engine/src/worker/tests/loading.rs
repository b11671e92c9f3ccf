//! Loading that is called off, and models that are let go of.

use super::*;

fn told(events: &Receiver<Event>, id: &str, wanted: impl Fn(&ModelEvent) -> bool) -> Vec<Event> {
    let mut seen = Vec::new();
    loop {
        let event = next(events);
        let ends = matches!(&event, Event::Model { model, event } if model == id && wanted(event));
        seen.push(event);
        if ends {
            return seen;
        }
    }
}

fn loads(event: &ModelEvent) -> bool {
    matches!(event, ModelEvent::Loading { fraction } if *fraction > 0.0)
}

fn is_started(event: &Event) -> bool {
    let started = |event: &JobEvent| matches!(event, JobEvent::Started { .. });
    matches!(event, Event::Job { event, .. } if started(event))
}

#[test]
fn loading_is_called_off_and_begun_anew() {
    let (engine, events, gate) = scripted(2);
    let load = || {
        engine.send(Command::LoadModel {
            model: "slow".into(),
        })
    };
    let cancel = |model: &str| {
        engine.send(Command::CancelLoading {
            model: model.into(),
        })
    };
    load().unwrap();
    told(&events, "slow", loads);
    cancel("another").unwrap();
    cancel("slow").unwrap();
    told(&events, "slow", |event| {
        matches!(event, ModelEvent::Failed(Error::Cancelled))
    });
    // What was cancelled too late, or twice, does not end the next loading.
    cancel("slow").unwrap();
    gate.store(true, Ordering::SeqCst);
    load().unwrap();
    told(&events, "slow", |event| {
        matches!(event, ModelEvent::Ready(_))
    });
}

#[test]
fn a_job_whose_loading_is_called_off_is_cancelled_and_the_next_one_runs() {
    let (engine, events, _gate) = scripted(2);
    enqueue(&engine, 1, "slow", 0);
    told(&events, "slow", loads);
    enqueue(&engine, 2, "slow", 0);
    enqueue(&engine, 3, "a", 0);
    engine.send(Command::Cancel(JobId(2))).unwrap();
    engine
        .send(Command::CancelLoading {
            model: "slow".into(),
        })
        .unwrap();
    let seen = until_ended(&events, 3);
    let ends = terminal(&seen);
    assert!(matches!(ends[&1][0], JobEvent::Cancelled(None)));
    assert!(matches!(ends[&2][0], JobEvent::Cancelled(None)));
    assert!(matches!(ends[&3][0], JobEvent::Finished(_)));
}

#[test]
fn a_loading_that_waits_for_other_pictures_is_called_off_too() {
    let (engine, events, gate) = scripted(2);
    enqueue(&engine, 1, "a", WAITS);
    while !is_started(&next(&events)) {}
    let model = || "b".to_owned();
    engine.send(Command::LoadModel { model: model() }).unwrap();
    engine
        .send(Command::CancelLoading { model: model() })
        .unwrap();
    gate.store(true, Ordering::SeqCst);
    let seen = told(&events, "b", |event| {
        matches!(event, ModelEvent::Failed(Error::Cancelled))
    });
    let begun = |event: &Event| matches!(event, Event::Model { model, event } if model == "b" && loads(event));
    assert!(!seen.iter().any(begun), "{seen:?}");
}

#[test]
fn the_end_does_not_wait_for_a_loading() {
    let (engine, events, _gate) = scripted(2);
    enqueue(&engine, 1, "slow", 0);
    told(&events, "slow", loads);
    let seen = all(engine, &events);
    assert!(matches!(terminal(&seen)[&1][0], JobEvent::Cancelled(None)));
}

#[test]
fn a_model_is_let_go_of_once_none_of_its_pictures_grows() {
    let (engine, events, gate) = scripted(2);
    let forget = |model: &str| {
        engine.send(Command::Forget {
            model: model.into(),
        })
    };
    enqueue(&engine, 1, "a", WAITS);
    while !is_started(&next(&events)) {}
    forget("a").unwrap();
    forget("b").unwrap();
    gate.store(true, Ordering::SeqCst);
    let forgotten = |event: &ModelEvent| matches!(event, ModelEvent::Forgotten);
    told(&events, "b", forgotten);
    let seen = told(&events, "a", forgotten);
    assert!(
        matches!(terminal(&seen)[&1][0], JobEvent::Finished(_)),
        "the picture was finished first"
    );
    // It is read anew.
    enqueue(&engine, 2, "a", 0);
    let seen = until_ended(&events, 1);
    let is_loading = |event: &Event| matches!(event, Event::Model { event, .. } if loads(event));
    assert!(seen.iter().any(is_loading), "{seen:?}");
}
