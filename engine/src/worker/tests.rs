//! The contract, driven with a scripted machine.
#![allow(clippy::unwrap_used)]

mod loading;
mod order;
mod scripted;
mod trouble;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crossbeam_channel::{Receiver, unbounded};

use super::*;
use crate::{Codes, Error, Guidance, PerDepth, Recipe, Sampling, Subject, backend::Device};
use scripted::*;

fn recipe(model: &str, class: u32) -> Recipe {
    Recipe {
        model: model.into(),
        weights: None,
        subject: Subject::Class(class),
        seed: 1,
        index: 0,
        guidance: Guidance {
            scale: PerDepth::Same(1.0),
            ..Guidance::NONE
        },
        sampling: Sampling::default(),
        start: None,
    }
}

/// An engine with a scripted machine, and the gate that lets its waiting jobs go on.
fn scripted(max_batch: usize) -> (Engine, Receiver<Event>, Arc<AtomicBool>) {
    let (sender, events) = unbounded();
    let gate = Arc::new(AtomicBool::new(false));
    let inner = gate.clone();
    let listener = move |event| {
        let _ = sender.send(event);
    };
    let build = move || Scripted {
        loaded: None,
        gate: inner.clone(),
        device: Device::Auto,
        has_lost: false,
        news: None,
    };
    (
        Engine::with_machine(max_batch, listener, build).unwrap(),
        events,
        gate,
    )
}

fn enqueue(engine: &Engine, job: u64, model: &str, class: u32) {
    engine
        .send(Command::Enqueue {
            job: JobId(job),
            recipe: recipe(model, class),
        })
        .unwrap();
}

fn next(events: &Receiver<Event>) -> Event {
    events
        .recv_timeout(Duration::from_secs(20))
        .expect("an event")
}

/// Waits until the thread has ended and returns all that it told.
fn all(engine: Engine, events: &Receiver<Event>) -> Vec<Event> {
    drop(engine);
    events.iter().collect()
}

fn terminal(events: &[Event]) -> HashMap<u64, Vec<&JobEvent>> {
    let mut ends: HashMap<u64, Vec<&JobEvent>> = HashMap::new();
    for event in events {
        if let Event::Job { job, event } = event
            && event.is_terminal()
        {
            ends.entry(job.0).or_default().push(event);
        }
    }
    ends
}

/// Waits for the terminal events of this many jobs, keeping all events.
fn until_ended(events: &Receiver<Event>, jobs: usize) -> Vec<Event> {
    let mut seen = Vec::new();
    while terminal(&seen).len() < jobs {
        seen.push(next(events));
    }
    seen
}

fn codes_of(events: &[Event], job: u64) -> Vec<usize> {
    let of_job = |event: &Event| match event {
        Event::Job {
            job: JobId(id),
            event: JobEvent::Codes { position, .. },
        } if *id == job => Some(*position),
        _ => None,
    };
    events.iter().filter_map(of_job).collect()
}

#[test]
fn every_job_ends_exactly_once() {
    let (engine, events, _) = scripted(2);
    for (job, class) in [(1, 0), (2, FAILS_AT_BEGIN), (3, 0), (4, 0)] {
        enqueue(&engine, job, "a", class);
    }
    enqueue(&engine, 5, "absent", 0);
    enqueue(&engine, 6, "b", 0);
    let mut seen = until_ended(&events, 6);
    seen.extend(all(engine, &events));
    let ends = terminal(&seen);
    assert!(ends.values().all(|ends| ends.len() == 1), "{ends:?}");
    for job in [1, 3, 4, 6] {
        assert!(
            matches!(ends[&job][0], JobEvent::Finished(picture) if picture.codes.is_complete())
        );
        assert_eq!(
            codes_of(&seen, job),
            [0, 1, 2, 3],
            "codes are never dropped"
        );
    }
    assert!(matches!(ends[&2][0], JobEvent::Failed(Error::Config(_))));
    assert!(matches!(
        ends[&5][0],
        JobEvent::Failed(Error::UnknownModel { .. })
    ));
}

#[test]
fn what_is_given_is_told_and_told_apart() {
    let (engine, events, _) = scripted(2);
    let done = Codes {
        rows: 2,
        columns: 2,
        depth: 1,
        codebook: 256,
        values: vec![0, 1],
    };
    let (job, recipe) = (JobId(1), recipe("a", 0));
    engine.send(Command::Resume { job, recipe, done }).unwrap();
    let seen = until_ended(&events, 1);
    assert_eq!(codes_of(&seen, 1), [0, 1, 2, 3]);
    let started = |event: &Event| match event {
        Event::Job {
            event: JobEvent::Started { given, .. },
            ..
        } => Some(*given),
        _ => None,
    };
    assert_eq!(seen.iter().find_map(started), Some(2));
    let progress = seen.iter().filter_map(|event| match event {
        Event::Job {
            event: JobEvent::Progress { done, .. },
            ..
        } => Some(*done),
        _ => None,
    });
    assert_eq!(progress.collect::<Vec<_>>(), [2, 3, 4]);
    drop(engine);
}

#[test]
fn a_failing_step_fails_its_batch_and_no_other() {
    let (engine, events, _) = scripted(1);
    enqueue(&engine, 1, "a", FAILS_AT_STEP);
    enqueue(&engine, 2, "a", 0);
    let seen = until_ended(&events, 2);
    let ends = terminal(&seen);
    assert!(matches!(ends[&1][0], JobEvent::Failed(Error::Config(_))));
    assert!(matches!(ends[&2][0], JobEvent::Finished(_)));
    drop(engine);
}

#[test]
fn finished_rows_are_decoded_where_that_is_known_to_be_cheap() {
    let (engine, events, _) = scripted(1);
    for (job, model) in (1..).zip(["slow steps", "dear", "unmeasured"]) {
        enqueue(&engine, job, model, 0);
    }
    let seen = until_ended(&events, 3);
    // The last showing has what was decoded: one row of the two, as a complete picture is not decoded twice.
    let mut decoded = HashMap::new();
    for event in &seen {
        if let Event::Job {
            job,
            event: JobEvent::Preview { lanes, .. },
        } = event
        {
            decoded.insert(job.0, lanes[0].rgb[0]);
        }
    }
    assert_eq!(decoded, HashMap::from([(1, 1), (2, 0), (3, 0)]));
    drop(engine);
}

#[test]
fn jobs_finish_in_the_order_of_arrival() {
    let (engine, events, _) = scripted(1);
    for (job, model) in [(1, "a"), (2, "b"), (3, "a")] {
        enqueue(&engine, job, model, 0);
    }
    let seen = until_ended(&events, 3);
    let finished = seen.iter().filter_map(|event| match event {
        Event::Job { job, event } if event.is_terminal() => Some(job.0),
        _ => None,
    });
    assert_eq!(finished.collect::<Vec<_>>(), [1, 2, 3]);
    let loads = seen.iter().filter_map(|event| match event {
        Event::Model {
            model,
            event: ModelEvent::Ready(_),
        } => Some(model.as_str()),
        _ => None,
    });
    assert_eq!(loads.collect::<Vec<_>>(), ["a", "b", "a"]);
    drop(engine);
}

#[test]
fn cancelling_takes_one_step_and_gives_the_partial_picture() {
    let (engine, events, gate) = scripted(1);
    enqueue(&engine, 1, "a", WAITS);
    enqueue(&engine, 2, "a", 0);
    while !matches!(
        next(&events),
        Event::Job {
            event: JobEvent::Started { .. },
            ..
        }
    ) {}
    // The first step hangs: both commands are taken right after it.
    engine.send(Command::Cancel(JobId(1))).unwrap();
    engine.send(Command::Cancel(JobId(99))).unwrap();
    gate.store(true, Ordering::SeqCst);
    let mut seen = until_ended(&events, 2);
    seen.extend(all(engine, &events));
    let ends = terminal(&seen);
    assert_eq!(ends.len(), 2);
    let JobEvent::Cancelled(Some(picture)) = ends[&1][0] else {
        panic!("{ends:?}")
    };
    assert!(picture.codes.positions() <= 1, "within one step");
    assert_eq!(codes_of(&seen, 1).len(), picture.codes.positions());
    assert!(matches!(ends[&2][0], JobEvent::Finished(_)));
}

#[test]
fn a_waiting_job_is_cancelled_without_a_picture() {
    let (engine, events, gate) = scripted(1);
    enqueue(&engine, 1, "a", WAITS);
    enqueue(&engine, 2, "a", 0);
    engine.send(Command::CancelAll).unwrap();
    gate.store(true, Ordering::SeqCst);
    let seen = until_ended(&events, 2);
    assert!(matches!(terminal(&seen)[&2][0], JobEvent::Cancelled(None)));
    drop(engine);
}

#[test]
fn a_panic_ends_every_job_once_and_the_engine_restarts() {
    let (engine, events, _) = scripted(1);
    enqueue(&engine, 1, "a", PANICS);
    enqueue(&engine, 2, "a", 0);
    let mut seen = Vec::new();
    while !matches!(seen.last(), Some(Event::Died { .. })) {
        seen.push(next(&events));
    }
    let Some(Event::Died { message }) = seen.last() else {
        unreachable!()
    };
    assert_eq!(message, "scripted panic");
    // Jobs that reach a dead engine are not lost either.
    enqueue(&engine, 3, "a", 0);
    seen.extend(until_ended(&events, 1));
    engine.restart();
    enqueue(&engine, 4, "a", 0);
    seen.extend(until_ended(&events, 1));
    seen.extend(all(engine, &events));
    let ends = terminal(&seen);
    assert!(ends.values().all(|ends| ends.len() == 1), "{ends:?}");
    assert!(matches!(ends[&3][0], JobEvent::Failed(Error::Died(_))));
    assert!(matches!(ends[&4][0], JobEvent::Finished(_)));
}

#[test]
fn shutting_down_cancels_what_lives() {
    let (engine, events, gate) = scripted(1);
    enqueue(&engine, 1, "a", WAITS);
    enqueue(&engine, 2, "a", 0);
    engine.send(Command::Shutdown).unwrap();
    gate.store(true, Ordering::SeqCst);
    let seen = all(engine, &events);
    let ends = terminal(&seen);
    assert!(
        ends.len() == 2 && ends.values().all(|ends| ends.len() == 1),
        "{ends:?}"
    );
    assert!(
        ends.values()
            .all(|ends| matches!(ends[0], JobEvent::Cancelled(_)))
    );
}

#[test]
fn a_second_job_of_a_live_id_is_ignored() {
    let (engine, events, gate) = scripted(1);
    enqueue(&engine, 1, "a", WAITS);
    enqueue(&engine, 1, "a", 0);
    gate.store(true, Ordering::SeqCst);
    let mut seen = until_ended(&events, 1);
    seen.extend(all(engine, &events));
    assert_eq!(terminal(&seen)[&1].len(), 1);
}

#[test]
fn questions_are_answered_while_nothing_runs() {
    let (engine, events, _) = scripted(1);
    let request = RequestId(5);
    engine
        .send(Command::Encode {
            request,
            model: "a".into(),
            image: pixels(),
        })
        .unwrap();
    loop {
        if let Event::Request {
            request: answered,
            event,
        } = next(&events)
        {
            assert_eq!(answered, request);
            assert!(matches!(event, RequestEvent::Encoded(codes) if codes.values == [7; 4]));
            break;
        }
    }
    drop(engine);
}

#[test]
fn a_question_about_another_model_waits_for_the_pictures_at_work() {
    let (engine, events, gate) = scripted(1);
    enqueue(&engine, 1, "a", WAITS);
    while !matches!(
        next(&events),
        Event::Job {
            event: JobEvent::Started { .. },
            ..
        }
    ) {}
    let request = RequestId(9);
    let (model, image) = ("b".into(), pixels());
    engine
        .send(Command::Encode {
            request,
            model,
            image,
        })
        .unwrap();
    gate.store(true, Ordering::SeqCst);
    let mut seen = until_ended(&events, 1);
    let answered = |event: &Event| matches!(event, Event::Request { .. });
    assert!(
        !seen.iter().any(answered),
        "the job's model stays until its end"
    );
    while !seen.last().is_some_and(answered) {
        seen.push(next(&events));
    }
    assert!(matches!(
        seen.last(),
        Some(Event::Request {
            event: RequestEvent::Encoded(_),
            ..
        })
    ));
    // The first model is told as loading again: the other one took its place.
    enqueue(&engine, 2, "a", 0);
    let seen = until_ended(&events, 1);
    let ready = |event: &Event| matches!(event, Event::Model { model, event: ModelEvent::Ready(_) } if model == "a");
    assert!(seen.iter().any(ready));
    drop(engine);
}
