//! A picture on its way back to the host.

use std::sync::Arc;

use crossbeam_channel::{Receiver, TryRecvError};
use wgpu::{Buffer, BufferAsyncError, BufferUsages, MapMode, PollType, SubmissionIndex};

use crate::{
    backend::gpu::Gpu,
    error::{Error, Result},
};

use super::{failed, plan::Stage, prepared::Prepared};

/// A picture that the card has been asked for. Dropping it asks for nothing any more; what was submitted still
/// runs.
pub struct Later {
    gpu: Arc<Gpu>,
    copy: Buffer,
    submission: SubmissionIndex,
    mapped: Receiver<Result<(), BufferAsyncError>>,
    /// What is mapped of the copy.
    bytes: u64,
    /// Numbers of the picture.
    len: usize,
    /// Pixels of a channel.
    cells: usize,
}

impl Later {
    /// Asks for a stage's output, after everything that was submitted.
    pub(super) fn of(prepared: &Prepared, stage: &Stage, gpu: &Arc<Gpu>) -> Result<Self> {
        let picture = stage.picture;
        let bytes = 4 * picture.len() as u64;
        // The norm, where it is pending, follows the picture: four numbers a channel.
        let norms = if stage.is_pending {
            16 * picture.shape[0] as u64
        } else {
            0
        };
        let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
        let copy = gpu.allocate("a copy for the host", (bytes + norms) as usize, usage)?;
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(prepared.buffer(picture.buffer), 0, &copy, 0, bytes);
        if norms > 0 {
            let from = prepared.buffer(prepared.plan.norms);
            encoder.copy_buffer_to_buffer(from, 0, &copy, bytes, norms);
        }
        let submission = gpu.queue.submit([encoder.finish()]);
        let (sender, mapped) = crossbeam_channel::bounded(1);
        copy.map_async(MapMode::Read, 0..bytes + norms, move |result| {
            // Nobody listens any more when the picture was given up.
            let _ = sender.send(result);
        });
        Ok(Self {
            gpu: Arc::clone(gpu),
            copy,
            submission,
            mapped,
            bytes: bytes + norms,
            len: picture.len(),
            cells: picture.cells(),
        })
    }

    /// The picture `[channels, height, width]` if the card is done with it; never waits. It is given once.
    ///
    /// # Errors
    /// When the card has failed.
    pub fn poll(&mut self) -> Result<Option<Vec<f32>>> {
        self.look(PollType::Poll)?;
        match self.mapped.try_recv() {
            Ok(mapped) => self.give(mapped).map(Some),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(given()),
        }
    }

    /// Waits for the picture, and for nothing that was submitted after it.
    ///
    /// # Errors
    /// When the card has failed.
    pub fn wait(self) -> Result<Vec<f32>> {
        self.look(PollType::Wait {
            submission_index: Some(self.submission.clone()),
            timeout: None,
        })?;
        // Another thread that polls the same device may be the one that is about to tell.
        let mapped = self.mapped.recv().map_err(|_| given())?;
        self.give(mapped)
    }

    fn give(&self, mapped: Result<(), BufferAsyncError>) -> Result<Vec<f32>> {
        mapped.map_err(|error| failed(error.to_string()))?;
        self.take()
    }

    fn look(&self, until: PollType) -> Result<()> {
        let polled = self.gpu.device.poll(until);
        self.gpu.check()?;
        polled.map(drop).map_err(|error| failed(error.to_string()))
    }

    fn take(&self) -> Result<Vec<f32>> {
        let refused = |error: wgpu::MapRangeError| failed(error.to_string());
        let view = self.copy.get_mapped_range(0..self.bytes).map_err(refused)?;
        let mut picture: Vec<f32> = bytemuck::pod_collect_to_vec(&view[..]);
        drop(view);
        self.copy.unmap();
        let norms = picture.split_off(self.len);
        let channels = picture.chunks_exact_mut(self.cells);
        for (channel, norm) in channels.zip(norms.chunks_exact(4)) {
            for value in channel {
                let x = (*value - norm[0]).mul_add(norm[1], norm[2]);
                *value = x / (1.0 + (-x).exp());
            }
        }
        Ok(picture)
    }
}

fn given() -> Error {
    failed("the picture was given already")
}
