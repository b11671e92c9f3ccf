//! What only the driver knows: how much memory a card has, which instructions, and kernels as it has compiled them.
//!
//! The one place of this backend that calls what the compiler cannot check.

use std::path::{Path, PathBuf};

#[cfg(not(target_vendor = "apple"))]
use ash::vk;
use sha2::{Digest as _, Sha256};
use wgpu::{PipelineCache, PipelineCacheDescriptor};

use crate::{error::Result, picture::atomic};

/// Bytes of the hash before the driver's own.
const HASH: usize = 32;
/// No kept file is larger.
const MOST: u64 = 256 << 20;

/// The memory of the card's own heaps, which wgpu itself does not tell.
#[cfg(not(target_vendor = "apple"))]
pub fn memory(adapter: &wgpu::Adapter) -> Option<u64> {
    // SAFETY: the handles are only asked for a property, and neither destroyed nor kept.
    unsafe {
        let vulkan = adapter.as_hal::<wgpu::hal::api::Vulkan>()?;
        let instance = vulkan.shared_instance().raw_instance();
        let properties =
            instance.get_physical_device_memory_properties(vulkan.raw_physical_device());
        let heaps = &properties.memory_heaps[..properties.memory_heap_count as usize];
        // Bit 0 is DEVICE_LOCAL.
        let own = heaps.iter().filter(|heap| heap.flags.as_raw() & 1 == 1);
        own.map(|heap| heap.size).max()
    }
}

/// The same where there is no Vulkan to ask.
#[cfg(target_vendor = "apple")]
pub fn memory(_: &wgpu::Adapter) -> Option<u64> {
    None
}

/// Whether the card has an instruction for the sum of four products of signed bytes. wgpu offers the sum everywhere, and
/// does not tell where it is computed one by one.
#[cfg(not(target_vendor = "apple"))]
pub fn has_dots(adapter: &wgpu::Adapter) -> bool {
    // SAFETY: the handles are only asked for a property, and neither destroyed nor kept.
    unsafe {
        let Some(vulkan) = adapter.as_hal::<wgpu::hal::api::Vulkan>() else {
            return false;
        };
        let device = vulkan.raw_physical_device();
        let instance = vulkan.shared_instance().raw_instance();
        let known = instance.get_physical_device_properties(device).api_version;
        if known < vk::API_VERSION_1_3 {
            return false;
        }
        let mut dots = vk::PhysicalDeviceShaderIntegerDotProductProperties::default();
        let mut all = vk::PhysicalDeviceProperties2::default().push_next(&mut dots);
        instance.get_physical_device_properties2(device, &mut all);
        dots.integer_dot_product4x8_bit_packed_signed_accelerated == vk::TRUE
    }
}

/// The same where there is no Vulkan to ask.
#[cfg(target_vendor = "apple")]
pub fn has_dots(_: &wgpu::Adapter) -> bool {
    false
}

/// Compiled kernels, kept in a file from one start to the next.
#[derive(Debug)]
pub struct Kept {
    pub cache: PipelineCache,
    file: PathBuf,
}

impl Kept {
    /// What an earlier start of this driver has kept in `folder`; empty where there is none. `None` where the
    /// interface keeps nothing.
    pub fn open(device: &wgpu::Device, folder: &Path) -> Option<Self> {
        let name = wgpu::util::pipeline_cache_key(&device.adapter_info())?;
        let file = folder.join(name);
        let data = read(&file);
        // SAFETY: the bytes are those that `keep` wrote, which their hash says, and the driver checks that they are
        // its own; with anything else it begins anew.
        let cache = unsafe {
            device.create_pipeline_cache(&PipelineCacheDescriptor {
                label: Some("kernels"),
                data: data.as_deref(),
                fallback: true,
            })
        };
        Some(Self { cache, file })
    }

    /// Writes what there is now.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn keep(&self) -> Result<()> {
        let Some(data) = self.cache.get_data() else {
            return Ok(());
        };
        let mut bytes = Sha256::digest(&data).to_vec();
        bytes.extend(data);
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| crate::Error::file("create", folder, &error))?;
        }
        atomic::write_bytes(&self.file, &bytes)
    }
}

/// The driver's bytes of a kept file; none where it is not whole.
fn read(file: &Path) -> Option<Vec<u8>> {
    let size = std::fs::metadata(file).ok()?.len();
    let bytes = (size <= MOST).then(|| std::fs::read(file).ok())??;
    let (hash, data) = bytes.split_at_checked(HASH)?;
    let is_whole = Sha256::digest(data).as_slice() == hash;
    is_whole.then(|| data.to_vec())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_damaged_file_is_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kernels");
        assert_eq!(read(&file), None);
        let mut bytes = Sha256::digest(b"compiled").to_vec();
        bytes.extend(b"compiled");
        std::fs::write(&file, &bytes).unwrap();
        assert_eq!(read(&file).as_deref(), Some(&b"compiled"[..]));
        for damaged in [&bytes[..20], &bytes[..bytes.len() - 1]] {
            std::fs::write(&file, damaged).unwrap();
            assert_eq!(read(&file), None);
        }
    }

    #[test]
    fn kernels_are_found_again() {
        let Some(gpu) = super::super::tests::own_card() else {
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let Some(kept) = Kept::open(&gpu.device, folder.path()) else {
            println!("skipped: this interface keeps no kernels");
            return;
        };
        kept.keep().unwrap();
        assert!(read(&kept.file).is_some());
        assert!(Kept::open(&gpu.device, folder.path()).is_some());
    }
}
