//! The file of ready weights beside a large model: written when the model is loaded for the first time, so that
//! it starts at once from then on.

use std::{
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use super::Transformer;
use crate::{
    backend::{
        Opened,
        cpu::{About, Format, Prepared},
    },
    family::dnd::Config,
    library::{Home, Manifest, convert::ready_name},
};

/// Where it is, and what it has to be made of.
pub(super) struct Ready {
    file: PathBuf,
    format: Format,
    sources: String,
}

impl Ready {
    /// The one of a model in a folder; `None` for a model that is small, ships inside the program, or runs where
    /// nothing is prepared.
    pub(super) fn of(
        home: &Home,
        manifest: &Manifest,
        config: &Config,
        device: &Opened,
    ) -> Option<Self> {
        let (Home::Folder(folder), Opened::Cpu { format, .. }) = (home, device) else {
            return None;
        };
        let usual = Format::usual(config.parameters());
        let format = format.unwrap_or(usual);
        let worth_it = usual != Format::F32 && format != Format::F32;
        let files = [&manifest.files.transformer, &manifest.files.tokenizer];
        let sources = files.map(|name| at_a_glance(&folder.join(name)));
        let [Some(transformer), Some(tokenizer)] = sources else {
            return None;
        };
        worth_it.then(|| Self {
            file: folder.join(ready_name(format)),
            format,
            sources: format!("{transformer}, {tokenizer}"),
        })
    }

    /// What it holds, if it is there and of this model.
    pub(super) fn open(&self, config: &Config) -> Option<Prepared> {
        Prepared::open(&self.file, config, self.format, &self.sources)
    }

    /// Writes it; a folder that cannot be written to only costs time at the next start.
    pub(super) fn keep(&self, transformer: &Transformer, weights: &str) {
        let about = About {
            sources: self.sources.clone(),
            weights: weights.to_owned(),
        };
        if let Err(error) = transformer.keep(&self.file, &about) {
            let file = self.file.display();
            tracing::warn!(%file, %error, "the weights were not kept ready");
        }
    }
}

/// Size and time of a file, which change when it is replaced.
fn at_a_glance(file: &Path) -> Option<String> {
    let data = std::fs::metadata(file).ok()?;
    let time = data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let name = file.file_name()?.to_string_lossy();
    Some(format!(
        "{name}: {} bytes of {}",
        data.len(),
        time.as_nanos()
    ))
}
