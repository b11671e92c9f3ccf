//! What the engine computes on, as a command line says it.

use strata_engine::Device;

use super::Result;
use crate::devices::{self, AUTO};

/// The choice of a device; the same for every command that computes.
#[derive(Clone, Debug, clap::Args)]
pub struct DeviceArgs {
    /// What it runs on: auto (the best graphics card, else the processor), cpu, gpu, gpu:NAME (a card whose name
    /// holds that; `strata devices` lists them), or reference (slow and exact).
    #[arg(long, default_value = AUTO)]
    device: String,
    /// How the transformer's matrices are kept: f32, bf16 (f16 on a graphics card), q8_0 (8 bits) or q4_0 (4 bits).
    /// Unnamed, their size decides. Another format is another rounding, and may be another picture.
    #[arg(long)]
    format: Option<String>,
    /// Threads of the processor; unnamed, one for each physical core. They change the speed, never a picture.
    #[arg(long)]
    threads: Option<usize>,
}

impl DeviceArgs {
    /// Whether anything was chosen.
    pub fn is_named(&self) -> bool {
        self.device != AUTO || self.format.is_some() || self.threads.is_some()
    }

    /// The device.
    ///
    /// # Errors
    /// A name that is not known.
    pub fn device(&self) -> Result<Device> {
        devices::device(&self.device, self.format.as_deref(), self.threads)
    }
}
