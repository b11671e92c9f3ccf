//! What models run on: what there is, what a person chose, what it came to.

use strata_engine::{
    Command,
    backend::gpu::About,
    worker::{DeviceInfo, DeviceNews},
};

use super::{Effect, State, Topic};
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
}

impl Default for Devices {
    fn default() -> Self {
        Self {
            cards: None,
            chosen: AUTO.into(),
            format: String::new(),
            running: None,
        }
    }
}

impl Devices {
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
