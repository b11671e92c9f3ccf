//! Ctrl-C: the first stops gracefully, the second at once.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use super::super::Result;
use crate::explain::Explained;

/// The status that shells give a program that Ctrl-C ended.
const STATUS: i32 = 130;

/// A flag that the first Ctrl-C raises.
///
/// # Errors
/// When the operating system takes no handler.
pub fn watch() -> Result<Arc<AtomicBool>> {
    // A process has one handler; whoever asks again gets the same flag.
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    if let Some(flag) = FLAG.get() {
        return Ok(flag.clone());
    }
    let flag = Arc::new(AtomicBool::new(false));
    let raised = flag.clone();
    let set = ctrlc::set_handler(move || {
        // The second one leaves; pictures are written whole or not at all, so nothing is torn.
        if raised.swap(true, Ordering::SeqCst) {
            std::process::exit(STATUS);
        }
    });
    match set {
        Ok(()) => Ok(FLAG.get_or_init(|| flag).clone()),
        Err(ctrlc::Error::MultipleHandlers) => Ok(FLAG.get_or_init(|| flag).clone()),
        Err(error) => Err(Explained::new(
            format!("could not listen for Ctrl-C: {error}"),
            "Try again; if it happens again, report it with this message.",
        )),
    }
}
