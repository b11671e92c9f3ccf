//! How fast the device reads its memory: the bound that steps are measured against.

use std::sync::Arc;

use super::{TIMES, median};
use crate::{
    backend::{
        Device, Opened,
        cpu::{
            Kernel, Threads,
            memory::{BYTES, Memory},
        },
        gpu::Gpu,
    },
    error::Result,
};

/// Bytes a second that the device reads at most, in units of 10⁹. It takes a few tenths of a second, and is less
/// while something else reads too.
///
/// # Errors
/// When the operating system gives no threads, or a card cannot be opened.
pub fn machine_gb_per_s(device: &Device) -> Result<f64> {
    Ok(median(Bandwidth::of(&device.open()?)?.readings()?))
}

/// Measures how fast the device reads its memory.
pub(super) enum Bandwidth {
    Processor(Memory, Arc<Threads>),
    Card(Arc<Gpu>),
}

impl Bandwidth {
    pub(super) fn of(device: &Opened) -> Result<Self> {
        let memory = |threads| Ok(Self::Processor(Memory::new(BYTES)?, threads));
        match device {
            Opened::Gpu { gpu, .. } => Ok(Self::Card(Arc::clone(gpu))),
            Opened::Cpu { threads, .. } => memory(Arc::clone(threads)),
            Opened::Reference => memory(Threads::start(Some(1))?),
        }
    }

    pub(super) fn readings(&self) -> Result<Vec<f64>> {
        let read = |_| match self {
            Self::Processor(memory, threads) => {
                Ok(memory.read(threads, Kernel::fastest()).gb_per_s())
            }
            Self::Card(gpu) => gpu.read_gb_per_s(),
        };
        (0..TIMES).map(read).collect()
    }
}
