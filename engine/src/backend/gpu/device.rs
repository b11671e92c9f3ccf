//! An opened adapter: its device, its queue, and the kernels that were compiled for it.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindGroupLayoutDescriptor,
    BindGroupLayoutEntry, BindingType, Buffer, BufferBindingType, BufferDescriptor, BufferUsages,
    ComputePipeline, ComputePipelineDescriptor, ErrorFilter, Features, PipelineLayoutDescriptor,
    PollType, ShaderModuleDescriptor, ShaderSource, ShaderStages, SubmissionIndex,
};

use super::{
    About, Adapter, adapter,
    driver::Kept,
    failed,
    kernel::{Bind, Kernel},
};
use crate::error::{Error, Result};

/// Bytes that are uploaded before the copies are waited for: until then the system holds them twice.
const UPLOAD: usize = 64 << 20;

/// A device that computes.
pub struct Gpu {
    about: About,
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    features: Features,
    has_dots: bool,
    /// Why the device is of no more use, once it is.
    trouble: Arc<Mutex<Option<Error>>>,
    pipelines: Mutex<HashMap<Kernel, Arc<Pipeline>>>,
    /// Compiled kernels of earlier starts.
    kept: Option<Kept>,
    /// Kernels compiled since they were kept.
    unkept: AtomicUsize,
    /// One for all kernels that bind alike, so that they take each other's bind groups.
    layouts: Mutex<HashMap<&'static [Bind], BindGroupLayout>>,
}

/// A compiled kernel.
#[derive(Debug)]
pub struct Pipeline {
    pub(super) raw: ComputePipeline,
    layout: BindGroupLayout,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is inside is whole after every statement, so a panic elsewhere leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gpu {
    /// Opens an adapter, with all its limits and what of its features the kernels use. Compiled kernels are kept in
    /// `cache`, if there is one.
    ///
    /// # Errors
    /// [`Error::Backend`] with the driver's words.
    pub fn open(adapter: &Adapter, cache: Option<&Path>) -> Result<Self> {
        let features = adapter::used(&adapter.raw);
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("strata"),
            required_features: features,
            required_limits: adapter.raw.limits(),
            ..Default::default()
        };
        let opened = pollster::block_on(adapter.raw.request_device(&descriptor));
        let (device, queue) =
            opened.map_err(|error| failed("opening the device", error.to_string()))?;
        let trouble = Arc::new(Mutex::new(None));
        let (lost, unexpected) = (Arc::clone(&trouble), Arc::clone(&trouble));
        device.set_device_lost_callback(move |reason, message| {
            let message = format!("{reason:?}: {message}");
            locked(&lost).get_or_insert(Error::DeviceLost { message });
        });
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            locked(&unexpected).get_or_insert(of_wgpu("computing", &error));
        }));
        let keeps = cache.filter(|_| features.contains(Features::PIPELINE_CACHE));
        let kept = keeps.and_then(|cache| Kept::open(&device, cache));
        Ok(Self {
            about: adapter.about().clone(),
            features,
            has_dots: adapter.has_dots,
            device,
            queue,
            trouble,
            pipelines: Mutex::default(),
            kept,
            unkept: AtomicUsize::new(0),
            layouts: Mutex::default(),
        })
    }

    /// What it is.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Lanes of a subgroup at least, a power of two, where subgroups are used.
    pub(super) fn subgroup(&self) -> Option<usize> {
        let has_subgroups = self.features.contains(Features::SUBGROUP);
        has_subgroups.then(|| self.device.adapter_info().subgroup_min_size as usize)
    }

    /// Whether 16-bit numbers are a type of kernels.
    pub(super) fn has_halves(&self) -> bool {
        self.features.contains(Features::SHADER_F16)
    }

    /// Whether the card itself multiplies four pairs of whole numbers and adds them up.
    pub(super) fn has_dots(&self) -> bool {
        self.has_dots
    }

    /// What has gone wrong since it was opened.
    ///
    /// # Errors
    /// The first thing that did; the device is then of no more use.
    pub fn check(&self) -> Result<()> {
        locked(&self.trouble).clone().map_or(Ok(()), Err)
    }

    /// Gives the device up at once, as a driver does when it resets: what runs on it fails from now on.
    pub fn destroy(&self) {
        self.device.destroy();
    }

    /// Compiles a kernel, once.
    ///
    /// # Errors
    /// What the driver says against it.
    pub(super) fn pipeline(&self, kernel: Kernel) -> Result<Arc<Pipeline>> {
        if let Some(known) = locked(&self.pipelines).get(&kernel) {
            return Ok(Arc::clone(known));
        }
        let scope = self.device.push_error_scope(ErrorFilter::Validation);
        let made = Arc::new(self.compile(&kernel));
        if let Some(error) = pollster::block_on(scope.pop()) {
            let message = format!("{}: {error}", kernel.name);
            return Err(failed("compiling a kernel", message));
        }
        self.check()?;
        locked(&self.pipelines).insert(kernel, Arc::clone(&made));
        self.unkept.fetch_add(1, Ordering::Relaxed);
        Ok(made)
    }

    /// Keeps what was compiled for the next start. That it cannot be kept costs only time.
    pub fn keep_kernels(&self) {
        if self.unkept.swap(0, Ordering::Relaxed) == 0 {
            return;
        }
        if let Some(Err(error)) = self.kept.as_ref().map(Kept::keep) {
            tracing::warn!(%error, "compiled kernels could not be kept");
        }
    }

    fn compile(&self, kernel: &Kernel) -> Pipeline {
        let label = Some(kernel.name.as_str());
        let module = self.device.create_shader_module(ShaderModuleDescriptor {
            label,
            source: ShaderSource::Wgsl(kernel.text.as_str().into()),
        });
        let layout = self.layout(kernel.binds);
        let groups = [Some(&layout)];
        let pipeline_layout = self
            .device
            .create_pipeline_layout(&PipelineLayoutDescriptor {
                label,
                bind_group_layouts: &groups,
                ..Default::default()
            });
        let raw = self
            .device
            .create_compute_pipeline(&ComputePipelineDescriptor {
                label,
                layout: Some(&pipeline_layout),
                module: &module,
                entry_point: Some("main"),
                compilation_options: Default::default(),
                cache: self.kept.as_ref().map(|kept| &kept.cache),
            });
        Pipeline { raw, layout }
    }

    fn layout(&self, binds: &'static [Bind]) -> BindGroupLayout {
        let entry = |(binding, bind): (u32, &Bind)| BindGroupLayoutEntry {
            binding,
            visibility: ShaderStages::COMPUTE,
            ty: BindingType::Buffer {
                ty: match bind {
                    Bind::Uniform => BufferBindingType::Uniform,
                    Bind::Read => BufferBindingType::Storage { read_only: true },
                    Bind::Write => BufferBindingType::Storage { read_only: false },
                },
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        };
        let make = || {
            let entries: Vec<_> = (0..).zip(binds).map(entry).collect();
            let descriptor = BindGroupLayoutDescriptor {
                label: None,
                entries: &entries,
            };
            self.device.create_bind_group_layout(&descriptor)
        };
        locked(&self.layouts)
            .entry(binds)
            .or_insert_with(make)
            .clone()
    }

    /// A buffer of zeros that kernels read and write.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`]; a buffer larger than the adapter binds.
    pub(super) fn buffer(&self, what: &'static str, bytes: usize) -> Result<Buffer> {
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        self.allocate(what, bytes, usage)
    }

    /// A buffer of zeros for the use that is named.
    ///
    /// # Errors
    /// As [`Gpu::buffer`].
    pub(super) fn allocate(
        &self,
        what: &'static str,
        bytes: usize,
        usage: BufferUsages,
    ) -> Result<Buffer> {
        let size = (bytes as u64).next_multiple_of(16).max(16);
        if usage.contains(BufferUsages::STORAGE) && size > self.about.largest_tensor {
            return Err(failed(
                "allocating memory",
                format!(
                    "{what} needs {size} bytes, and this adapter takes at most {} at a time",
                    self.about.largest_tensor
                ),
            ));
        }
        let scope = self.device.push_error_scope(ErrorFilter::OutOfMemory);
        let buffer = self.device.create_buffer(&BufferDescriptor {
            label: Some(what),
            size,
            usage,
            mapped_at_creation: false,
        });
        match pollster::block_on(scope.pop()) {
            Some(_) => Err(Error::OutOfMemory { bytes: size }),
            None => self.check().map(|()| buffer),
        }
    }

    /// A buffer with these bytes.
    ///
    /// # Errors
    /// As [`Gpu::buffer`].
    pub(super) fn upload(&self, what: &'static str, bytes: &[u8]) -> Result<Buffer> {
        let buffer = self.buffer(what, bytes.len())?;
        let mut offset = 0;
        for part in bytes.chunks(UPLOAD) {
            // Copies are of whole words.
            let whole = part.len() & !3;
            self.queue.write_buffer(&buffer, offset, &part[..whole]);
            if whole < part.len() {
                let mut last = [0; 4];
                last[..part.len() - whole].copy_from_slice(&part[whole..]);
                let at = offset + whole as u64;
                self.queue.write_buffer(&buffer, at, &last);
            }
            self.queue.submit([]);
            self.wait()?;
            offset += part.len() as u64;
        }
        Ok(buffer)
    }

    /// Binds whole buffers, in the order of the kernel's bindings.
    pub(super) fn bind(&self, pipeline: &Pipeline, buffers: &[&Buffer]) -> BindGroup {
        let entries: Vec<_> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        self.device.create_bind_group(&BindGroupDescriptor {
            label: None,
            layout: &pipeline.layout,
            entries: &entries,
        })
    }

    /// Waits until everything that was submitted is done.
    ///
    /// # Errors
    /// As [`Gpu::check`].
    pub(super) fn wait(&self) -> Result<()> {
        self.poll(PollType::wait_indefinitely())
    }

    /// Waits until this submission is done, whatever was submitted after it.
    ///
    /// # Errors
    /// As [`Gpu::check`].
    pub(super) fn wait_for(&self, submission: SubmissionIndex) -> Result<()> {
        self.poll(PollType::Wait {
            submission_index: Some(submission),
            timeout: None,
        })
    }

    fn poll(&self, until: PollType) -> Result<()> {
        let polled = self.device.poll(until);
        self.check()?;
        let message = |error: wgpu::PollError| failed("waiting for the device", error.to_string());
        polled.map(drop).map_err(message)
    }

    /// The bytes of a part of a buffer, after everything that was submitted.
    ///
    /// # Errors
    /// As [`Gpu::check`].
    pub(super) fn read(&self, buffer: &Buffer, offset: u64, bytes: u64) -> Result<Vec<u8>> {
        let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
        let copy = self.allocate("a copy for the host", bytes as usize, usage)?;
        let mut encoder = self.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(buffer, offset, &copy, 0, bytes);
        self.queue.submit([encoder.finish()]);
        let (sender, receiver) = crossbeam_channel::bounded(1);
        copy.map_async(wgpu::MapMode::Read, 0..bytes, move |result| {
            // Nobody listens any more only when this function has returned.
            let _ = sender.send(result);
        });
        self.wait()?;
        let refused = |message: String| failed("reading back", message);
        let mapped = receiver
            .recv()
            .map_err(|error| refused(error.to_string()))?;
        if let Err(error) = mapped {
            // Where the device is lost, that is the reason; it may be told a moment later.
            self.wait()?;
            return Err(refused(error.to_string()));
        }
        let view = copy
            .get_mapped_range(0..bytes)
            .map_err(|error| refused(error.to_string()))?;
        Ok(view.to_vec())
    }
}

/// An error of wgpu as one of ours.
fn of_wgpu(operation: &'static str, error: &wgpu::Error) -> Error {
    match error {
        wgpu::Error::OutOfMemory { .. } => Error::OutOfMemory { bytes: 0 },
        other => failed(operation, other.to_string()),
    }
}
