//! Looking ahead changes nothing that is told of a picture.

use strata_engine::{
    Command, Device, Event, JobEvent, Lineage, LookAhead, PerDepth, Recipe, Sampling, Start,
    Subject,
};

use super::{Session, guided, open, open_on, recipe};

/// Everything that is told of a picture, and how many positions each pass kept in the end.
#[derive(Debug, Default, PartialEq)]
struct Told {
    codes: Vec<u32>,
    entropy: Vec<f32>,
    log_probability: Vec<f32>,
    picture: Option<(Vec<u32>, Option<f32>)>,
}

/// Draws the recipes together.
fn together(session: &Session, first: u64, recipes: &[Recipe]) -> (Vec<Told>, f32) {
    for (job, recipe) in (first..).zip(recipes) {
        session.enqueue(job, recipe.clone());
    }
    let mut told: Vec<Told> = recipes.iter().map(|_| Told::default()).collect();
    let mut kept = 1.0_f32;
    while told.iter().any(|told| told.picture.is_none()) {
        let Event::Job { job, event } = session.next() else {
            continue;
        };
        let told = &mut told[(job.0 - first) as usize];
        match event {
            JobEvent::Codes {
                codes,
                entropy,
                log_probability,
                ..
            } => {
                told.codes.extend(codes);
                told.entropy.extend(entropy);
                told.log_probability.extend(log_probability);
            }
            JobEvent::Progress { kept_a_pass, .. } => kept = kept_a_pass.unwrap_or(kept),
            JobEvent::Finished(picture) => {
                told.picture = Some((picture.codes.values, picture.log_likelihood));
            }
            JobEvent::Failed(error) => panic!("{error}"),
            _ => {}
        }
    }
    (told, kept)
}

/// The same pictures with every setting; how many positions a pass kept with the last of them.
fn same_with(session: &Session, recipes: &[Recipe], settings: &[LookAhead]) -> f32 {
    let draw = |at: usize, setting: LookAhead| {
        session.engine.send(Command::SetLookAhead(setting)).unwrap();
        together(session, 100 * (at as u64 + 1), recipes)
    };
    let (plain, kept) = draw(0, LookAhead::Off);
    assert_eq!(kept, 1.0);
    let mut last = kept;
    for (at, setting) in settings.iter().enumerate() {
        let (ahead, kept) = draw(at + 1, *setting);
        for (plain, ahead) in plain.iter().zip(&ahead) {
            assert!(plain == ahead, "{setting:?} changed a picture");
        }
        last = kept;
    }
    last
}

#[test]
fn looking_ahead_changes_no_picture_of_classes() {
    let session = open();
    let lively = Recipe {
        sampling: Sampling {
            temperature: PerDepth::Same(0.9),
            ..Sampling::default()
        },
        index: 1,
        ..guided()
    };
    let settings = [2, 5, 16].map(LookAhead::Window);
    let kept = same_with(&session, &[guided(), lively], &settings);
    assert!(kept > 1.2, "guesses are right now and then: {kept}");
}

#[test]
fn looking_ahead_changes_no_page() {
    let session = open();
    let pages = [recipe("pages", Subject::Page)];
    let kept = same_with(&session, &pages, &[LookAhead::Window(6), LookAhead::Auto]);
    assert!(kept >= 1.0, "{kept}");
    let typed = [recipe("typewriter", Subject::Page)];
    same_with(&session, &typed, &[LookAhead::Window(4)]);
}

#[test]
fn looking_ahead_changes_nothing_of_what_a_start_keeps() {
    let session = open();
    let (first, _) = together(&session, 1, &[guided()]);
    let (values, _) = first[0].picture.clone().unwrap();
    let codes = strata_engine::Codes {
        rows: 16,
        columns: 16,
        depth: 2,
        codebook: 4096,
        values,
    };
    let from = Lineage::Photograph {
        file: "own.png".into(),
    };
    // The first rows whole, and depth 1 of all the others.
    let texture = Recipe {
        start: Some(Box::new(Start::new(codes, 40, 1, from).unwrap())),
        seed: 12,
        ..guided()
    };
    same_with(&session, &[texture], &[LookAhead::Window(7)]);
}

#[test]
fn looking_ahead_changes_nothing_on_the_reference() {
    let session = open_on(Device::Reference);
    same_with(&session, &[guided()], &[LookAhead::Window(3)]);
}
