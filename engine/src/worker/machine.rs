//! What the worker drives: the real studio, or a scripted one in tests.

use std::{sync::Arc, time::Duration};

use crate::{
    backend::{Device, Opened, cpu::Kernel},
    error::{Error, Result},
    library::ModelCard,
    model::{Found, Growing, LookAhead, Model},
    picture::{Codes, Picture, Pixels},
    recipe::Recipe,
    worker::{Depths, DeviceInfo, DeviceNews, Options},
};

/// Models and devices, as the worker sees them. It lives on the worker's thread.
pub trait Machine {
    /// A picture in the making.
    type Growing;

    /// What it can compute on.
    fn devices(&self) -> Vec<DeviceInfo>;
    /// Makes a model ready, unless it is already; `progress` hears fractions from 0 to 1, and may call it off.
    fn load(
        &mut self,
        model: &str,
        progress: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Arc<ModelCard>>;
    /// Lets go of a model, and so of its files.
    fn forget(&mut self, model: &str);
    /// What models run on, when that has changed since it was last asked.
    fn news(&mut self) -> Option<DeviceNews>;
    /// Runs models on another device from now on; the loaded one is gone.
    fn set_device(&mut self, device: Device);
    /// Gives up model and device after a failure; both are made anew when they are needed.
    fn let_go(&mut self);
    /// Gives them up for good: models run on the processor from now on.
    fn fall_back(&mut self, because: &Error);
    /// The codes that a picture has.
    fn codes(&self, growing: &Self::Growing) -> Codes;
    /// Opens a picture, perhaps with codes that an interrupted job left; its model is loaded.
    fn begin(&mut self, recipe: &Recipe, done: Option<&Codes>) -> Result<Self::Growing>;
    /// Positions of a picture that were known beforehand.
    fn given(&self, growing: &Self::Growing) -> usize;
    /// SHA-256 of the weights that a picture is drawn with, in hexadecimal.
    fn weights(&self, growing: &Self::Growing) -> String;
    /// How many positions a pass tries from now on.
    fn set_look_ahead(&mut self, look_ahead: LookAhead);
    /// Positions that each pass of a picture kept, in the mean; `None` before the first.
    fn kept_a_pass(&self, growing: &Self::Growing) -> Option<f32>;
    /// Grows every picture of the batch, all of the loaded model: by one position, or by several that
    /// are known or were guessed.
    fn step(&mut self, batch: &mut [&mut Self::Growing]) -> Result<Vec<Vec<Found>>>;
    /// Whether every position has its codes.
    fn is_complete(&self, growing: &Self::Growing) -> bool;
    /// The picture so far, one per depth.
    fn lanes(&self, growing: &Self::Growing) -> Vec<Arc<Pixels>>;
    /// What decoding a picture costs; `None` before it was measured.
    fn decode_cost(&self) -> Option<Duration>;
    /// Decodes what there is for the last lane, at once or beside the steps that follow.
    fn sharpen(&mut self, growing: &mut Self::Growing) -> Result<()>;
    /// Closes a picture, complete or not.
    fn finish(&mut self, growing: Self::Growing, seconds: f32) -> Result<Picture>;
    /// The codes of a picture.
    fn encode(&mut self, model: &str, image: &Pixels) -> Result<Codes>;
    /// The picture of codes.
    fn decode(&mut self, model: &str, codes: &Codes, depths: Depths) -> Result<Pixels>;
}

/// The real one. It keeps the last model loaded.
pub struct Studio {
    options: Options,
    /// The device, once it was needed.
    opened: Option<Opened>,
    model: Option<Model>,
    news: Option<DeviceNews>,
    /// Why models run on the processor although another device was asked for.
    fallen: Option<Error>,
}

impl Studio {
    /// A studio with nothing loaded.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            opened: None,
            model: None,
            news: None,
            fallen: None,
        }
    }

    fn loaded(
        &mut self,
        id: &str,
        progress: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<&mut Model> {
        if self
            .model
            .as_ref()
            .is_none_or(|model| model.card().id != id)
        {
            // The old model goes first, so that the two never share the memory.
            self.model = None;
            let model = match self.read(id, progress) {
                // A card that cannot be opened, or has no room, is no reason not to draw.
                Err(error) if error.is_of_card() => {
                    self.fall_back(&error);
                    self.read(id, progress)?
                }
                other => other?,
            };
            return Ok(self.model.insert(model));
        }
        self.model.as_mut().ok_or_else(|| not_loaded(id))
    }

    fn read(&mut self, id: &str, progress: &mut dyn FnMut(f32) -> Result<()>) -> Result<Model> {
        let device = self.device()?;
        let cache = self.options.cache.as_deref();
        let mut model = Model::load(&self.options.library, id, cache, &device, progress)?;
        model.set_look_ahead(self.options.look_ahead);
        Ok(model)
    }

    fn device(&mut self) -> Result<Opened> {
        if let Some(opened) = &self.opened {
            return Ok(opened.clone());
        }
        let cache = self.options.cache.as_deref();
        let opened = self.options.device.open_keeping(cache)?;
        self.news = Some(DeviceNews {
            device: info(&opened),
            instead_because: self.fallen.clone(),
        });
        Ok(self.opened.insert(opened).clone())
    }

    fn current(&mut self) -> Result<&mut Model> {
        self.model.as_mut().ok_or_else(|| not_loaded("any"))
    }
}

/// A device in words.
fn info(opened: &Opened) -> DeviceInfo {
    let (id, name) = match opened {
        Opened::Reference => ("reference", "Processor (reference, f32)".to_owned()),
        Opened::Cpu { .. } => {
            let kernel = Kernel::fastest().name();
            ("cpu", format!("Processor ({kernel})"))
        }
        Opened::Gpu { gpu, .. } => ("gpu", gpu.about().title()),
    };
    DeviceInfo {
        id: id.into(),
        name,
    }
}

fn not_loaded(id: &str) -> crate::Error {
    crate::Error::UnknownModel {
        id: id.into(),
        installed: Vec::new(),
    }
}

impl Machine for Studio {
    type Growing = Growing;

    fn devices(&self) -> Vec<DeviceInfo> {
        let kernel = Kernel::fastest().name();
        let mut devices = vec![DeviceInfo {
            id: "cpu".into(),
            name: format!("Processor ({kernel})"),
        }];
        if self.options.device == Device::Reference {
            devices.push(info(&Opened::Reference));
        }
        devices
    }

    fn news(&mut self) -> Option<DeviceNews> {
        self.news.take()
    }

    fn set_device(&mut self, device: Device) {
        self.let_go();
        self.fallen = None;
        self.options.device = device;
    }

    fn let_go(&mut self) {
        self.model = None;
        self.opened = None;
    }

    fn fall_back(&mut self, because: &Error) {
        self.set_device(Device::default());
        self.fallen = Some(because.clone());
    }

    fn codes(&self, growing: &Growing) -> Codes {
        growing.codes().clone()
    }

    fn load(
        &mut self,
        model: &str,
        progress: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Arc<ModelCard>> {
        Ok(self.loaded(model, progress)?.card().clone())
    }

    fn forget(&mut self, model: &str) {
        let is_it = |loaded: &mut Model| loaded.card().id == model;
        self.model.take_if(is_it);
    }

    fn begin(&mut self, recipe: &Recipe, done: Option<&Codes>) -> Result<Growing> {
        self.loaded(&recipe.model, &mut |_| Ok(()))?
            .begin(recipe, done)
    }

    fn given(&self, growing: &Growing) -> usize {
        growing.given()
    }

    fn weights(&self, growing: &Growing) -> String {
        growing.recipe().weights.clone().unwrap_or_default()
    }

    fn set_look_ahead(&mut self, look_ahead: LookAhead) {
        self.options.look_ahead = look_ahead;
        if let Some(model) = &mut self.model {
            model.set_look_ahead(look_ahead);
        }
    }

    fn kept_a_pass(&self, growing: &Growing) -> Option<f32> {
        growing.kept_a_pass()
    }

    fn step(&mut self, batch: &mut [&mut Growing]) -> Result<Vec<Vec<Found>>> {
        self.current()?.step(batch)
    }

    fn is_complete(&self, growing: &Growing) -> bool {
        growing.is_complete()
    }

    fn lanes(&self, growing: &Growing) -> Vec<Arc<Pixels>> {
        growing.lanes()
    }

    fn decode_cost(&self) -> Option<Duration> {
        self.model.as_ref()?.decode_cost()
    }

    fn sharpen(&mut self, growing: &mut Growing) -> Result<()> {
        self.current()?.sharpen(growing)
    }

    fn finish(&mut self, growing: Growing, seconds: f32) -> Result<Picture> {
        self.current()?.finish(growing, seconds)
    }

    fn encode(&mut self, model: &str, image: &Pixels) -> Result<Codes> {
        self.loaded(model, &mut |_| Ok(()))?.encode(image)
    }

    fn decode(&mut self, model: &str, codes: &Codes, depths: Depths) -> Result<Pixels> {
        self.loaded(model, &mut |_| Ok(()))?.decode(codes, depths)
    }
}
