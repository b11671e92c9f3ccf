//! How fast a card reads its memory: the bound that steps are measured against.

use std::time::Instant;

use super::{
    About, Gpu,
    kernel::{Bind, Kernel},
};
use crate::error::Result;

/// Bytes that are read on a card; more than its caches hold.
const BYTES: u64 = 512 << 20;
/// The same where the processor plays the card, which takes its time.
const SOFTWARE_BYTES: u64 = 32 << 20;
/// Times that they are read in one submission, so that sending it costs little beside.
const ROUNDS: usize = 4;
/// Workgroups that share the reading.
const GROUPS: u32 = 4096;

fn kernel() -> Kernel {
    let text = include_str!("kernels/bandwidth.wgsl");
    Kernel::new("bandwidth", &[Bind::Read, Bind::Write], &[], &[text])
}

fn bytes(about: &About) -> u64 {
    let most = match about.kind {
        super::Kind::Software => SOFTWARE_BYTES,
        _ => BYTES,
    };
    most.min(about.largest_tensor)
}

impl Gpu {
    /// Bytes a second that a kernel reads at most, in units of 10⁹. Waits for the device.
    ///
    /// # Errors
    /// The device's.
    pub fn read_gb_per_s(&self) -> Result<f64> {
        let bytes = bytes(self.about());
        let pipeline = self.pipeline(kernel())?;
        let words = self.buffer("memory to read", bytes as usize)?;
        let result = self.buffer("what was read", 16)?;
        let group = self.bind(&pipeline, &[&words, &result]);
        let submit = |rounds: usize| {
            let mut encoder = self.device.create_command_encoder(&Default::default());
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(&pipeline.raw);
            pass.set_bind_group(0, &group, &[]);
            for _ in 0..rounds {
                pass.dispatch_workgroups(GROUPS, 1, 1);
            }
            drop(pass);
            self.queue.submit([encoder.finish()]);
            self.wait()
        };
        // The first time the memory is made.
        submit(1)?;
        let start = Instant::now();
        submit(ROUNDS)?;
        Ok(ROUNDS as f64 * bytes as f64 / start.elapsed().as_secs_f64() / 1e9)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn its_kernel_is_valid_without_a_card() {
        super::super::kernel::checks::check(&super::kernel());
    }
}
