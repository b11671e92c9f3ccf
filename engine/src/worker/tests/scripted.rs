//! A machine whose pictures say what goes wrong, and where.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{
    Codes, Error, Footprint, Guidance, Mode, ModelCard, Picture, Pixels, Recipe, Result, Sampling,
    Subject,
    backend::Device,
    model::{Found, LookAhead},
    worker::{Depths, DeviceInfo, DeviceNews, machine::Machine},
};

/// Grows pictures of four positions. The subject's class says what goes wrong, and where.
pub(super) const POSITIONS: usize = 4;
pub(super) const FAILS_AT_BEGIN: u32 = 100;
pub(super) const FAILS_AT_STEP: u32 = 101;
pub(super) const PANICS: u32 = 102;
pub(super) const WAITS: u32 = 103;
/// Loses its card once, after two positions.
pub(super) const LOSES_CARD: u32 = 104;
/// Needs a card for itself.
pub(super) const NEEDS_ROOM: u32 = 105;
/// Fits on no card.
pub(super) const TOO_LARGE: u32 = 106;

pub(super) struct Scripted {
    pub(super) loaded: Option<String>,
    pub(super) gate: Arc<AtomicBool>,
    pub(super) device: Device,
    pub(super) has_lost: bool,
    pub(super) news: Option<DeviceNews>,
}

pub(super) struct Drawing {
    pub(super) recipe: Recipe,
    pub(super) values: Vec<u32>,
    pub(super) given: usize,
    /// How often it was decoded before it was complete.
    pub(super) sharpened: u8,
}

impl Drawing {
    fn is(&self, class: u32) -> bool {
        self.recipe.subject == Subject::Class(class)
    }
}

pub(super) fn pixels() -> Pixels {
    Pixels {
        width: 2,
        height: 2,
        rgb: vec![0; 12],
    }
}

pub(super) fn card(id: &str) -> Arc<ModelCard> {
    Arc::new(ModelCard {
        id: id.into(),
        name: id.into(),
        family: "dnd",
        mode: Mode::Classes,
        summary: String::new(),
        licence: String::new(),
        source: String::new(),
        attribution: String::new(),
        grid: [2, 2],
        depth: 1,
        codebook: 256,
        size: [2, 2],
        classes: vec![0],
        guidable: false,
        guidance: Guidance::NONE,
        sampling: Sampling::default(),
        presets: Vec::new(),
        footprint: Footprint::default(),
        precision: None,
        bytes: 0,
        originals: 0,
        folder: None,
    })
}

impl Machine for Scripted {
    type Growing = Drawing;

    fn devices(&self) -> Vec<DeviceInfo> {
        Vec::new()
    }
    fn load(
        &mut self,
        model: &str,
        progress: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Arc<ModelCard>> {
        if model == "absent" {
            return Err(Error::UnknownModel {
                id: model.into(),
                installed: vec![],
            });
        }
        while model == "slow" && !self.gate.load(Ordering::SeqCst) {
            progress(0.1)?;
            std::thread::sleep(Duration::from_millis(1));
        }
        progress(0.5)?;
        if self.loaded.is_none() {
            let name = format!("{:?}", self.device);
            let device = DeviceInfo {
                id: String::new(),
                name,
            };
            let instead_because = self.news.take().and_then(|news| news.instead_because);
            self.news = Some(DeviceNews {
                device,
                instead_because,
            });
        }
        self.loaded = Some(model.into());
        Ok(card(model))
    }
    fn forget(&mut self, model: &str) {
        self.loaded.take_if(|loaded| loaded == model);
    }
    fn news(&mut self) -> Option<DeviceNews> {
        self.news.take()
    }
    fn set_device(&mut self, device: Device) {
        self.device = device;
        self.let_go();
    }
    fn let_go(&mut self) {
        self.loaded = None;
    }
    fn fall_back(&mut self, because: &Error) {
        self.set_device(Device::default());
        let device = DeviceInfo {
            id: String::new(),
            name: String::new(),
        };
        let instead_because = Some(because.clone());
        self.news = Some(DeviceNews {
            device,
            instead_because,
        });
    }
    fn codes(&self, drawing: &Drawing) -> Codes {
        Codes {
            rows: 2,
            columns: 2,
            depth: 1,
            codebook: 256,
            values: drawing.values.clone(),
        }
    }
    fn begin(&mut self, recipe: &Recipe, done: Option<&Codes>) -> Result<Drawing> {
        assert_eq!(
            self.loaded.as_ref(),
            Some(&recipe.model),
            "the job's model is loaded"
        );
        if recipe.subject == Subject::Class(FAILS_AT_BEGIN) {
            return Err(Error::Config("begin".into()));
        }
        Ok(Drawing {
            recipe: recipe.clone(),
            values: vec![],
            given: done.map_or(0, Codes::positions),
            sharpened: 0,
        })
    }
    fn given(&self, drawing: &Drawing) -> usize {
        drawing.given
    }
    fn weights(&self, _drawing: &Drawing) -> String {
        "abc".into()
    }
    fn set_look_ahead(&mut self, _look_ahead: LookAhead) {}
    fn kept_a_pass(&self, _drawing: &Drawing) -> Option<f32> {
        None
    }
    fn step(&mut self, batch: &mut [&mut Drawing]) -> Result<Vec<Vec<Found>>> {
        assert!(
            batch
                .iter()
                .all(|drawing| self.loaded.as_ref() == Some(&drawing.recipe.model))
        );
        while batch.iter().any(|drawing| drawing.is(WAITS)) && !self.gate.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        // Telling of a picture costs little beside a step of this model.
        if self.loaded.as_deref() == Some("slow steps") {
            std::thread::sleep(Duration::from_millis(20));
        }
        if batch.iter().any(|drawing| drawing.is(PANICS)) {
            panic!("scripted panic");
        }
        if batch.iter().any(|drawing| drawing.is(FAILS_AT_STEP)) {
            return Err(Error::Config("step".into()));
        }
        let lost = |drawing: &&mut Drawing| drawing.is(LOSES_CARD) && drawing.values.len() == 2;
        if batch.iter().any(lost) && !std::mem::replace(&mut self.has_lost, true) {
            return Err(Error::DeviceLost {
                message: "reset".into(),
            });
        }
        let on_card = self.device == Device::Auto;
        let crowded = batch.len() > 1 && batch.iter().any(|drawing| drawing.is(NEEDS_ROOM));
        if on_card && (crowded || batch.iter().any(|drawing| drawing.is(TOO_LARGE))) {
            return Err(Error::OutOfMemory { bytes: 1 });
        }
        let grow = |drawing: &mut &mut Drawing| {
            let first = drawing.values.len();
            let last = drawing.given.max(first + 1);
            let find = |position| {
                drawing.values.push(position as u32);
                Found {
                    position,
                    codes: vec![position as u32],
                    entropy: vec![0.0],
                    log_probability: vec![-1.0],
                    kept: 0,
                }
            };
            (first..last).map(find).collect()
        };
        Ok(batch.iter_mut().map(grow).collect())
    }
    fn is_complete(&self, drawing: &Drawing) -> bool {
        drawing.values.len() == POSITIONS
    }
    fn lanes(&self, drawing: &Drawing) -> Vec<Arc<Pixels>> {
        let rgb = vec![drawing.sharpened; 12];
        vec![Arc::new(Pixels { rgb, ..pixels() })]
    }
    fn decode_cost(&self) -> Option<Duration> {
        match self.loaded.as_deref() {
            Some("dear") => Some(Duration::from_secs(3600)),
            Some("unmeasured") | None => None,
            Some(_) => Some(Duration::ZERO),
        }
    }
    fn sharpen(&mut self, drawing: &mut Drawing) -> Result<()> {
        drawing.sharpened += 1;
        Ok(())
    }
    fn finish(&mut self, drawing: Drawing, seconds: f32) -> Result<Picture> {
        let codes = Codes {
            rows: 2,
            columns: 2,
            depth: 1,
            codebook: 256,
            values: drawing.values,
        };
        Ok(Picture {
            recipe: drawing.recipe,
            codes,
            pixels: Arc::new(pixels()),
            log_likelihood: None,
            seconds,
        })
    }
    fn encode(&mut self, _: &str, _: &Pixels) -> Result<Codes> {
        Ok(Codes {
            rows: 2,
            columns: 2,
            depth: 1,
            codebook: 256,
            values: vec![7; 4],
        })
    }
    fn decode(&mut self, _: &str, _: &Codes, _: Depths) -> Result<Pixels> {
        Ok(pixels())
    }
}
