//! Cards that are lost, full, or changed while pictures grow.

use super::*;

/// Names of the devices that were told, with the reasons.
fn devices(events: &[Event]) -> Vec<(String, Option<Error>)> {
    let told = |event: &Event| match event {
        Event::Device(news) => Some((news.device.name.clone(), news.instead_because.clone())),
        _ => None,
    };
    events.iter().filter_map(told).collect()
}

fn count(events: &[Event], is: impl Fn(&JobEvent) -> bool) -> usize {
    let counts = |event: &&Event| matches!(event, Event::Job { event, .. } if is(event));
    events.iter().filter(counts).count()
}

#[test]
fn a_lost_card_costs_no_picture() {
    let (engine, events, _) = scripted(2);
    enqueue(&engine, 1, "a", LOSES_CARD);
    enqueue(&engine, 2, "a", 0);
    let seen = until_ended(&events, 2);
    for job in [1, 2] {
        // Every position is told once, although the first ones were gone through again.
        assert_eq!(codes_of(&seen, job), [0, 1, 2, 3]);
        let ends = terminal(&seen);
        let end = ends[&job][0];
        assert!(matches!(end, JobEvent::Finished(picture) if picture.codes.values == [0, 1, 2, 3]));
    }
    assert_eq!(
        count(&seen, |event| matches!(event, JobEvent::Started { .. })),
        2
    );
    let told = devices(&seen);
    assert_eq!(told.len(), 2, "opened, and opened again: {told:?}");
    assert!(
        told.iter()
            .all(|(name, why)| name == "Auto" && why.is_none())
    );
}

#[test]
fn a_full_card_takes_fewer_pictures_at_a_time() {
    let (engine, events, _) = scripted(4);
    for job in 1..=4 {
        enqueue(&engine, job, "a", NEEDS_ROOM);
    }
    let seen = until_ended(&events, 4);
    let ends = terminal(&seen);
    assert!(
        ends.values()
            .all(|ends| matches!(ends[0], JobEvent::Finished(_))),
        "{ends:?}"
    );
    for job in 1..=4 {
        assert_eq!(codes_of(&seen, job), [0, 1, 2, 3]);
    }
    assert!(devices(&seen).iter().all(|(name, _)| name == "Auto"));
}

#[test]
fn what_fits_on_no_card_is_drawn_by_the_processor_and_that_is_told() {
    let (engine, events, _) = scripted(2);
    enqueue(&engine, 1, "a", TOO_LARGE);
    let seen = until_ended(&events, 1);
    assert!(matches!(terminal(&seen)[&1][0], JobEvent::Finished(_)));
    let (name, why) = devices(&seen).pop().unwrap();
    assert!(name.starts_with("Cpu"), "{name}");
    assert_eq!(why, Some(Error::OutOfMemory { bytes: 1 }));
}

#[test]
fn another_device_takes_pictures_over_from_the_codes_they_have() {
    let (engine, events, gate) = scripted(2);
    enqueue(&engine, 1, "a", WAITS);
    let started = |event: &Event| {
        matches!(
            event,
            Event::Job {
                event: JobEvent::Started { .. },
                ..
            }
        )
    };
    let mut seen = vec![next(&events)];
    while !seen.last().is_some_and(started) {
        seen.push(next(&events));
    }
    engine.send(Command::SetDevice(Device::Reference)).unwrap();
    gate.store(true, Ordering::SeqCst);
    seen.extend(until_ended(&events, 1));
    assert_eq!(codes_of(&seen, 1), [0, 1, 2, 3]);
    assert_eq!(devices(&seen).pop().unwrap().0, "Reference");
}
