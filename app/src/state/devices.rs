//! What models run on: what there is, what a person chose, what it came to.

use std::collections::BTreeMap;

use strata_engine::{
    Command,
    backend::gpu::{
        About, Format,
        plan::{self, Plan},
    },
    worker::{DeviceInfo, DeviceNews},
};

use super::{Effect, MOST_AT_ONCE, State, Topic, forecast, models::MOST_MEMORY};
use crate::{
    devices::{self, AUTO, CPU},
    explain::Explained,
    wording,
};

/// The devices.
#[derive(Clone, Debug, PartialEq)]
pub struct Devices {
    /// The graphics cards; `None` until drivers have answered.
    pub cards: Option<Vec<About>>,
    /// The chosen one, as a command line names it.
    pub chosen: String,
    /// The format of the transformer's matrices, as a command line names it; empty where their size decides.
    pub format: String,
    /// What models run on, once one was loaded.
    pub running: Option<DeviceInfo>,
    /// What models need of a card, by their ids, of those that were asked about.
    plans: BTreeMap<String, Plan>,
    /// Bytes of memory that the processor has.
    memory: Option<u64>,
}

/// Whether the pictures that Generate would make have room on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// All that grow together.
    Fits,
    /// The same, with the model's matrices in fewer bits than usual.
    FitsIn(Format),
    /// So many of them at a time.
    Fewer(usize),
    /// Not one.
    No,
}

impl Default for Devices {
    fn default() -> Self {
        Self {
            cards: None,
            chosen: AUTO.into(),
            format: String::new(),
            running: None,
            plans: BTreeMap::new(),
            memory: None,
        }
    }
}

impl Devices {
    /// What was found out about memory.
    pub(super) fn note_plan(&mut self, id: String, plan: Option<Plan>, memory: Option<u64>) {
        match plan {
            Some(plan) => self.plans.insert(id, plan),
            None => self.plans.remove(&id),
        };
        self.memory = memory;
    }

    /// Whether the chosen device has the formats of graphics cards.
    pub fn is_card(&self) -> bool {
        match self.chosen.as_str() {
            CPU => false,
            AUTO => self
                .running
                .as_ref()
                .is_some_and(|device| device.id == devices::GPU),
            _ => true,
        }
    }
}

impl State {
    /// The pictures of the next batch that grow together: at least one.
    pub fn pictures_at_once(&self) -> usize {
        self.batch_size().clamp(1, MOST_AT_ONCE)
    }

    /// Whether they have room on a card; `None` while it is not known what the model needs.
    pub fn room_on_card(&self, card: &About) -> Option<Room> {
        let model = self.card()?;
        let plan = self.devices.plans.get(&model.id)?;
        let rows = forecast::rows_each(model, &self.desk().settings.guidance) as usize;
        let asked = (self.pictures_at_once(), rows);
        let chosen = Format::named(&self.devices.format);
        Some(match plan.room(card, chosen, asked) {
            plan::Room::Enough(format) if format == chosen.unwrap_or(plan.usual()) => Room::Fits,
            plan::Room::Enough(format) => Room::FitsIn(format),
            plan::Room::Fewer(pictures, _) => Room::Fewer(pictures),
            plan::Room::None => Room::No,
        })
    }

    /// Whether they have room beside the processor; `None` where the system does not tell its memory.
    pub fn room_on_processor(&self) -> Option<Room> {
        let (model, memory) = (self.card()?, self.devices.memory?);
        let settings = &self.desk().settings;
        let fits = |pictures: &usize| {
            let needed = forecast::bytes(model, settings, *pictures);
            needed as f64 <= memory as f64 * MOST_MEMORY
        };
        let pictures = self.pictures_at_once();
        Some(match (1..=pictures).rev().find(fits) {
            Some(fitting) if fitting == pictures => Room::Fits,
            Some(fewer) => Room::Fewer(fewer),
            None => Room::No,
        })
    }

    /// Runs models on another device; pictures in hand go on there.
    pub(super) fn set_device(&mut self, chosen: String) -> Vec<Effect> {
        if chosen == self.devices.chosen {
            return Vec::new();
        }
        self.devices.chosen = chosen;
        let known = wording::devices::formats(self.devices.is_card());
        if !known.iter().any(|(name, _)| *name == self.devices.format) {
            self.devices.format.clear();
        }
        self.change_device()
    }

    /// Keeps matrices in another format.
    pub(super) fn set_format(&mut self, format: String) -> Vec<Effect> {
        if format == self.devices.format {
            return Vec::new();
        }
        self.devices.format = format;
        self.change_device()
    }

    fn change_device(&mut self) -> Vec<Effect> {
        self.settle(&Topic::Device);
        let format = Some(self.devices.format.as_str()).filter(|format| !format.is_empty());
        match devices::device(&self.devices.chosen, format, None) {
            Ok(device) => {
                self.devices.running = None;
                self.readiness.clear();
                let mut effects = vec![Effect::Engine(Command::SetDevice(device))];
                effects.extend(self.load_model());
                effects
            }
            Err(explained) => {
                self.tell_of_device(&explained);
                Vec::new()
            }
        }
    }

    pub(super) fn hear_device(&mut self, news: DeviceNews) {
        if let Some(error) = news.instead_because {
            let why = Explained::from(&error);
            let next_step = format!(
                "{} {}",
                wording::devices::instead(&news.device.name),
                why.next_step
            );
            self.tell_of_device(&Explained::new(why.sentence, next_step));
        }
        self.devices.running = Some(news.device);
    }

    fn tell_of_device(&mut self, explained: &Explained) {
        self.notify(
            Topic::Device,
            wording::sentence(&explained.sentence),
            explained.next_step.clone(),
            Vec::new(),
        );
    }
}
