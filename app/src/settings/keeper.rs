//! The thread that writes the settings: the newest ones, not each of them, and never on the window's
//! time.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender};

use super::{Preferences, Trouble, save};

/// The least time between two writings; a slider that is dragged changes settings at every frame.
const PAUSE: Duration = Duration::from_millis(500);

/// Hears what went wrong, on the keeper's thread.
pub type Listener = Arc<dyn Fn(Trouble) + Send + Sync>;

/// Keeps settings. Dropping it waits until the newest are written.
pub struct Keeper {
    newest: Option<Sender<Box<Preferences>>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(file: PathBuf, listener: Listener) -> std::io::Result<Self> {
        let (newest, waiting) = crossbeam_channel::unbounded();
        let thread = std::thread::Builder::new()
            .name("strata-settings".into())
            .spawn(move || run(&file, &waiting, &*listener))?;
        Ok(Self {
            newest: Some(newest),
            thread: Some(thread),
        })
    }

    /// Writes these settings soon.
    pub fn keep(&self, preferences: Preferences) {
        if let Some(newest) = &self.newest
            && newest.send(Box::new(preferences)).is_err()
        {
            tracing::error!("the settings' thread is gone; they are not kept");
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.newest = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the settings' thread ended in a panic");
        }
    }
}

fn run(file: &Path, waiting: &Receiver<Box<Preferences>>, tell: &(dyn Fn(Trouble) + Send + Sync)) {
    let mut kept = None;
    let mut write = |newest: Box<Preferences>| {
        if kept.as_ref() == Some(&newest) {
            return;
        }
        match save(file, &newest) {
            Ok(()) => kept = Some(newest),
            Err(error) => tell(Trouble::File(error)),
        }
    };
    while let Ok(newest) = waiting.recv() {
        write(waiting.try_iter().last().unwrap_or(newest));
        // What comes in the pause is written at its end, the newest of it; the end of the program ends
        // the pause.
        let end = Instant::now() + PAUSE;
        let came = std::iter::from_fn(|| waiting.recv_deadline(end).ok());
        if let Some(newest) = came.last() {
            write(newest);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{super::load, *};

    #[test]
    fn the_newest_settings_are_on_the_disk_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config").join("settings.toml");
        let (troubles, heard) = crossbeam_channel::unbounded();
        let listener: Listener = Arc::new(move |trouble| troubles.send(trouble).unwrap());
        let keeper = Keeper::start(file.clone(), Arc::clone(&listener)).unwrap();
        for class in 0..1_000 {
            let mut preferences = Preferences::default();
            preferences.remember_class(class);
            keeper.keep(preferences);
        }
        let start = Instant::now();
        drop(keeper);
        assert!(start.elapsed() < Duration::from_secs(10));
        assert_eq!(load(&file).preferences.recent_classes, [999]);
        assert_eq!(heard.try_iter().count(), 0);

        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        let keeper = Keeper::start(file, listener).unwrap();
        keeper.keep(Preferences::default());
        drop(keeper);
        assert!(matches!(heard.try_recv().unwrap(), Trouble::File(_)));
    }
}
