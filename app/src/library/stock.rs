//! What is installed, what is published and may be had, and how strong this machine is. Reading it opens no
//! weights and asks no server.

use std::{path::Path, sync::Arc};

use strata_engine::{
    Device, Footprint, Library, Mode, ModelCard,
    library::{
        MANIFEST,
        catalogue::{Catalogue, Entry, Published},
        download,
    },
};

use crate::{explain::Explained, places::Places, shipped};

/// What there is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stock {
    /// The models in folders; those inside the program are always there.
    pub cards: Vec<Arc<ModelCard>>,
    /// Folders that cannot be read as models.
    pub unreadable: Vec<Explained>,
    /// What is published, models first.
    pub offers: Vec<Offer>,
    /// Why a person's own catalogue is not among that.
    pub catalogue_trouble: Option<Explained>,
}

/// A published model or tokenizer.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Its id, which names its folder once it is installed.
    pub id: String,
    /// For people.
    pub name: String,
    /// One sentence.
    pub summary: String,
    /// The name of its family.
    pub family: String,
    /// Whether this version can run it.
    pub runs: bool,
    /// What it makes; none for a tokenizer alone.
    pub mode: Option<Mode>,
    /// Width and height of its pictures.
    pub size: [usize; 2],
    /// Rows and columns of positions.
    pub grid: [usize; 2],
    /// Codes a position.
    pub depth: usize,
    /// Weights.
    pub parameters: Option<u64>,
    /// About what there is to fetch.
    pub bytes: Option<u64>,
    /// The published score.
    pub score: Option<String>,
    /// The licence of the weights.
    pub licence: String,
    /// Its page on the hub.
    pub page: String,
    /// The memory that it will take.
    pub footprint: Option<Footprint>,
    /// Whether it is installed.
    pub installed: bool,
    /// Bytes that an unfinished download has left.
    pub kept: u64,
}

impl Offer {
    /// Positions of a picture.
    pub fn positions(&self) -> usize {
        self.grid[0] * self.grid[1]
    }

    fn of(entry: &Entry<'_>, models: &Path) -> Self {
        let (own, tokenizer) = (entry.published(), entry.tokenizer());
        let folder = models.join(&own.id);
        let kept = download::kept(&folder);
        let installed = match entry {
            Entry::Model(..) => folder.join(MANIFEST).is_file(),
            Entry::Tokenizer(_) => has_tokenizer(&folder),
        };
        let Published {
            id,
            name,
            summary,
            family,
            ..
        } = own.clone();
        Self {
            id,
            name,
            summary,
            family,
            runs: own.family().is_some(),
            mode: match entry {
                Entry::Model(transformer, _) => Some(transformer.mode()),
                Entry::Tokenizer(_) => None,
            },
            size: [tokenizer.image.width, tokenizer.image.height],
            grid: tokenizer.codes.grid,
            depth: tokenizer.codes.depth,
            parameters: own.parameters,
            bytes: entry.bytes(),
            score: own.score.clone(),
            licence: own.licence.clone(),
            page: own.page(),
            footprint: entry.footprint(),
            installed,
            kept: if installed { 0 } else { kept },
        }
    }
}

/// Whether the tokenizer of a folder was fetched whole.
fn has_tokenizer(folder: &Path) -> bool {
    let mut fetched = download::receipts(folder).into_keys();
    fetched.any(|name| name.starts_with("tokenizer.") && folder.join(name).is_file())
}

impl Stock {
    /// Looks at the folders and the catalogue.
    pub fn of(places: &Places) -> Self {
        let library = Library::new(Vec::new(), vec![places.models.clone()]);
        let (cards, errors) = library.cards();
        let (catalogue, catalogue_trouble) = match shipped::catalogue(places) {
            Ok(catalogue) => (catalogue, None),
            Err(error) => (shipped::published(), Some(Explained::from(error))),
        };
        Self {
            unreadable: errors.iter().map(Explained::from).collect(),
            offers: offers(&catalogue, &places.models),
            cards,
            catalogue_trouble,
        }
    }
}

fn offers(catalogue: &Catalogue, models: &Path) -> Vec<Offer> {
    let entries = catalogue.entries().into_iter();
    entries.map(|entry| Offer::of(&entry, models)).collect()
}

/// Bytes of memory that the system has, or lets this program have.
pub(super) fn memory() -> Option<u64> {
    let mut system = sysinfo::System::new().ok()?;
    system.refresh_memory();
    let limit = system.cgroup_limits().map(|limits| limits.total_memory);
    let memory = limit.unwrap_or(u64::MAX).min(system.total_memory());
    (memory > 0).then_some(memory)
}

/// How strong this machine is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Strength {
    /// Bytes of memory that programs may have.
    pub memory: Option<u64>,
    /// Bytes that it reads from memory in a second.
    pub bytes_per_sec: Option<f64>,
}

impl Strength {
    /// Asks the system, and reads memory for a few tenths of a second.
    pub fn measure() -> Self {
        let rate = strata_engine::bench::machine_gb_per_s(&Device::default());
        let rate = rate.inspect_err(|error| tracing::warn!(%error, "the memory was not measured"));
        Self {
            memory: memory(),
            bytes_per_sec: rate.ok().map(|rate| rate * 1e9),
        }
    }
}
