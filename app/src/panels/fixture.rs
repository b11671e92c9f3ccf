//! A small studio for tests of reducer and view data: three models, and the engine's words as a script.
#![allow(clippy::unwrap_used)]

use std::{path::PathBuf, sync::Arc};

use strata_engine::{
    Codes, Command, Event, Footprint, Guidance, JobEvent, Mode, ModelCard, ModelEvent, PerDepth,
    Picture, Pixels, Sampling, Subject,
    worker::{JobId, RequestEvent, RequestId},
};

use crate::{
    actions::Action,
    classes::Classes,
    gallery::{
        Answer,
        index::{self, Content, Entry, Facts, Found, Identity, Listing, Mark, Overview, Row},
    },
    settings::Preferences,
    state::{Effect, Message, PieceId, State, Surroundings},
};

/// A card of a 4 x 4 grid of 4 x 4 cells.
pub fn card(id: &str, name: &str, mode: Mode) -> ModelCard {
    let pages = mode == Mode::Documents;
    ModelCard {
        id: id.into(),
        name: name.into(),
        family: "dnd",
        mode,
        summary: match mode {
            Mode::Classes => "Flat pictures".into(),
            Mode::Documents => "Pages of typewriter text".into(),
        },
        licence: "CC0-1.0".into(),
        source: String::new(),
        attribution: String::new(),
        grid: if pages { [24, 24] } else { [4, 4] },
        depth: if pages { 1 } else { 2 },
        codebook: 64,
        size: if pages { [96, 96] } else { [16, 16] },
        classes: if pages {
            Vec::new()
        } else {
            vec![207, 387, 963]
        },
        guidable: !pages,
        guidance: match mode {
            Mode::Classes => Guidance::constant(2.0),
            Mode::Documents => Guidance::NONE,
        },
        sampling: Sampling {
            temperature: PerDepth::Same(if pages { 0.7 } else { 0.9 }),
            top_k: PerDepth::Same(0),
            top_p: PerDepth::Same(if pages { 1.0 } else { 0.95 }),
        },
        presets: Vec::new(),
        footprint: Footprint {
            weights: 30_000_000,
            sequence: 1_000_000,
            decoding: 2_000_000,
        },
        precision: None,
        bytes: 0,
        originals: 0,
        folder: None,
    }
}

fn surroundings(models: Vec<ModelCard>) -> Surroundings {
    Surroundings {
        models: models.into_iter().map(Arc::new).collect(),
        model_errors: Vec::new(),
        models_folder: "models".into(),
        classes: Classes::shipped(),
        folder: "pictures".into(),
        dice: 1,
        preferences: Preferences::default(),
        trouble: None,
    }
}

fn models() -> Vec<ModelCard> {
    vec![
        card("pictures", "Sticker book", Mode::Classes),
        card("pictures-2", "Sketch book", Mode::Classes),
        card("pages", "Typewriter", Mode::Documents),
    ]
}

/// What the studio does at its start.
pub fn start() -> (State, Vec<Effect>) {
    State::new(surroundings(models()))
}

/// A studio that was left with these choices.
pub fn restarted(preferences: Preferences) -> State {
    let around = Surroundings {
        preferences,
        ..surroundings(models())
    };
    State::new(around).0
}

pub fn state() -> State {
    start().0
}

pub fn state_without_models() -> State {
    State::new(surroundings(Vec::new())).0
}

/// Does several things at moment 0; the effects of all.
pub fn act(state: &mut State, actions: impl IntoIterator<Item = Action>) -> Vec<Effect> {
    let each = actions
        .into_iter()
        .map(|action| state.update(0.0, Message::Action(action)));
    each.collect::<Vec<_>>().concat()
}

/// The engine tells something at moment 0.
pub fn hear(state: &mut State, event: Event) -> Vec<Effect> {
    hear_at(state, 0.0, event)
}

pub fn hear_at(state: &mut State, now_secs: f64, event: Event) -> Vec<Effect> {
    state.update(now_secs, Message::Engine(event))
}

/// The gallery saved a picture.
pub fn saved(state: &mut State, piece: PieceId, file: &str) {
    let answer = Answer::Saved {
        piece,
        path: std::path::Path::new("pictures").join(file),
        thumbnail: pixels(16),
    };
    state.update(0.0, Message::Gallery(answer));
}

/// The jobs that were put into the queue.
pub fn jobs(effects: &[Effect]) -> Vec<JobId> {
    let job = |effect: &Effect| match effect {
        Effect::Engine(Command::Enqueue { job, .. }) => Some(*job),
        _ => None,
    };
    effects.iter().filter_map(job).collect()
}

/// The questions to the decoder.
pub fn requests(effects: &[Effect]) -> Vec<RequestId> {
    let request = |effect: &Effect| match effect {
        Effect::Engine(Command::Decode { request, .. }) => Some(*request),
        _ => None,
    };
    effects.iter().filter_map(request).collect()
}

fn job(job: JobId, event: JobEvent) -> Event {
    Event::Job { job, event }
}

pub fn pixels(edge: usize) -> Arc<Pixels> {
    Arc::new(Pixels {
        width: edge,
        height: edge,
        rgb: vec![90; edge * edge * 3],
    })
}

pub fn started(id: JobId) -> Event {
    let card = Arc::new(card("pictures", "Sticker book", Mode::Classes));
    let event = JobEvent::Started {
        card,
        given: 0,
        weights: "abc".into(),
    };
    job(id, event)
}

pub fn codes(id: JobId, position: usize) -> Event {
    let event = JobEvent::Codes {
        position,
        codes: vec![3, 4],
        entropy: vec![1.0, 0.5],
        log_probability: vec![-1.0, -0.5],
        kept: 0,
    };
    job(id, event)
}

/// A position whose codes have this log-probability each, in nats.
pub fn likely(id: JobId, position: usize, nats: f32) -> Event {
    let event = JobEvent::Codes {
        position,
        codes: vec![3, 4],
        entropy: vec![1.0, 0.5],
        log_probability: vec![nats; 2],
        kept: 0,
    };
    job(id, event)
}

pub fn preview(id: JobId, positions: usize) -> Event {
    let lanes = vec![pixels(16), pixels(16)];
    job(id, JobEvent::Preview { positions, lanes })
}

pub fn progress(id: JobId, done: usize) -> Event {
    let event = JobEvent::Progress {
        done,
        total: 16,
        remaining_secs: 1.0,
        kept_a_pass: None,
    };
    job(id, event)
}

/// The picture of a job with `positions` of its 16 positions.
pub fn picture(id: JobId, state: &State, positions: usize) -> Picture {
    let piece = state.pieces.values().find(|piece| piece.job == id).unwrap();
    Picture {
        recipe: piece.recipe.clone(),
        codes: Codes {
            rows: 4,
            columns: 4,
            depth: 2,
            codebook: 64,
            values: vec![5; positions * 2],
        },
        pixels: pixels(16),
        log_likelihood: None,
        seconds: 2.0,
    }
}

pub fn finished(id: JobId, state: &State) -> Event {
    job(id, JobEvent::Finished(Box::new(picture(id, state, 16))))
}

/// The engine hands over the whole picture of a job.
pub fn finish(state: &mut State, id: JobId) -> Vec<Effect> {
    let event = finished(id, state);
    hear(state, event)
}

pub fn cancelled(id: JobId, partial: Option<Picture>) -> Event {
    job(id, JobEvent::Cancelled(partial.map(Box::new)))
}

pub fn failed(id: JobId, error: strata_engine::Error) -> Event {
    job(id, JobEvent::Failed(error))
}

pub fn decoded(request: RequestId) -> Event {
    let event = RequestEvent::Decoded(pixels(16));
    Event::Request { request, event }
}

pub fn model_ready(id: &str) -> Event {
    Event::Model {
        model: id.into(),
        event: ModelEvent::Ready(Arc::new(card(id, id, Mode::Classes))),
    }
}

pub fn died() -> Event {
    Event::Died {
        message: "index out of bounds".into(),
    }
}

/// A picture file of the gallery, named by its number.
fn entry(number: u8) -> Entry {
    let file = Found {
        path: format!("{number:05}.png"),
        bytes: 1,
        modified_nanos: i64::from(number),
    };
    let facts = Facts {
        identity: Identity([number; 16]),
        width: 16,
        height: 16,
        model: "pictures".into(),
        subject: Subject::Class(207),
        seed: 5,
        index: 0,
        depth: 2,
        guidance: 2.0,
        temperature: 0.9,
        complete: true,
    };
    Entry {
        row: Arc::new(Row::new(file, Content::Picture(facts))),
        mark: Mark::default(),
    }
}

/// The index lists these pictures of the folder that is shown.
pub fn list(state: &mut State, numbers: impl IntoIterator<Item = u8>) -> Vec<Effect> {
    let folder = state.shown_folder().to_owned();
    list_in(state, folder, numbers)
}

/// The index lists these pictures of a folder.
pub fn list_in(
    state: &mut State,
    folder: PathBuf,
    numbers: impl IntoIterator<Item = u8>,
) -> Vec<Effect> {
    let listing = Listing {
        query: state.browser.query.clone(),
        entries: numbers.into_iter().map(entry).collect(),
        overview: Arc::new(Overview::default()),
    };
    let listing = Arc::new(listing);
    state.update(
        0.0,
        Message::Index(index::Event::Listed { folder, listing }),
    )
}
