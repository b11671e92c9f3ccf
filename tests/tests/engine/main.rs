//! The worker's contract with the real engine and the starter models' small weights.
#![allow(clippy::unwrap_used, missing_docs)]

mod card_draws;
mod card_rows;
mod formats;
mod llamagen;
mod look_ahead;
mod ready;

use std::{collections::HashMap, fs, path::Path, sync::Arc, time::Duration};

use candle_core::{
    Tensor,
    quantized::{GgmlDType, QTensor, gguf_file},
};
use crossbeam_channel::{Receiver, unbounded};
use strata::{places::Places, shipped};
use strata_engine::{
    Command, Device, Engine, Error, Event, Guidance, JobEvent, JobId, Lineage, LookAhead, PerDepth,
    Picture, Recipe, Sampling, Start, Subject,
    checkpoint::{Source, StateDict},
    picture::from_png_bytes,
    worker::{Depths, Options, RequestEvent, RequestId},
};

struct Session {
    engine: Engine,
    events: Receiver<Event>,
    home: Option<tempfile::TempDir>,
}

fn open() -> Session {
    open_on(Device::default())
}

fn open_on(device: Device) -> Session {
    let home = tempfile::tempdir().unwrap();
    let session = open_at(home.path(), device);
    Session {
        home: Some(home),
        ..session
    }
}

fn open_at(home: &Path, device: Device) -> Session {
    let places = Places::below(home);
    let (sender, events) = unbounded();
    let options = Options {
        library: shipped::library(&places),
        max_batch: 4,
        cache: Some(places.cache),
        device,
        look_ahead: LookAhead::default(),
    };
    let engine = Engine::start(options, move |event| {
        let _ = sender.send(event);
    });
    Session {
        engine: engine.unwrap(),
        events,
        home: None,
    }
}

fn recipe(model: &str, subject: Subject) -> Recipe {
    Recipe {
        model: model.into(),
        weights: None,
        subject,
        seed: 11,
        index: 0,
        guidance: Guidance::NONE,
        sampling: Sampling::default(),
        start: None,
    }
}

impl Session {
    fn enqueue(&self, job: u64, recipe: Recipe) {
        self.engine
            .send(Command::Enqueue {
                job: JobId(job),
                recipe,
            })
            .unwrap();
    }

    fn next(&self) -> Event {
        self.events.recv_timeout(Duration::from_secs(240)).unwrap()
    }

    /// The job's codes as they were told, and its terminal event.
    fn end_of(&self, wanted: u64, mut seen: impl FnMut(&Engine, usize)) -> (Vec<u32>, JobEvent) {
        let mut told = Vec::new();
        let mut likelihood = 0.0;
        loop {
            if let Event::Job {
                job: JobId(job),
                event,
            } = self.next()
                && job == wanted
            {
                if let JobEvent::Codes {
                    position,
                    codes,
                    entropy,
                    log_probability,
                    ..
                } = &event
                {
                    assert_eq!(*position * codes.len(), told.len(), "codes come in order");
                    assert_eq!(entropy.len(), codes.len());
                    assert_eq!(log_probability.len(), codes.len());
                    likelihood += log_probability.iter().copied().map(f64::from).sum::<f64>();
                    told.extend(codes);
                    seen(&self.engine, *position);
                }
                if let JobEvent::Preview { positions, lanes } = &event {
                    assert!(*positions >= 1 && !lanes.is_empty());
                }
                if let JobEvent::Finished(picture) = &event {
                    let sum = f64::from(picture.log_likelihood.unwrap());
                    let apart = (sum - likelihood).abs();
                    assert!(apart <= 1e-4 * sum.abs().max(1.0), "{sum} and {likelihood}");
                }
                if event.is_terminal() {
                    return (told, event);
                }
            }
        }
    }
}

fn partial(event: JobEvent) -> Picture {
    match event {
        JobEvent::Cancelled(Some(picture)) => *picture,
        other => panic!("{other:?}"),
    }
}

#[test]
fn cancelling_keeps_the_codes_that_the_whole_picture_would_have_begun_with() {
    let session = open();
    let page = recipe("typewriter", Subject::Page);
    session.enqueue(1, page.clone());
    let (told, end) = session.end_of(1, |engine, position| {
        if position == 30 {
            engine.send(Command::Cancel(JobId(1))).unwrap();
        }
    });
    let first = partial(end);
    assert_eq!(first.codes.values, told, "every code was told");
    assert!(
        (31..60).contains(&first.codes.positions()),
        "{}",
        first.codes.positions()
    );
    assert_eq!((first.pixels.width, first.pixels.height), (384, 384));
    assert!(
        first.recipe.weights.is_some(),
        "the engine notes the weights"
    );

    // The same recipe beside another job, cancelled elsewhere: the same codes.
    session.enqueue(2, page);
    session.enqueue(
        3,
        Recipe {
            index: 1,
            ..recipe("typewriter", Subject::Page)
        },
    );
    let (_, end) = session.end_of(2, |engine, position| {
        if position == 40 {
            engine.send(Command::CancelAll).unwrap();
        }
    });
    let second = partial(end);
    let common = first.codes.values.len().min(second.codes.values.len());
    assert!(common > 30);
    assert_eq!(first.codes.values[..common], second.codes.values[..common]);
    let beside = partial(session.end_of(3, |_, _| {}).1);
    assert_ne!(
        beside.codes.values[..30],
        second.codes.values[..30],
        "another index, another page"
    );
}

/// Waits for a job's finished picture; its codes were told as they are.
fn finished(session: &Session, job: u64) -> Picture {
    let (told, end) = session.end_of(job, |_, _| {});
    let JobEvent::Finished(picture) = end else {
        panic!("{end:?}")
    };
    assert_eq!(picture.codes.values, told);
    *picture
}

fn guided() -> Recipe {
    Recipe {
        guidance: Guidance::constant(1.6),
        sampling: Sampling {
            top_k: PerDepth::Same(60),
            ..Sampling::default()
        },
        ..recipe("illustrations", Subject::Class(113))
    }
}

#[test]
fn an_interrupted_picture_becomes_the_one_it_would_have_been() {
    let session = open();
    let recipe = guided();
    session.enqueue(1, recipe.clone());
    let whole = finished(&session, 1);
    let positions = whole.codes.positions();
    let at_random = usize::from(std::process::id() as u16) % positions;
    for (job, left) in (2..).zip([0, 1, at_random, positions - 1, positions]) {
        let mut done = whole.codes.clone();
        done.values.truncate(left * done.depth);
        let (job_id, recipe) = (JobId(job), whole.recipe.clone());
        let resume = Command::Resume {
            job: job_id,
            recipe,
            done,
        };
        session.engine.send(resume).unwrap();
        let resumed = finished(&session, job);
        let same = Picture {
            seconds: resumed.seconds,
            ..whole.clone()
        };
        assert_eq!(resumed, same, "{left} positions were left");
    }
    // Codes of another kind are no part of this picture.
    let mut done = whole.codes.clone();
    done.depth = 1;
    let job = JobId(9);
    let resume = Command::Resume { job, recipe, done };
    session.engine.send(resume).unwrap();
    let end = session.end_of(9, |_, _| {}).1;
    assert!(
        matches!(end, JobEvent::Failed(Error::Recipe { .. })),
        "{end:?}"
    );
}

#[test]
fn a_start_is_kept_and_the_rest_is_sampled() {
    let session = open();
    let parent = guided();
    session.enqueue(1, parent.clone());
    let parent = finished(&session, 1);
    let depth = parent.codes.depth;
    let from = Lineage::Picture {
        recipe: parent.recipe.digest().unwrap(),
        file: None,
    };
    let start = |positions, depths| {
        let start = Start::new(parent.codes.clone(), positions, depths, from.clone());
        Some(Box::new(start.unwrap()))
    };

    // The same seed draws the same rest: a window of known codes leaves what steps would have left.
    session.enqueue(
        2,
        Recipe {
            start: start(100, 0),
            ..parent.recipe.clone()
        },
    );
    let same = finished(&session, 2);
    assert_eq!(same.codes, parent.codes);
    assert_eq!(same.pixels, parent.pixels);
    assert!(
        same.log_likelihood > parent.log_likelihood,
        "fewer codes count"
    );

    let branch = |seed, positions, depths| Recipe {
        seed,
        start: start(positions, depths),
        ..parent.recipe.clone()
    };
    session.enqueue(3, branch(5, 100, 0));
    let branched = finished(&session, 3);
    session.enqueue(4, branch(5, 8, 1));
    let kept = 100 * depth;
    assert_eq!(branched.codes.values[..kept], parent.codes.values[..kept]);
    assert_ne!(branched.codes.values[kept..], parent.codes.values[kept..]);
    let retextured = finished(&session, 4);
    let coarse = |picture: &Picture| {
        let values = picture.codes.values.iter();
        values.copied().step_by(depth).collect::<Vec<u32>>()
    };
    assert_eq!(coarse(&retextured), coarse(&parent));
    assert_ne!(retextured.codes, parent.codes);
    assert_eq!(
        retextured.codes.values[..8 * depth],
        parent.codes.values[..8 * depth]
    );

    // An interrupted branch goes on as well, and its file tells what it kept.
    let mut done = retextured.codes.clone();
    done.values.truncate(20 * depth);
    let (job, recipe) = (JobId(5), retextured.recipe.clone());
    let resume = Command::Resume { job, recipe, done };
    session.engine.send(resume).unwrap();
    let resumed = finished(&session, 5);
    assert_eq!(resumed.codes, retextured.codes);
    assert_eq!(resumed.log_likelihood, retextured.log_likelihood);
    let read = from_png_bytes("a.png", &resumed.to_png("").unwrap()).unwrap();
    assert_eq!(read.recipe, resumed.recipe);
}

#[test]
fn two_models_take_turns_and_codes_decode_without_sampling() {
    let session = open();
    let class = recipe("illustrations", Subject::Class(113));
    session.enqueue(1, class);
    session.enqueue(2, recipe("typewriter", Subject::Page));
    let (_, end) = session.end_of(1, |_, _| {});
    let JobEvent::Finished(picture) = end else {
        panic!("{end:?}")
    };
    let cancel = |engine: &Engine, _| engine.send(Command::Cancel(JobId(2))).unwrap();
    partial(session.end_of(2, cancel).1);

    let request = RequestId(1);
    let (codes, depths) = (picture.codes.clone(), Depths::ALL);
    let decode = Command::Decode {
        request,
        model: "illustrations".into(),
        codes,
        depths,
    };
    session.engine.send(decode).unwrap();
    let decoded = loop {
        if let Event::Request { event, .. } = session.next() {
            break event;
        }
    };
    assert!(matches!(decoded, RequestEvent::Decoded(pixels) if pixels == picture.pixels));
}

#[test]
fn impossible_recipes_fail_with_their_reason() {
    let session = open();
    let class = recipe("illustrations", Subject::Class(113));
    let guided_page = Recipe {
        guidance: Guidance::constant(2.0),
        ..recipe("typewriter", Subject::Page)
    };
    let other_weights = Recipe {
        weights: Some("0".repeat(64)),
        ..class.clone()
    };
    type Check = fn(&Error) -> bool;
    let wrong: [(Recipe, Check); 5] = [
        (recipe("absent", Subject::Page), |e| {
            matches!(e, Error::UnknownModel { .. })
        }),
        (recipe("illustrations", Subject::Class(1000)), |e| {
            matches!(e, Error::UnknownSubject { .. })
        }),
        (recipe("illustrations", Subject::Page), |e| {
            matches!(e, Error::UnknownSubject { .. })
        }),
        (guided_page, |e| matches!(e, Error::Recipe { .. })),
        (other_weights, |e| {
            matches!(
                e,
                Error::Mismatch {
                    what: "weights",
                    ..
                }
            )
        }),
    ];
    for (job, (recipe, fits)) in (1..).zip(wrong) {
        session.enqueue(job, recipe);
        let JobEvent::Failed(error) = session.end_of(job, |_, _| {}).1 else {
            panic!("job {job}")
        };
        assert!(fits(&error), "{error}");
    }
}

/// A starter model in `models/<id>`, its transformer written anew: in full as safetensors, or with the
/// matrices of whole blocks in `kind` as GGUF.
fn repacked(models: &Path, id: &str, kind: Option<GgmlDType>) {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/models/typewriter");
    let folder = models.join(id);
    fs::create_dir_all(&folder).unwrap();
    for file in ["config.yaml", "tokenizer.safetensors"] {
        fs::copy(shipped.join(file), folder.join(file)).unwrap();
    }
    let manifest = fs::read_to_string(shipped.join("model.toml")).unwrap();
    let manifest = manifest
        .replace("\"typewriter\"", &format!("{id:?}"))
        .replace("transformer.gguf", "transformer");
    fs::write(folder.join("model.toml"), manifest).unwrap();

    let weights = Source::File(shipped.join("transformer.gguf"));
    let mut weights = StateDict::open(&weights).unwrap();
    let names: Vec<String> = weights.names().map(str::to_owned).collect();
    let tensors = names.into_iter().map(|name| {
        let shape = weights.shape(&name).unwrap().to_vec();
        let numbers = weights.take(&name, &shape).unwrap();
        let tensor = Tensor::from_vec(numbers, shape, &candle_core::Device::Cpu).unwrap();
        (name, tensor)
    });
    let tensors: HashMap<String, Tensor> = tensors.collect();
    let file = folder.join("transformer");
    match kind {
        None => candle_core::safetensors::save(&tensors, file).unwrap(),
        Some(kind) => write_gguf(&tensors, kind, &file),
    }
}

fn write_gguf(tensors: &HashMap<String, Tensor>, kind: GgmlDType, path: &Path) {
    let mut packed = Vec::new();
    for (name, tensor) in tensors {
        let kind = match *tensor.dims() {
            [_, columns] if columns % kind.block_size() == 0 => kind,
            _ => GgmlDType::F32,
        };
        packed.push((name.as_str(), QTensor::quantize(tensor, kind).unwrap()));
    }
    assert!(packed.iter().any(|(_, tensor)| tensor.dtype() == kind));
    let packed: Vec<_> = packed
        .iter()
        .map(|(name, tensor)| (*name, tensor))
        .collect();
    let mut file = fs::File::create(path).unwrap();
    gguf_file::write(&mut file, &[], &packed).unwrap();
}

/// The same numbers in another format draw the same page; fewer bits of them still draw one.
#[test]
fn a_transformer_may_be_of_any_format() {
    let session = open();
    let models = Places::below(session.home.as_ref().unwrap().path()).models;
    repacked(&models, "full", None);
    repacked(&models, "four-bits", Some(GgmlDType::Q4_0));
    let told = ["typewriter", "full", "four-bits"].map(|model| {
        let job = model.len() as u64;
        session.enqueue(job, recipe(model, Subject::Page));
        let (told, end) = session.end_of(job, |engine, position| {
            if position == 12 {
                engine.send(Command::Cancel(JobId(job))).unwrap();
            }
        });
        assert_eq!(partial(end).codes.values, told);
        told
    });
    let [shipped, full, four_bits] = told;
    let common = shipped.len().min(full.len());
    assert!(common > 12 && four_bits.len() > 12);
    assert_eq!(shipped[..common], full[..common]);
}
