//! Where Strata keeps things on this machine: the user's models, pictures, choices, and what
//! can be made again.
//!
//! Only folders are named here; nothing is created or read.

use std::path::{Path, PathBuf};

use directories::{ProjectDirs, UserDirs};

use crate::explain::Explained;

/// The variable that puts everything below one folder.
pub const HOME: &str = "STRATA_HOME";

/// The folders of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Models: one folder each, with a `model.toml`.
    pub models: PathBuf,
    /// Pictures that the window makes.
    pub pictures: PathBuf,
    /// What can be made again, such as fitted previews.
    pub cache: PathBuf,
    /// What a person chose: settings, presets.
    pub config: PathBuf,
    /// Pictures in work. Not below `cache`, which is swept.
    pub journal: PathBuf,
}

impl Places {
    /// The folders of this user: below `STRATA_HOME` when that is set, else where the operating system
    /// wants them.
    ///
    /// # Errors
    /// When the user has no home folder.
    pub fn find() -> Result<Self, Explained> {
        match std::env::var_os(HOME) {
            Some(home) if !home.is_empty() => Ok(Self::below(Path::new(&home))),
            _ => Self::of_system().ok_or_else(|| {
                Explained::new(
                    "this user has no home folder to keep models and pictures in",
                    format!("Set {HOME} to a folder that Strata may use."),
                )
            }),
        }
    }

    /// The file of the settings.
    pub fn settings(&self) -> PathBuf {
        self.config.join("settings.toml")
    }

    /// The user's own additions to the catalogue of published models.
    pub fn catalogue(&self) -> PathBuf {
        self.config.join("catalogue.toml")
    }

    /// `models`, `pictures`, `cache`, `config` and `journal` below one folder.
    pub fn below(home: &Path) -> Self {
        Self {
            models: home.join("models"),
            pictures: home.join("pictures"),
            cache: home.join("cache"),
            config: home.join("config"),
            journal: home.join("journal"),
        }
    }

    fn of_system() -> Option<Self> {
        let project = ProjectDirs::from("", "", "strata")?;
        // A user without a pictures folder (a server account) gets one with the other data.
        let pictures = UserDirs::new()
            .and_then(|user| user.picture_dir().map(|folder| folder.join("Strata")))
            .unwrap_or_else(|| project.data_dir().join("pictures"));
        Some(Self {
            models: project.data_dir().join("models"),
            pictures,
            cache: project.cache_dir().to_owned(),
            config: project.config_dir().to_owned(),
            journal: project.data_dir().join("journal"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_folder_holds_everything() {
        let places = Places::below(Path::new("home"));
        assert_eq!(places.models, Path::new("home").join("models"));
        assert_eq!(places.pictures, Path::new("home").join("pictures"));
        assert_eq!(places.cache, Path::new("home").join("cache"));
        let settings = Path::new("home").join("config").join("settings.toml");
        assert_eq!(places.settings(), settings);
        assert_eq!(places.journal, Path::new("home").join("journal"));
    }

    #[test]
    fn the_system_gives_three_different_folders() {
        if let Some(places) = Places::of_system() {
            assert_ne!(places.models, places.pictures);
            assert_ne!(places.models, places.cache);
            assert_ne!(places.config, places.cache);
            assert!(!places.journal.starts_with(&places.cache));
            assert!(places.models.is_absolute());
        }
    }
}
