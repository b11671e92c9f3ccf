//! The card that this machine's tests compute on.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, OnceLock};

use super::{Adapter, Gpu};

/// The best one, opened once. `None`, with a line that says so, where there is none and `STRATA_GPU` does not insist.
pub fn card() -> Option<Arc<Gpu>> {
    static CARD: OnceLock<Option<Arc<Gpu>>> = OnceLock::new();
    let open = || {
        let opened = own_card()?;
        Some(Arc::new(opened))
    };
    CARD.get_or_init(open).clone()
}

/// One for a test that breaks it.
pub fn own_card() -> Option<Gpu> {
    let adapters = Adapter::all();
    let best = adapters.first();
    let required = std::env::var("STRATA_GPU").is_ok_and(|value| value == "required");
    assert!(
        best.is_some() || !required,
        "STRATA_GPU=required, but there is no graphics adapter"
    );
    if best.is_none() {
        println!("skipped: no graphics adapter");
    }
    best.map(|best| Gpu::open(best, None).unwrap())
}
