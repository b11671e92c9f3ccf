//! The world outside the reducer: the engine, the disk, the desktop. It carries out effects, and brings
//! back what came of them as messages. It decides nothing.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};
use eframe::egui::{Context, UserAttentionType, ViewportCommand};
use strata_engine::Event;

use crate::{
    devices,
    export::job::Exporter,
    gallery::{
        Answer, Desktop, Gallery, SystemDesktop,
        index::Indexer,
        thumbnails::{self, Thumbnails},
        trash::{Bin, SystemTrash, Trash},
    },
    journal::{Entry, Journal, Notes},
    library::Workshop,
    places::Places,
    port::Port,
    settings::Keeper,
    state::{Effect, Message},
    times::Times,
};

/// Threads that make small copies; the engine needs the others.
const THUMBNAIL_THREADS: usize = 2;

/// What the program finds on its machine, or what plays it in a test.
pub struct Machine {
    /// The engine.
    pub port: Box<dyn Port>,
    /// File managers and dialogs.
    pub desktop: Arc<dyn Desktop>,
    /// Where deleted pictures go.
    pub trash: Arc<dyn Trash>,
    /// Where things are kept.
    pub places: Places,
}

impl Machine {
    /// This machine's desktop and trash around an engine.
    pub fn of_system(port: Box<dyn Port>, places: Places) -> Self {
        Self {
            port,
            desktop: Arc::new(SystemDesktop),
            trash: Arc::new(SystemTrash),
            places,
        }
    }
}

/// Everything that works on behalf of the window. Dropping it waits until what was handed over is kept.
pub struct World {
    port: Box<dyn Port>,
    gallery: Gallery,
    exporter: Exporter,
    told: Receiver<Message>,
    copies: Receiver<thumbnails::Event>,
    indexer: Option<Indexer>,
    bin: Option<Bin>,
    thumbnails: Option<Thumbnails>,
    keeper: Option<Keeper>,
    /// After the gallery, which notes what it saves.
    journal: Option<Journal>,
    workshop: Option<Workshop>,
    ctx: Context,
}

/// A sender whose messages wake the window.
struct Waker<T> {
    sender: Sender<T>,
    ctx: Context,
}

impl<T> Waker<T> {
    fn tell(&self, message: T) {
        if self.sender.send(message).is_ok() {
            self.ctx.request_repaint();
        }
    }
}

impl World {
    /// Starts the threads; the index looks through `folder`.
    pub fn start(machine: Machine, folder: &std::path::Path, ctx: &Context) -> Self {
        let (sender, told) = crossbeam_channel::unbounded();
        let waker = Arc::new(Waker {
            sender,
            ctx: ctx.clone(),
        });
        let (sender, copies) = crossbeam_channel::unbounded();
        let copied = Waker {
            sender,
            ctx: ctx.clone(),
        };
        let places = machine.places;
        let tell = Arc::clone(&waker);
        let exporter = Exporter::new(
            Arc::clone(&machine.desktop),
            Arc::new(move |event| tell.tell(Message::Export(event))),
        );
        let tell = Arc::clone(&waker);
        let journal = Journal::start(
            places.journal.clone(),
            Arc::new(move |event| tell.tell(Message::Journal(event))),
        );
        let journal = started("journal", journal);
        let tell = Arc::clone(&waker);
        let notes = journal.as_ref().map(Journal::notes);
        let gallery = Gallery::start(
            machine.desktop,
            Arc::new(move |answer| {
                let answer = match &notes {
                    Some(notes) => note_saving(notes, answer),
                    None => Some(answer),
                };
                if let Some(answer) = answer {
                    tell.tell(Message::Gallery(answer));
                }
            }),
        );
        let tell = Arc::clone(&waker);
        devices::look(Arc::new(move |cards| tell.tell(Message::Cards(cards))));
        let tell = Arc::clone(&waker);
        let indexer = Indexer::start(
            &places.cache,
            folder,
            Arc::new(move |event| tell.tell(Message::Index(event))),
        );
        let tell = Arc::clone(&waker);
        let bin = Bin::start(
            machine.trash,
            Arc::new(move |event| tell.tell(Message::Trash(event))),
        );
        let thumbnails = Thumbnails::start(
            places.cache.join("thumbnails"),
            thumbnails::USUAL_LIMIT_BYTES,
            THUMBNAIL_THREADS,
            Arc::new(move |event| copied.tell(event)),
        );
        let tell = Arc::clone(&waker);
        let workshop = Workshop::start(
            places.clone(),
            Arc::new(move |event| tell.tell(Message::Library(event))),
        );
        let keeper = Keeper::start(
            places.settings(),
            Arc::new(move |trouble| waker.tell(Message::Settings(trouble))),
        );
        Self {
            port: machine.port,
            gallery,
            exporter,
            told,
            copies,
            indexer: started("index", indexer),
            bin: started("trash", bin),
            thumbnails: started("small copies", thumbnails),
            keeper: started("settings", keeper),
            journal,
            workshop: started("model library", workshop),
            ctx: ctx.clone(),
        }
    }

    /// What was told next; the engine first.
    pub fn next(&self, times: &mut Times) -> Option<Message> {
        if let Ok(event) = self.port.events().try_recv() {
            times.event(&event);
            return Some(Message::Engine(event));
        }
        self.told.try_recv().ok()
    }

    /// The small copies that were made since the last call.
    pub fn copies(&self) -> impl Iterator<Item = thumbnails::Event> {
        self.copies.try_iter()
    }

    /// Says which small copies are wanted now.
    pub fn want(&self, wants: Vec<thumbnails::Want>) {
        if let Some(thumbnails) = &self.thumbnails {
            thumbnails.want(wants);
        }
    }

    /// Carries out an effect; what is told at once is told back.
    pub fn carry_out(&mut self, effect: Effect) -> Option<Message> {
        match effect {
            Effect::Engine(command) => {
                // It is gone, not only dead: say so the same way.
                let error = self.port.send(command).err()?;
                let message = error.to_string();
                return Some(Message::Engine(Event::Died { message }));
            }
            Effect::RestartEngine => self.port.restart(),
            Effect::Save(order) => self.gallery.save(order),
            Effect::Reveal(path) => self.gallery.reveal(&path),
            Effect::PickFolder(from) => self.gallery.pick_folder(&from),
            Effect::Export(order) => self.exporter.start(order, self.port.projector()),
            Effect::CancelExport => self.exporter.cancel(),
            Effect::CopyPicture(path) => self.gallery.copy(path),
            Effect::PickPicture(from) => self.gallery.pick_picture(&from),
            Effect::LookAt(paths) => self.gallery.look_at(paths),
            Effect::ReadPicture(path) => self.gallery.read_picture(path),
            Effect::SaveSheet(order) => self.gallery.save_sheet(order),
            Effect::Index(command) => {
                if let Some(indexer) = &self.indexer {
                    indexer.send(command);
                }
            }
            Effect::Discard(files) => {
                if let Some(bin) = &self.bin {
                    bin.discard(files);
                }
            }
            Effect::Restore(files) => {
                if let Some(bin) = &self.bin {
                    bin.restore(files);
                }
            }
            Effect::Remember(preferences) => {
                if let Some(keeper) = &self.keeper {
                    keeper.keep(*preferences);
                }
            }
            Effect::PickModelFiles => self.gallery.pick_model_files(),
            Effect::PickModelFolder => self.gallery.pick_model_folder(),
            Effect::ListModels
            | Effect::MeasureMachine
            | Effect::PlanMemory(_)
            | Effect::Identify(_)
            | Effect::LookAtCopies { .. }
            | Effect::Errand(_)
            | Effect::StopErrand(_) => self.see_to_models(effect),
            Effect::Note(entry) => {
                if let Some(journal) = &self.journal {
                    journal.note(entry);
                }
            }
            Effect::HandOver(entries) => {
                if let Some(journal) = &self.journal {
                    journal.hand_over(entries);
                }
            }
            Effect::CallAttention { heading, words } => {
                if !self.ctx.input(|input| input.focused) {
                    let how = UserAttentionType::Informational;
                    self.ctx
                        .send_viewport_cmd(ViewportCommand::RequestUserAttention(how));
                    self.gallery.notify(heading, words);
                }
            }
        }
        None
    }
}

impl World {
    fn see_to_models(&mut self, effect: Effect) {
        let Some(workshop) = &mut self.workshop else {
            return;
        };
        match effect {
            Effect::ListModels => workshop.list(),
            Effect::MeasureMachine => workshop.measure(),
            Effect::PlanMemory(id) => workshop.plan(id),
            Effect::Identify(paths) => workshop.identify(paths),
            Effect::LookAtCopies { id, folder } => workshop.look_at_copies(id, folder),
            Effect::Errand(errand) => workshop.send(errand),
            Effect::StopErrand(errand) => workshop.cancel(errand),
            _ => {}
        }
    }
}

/// Notes which file a picture goes to, before it is there, and that it is; the first is news to no one else.
fn note_saving(notes: &Notes, answer: Answer) -> Option<Answer> {
    match answer {
        Answer::Saving { piece, path } => {
            let piece = piece.0;
            notes.note(Entry::Saving { piece, path });
            // A journal that cannot be written says so itself; the picture is saved all the same.
            notes.sync();
            return None;
        }
        Answer::Saved { piece, .. } => notes.note(Entry::Ended { piece: piece.0 }),
        _ => {}
    }
    Some(answer)
}

/// A system without threads has bigger problems than a missing index, so that is only logged.
fn started<T>(what: &str, thread: std::io::Result<T>) -> Option<T> {
    thread
        .inspect_err(|error| tracing::error!("no thread for the {what}: {error}"))
        .ok()
}
