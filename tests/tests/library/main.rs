//! Files from anywhere to models of the library: what they are told to be, what is made of them, and what is left when
//! that ends early.
#![allow(clippy::unwrap_used, missing_docs)]

mod commands;
mod hostile;
mod kills;
mod large;
mod official;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crossbeam_channel::unbounded;
use strata::{places::Places, shipped};
use strata_engine::{
    Command, Device, Engine, Event, Guidance, JobEvent, JobId, Library, LookAhead, PerDepth,
    Picture, Recipe, Sampling, Subject,
    library::{
        catalogue::Catalogue,
        download::Progress,
        hub::Cancel,
        identify::{Identified, identify},
        import::{Imported, Order, import},
    },
    worker::Options,
};

/// A library of its own, without the starter models.
struct House {
    home: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("models")).unwrap();
        Self { home }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn models(&self) -> PathBuf {
        self.path("models")
    }

    fn library(&self) -> Library {
        Library::new(Vec::new(), vec![self.models()])
    }

    fn catalogue(&self) -> Catalogue {
        shipped::catalogue(&Places::below(self.home.path())).unwrap()
    }

    fn identify(&self, paths: &[PathBuf]) -> Identified {
        let (library, catalogue) = (self.library(), self.catalogue());
        identify(paths, &library, &catalogue, &Cancel::default()).unwrap()
    }

    /// Imports the only proposal.
    fn import(&self, found: &Identified, order: &Order) -> strata_engine::Result<Imported> {
        let [model] = &found.models[..] else {
            panic!("one model expected: {found:?}")
        };
        let catalogue = self.catalogue();
        let models = self.models();
        let cancel = Cancel::default();
        import(
            found, model, order, &catalogue, &models, &cancel, &mut quiet,
        )
    }

    /// What lies in the models folder.
    fn names(&self) -> Vec<String> {
        names(&self.models())
    }

    /// A picture without any chance in it.
    fn greedy(&self, model: &str, class: Option<u32>) -> Picture {
        let (sender, events) = unbounded();
        let options = Options {
            library: self.library(),
            max_batch: 1,
            cache: None,
            device: Device::default(),
            look_ahead: LookAhead::default(),
        };
        let engine = Engine::start(options, move |event| {
            let _ = sender.send(event);
        });
        let engine = engine.unwrap();
        let recipe = Recipe {
            model: model.into(),
            weights: None,
            subject: class.map_or(Subject::Page, Subject::Class),
            seed: 1,
            index: 0,
            guidance: Guidance::NONE,
            sampling: Sampling {
                temperature: PerDepth::Same(0.0),
                ..Sampling::default()
            },
            start: None,
        };
        let job = JobId(1);
        engine.send(Command::Enqueue { job, recipe }).unwrap();
        loop {
            let event = events.recv_timeout(Duration::from_secs(240)).unwrap();
            match event {
                Event::Job {
                    event: JobEvent::Finished(picture),
                    ..
                } => return *picture,
                Event::Job { event, .. } => assert!(!event.is_terminal(), "{event:?}"),
                _ => {}
            }
        }
    }
}

fn quiet(_: Progress) {}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
