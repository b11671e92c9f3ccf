//! Work for the card that is recorded, and when it is submitted.

use std::time::Duration;

use wgpu::{BindGroup, CommandEncoder, ComputePass};

use super::{
    super::{Gpu, device::Pipeline},
    flight::Took,
};

/// A submission holds the card for about this long at most, so that the desktop goes on smoothly.
const HOLD: Duration = Duration::from_millis(8);
/// Dispatches of a submission at least.
const LEAST_DISPATCHES: usize = 8;

/// Work that is recorded and not submitted yet.
#[derive(Debug)]
pub struct Recording {
    open: Option<(ComputePass<'static>, CommandEncoder)>,
    /// Dispatches since the last submission, and of the pass.
    dispatches: usize,
    of_pass: usize,
    /// Dispatches that a submission has at most.
    most: usize,
    /// What was done so far.
    pub work: Work,
}

/// What was recorded and submitted since the model was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Passes.
    pub passes: usize,
    /// Dispatches of kernels.
    pub dispatches: usize,
    /// Submissions to the device.
    pub submissions: usize,
}

impl Default for Recording {
    fn default() -> Self {
        Self {
            open: None,
            dispatches: 0,
            of_pass: 0,
            most: usize::MAX,
            work: Work::default(),
        }
    }
}

impl Recording {
    /// A pass begins.
    pub fn begin_pass(&mut self) {
        self.of_pass = 0;
    }

    /// A pass ends: what is recorded, to be submitted with it, and how many dispatches it had.
    pub fn end_pass(&mut self, gpu: &Gpu) -> (CommandEncoder, usize) {
        self.dispatches = 0;
        self.work.submissions += 1;
        self.work.passes += 1;
        (self.encoder(gpu), self.of_pass)
    }

    /// Gives up what is recorded.
    pub fn forget(&mut self) {
        self.open = None;
        self.dispatches = 0;
    }

    fn encoder(&mut self, gpu: &Gpu) -> CommandEncoder {
        match self.open.take() {
            Some((pass, encoder)) => {
                drop(pass);
                encoder
            }
            None => gpu.device.create_command_encoder(&Default::default()),
        }
    }

    /// Submits what is recorded.
    pub fn submit(&mut self, gpu: &Gpu) {
        let Some((pass, encoder)) = self.open.take() else {
            return;
        };
        drop(pass);
        self.dispatches = 0;
        self.work.submissions += 1;
        gpu.queue.submit([encoder.finish()]);
    }

    /// Records a dispatch, and submits where the card would be held too long.
    pub fn dispatch(
        &mut self,
        gpu: &Gpu,
        pipeline: &Pipeline,
        group: &BindGroup,
        [x, y]: [usize; 2],
    ) {
        let (pass, _) = self.open.get_or_insert_with(|| {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            let pass = encoder.begin_compute_pass(&Default::default());
            (pass.forget_lifetime(), encoder)
        });
        pass.set_pipeline(&pipeline.raw);
        pass.set_bind_group(0, group, &[]);
        pass.dispatch_workgroups(x as u32, y as u32, 1);
        self.dispatches += 1;
        self.of_pass += 1;
        self.work.dispatches += 1;
        if self.dispatches >= self.most {
            self.submit(gpu);
        }
    }

    /// Sizes submissions by what a pass took.
    pub fn learn(&mut self, took: Took) {
        let each = took.time.as_secs_f64() / took.dispatches.max(1) as f64;
        let most = HOLD.as_secs_f64() / each.max(1e-9);
        self.most = (most as usize).max(LEAST_DISPATCHES);
    }
}
