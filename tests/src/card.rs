//! The graphics card that tests compute on.

use std::sync::{Arc, OnceLock};

use anyhow::{Result, bail};
use strata_engine::backend::gpu::{Adapter, Gpu};

/// The machine's best card, opened once. `None`, with a line that says so, where there is none.
///
/// # Errors
/// When there is none although `STRATA_GPU=required`, or it cannot be opened.
pub fn card() -> Result<Option<Arc<Gpu>>> {
    static CARD: OnceLock<Arc<Gpu>> = OnceLock::new();
    if let Some(card) = CARD.get() {
        return Ok(Some(Arc::clone(card)));
    }
    let adapters = Adapter::all();
    let Some(best) = adapters.first() else {
        if std::env::var("STRATA_GPU").is_ok_and(|value| value == "required") {
            bail!("STRATA_GPU=required, but there is no graphics adapter");
        }
        println!("skipped: no graphics adapter");
        return Ok(None);
    };
    let opened = Arc::new(Gpu::open(best, None)?);
    Ok(Some(Arc::clone(CARD.get_or_init(|| opened))))
}
