//! The backends, of which there is one here.

#[path = "cpu.rs"]
pub mod cpu;
