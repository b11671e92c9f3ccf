//! Pausing the queue, putting it into another order, and what is shown of a picture by when.

use super::*;

/// Asks something that is answered between steps, and waits for the answer.
fn hear_out(engine: &Engine, events: &Receiver<Event>, request: u64) -> Vec<Event> {
    let (model, image) = ("a".into(), pixels());
    let request = RequestId(request);
    engine
        .send(Command::Encode {
            request,
            model,
            image,
        })
        .unwrap();
    let mut seen = Vec::new();
    while !matches!(seen.last(), Some(Event::Request { request: answered, .. }) if *answered == request)
    {
        seen.push(next(events));
    }
    seen
}

fn until_started(events: &Receiver<Event>) -> Vec<Event> {
    let started = |event: &Event| {
        matches!(
            event,
            Event::Job {
                event: JobEvent::Started { .. },
                ..
            }
        )
    };
    let mut seen = Vec::new();
    while !seen.last().is_some_and(started) {
        seen.push(next(events));
    }
    seen
}

fn ends(events: &[Event]) -> Vec<u64> {
    let end = |event: &Event| match event {
        Event::Job { job, event } if event.is_terminal() => Some(job.0),
        _ => None,
    };
    events.iter().filter_map(end).collect()
}

#[test]
fn a_pause_takes_one_step_and_the_picture_goes_on_as_it_was() {
    let (engine, events, gate) = scripted(1);
    enqueue(&engine, 1, "a", WAITS);
    let mut seen = until_started(&events);
    // The first step hangs; the pause is taken right after it.
    engine.send(Command::SetPaused(true)).unwrap();
    gate.store(true, Ordering::SeqCst);
    for request in 0..3 {
        seen.extend(hear_out(&engine, &events, request));
    }
    assert_eq!(
        codes_of(&seen, 1),
        [0],
        "questions are answered, no step is made"
    );
    engine.send(Command::SetPaused(false)).unwrap();
    seen.extend(until_ended(&events, 1));
    assert_eq!(codes_of(&seen, 1), [0, 1, 2, 3]);
    drop(engine);
}

#[test]
fn a_paused_job_can_be_cancelled_and_gives_its_picture() {
    let (engine, events, gate) = scripted(1);
    enqueue(&engine, 1, "a", WAITS);
    until_started(&events);
    engine.send(Command::SetPaused(true)).unwrap();
    gate.store(true, Ordering::SeqCst);
    hear_out(&engine, &events, 1);
    engine.send(Command::Cancel(JobId(1))).unwrap();
    let seen = until_ended(&events, 1);
    let JobEvent::Cancelled(Some(picture)) = terminal(&seen)[&1][0] else {
        panic!("{seen:?}")
    };
    assert_eq!(picture.codes.positions(), 1);
    drop(engine);
}

#[test]
fn jobs_finish_in_the_order_that_was_asked_for() {
    let (engine, events, _) = scripted(1);
    engine.send(Command::SetPaused(true)).unwrap();
    for job in 1..=4 {
        enqueue(&engine, job, "a", 0);
    }
    let order = [3, 77, 2].map(JobId).to_vec();
    engine.send(Command::Reorder(order)).unwrap();
    engine.send(Command::SetPaused(false)).unwrap();
    let seen = until_ended(&events, 4);
    assert_eq!(ends(&seen), [3, 2, 1, 4]);
    drop(engine);
}

#[test]
fn a_death_ends_the_pause() {
    let (engine, events, gate) = scripted(1);
    enqueue(&engine, 1, "a", PANICS);
    let mut seen = Vec::new();
    while !matches!(seen.last(), Some(Event::Died { .. })) {
        seen.push(next(&events));
    }
    engine.send(Command::SetPaused(true)).unwrap();
    engine.restart();
    gate.store(true, Ordering::SeqCst);
    enqueue(&engine, 2, "a", 0);
    let seen = until_ended(&events, 1);
    assert!(matches!(terminal(&seen)[&2][0], JobEvent::Finished(_)));
    drop(engine);
}

#[test]
fn the_whole_picture_is_shown_before_it_is_decoded() {
    let (engine, events, _) = scripted(2);
    enqueue(&engine, 1, "a", 0);
    let seen = until_ended(&events, 1);
    let shown = seen.iter().filter_map(|event| match event {
        Event::Job {
            event: JobEvent::Preview { positions, .. },
            ..
        } => Some(*positions),
        _ => None,
    });
    // The first at once; those between come faster than a screen shows them.
    let shown: Vec<usize> = shown.collect();
    assert_eq!(shown.first(), Some(&1));
    assert_eq!(shown.last(), Some(&POSITIONS));
}
