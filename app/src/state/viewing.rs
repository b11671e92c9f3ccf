//! How pictures are looked at: overlays, zoom and pan, each depth alone, full screen, the list of keys.
//! What the timeline does is in `replay`, comparing two in `comparing`; which picture is looked at, in
//! `looking`.

use strata_engine::Mode;

use super::{Compare, Effect, PieceId, Replay, State, View, Way, replay::Film};

/// Magnifications that + and - step through, in screen pixels for a pixel of the picture.
const STEPS: [f32; 18] = [
    0.0625, 0.125, 0.25, 0.333, 0.5, 0.667, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0, 16.0, 24.0,
    32.0, 48.0,
];
/// An arrow key moves by this share of what is visible.
const PAN: f32 = 0.2;

/// Something drawn over pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// Lines between positions.
    Grid,
    /// The position that is sampled next.
    Position,
    /// How undecided the model was at each position.
    Uncertainty,
}

/// Which overlays are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Overlays {
    /// See [`Overlay::Grid`].
    pub grid: bool,
    /// See [`Overlay::Position`].
    pub position: bool,
    /// See [`Overlay::Uncertainty`].
    pub uncertainty: bool,
}

impl Overlays {
    /// Whether one is on.
    pub fn has(self, overlay: Overlay) -> bool {
        match overlay {
            Overlay::Grid => self.grid,
            Overlay::Position => self.position,
            Overlay::Uncertainty => self.uncertainty,
        }
    }

    fn toggle(&mut self, overlay: Overlay) {
        match overlay {
            Overlay::Grid => self.grid ^= true,
            Overlay::Position => self.position ^= true,
            Overlay::Uncertainty => self.uncertainty ^= true,
        }
    }
}

/// How large pictures are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Zoom {
    /// As large as there is room for.
    #[default]
    Fit,
    /// This many screen pixels for a pixel of the picture.
    Times(f32),
}

impl Zoom {
    /// The wish, where `fitted` is what there is room for. In screen pixels for a pixel of the picture.
    pub fn wished(self, fitted: f32) -> f32 {
        match self {
            Self::Fit => fitted,
            Self::Times(times) => times,
        }
    }

    /// What is drawn: enlarged pictures at whole multiples only, so that every pixel is a square.
    pub fn drawn(self, fitted: f32) -> f32 {
        match self.wished(fitted) {
            large if large >= 1.0 => large.round(),
            small => small,
        }
    }
}

/// What the canvas has room for, as it says itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// The magnification at which the picture fits, in screen pixels for a pixel of the picture.
    pub fitted: f32,
    /// The share of the picture's width and height that is visible, each up to 1.
    pub visible: [f32; 2],
}

impl Default for Room {
    fn default() -> Self {
        Self {
            fitted: 1.0,
            visible: [1.0; 2],
        }
    }
}

/// What part of the codes is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sight {
    /// The depth, from 0; `None` is the whole picture.
    pub depth: Option<usize>,
    /// Whether that depth is shown without those before it.
    pub alone: bool,
}

/// Everything about looking that is not about one desk.
#[derive(Clone, Debug)]
pub struct Viewing {
    /// What is drawn over pictures.
    pub overlays: Overlays,
    /// Whether a chosen depth is shown without those before it.
    pub alone: bool,
    /// The magnification.
    pub zoom: Zoom,
    /// The point of the picture that stands in the middle, in shares of its width and height.
    pub centre: [f32; 2],
    /// What the canvas has room for.
    pub room: Room,
    /// The comparison.
    pub compare: Option<Compare>,
    /// How the next comparison is shown.
    pub way: Way,
    /// Whether the next click chooses the picture to compare with.
    pub picking: bool,
    /// Whether the picture fills the screen.
    pub full_screen: bool,
    /// Whether the list of keys is open.
    pub keys_shown: bool,
    /// The timeline, once it was touched.
    pub replay: Option<Replay>,
    /// How fast the timeline plays; 1 is the usual speed.
    pub speed: f32,
    /// What the magnification was set for; elsewhere it starts anew.
    zoomed_in: (Mode, View),
    pub(super) film: Film,
}

impl Default for Viewing {
    fn default() -> Self {
        Self {
            overlays: Overlays::default(),
            alone: false,
            zoom: Zoom::Fit,
            centre: [0.5; 2],
            room: Room::default(),
            compare: None,
            way: Way::default(),
            picking: false,
            full_screen: false,
            keys_shown: false,
            replay: None,
            speed: 1.0,
            zoomed_in: (Mode::Classes, View::All),
            film: Film::default(),
        }
    }
}

impl Viewing {
    /// Whether the picture is larger than its room, so that there is something to move.
    pub fn is_zoomed(&self) -> bool {
        self.room.visible.iter().any(|visible| *visible < 0.999)
    }

    fn step_zoom(&mut self, by: i32) {
        let now = self.zoom.drawn(self.room.fitted);
        let next = match by {
            up if up > 0 => STEPS.iter().find(|step| **step > now * 1.01),
            _ => STEPS.iter().rev().find(|step| **step < now * 0.99),
        };
        if let Some(next) = next {
            self.set_zoom(Zoom::Times(*next));
        }
    }

    /// Nothing is shown smaller than it has to be to fit, and nothing that fits smaller than life.
    fn set_zoom(&mut self, zoom: Zoom) {
        let least = self.room.fitted.min(1.0);
        let most = STEPS.last().copied().unwrap_or(1.0);
        self.zoom = match zoom {
            Zoom::Times(times) if !times.is_finite() => Zoom::Fit,
            Zoom::Times(times) if times <= least * 1.001 && self.room.fitted < 1.0 => Zoom::Fit,
            Zoom::Times(times) => Zoom::Times(times.clamp(least, most)),
            Zoom::Fit => Zoom::Fit,
        };
        if self.zoom == Zoom::Fit {
            self.centre = [0.5; 2];
        }
    }

    fn set_centre(&mut self, centre: [f32; 2]) {
        for ((place, wish), visible) in self.centre.iter_mut().zip(centre).zip(self.room.visible) {
            let margin = visible.clamp(0.0, 1.0) / 2.0;
            if wish.is_finite() {
                *place = wish.clamp(margin, 1.0 - margin);
            }
        }
    }
}

/// Something a person did to see pictures otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Look {
    /// Turn an overlay on or off.
    Toggle(Overlay),
    /// Show a chosen depth alone, or with those before it.
    Alone(bool),
    /// Set the magnification.
    Zoom(Zoom),
    /// Set the magnification and what stands in the middle.
    ZoomAt(Zoom, [f32; 2]),
    /// Go to the next magnification up (1) or down (-1).
    StepZoom(i32),
    /// Put this point of the picture into the middle.
    Centre([f32; 2]),
    /// Move by steps to the right and down.
    Pan([i32; 2]),
    /// The canvas has this much room now.
    Room(Room),
    /// Let the next click choose a picture to compare with, or no longer.
    Pick(bool),
    /// Compare the selected picture with this one.
    CompareWith(PieceId),
    /// Compare in this way.
    CompareBy(Way),
    /// Move the divider.
    Split(f32),
    /// Stop comparing.
    StopComparing,
    /// Play the timeline, or pause it.
    Play,
    /// Let time pass while the timeline plays.
    Advance,
    /// Go to a place of the timeline: this many positions are there.
    Scrub(usize),
    /// Go some positions on or back.
    StepPosition(i32),
    /// Play at this speed.
    Speed(f32),
    /// Fill the screen with the picture, or no longer.
    FullScreen(bool),
    /// Open or close the list of keys.
    Keys(bool),
}

impl State {
    /// What part of the codes of the selected picture is looked at.
    pub fn sight(&self) -> Sight {
        let depth = self.desk().depth;
        Sight {
            depth,
            alone: self.viewing.alone && depth.is_some(),
        }
    }

    /// All pictures or one, as the canvas has to show it: a lone picture is always large.
    pub fn shown_view(&self) -> View {
        let desk = self.desk();
        let selected = desk.selected.filter(|id| self.pieces.contains_key(id));
        match selected {
            None => View::All,
            Some(_) if self.viewing.full_screen => View::One,
            Some(id) if desk.board.len() == 1 || !desk.board.contains(&id) => View::One,
            Some(_) => desk.view,
        }
    }

    pub(super) fn look(&mut self, look: Look) {
        match look {
            Look::Toggle(overlay) => self.viewing.overlays.toggle(overlay),
            Look::Alone(alone) => self.set_alone(alone),
            Look::Zoom(zoom) => self.viewing.set_zoom(zoom),
            Look::ZoomAt(zoom, centre) => {
                self.viewing.set_zoom(zoom);
                if self.viewing.zoom != Zoom::Fit {
                    self.viewing.centre = centre.map(|place| place.clamp(0.0, 1.0));
                }
            }
            Look::StepZoom(by) => self.viewing.step_zoom(by),
            Look::Centre(centre) => self.viewing.set_centre(centre),
            Look::Pan([right, down]) => {
                let ([x, y], [wide, high]) = (self.viewing.centre, self.viewing.room.visible);
                let centre = [x + right as f32 * PAN * wide, y + down as f32 * PAN * high];
                self.viewing.set_centre(centre);
            }
            Look::Room(room) => self.viewing.room = room,
            Look::Pick(picking) => self.pick(picking),
            Look::CompareWith(piece) => self.compare_with(piece),
            Look::CompareBy(way) => self.compare_by(way),
            Look::Split(split) => {
                if let Some(compare) = &mut self.viewing.compare {
                    compare.split = split.clamp(0.0, 1.0);
                }
            }
            Look::StopComparing => self.viewing.compare = None,
            Look::Play => self.play(),
            Look::Advance => self.advance(),
            Look::Scrub(positions) => self.scrub(positions),
            Look::StepPosition(by) => self.step_position(by),
            Look::Speed(speed) if speed.is_finite() => self.viewing.speed = speed.clamp(0.1, 10.0),
            Look::Speed(_) => {}
            Look::FullScreen(full) => self.viewing.full_screen = full,
            Look::Keys(shown) => self.viewing.keys_shown = shown,
        }
    }

    /// Chooses a depth of the selected picture, if it has that many. The last of the summed ones is the
    /// whole picture.
    pub(super) fn select_depth(&mut self, depth: Option<usize>) {
        let selected = self.desk().selected;
        let piece = selected.and_then(|id| self.pieces.get(&id));
        let depths = piece.map_or(0, |piece| piece.lanes.pixels.len());
        let alone = self.viewing.alone && depths > 1;
        match depth {
            Some(depth) if depth >= depths => {}
            Some(depth) if depth + 1 == depths && !alone => self.desk_mut().depth = None,
            depth => self.desk_mut().depth = depth,
        }
    }

    fn set_alone(&mut self, alone: bool) {
        self.viewing.alone = alone;
        self.select_depth(self.desk().depth);
    }

    /// Ends what the newest message made pointless, and asks the decoder what is wanted next.
    pub(super) fn settle_viewing(&mut self) -> Vec<Effect> {
        let (selected, place) = (self.desk().selected, (self.mode, self.shown_view()));
        let viewing = &mut self.viewing;
        let pieces = &self.pieces;
        let keeps = |compare: &Compare| {
            let exists = pieces.contains_key(&compare.with);
            exists && selected != Some(compare.with) && place.1 == View::One
        };
        viewing.compare = viewing.compare.filter(keeps);
        if viewing.zoomed_in != place {
            viewing.zoomed_in = place;
            viewing.set_zoom(Zoom::Fit);
        }
        viewing.picking &= selected.is_some();
        viewing.full_screen &= selected.is_some();
        let compared = viewing.compare.map(|compare| compare.with);
        let mut effects = Vec::new();
        if let Some(with) = compared {
            effects.extend(self.request_lanes_of(with));
        }
        effects.extend(self.ask());
        effects
    }
}
