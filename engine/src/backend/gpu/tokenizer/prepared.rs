//! A plan on the card: its buffers, its pipelines, and what each step binds.

use std::sync::Arc;

use wgpu::{BindGroup, Buffer, BufferUsages, CommandEncoder};

use crate::{
    backend::gpu::{Gpu, device::Pipeline},
    error::Result,
};

use super::{
    plan::{Operand, Plan, Stage, Step},
    weights::Weights,
};

/// Bytes behind each buffer that a test watches.
const GUARD: usize = if cfg!(test) { 256 } else { 0 };

/// A plan that can be carried out any number of times.
pub struct Prepared {
    /// What is done.
    pub plan: Plan,
    buffers: Vec<Buffer>,
    ready: Vec<Ready>,
}

/// A step that can be carried out.
struct Ready {
    pipeline: Arc<Pipeline>,
    group: BindGroup,
    workgroups: [u32; 3],
    work: u64,
}

impl Prepared {
    /// Allocates the buffers of `plan`, and compiles what is not compiled yet.
    ///
    /// # Errors
    /// When the card has no room, or its driver refuses a kernel.
    pub fn new(plan: Plan, weights: &Weights, gpu: &Gpu) -> Result<Self> {
        let allocate = |&len: &usize| gpu.buffer("the tokenizer's pictures", 4 * len + GUARD);
        let buffers: Vec<Buffer> = plan.buffers.iter().map(allocate).collect::<Result<_>>()?;
        #[cfg(test)]
        poison(&buffers, gpu);
        let nothing = gpu.buffer("nothing", 16)?;
        let ready = plan
            .steps
            .iter()
            .map(|step| Ready::new(step, &buffers, (weights, &nothing), gpu))
            .collect::<Result<_>>()?;
        Ok(Self {
            plan,
            buffers,
            ready,
        })
    }

    /// One of the plan's buffers.
    pub fn buffer(&self, index: usize) -> &Buffer {
        &self.buffers[index]
    }

    /// Submits a stage's steps, in several submissions where one would hold the card for long.
    pub fn submit(&self, stage: &Stage, gpu: &Gpu) {
        let mut work = 0;
        let mut encoder = None;
        let submit = |encoder: Option<CommandEncoder>| {
            gpu.queue.submit(encoder.map(CommandEncoder::finish));
        };
        for step in &self.ready[stage.steps.clone()] {
            if work > 0 && work + step.work > self.plan.hold {
                submit(encoder.take());
                work = 0;
            }
            work += step.work;
            step.record(
                encoder
                    .get_or_insert_with(|| gpu.device.create_command_encoder(&Default::default())),
            );
        }
        submit(encoder);
    }
}

impl Ready {
    fn new(
        step: &Step,
        buffers: &[Buffer],
        (weights, nothing): (&Weights, &Buffer),
        gpu: &Gpu,
    ) -> Result<Self> {
        let pipeline = gpu.pipeline(step.kernel.clone())?;
        let sizes: &[u8] = bytemuck::cast_slice(&step.sizes);
        let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
        let told = gpu.allocate("the sizes of a step", sizes.len(), usage)?;
        gpu.queue.write_buffer(&told, 0, sizes);
        let operands = step.operands.iter().map(|operand| match operand {
            Operand::Tensor(name) => &weights[name],
            Operand::Buffer(index) => &buffers[*index],
            Operand::Nothing => nothing,
        });
        let bound: Vec<&Buffer> = [&told].into_iter().chain(operands).collect();
        Ok(Self {
            group: gpu.bind(&pipeline, &bound),
            pipeline,
            workgroups: step.workgroups.map(|count| count as u32),
            work: step.work,
        })
    }

    fn record(&self, encoder: &mut CommandEncoder) {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&self.pipeline.raw);
        pass.set_bind_group(0, &self.group, &[]);
        let [x, y, z] = self.workgroups;
        pass.dispatch_workgroups(x, y, z);
    }
}

/// What buffers hold before a run, and behind what is written: not a number, in bits that no arithmetic gives.
#[cfg(test)]
const POISON: u32 = 0x7fc0_dead;

#[cfg(test)]
fn poison(buffers: &[Buffer], gpu: &Gpu) {
    for buffer in buffers {
        let words = vec![POISON; buffer.size() as usize / 4];
        gpu.queue
            .write_buffer(buffer, 0, bytemuck::cast_slice(&words));
    }
}

#[cfg(test)]
impl Prepared {
    /// The first buffer behind which something was written.
    pub fn spilt(&self, gpu: &Gpu) -> Result<Option<usize>> {
        for (index, buffer) in self.buffers.iter().enumerate() {
            let start = 4 * self.plan.buffers[index] as u64;
            let guard = gpu.read(buffer, start, buffer.size() - start)?;
            if guard
                .chunks_exact(4)
                .any(|word| word != POISON.to_le_bytes())
            {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// Damages a guard zone.
    pub fn spill(&self, index: usize, gpu: &Gpu) {
        let end = 4 * self.plan.buffers[index] as u64;
        gpu.queue.write_buffer(&self.buffers[index], end, &[0; 4]);
    }
}
