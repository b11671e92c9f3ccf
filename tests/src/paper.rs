//! A desktop on paper: it opens nothing, answers every dialog alike, and writes down what it was asked.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use strata::gallery::{
    Desktop,
    trash::{Discarded, Trash},
};

/// A desktop that opens nothing.
#[derive(Clone, Default)]
pub struct PaperDesktop {
    /// What was to be shown.
    pub revealed: Arc<Mutex<Vec<PathBuf>>>,
    /// The folder that is always chosen.
    pub folder: Option<PathBuf>,
    /// The picture that is always chosen.
    pub picture: Option<PathBuf>,
    /// The files of a model that are always chosen.
    pub model: Vec<PathBuf>,
    /// Headings and words of messages.
    pub told: Arc<Mutex<Vec<(String, String)>>>,
}

impl Desktop for PaperDesktop {
    fn reveal(&self, path: &Path) -> std::io::Result<()> {
        self.revealed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(path.to_owned());
        Ok(())
    }

    fn pick_folder(&self, _from: &Path) -> Option<PathBuf> {
        self.folder.clone()
    }

    fn save_file(&self, _from: &Path, name: &str) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(name))
    }

    fn pick_picture(&self, _from: &Path) -> Option<PathBuf> {
        self.picture.clone()
    }

    fn pick_model_files(&self) -> Vec<PathBuf> {
        self.model.clone()
    }

    fn pick_model_folder(&self) -> Option<PathBuf> {
        self.folder.clone()
    }

    fn notify(&self, heading: &str, words: &str) -> io::Result<()> {
        let told = (heading.to_owned(), words.to_owned());
        self.told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(told);
        Ok(())
    }
}

/// A trash in memory, so that tests throw nothing of anyone's away.
#[derive(Clone, Default)]
pub struct PaperTrash {
    files: Arc<Mutex<BTreeMap<PathBuf, Vec<u8>>>>,
}

impl Trash for PaperTrash {
    fn discard(&self, path: &Path) -> io::Result<Discarded> {
        let bytes = fs::read(path)?;
        fs::remove_file(path)?;
        self.files
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(path.to_owned(), bytes);
        Ok(Discarded {
            path: path.to_owned(),
            real_path: path.to_owned(),
            at_secs: 0,
        })
    }

    fn restore(&self, files: &[Discarded]) -> Vec<io::Result<()>> {
        let mut kept = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let mut back = |file: &Discarded| {
            let bytes = kept.remove(&file.path).ok_or(io::ErrorKind::NotFound)?;
            fs::write(&file.path, bytes)
        };
        files.iter().map(&mut back).collect()
    }
}
