//! A published model from the hub into the models folder.

use std::path::Path;

use strata_engine::{
    Result,
    library::{
        catalogue::Catalogue,
        download::Limits,
        hub::{self, Cancel, Hub, Patience, RemoteFile, Token},
        install,
    },
};

use super::{Done, Get, Progress};

/// Fetches what `get` names. `tell` hears how far it is.
pub(super) fn get(
    get: &Get,
    catalogue: &Catalogue,
    models: &Path,
    cancel: &Cancel,
    tell: &mut dyn FnMut(Progress),
) -> Result<Done> {
    let entry = catalogue.entry(&get.id)?;
    let endpoint = hub::endpoint(get.endpoint.as_deref());
    let own = get.token.as_ref().and_then(|secret| secret.token());
    let hub = Hub::new(&endpoint, Token::find(own), Patience::default())?;
    tell(Progress::BEGIN);
    let plan = install::plan(&hub, entry, hub::REVISION, &get.choice, cancel)?;

    let total = plan.bytes();
    let mut files = plan.files.iter().map(|(_, file)| file);
    let (mut now, mut before) = (files.next(), 0);
    let mut hear = |told: strata_engine::library::download::Progress| {
        // Files come one after the other, in the order of the plan.
        let is_other = |file: &&RemoteFile| file.name() != told.name || file.size != told.total;
        while let Some(file) = now.filter(is_other) {
            before += file.size;
            now = files.next();
        }
        tell(Progress::of_file(&told, before, total));
    };
    let limits = Limits::default();
    let installed = install::fetch(&hub, &plan, models, &limits, cancel, &mut hear)?;
    Ok(Done::Got {
        id: get.id.clone(),
        is_model: installed.is_model,
    })
}
