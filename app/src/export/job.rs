//! An export that the window asked for: dialogs and writing on a thread of its own, with progress, until
//! it is done or a person wants no more of it.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use strata_engine::picture::animated;

use super::{Film, Halt, Names, Pattern, Projector, SheetOptions, Source, Step, Way};
use crate::{explain::Explained, gallery::Desktop};

/// What is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The pictures, in their order.
    pub files: Vec<PathBuf>,
    /// As what.
    pub form: Form,
    /// Where dialogs begin.
    pub from: PathBuf,
    /// The files' names, without endings; see [`Pattern`].
    pub pattern: String,
}

/// As what pictures are exported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// Copies of the PNGs, in a folder.
    Copies,
    /// One contact sheet.
    Sheet,
    /// A moving picture of each, in a folder.
    Film(Way, animated::Format),
}

/// What becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// So many steps of so many are done.
    Progress {
        /// Steps done.
        done: usize,
        /// Steps in all.
        total: usize,
    },
    /// It is done.
    Done {
        /// Pictures exported.
        pictures: usize,
        /// The folder, or the sheet.
        place: PathBuf,
    },
    /// A person wanted no more of it, in the dialog or later; what was written stays.
    Cancelled,
    /// It went wrong.
    Failed(Explained),
}

/// Hears events, on the export's thread.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;

/// Runs one export at a time.
pub struct Exporter {
    desktop: Arc<dyn Desktop>,
    listener: Listener,
    stop: Arc<AtomicBool>,
}

impl Exporter {
    /// Over a desktop's dialogs.
    pub fn new(desktop: Arc<dyn Desktop>, listener: Listener) -> Self {
        Self {
            desktop,
            listener,
            stop: Arc::default(),
        }
    }

    /// Starts an export; it ends in exactly one event that is not progress. `projector` draws the frames
    /// of moving pictures.
    pub fn start(&mut self, order: Order, projector: Option<Box<dyn Projector + Send>>) {
        self.stop = Arc::default();
        let work = Work {
            stop: Arc::clone(&self.stop),
            listener: Arc::clone(&self.listener),
        };
        let desktop = Arc::clone(&self.desktop);
        let thread = std::thread::Builder::new()
            .name("strata-export".into())
            .spawn(move || {
                let event = match work.run(&order, &*desktop, projector) {
                    Ok(event) => event,
                    Err(Halt::Cancelled) => Event::Cancelled,
                    Err(Halt::Failed(failure)) => Event::Failed(failure),
                };
                (work.listener)(event);
            });
        if let Err(error) = thread {
            (self.listener)(Event::Failed(Explained::new(
                format!("the system gives no thread for the export ({error})"),
                "Close other programs and try again.",
            )));
        }
    }

    /// Ends the export after the step it is at.
    pub fn cancel(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

struct Work {
    stop: Arc<AtomicBool>,
    listener: Listener,
}

impl Work {
    fn run(
        &self,
        order: &Order,
        desktop: &dyn Desktop,
        projector: Option<Box<dyn Projector + Send>>,
    ) -> Result<Event, Halt> {
        let place = match order.form {
            Form::Sheet => desktop.save_file(&order.from, "contact-sheet.png"),
            Form::Copies | Form::Film(..) => desktop.pick_folder(&order.from),
        };
        let place = place.ok_or(Halt::Cancelled)?;
        match order.form {
            Form::Sheet => self.sheet(&order.files, &place)?,
            Form::Copies => self.copies(order, &place)?,
            Form::Film(way, format) => {
                let mut projector = projector.ok_or_else(no_engine)?;
                self.films(order, way, format, &place, projector.as_mut())?;
            }
        }
        Ok(Event::Done {
            pictures: order.files.len(),
            place,
        })
    }

    fn sheet(&self, files: &[PathBuf], out: &Path) -> Result<(), Halt> {
        let mut step = self.steps(files.len());
        super::write_sheet(files, SheetOptions::default(), out, &mut step)
    }

    fn copies(&self, order: &Order, folder: &Path) -> Result<(), Halt> {
        let pattern = Pattern::parse(&order.pattern)?;
        let sources = sources(&order.files)?;
        super::make_folder(folder)?;
        let mut step = self.steps(sources.len());
        let names = &mut Names::within(folder);
        super::copy(&sources, &pattern, names, &mut step)?;
        Ok(())
    }

    fn films(
        &self,
        order: &Order,
        way: Way,
        format: animated::Format,
        folder: &Path,
        projector: &mut dyn Projector,
    ) -> Result<(), Halt> {
        let pattern = Pattern::parse(&format!("{}{}", order.pattern, way.suffix()))?;
        let sources = sources(&order.files)?;
        let films = sources.iter().map(|source| Film::new(source, way));
        let films: Vec<Film> = films.collect::<Result<_, _>>()?;
        super::make_folder(folder)?;
        let names = &mut Names::within(folder);
        let mut steps = self.steps(films.iter().map(Film::scenes).sum());
        let step: Step = &mut steps;
        for film in &films {
            let name = pattern.name(&film.source.facts());
            let place = names.place(&name, format.extension(), |_| false);
            film.write(place.path(), format, projector, step)?;
        }
        Ok(())
    }

    /// Tells progress and looks whether it is to go on.
    fn steps(&self, total: usize) -> impl FnMut() -> Result<(), Halt> {
        let mut done = 0;
        move || {
            done += 1;
            (self.listener)(Event::Progress { done, total });
            match self.stop.load(Ordering::Relaxed) {
                true => Err(Halt::Cancelled),
                false => Ok(()),
            }
        }
    }
}

fn sources(files: &[PathBuf]) -> strata_engine::Result<Vec<Source>> {
    files.iter().map(|file| Source::open(file)).collect()
}

fn no_engine() -> Explained {
    Explained::new(
        "the engine that draws the frames is not there",
        "Start Strata again.",
    )
}

#[cfg(test)]
#[path = "job_tests.rs"]
mod tests;
