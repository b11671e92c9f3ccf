//! What a person chose and wants to find again: theme, mode, models, favourites, presets, the window.
//! One typed value, kept in one TOML file in the config folder. What the choices mean, and what they
//! are when nothing was chosen, is decided by those who use them.

mod file;
mod keeper;
mod secret;
mod speed;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strata_engine::{Guidance, Mode, Sampling};

pub use file::{Loaded, Trouble, VERSION, load, save};
pub use keeper::Keeper;
pub use secret::Secret;
pub use speed::Speed;

use crate::{
    gallery::index::SortBy,
    state::{ClassView, Overlays, ThemeChoice},
};

/// How many recent classes and seeds are kept.
pub const MOST_RECENT: usize = 30;

/// Everything a person chose. Whatever the file holds that is not known here is kept in `other`, here
/// and in the parts, and written again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// The version of the file; see [`VERSION`].
    pub version: u32,
    /// Light, dark or the system's.
    pub theme: ThemeChoice,
    /// Whether to call for attention when all is made.
    pub notify: bool,
    /// Whether passes look ahead where that is faster.
    pub look_ahead: bool,
    /// What models run on, as a command line names it.
    pub device: String,
    /// How matrices of large models are kept, as a command line names it; empty where their size decides.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub format: String,
    /// The mode that was left last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// The pictures folder; none for the usual one.
    #[serde(skip_serializing_if = "is_not_text")]
    pub folder: Option<PathBuf>,
    /// Class pictures.
    pub classes: DeskPreferences,
    /// Pages.
    pub documents: DeskPreferences,
    /// The list that the class panel shows.
    pub class_view: ClassView,
    /// Favourite classes, in the order they were made so.
    pub favourite_classes: Vec<u32>,
    /// Classes drawn lately, newest first.
    pub recent_classes: Vec<u32>,
    /// Settings of one's own, by name.
    pub presets: Vec<Preset>,
    /// How fast models were on this machine.
    pub speeds: Vec<Speed>,
    /// Where published models are fetched from.
    pub hub: HubPreferences,
    /// The gallery page.
    pub gallery: GalleryPreferences,
    /// What is drawn over pictures.
    pub canvas: CanvasPreferences,
    /// The window.
    pub window: WindowLayout,
    /// What a newer Strata keeps.
    #[serde(flatten)]
    pub other: toml::Table,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            version: VERSION,
            theme: ThemeChoice::default(),
            notify: true,
            look_ahead: true,
            device: crate::devices::AUTO.into(),
            format: String::new(),
            mode: None,
            folder: None,
            classes: DeskPreferences::default(),
            documents: DeskPreferences::default(),
            class_view: ClassView::default(),
            favourite_classes: Vec::new(),
            recent_classes: Vec::new(),
            presets: Vec::new(),
            speeds: Vec::new(),
            hub: HubPreferences::default(),
            gallery: GalleryPreferences::default(),
            canvas: CanvasPreferences::default(),
            window: WindowLayout::default(),
            other: toml::Table::new(),
        }
    }
}

impl Preferences {
    /// What was chosen for a mode.
    pub fn desk(&self, mode: Mode) -> &DeskPreferences {
        match mode {
            Mode::Classes => &self.classes,
            Mode::Documents => &self.documents,
        }
    }

    /// What was chosen for a mode, to change.
    pub fn desk_mut(&mut self, mode: Mode) -> &mut DeskPreferences {
        match mode {
            Mode::Classes => &mut self.classes,
            Mode::Documents => &mut self.documents,
        }
    }

    /// Puts a class first among the recent ones.
    pub fn remember_class(&mut self, class: u32) {
        put_first(&mut self.recent_classes, class);
    }

    /// Makes a class a favourite, or no longer one.
    pub fn set_favourite(&mut self, class: u32, favourite: bool) {
        self.favourite_classes.retain(|other| *other != class);
        if favourite {
            self.favourite_classes.push(class);
        }
    }

    /// Keeps a preset; one of the same name and model makes room for it.
    pub fn keep_preset(&mut self, preset: Preset) {
        self.forget_preset(&preset.name, preset.model.as_deref());
        self.presets.push(preset);
    }

    /// Takes a preset away.
    pub fn forget_preset(&mut self, name: &str, model: Option<&str>) {
        let this = |preset: &Preset| preset.name == name && preset.model.as_deref() == model;
        self.presets.retain(|preset| !this(preset));
    }
}

/// What was chosen for one mode.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeskPreferences {
    /// The model's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Pictures of each class, or pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// The chosen classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<u32>,
    /// Classes with a number of pictures of their own, and that number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub own_counts: Vec<(u32, u32)>,
    /// The seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<Seed>,
    /// Whether Generate keeps the seed.
    pub seed_locked: bool,
    /// Seeds used lately, newest first.
    pub recent_seeds: Vec<Seed>,
    /// Guidance, as last set for the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guidance: Option<Guidance>,
    /// Temperature and filters, as last set for the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampling: Option<Sampling>,
    /// What a newer Strata keeps.
    #[serde(flatten)]
    pub other: toml::Table,
}

impl DeskPreferences {
    /// Puts a seed first among the recent ones.
    pub fn remember_seed(&mut self, seed: u64) {
        put_first(&mut self.recent_seeds, Seed(seed));
    }
}

/// Settings under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// Its name.
    pub name: String,
    /// The model it is for; none for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Guidance.
    pub guidance: Guidance,
    /// Temperature and filters.
    pub sampling: Sampling,
    /// What a newer Strata keeps.
    #[serde(flatten)]
    pub other: toml::Table,
}

/// Where published models are fetched from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HubPreferences {
    /// The hub or a mirror of it; none for the usual one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// A token of the person's account there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
    /// What a newer Strata keeps.
    #[serde(flatten)]
    pub other: toml::Table,
}

/// The gallery page as it was left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GalleryPreferences {
    /// The order.
    pub sort: SortBy,
    /// Largest or newest first.
    pub descending: bool,
    /// The edge of a tile, in points.
    pub tile_points: f32,
    /// What a newer Strata keeps.
    #[serde(flatten)]
    pub other: toml::Table,
}

impl Default for GalleryPreferences {
    fn default() -> Self {
        Self {
            sort: SortBy::Date,
            descending: true,
            tile_points: 160.0,
            other: toml::Table::new(),
        }
    }
}

/// The canvas as it was left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CanvasPreferences {
    /// What is drawn over pictures.
    pub overlays: Overlays,
    /// What a newer Strata keeps.
    #[serde(flatten)]
    pub other: toml::Table,
}

/// Where the window and its panels were. Lengths are in points.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowLayout {
    /// Left and top of the window, where the system tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<[f32; 2]>,
    /// Width and height of the window's inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<[f32; 2]>,
    /// Whether it filled the screen.
    pub maximized: bool,
    /// Width of the panel at the left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<f32>,
    /// Width of the panel at the right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<f32>,
    /// What a newer Strata keeps.
    #[serde(flatten)]
    pub other: toml::Table,
}

impl WindowLayout {
    /// Without what no screen can have, so that a spoilt file cannot hide the window.
    pub fn checked(mut self) -> Self {
        let length = |value: f32| (1.0..=32_768.0).contains(&value);
        let place = |value: f32| (-32_768.0..=32_768.0).contains(&value);
        self.size = self
            .size
            .filter(|size| size.iter().all(|side| length(*side)));
        self.position = self
            .position
            .filter(|at| at.iter().all(|side| place(*side)));
        self.left = self.left.filter(|left| length(*left));
        self.right = self.right.filter(|right| length(*right));
        self
    }
}

/// A seed. In the file it is text: TOML's numbers end at half of the seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(u64),
            Text(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Number(seed) => Ok(Self(seed)),
            Form::Text(text) => text.parse().map(Self).map_err(serde::de::Error::custom),
        }
    }
}

fn put_first<T: PartialEq>(list: &mut Vec<T>, newest: T) {
    list.retain(|other| *other != newest);
    list.insert(0, newest);
    list.truncate(MOST_RECENT);
}

/// TOML is text; a folder whose name is not is chosen anew at the next start.
fn is_not_text(folder: &Option<PathBuf>) -> bool {
    folder.as_deref().and_then(Path::to_str).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_things_come_first_once_and_are_few() {
        let mut preferences = Preferences::default();
        for class in (0..100).chain([50, 98]) {
            preferences.remember_class(class);
        }
        assert_eq!(preferences.recent_classes[..3], [98, 50, 99]);
        assert_eq!(preferences.recent_classes.len(), MOST_RECENT);
        preferences
            .desk_mut(Mode::Documents)
            .remember_seed(u64::MAX);
        assert_eq!(preferences.documents.recent_seeds, [Seed(u64::MAX)]);
    }

    #[test]
    fn favourites_and_presets_are_kept_once() {
        let mut preferences = Preferences::default();
        preferences.set_favourite(3, true);
        preferences.set_favourite(5, true);
        preferences.set_favourite(3, true);
        assert_eq!(preferences.favourite_classes, [5, 3]);
        preferences.set_favourite(5, false);
        assert_eq!(preferences.favourite_classes, [3]);

        let preset = |model: Option<&str>, scale| Preset {
            name: "mine".into(),
            model: model.map(str::to_owned),
            guidance: Guidance::constant(scale),
            sampling: Sampling::default(),
            other: toml::Table::new(),
        };
        preferences.keep_preset(preset(None, 1.0));
        preferences.keep_preset(preset(Some("m"), 2.0));
        preferences.keep_preset(preset(None, 3.0));
        assert_eq!(
            preferences.presets,
            [preset(Some("m"), 2.0), preset(None, 3.0)]
        );
        preferences.forget_preset("mine", Some("m"));
        assert_eq!(preferences.presets.len(), 1);
    }

    #[test]
    fn impossible_windows_are_not_restored() {
        let layout = WindowLayout {
            position: Some([f32::NAN, 0.0]),
            size: Some([1280.0, 0.0]),
            left: Some(f32::INFINITY),
            right: Some(230.0),
            ..WindowLayout::default()
        };
        let checked = layout.checked();
        assert_eq!(
            (checked.position, checked.size, checked.left),
            (None, None, None)
        );
        assert_eq!(checked.right, Some(230.0));
    }
}
