//! The loop that owns every model: commands between steps, a step for the batch, events as it goes. What
//! becomes of a panic is decided by `supervisor`.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::Receiver;

use crate::{
    backend::Device,
    error::{Error, Result},
    library::ModelCard,
    picture::Codes,
    recipe::Recipe,
    worker::{
        Command, Event, JobEvent, JobId, ModelEvent, RequestEvent,
        active::{Active, codes_event},
        budget::Budget,
        machine::Machine,
        outbox::{Outbox, model_of},
        queue::Order,
        supervisor::{Control, Flow},
    },
};

/// Times that a device may fail without finding a code between, before another one is taken.
const MOST_FRUITLESS: usize = 2;

/// Whether what came meanwhile ends the loading of a model. The end of all stays to be taken; the rest of the
/// order has then been done.
fn called_off(came: &mut VecDeque<Control>, model: &str) -> bool {
    let before = came.len();
    came.retain(|control| {
        let Control::Command(Command::CancelLoading { model: other }) = control else {
            return true;
        };
        other != model
    });
    let ends = |control: &Control| matches!(control, Control::Command(Command::Shutdown));
    came.len() < before || came.iter().any(ends)
}

/// The loop's state.
pub struct Worker<'a, M: Machine, L> {
    machine: M,
    outbox: &'a mut Outbox<L>,
    max_batch: usize,
    receiver: &'a Receiver<Control>,
    active: Vec<Active<M::Growing>>,
    /// The model that the machine holds.
    loaded: Option<String>,
    /// Most pictures that the device has had room for.
    room: usize,
    /// Times that the device failed since it found a code.
    fruitless: usize,
    /// What the last showing of a preview cost.
    show_cost: Duration,
    /// Since when the queue rests.
    paused: Option<Instant>,
}

impl<'a, M: Machine, L: FnMut(Event)> Worker<'a, M, L> {
    /// With nothing loaded.
    pub fn new(
        machine: M,
        outbox: &'a mut Outbox<L>,
        max_batch: usize,
        receiver: &'a Receiver<Control>,
    ) -> Self {
        Self {
            machine,
            outbox,
            max_batch,
            receiver,
            active: Vec::new(),
            loaded: None,
            room: max_batch,
            fruitless: 0,
            show_cost: Duration::ZERO,
            paused: None,
        }
    }

    /// Runs until a shutdown or until every handle is gone.
    pub fn run(mut self) {
        let devices = self.machine.devices();
        (self.outbox.listener)(Event::Devices(devices));
        loop {
            if self.active.is_empty() {
                for question in std::mem::take(&mut self.outbox.postponed) {
                    self.answer(question);
                }
            }
            if self.outbox.queue.rests() && self.outbox.came.is_empty() {
                match self.receiver.recv() {
                    Ok(control) => self.outbox.came.push_back(control),
                    Err(_) => return self.stop(),
                }
            }
            while let Some(control) = self.next() {
                if matches!(self.take(control), Flow::Stop) {
                    return self.stop();
                }
            }
            if self.outbox.queue.rests() {
                continue;
            }
            self.admit();
            self.step();
        }
    }

    /// What waits to be taken, in the order that it was sent.
    fn next(&mut self) -> Option<Control> {
        let came = self.outbox.came.pop_front();
        came.or_else(|| self.receiver.try_recv().ok())
    }

    fn take(&mut self, control: Control) -> Flow {
        let Control::Command(command) = control else {
            return Flow::Continue;
        };
        match command {
            Command::Enqueue { job, recipe } => self.enqueue(job, recipe, None),
            Command::Resume { job, recipe, done } => self.enqueue(job, recipe, Some(done)),
            Command::Cancel(job) => self.cancel(job),
            Command::CancelAll => self.cancel_all(),
            Command::SetPaused(paused) => self.set_paused(paused),
            Command::SetDevice(device) => self.set_device(device),
            Command::SetLookAhead(look_ahead) => self.machine.set_look_ahead(look_ahead),
            Command::Reorder(jobs) => self.outbox.queue.reorder(&jobs),
            Command::CancelLoading { model } => self.cancel_loading(&model),
            Command::Shutdown => return Flow::Stop,
            question => self.ask(question),
        }
        Flow::Continue
    }

    fn enqueue(&mut self, job: JobId, recipe: Recipe, done: Option<Codes>) {
        if !self.outbox.queue.push(
            job,
            Order {
                recipe,
                done,
                told: None,
            },
        ) {
            tracing::warn!(
                ?job,
                "a job of this id is live already; the second is ignored"
            );
        }
    }

    fn set_paused(&mut self, paused: bool) {
        self.outbox.queue.set_paused(paused);
        match paused {
            true => {
                self.paused.get_or_insert_with(Instant::now);
            }
            false => {
                let rest = self.paused.take().map(|since| since.elapsed());
                for active in &mut self.active {
                    active.rested(rest.unwrap_or_default());
                }
            }
        }
    }

    /// Loading, encoding and decoding wait while pictures of another model grow: two models may not fit
    /// into memory together. A model is forgotten when none of its own grows.
    fn ask(&mut self, question: Command) {
        let of_loaded = model_of(&question) == self.loaded.as_deref();
        let forgets = matches!(question, Command::Forget { .. });
        if self.active.is_empty() || of_loaded != forgets {
            self.answer(question);
        } else {
            self.outbox.postponed.push(question);
        }
    }

    /// Calls off a loading that waits; one that goes on hears of it by itself.
    fn cancel_loading(&mut self, model: &str) {
        let before = self.outbox.postponed.len();
        self.outbox.postponed.retain(
            |question| !matches!(question, Command::LoadModel { model: other } if other == model),
        );
        if self.outbox.postponed.len() < before {
            self.outbox
                .model(model, ModelEvent::Failed(Error::Cancelled));
        }
    }

    fn answer(&mut self, question: Command) {
        match question {
            Command::LoadModel { model } => {
                // Its failure is told as an event.
                let _ = self.load(&model);
            }
            Command::Forget { model } => {
                self.machine.forget(&model);
                self.loaded.take_if(|loaded| *loaded == model);
                self.outbox.model(&model, ModelEvent::Forgotten);
            }
            Command::Encode {
                request,
                model,
                image,
            } => {
                let codes = self
                    .ready(&model)
                    .and_then(|_| self.machine.encode(&model, &image));
                self.outbox
                    .request(request, codes.map(RequestEvent::Encoded));
            }
            Command::Decode {
                request,
                model,
                codes,
                depths,
            } => {
                let pixels = self
                    .ready(&model)
                    .and_then(|_| self.machine.decode(&model, &codes, depths));
                let event = pixels.map(|pixels| RequestEvent::Decoded(pixels.into()));
                self.outbox.request(request, event);
            }
            _ => {}
        }
    }

    /// Makes a model ready, quietly when it is already.
    fn ready(&mut self, model: &str) -> Result<Arc<ModelCard>> {
        if self.loaded.as_deref() == Some(model) {
            self.machine.load(model, &mut |_| Ok(()))
        } else {
            self.load(model)
        }
    }

    /// Loads a model and tells how that goes.
    fn load(&mut self, model: &str) -> Result<Arc<ModelCard>> {
        self.loaded = None;
        let outbox = &mut *self.outbox;
        outbox.model(model, ModelEvent::Loading { fraction: 0.0 });
        let mut progress = |fraction| {
            outbox.model(model, ModelEvent::Loading { fraction });
            outbox.came.extend(self.receiver.try_iter());
            match called_off(&mut outbox.came, model) {
                true => Err(Error::Cancelled),
                false => Ok(()),
            }
        };
        let card = self.machine.load(model, &mut progress);
        if let Some(news) = self.machine.news() {
            (self.outbox.listener)(Event::Device(news));
        }
        let event = match &card {
            Ok(card) => ModelEvent::Ready(card.clone()),
            Err(error) => ModelEvent::Failed(error.clone()),
        };
        self.outbox.model(model, event);
        self.loaded = card.is_ok().then(|| model.to_owned());
        card
    }

    /// Fills the batch from the queue.
    fn admit(&mut self) {
        while let Some((job, order)) = self
            .outbox
            .queue
            .admit(self.loaded.as_deref(), self.max_batch.min(self.room))
        {
            match self.start(job, &order) {
                Ok(()) => {}
                // Whoever called the loading off may have more to say before the next job loads anew.
                Err(Error::Cancelled) => return self.outbox.job(job, JobEvent::Cancelled(None)),
                Err(error) => self.outbox.job(job, JobEvent::Failed(error)),
            }
        }
    }

    fn start(&mut self, job: JobId, order: &Order) -> Result<()> {
        let card = self.ready(&order.recipe.model)?;
        let growing = self.machine.begin(&order.recipe, order.done.as_ref())?;
        let given = self.machine.given(&growing);
        let weights = self.machine.weights(&growing);
        self.active.push(Active {
            job,
            recipe: order.recipe.clone(),
            given,
            growing,
            told: order.told.unwrap_or(0),
            started: Instant::now(),
            drawing: None,
            total: card.positions(),
            columns: card.grid[1],
            done: 0,
            row_ended: false,
            kept_a_pass: None,
            budget: Budget::default(),
        });
        if order.told.is_none() {
            let started = JobEvent::Started {
                card,
                given,
                weights,
            };
            self.outbox.job(job, started);
        }
        Ok(())
    }

    /// One pass for every picture of the batch.
    fn step(&mut self) {
        if self.active.is_empty() {
            return;
        }
        let before = Instant::now();
        let mut batch: Vec<_> = self
            .active
            .iter_mut()
            .map(|active| &mut active.growing)
            .collect();
        let found = match self.machine.step(&mut batch) {
            Ok(found) => found,
            Err(error) => return self.step_failed(&error),
        };
        let time = before.elapsed();
        for (active, found) in self.active.iter_mut().zip(found) {
            active.budget.sampled(time);
            let row = active.done / active.columns;
            for found in found {
                active.done = found.position + 1;
                self.fruitless = 0;
                if active.done > active.told {
                    self.outbox.job(active.job, codes_event(found));
                }
            }
            active.row_ended = active.done / active.columns > row;
            active.kept_a_pass = self.machine.kept_a_pass(&active.growing);
            if active.done > active.given {
                active.drawing.get_or_insert(before);
            }
            if active.done >= active.told {
                self.outbox.job(active.job, active.progress());
            }
        }
        self.preview();
        self.finish_complete();
    }

    /// Shows what is due, and decodes the picture so far at the end of a row where that is cheap enough. The last
    /// showing is always due: its depths are looked at until each is decoded.
    fn preview(&mut self) {
        for active in &mut self.active {
            let complete = active.done == active.total;
            let cost = self.machine.decode_cost();
            let affordable = cost.is_some_and(|cost| active.budget.allows(cost));
            if active.row_ended && affordable && !complete {
                if let Err(error) = self.machine.sharpen(&mut active.growing) {
                    tracing::warn!(%error, "the picture so far could not be decoded");
                }
                let cost = self.machine.decode_cost();
                active.budget.spent(cost.unwrap_or_default());
            }
            if complete || active.budget.show(self.show_cost) {
                let before = Instant::now();
                let lanes = self.machine.lanes(&active.growing);
                self.outbox.job(
                    active.job,
                    JobEvent::Preview {
                        positions: active.done,
                        lanes,
                    },
                );
                self.show_cost = before.elapsed();
                active.budget.spent(self.show_cost);
            }
        }
    }

    fn finish_complete(&mut self) {
        let machine = &self.machine;
        let (complete, rest) = self
            .active
            .drain(..)
            .partition(|active| machine.is_complete(&active.growing));
        self.active = rest;
        let complete: Vec<Active<M::Growing>> = complete;
        for active in complete {
            let seconds = active.started.elapsed().as_secs_f32();
            let event = match self.machine.finish(active.growing, seconds) {
                Ok(picture) => JobEvent::Finished(Box::new(picture)),
                Err(error) => JobEvent::Failed(error),
            };
            self.outbox.job(active.job, event);
        }
    }

    /// A card that is full or lost is an ordinary event: its pictures go on from the codes they have, fewer at a time
    /// or on another device. Anything else fails them.
    fn step_failed(&mut self, error: &Error) {
        let full = matches!(error, Error::OutOfMemory { .. });
        if !full && !matches!(error, Error::DeviceLost { .. }) {
            return self.fail_batch(error);
        }
        self.fruitless += 1;
        let pictures = self.active.len();
        if full {
            self.room = (pictures / 2).max(1);
        }
        let is_hopeless = (full && pictures <= 1) || self.fruitless > MOST_FRUITLESS;
        tracing::warn!(%error, pictures, is_hopeless, "the device failed; its pictures go on");
        match is_hopeless {
            true => self.machine.fall_back(error),
            false => self.machine.let_go(),
        }
        self.hand_back();
    }

    /// Models run elsewhere from now on; what runs goes on there from the codes that it has.
    fn set_device(&mut self, device: Device) {
        self.room = self.max_batch;
        self.machine.set_device(device);
        self.hand_back();
    }

    /// Running pictures wait again, with the codes that they have; the machine holds no model any more.
    fn hand_back(&mut self) {
        self.loaded = None;
        let orders = std::mem::take(&mut self.active).into_iter().map(|active| {
            let codes = self.machine.codes(&active.growing);
            let order = Order {
                recipe: active.recipe,
                done: (codes.positions() > 0).then_some(codes),
                told: Some(active.told.max(active.done)),
            };
            (active.job, order)
        });
        let orders = orders.collect();
        self.outbox.queue.hand_back(orders);
    }

    fn fail_batch(&mut self, error: &Error) {
        for active in std::mem::take(&mut self.active) {
            // Closing gives the caches back; the partial picture is already told in codes.
            let closed = self.machine.finish(active.growing, 0.0);
            if let Err(error) = closed {
                tracing::warn!(%error, "a failed picture could not be closed");
            }
            self.outbox.job(active.job, JobEvent::Failed(error.clone()));
        }
    }

    fn cancel(&mut self, job: JobId) {
        if !self.outbox.queue.is_live(job) {
            return;
        }
        let position = self.active.iter().position(|active| active.job == job);
        let picture = position.and_then(|position| {
            let active = self.active.remove(position);
            let seconds = active.started.elapsed().as_secs_f32();
            self.machine
                .finish(active.growing, seconds)
                .ok()
                .map(Box::new)
        });
        self.outbox.job(job, JobEvent::Cancelled(picture));
    }

    fn stop(&mut self) {
        self.cancel_all();
        for question in std::mem::take(&mut self.outbox.postponed) {
            self.outbox.refuse(&question, Error::ShutDown);
        }
    }

    fn cancel_all(&mut self) {
        for job in self.outbox.queue.live() {
            self.cancel(job);
        }
    }
}
