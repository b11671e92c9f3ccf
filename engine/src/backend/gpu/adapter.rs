//! What graphics adapters this machine has, and which one is meant.

use serde::Serialize;
use wgpu::{Backends, DeviceType, Features, Instance, InstanceDescriptor};

use super::{driver, failed};
use crate::error::Result;

/// What the kernels use of an adapter where it has it.
const USED: [(Features, &str); 3] = [
    (Features::SUBGROUP, "subgroups"),
    (Features::SHADER_F16, "16-bit numbers"),
    (Features::PIPELINE_CACHE, "pipeline cache"),
];
/// Lanes of a subgroup at least where kernels use them; see `reduce_subgroup.wgsl`.
const LEAST_SUBGROUP: u32 = 4;

/// What sort of device an adapter is, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A card with memory of its own.
    Discrete,
    /// Part of the processor, sharing its memory.
    Integrated,
    /// A share of a card that another machine lends.
    Virtual,
    /// The system does not say.
    Unknown,
    /// The processor itself, playing a card: for tests.
    Software,
}

/// An adapter in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// Its name as the driver gives it.
    pub name: String,
    /// The programming interface: "Vulkan", "Metal", "DirectX 12".
    pub api: &'static str,
    /// What sort of device it is.
    pub kind: Kind,
    /// The driver.
    pub driver: String,
    /// Bytes of memory of its own, where the system says.
    pub memory: Option<u64>,
    /// Bytes that one tensor can have at most.
    pub largest_tensor: u64,
    /// What kernels use of it beyond the least that they need.
    pub uses: Vec<&'static str>,
}

/// An adapter that can be opened.
#[derive(Clone, Debug)]
pub struct Adapter {
    pub(super) raw: wgpu::Adapter,
    /// Whether the card has an instruction for the sum of four products of bytes.
    pub(super) has_dots: bool,
    about: About,
}

impl Adapter {
    /// All that can compute, the best first: discrete, integrated, the others; among equals in the order of the
    /// system. The same card under two interfaces is listed twice.
    pub fn all() -> Vec<Self> {
        let instance = Instance::new(InstanceDescriptor {
            backends: Backends::PRIMARY,
            ..InstanceDescriptor::new_without_display_handle()
        });
        let adapters = pollster::block_on(instance.enumerate_adapters(Backends::PRIMARY));
        let mut found: Vec<Self> = adapters.into_iter().map(Self::of).collect();
        found.sort_by_key(|adapter| adapter.about.kind);
        found
    }

    fn of(raw: wgpu::Adapter) -> Self {
        let (info, used, limits) = (raw.get_info(), used(&raw), raw.limits());
        let has_dots = driver::has_dots(&raw);
        let about = About {
            api: match info.backend {
                wgpu::Backend::Vulkan => "Vulkan",
                wgpu::Backend::Metal => "Metal",
                wgpu::Backend::Dx12 => "DirectX 12",
                _ => "another",
            },
            kind: match info.device_type {
                DeviceType::DiscreteGpu => Kind::Discrete,
                DeviceType::IntegratedGpu => Kind::Integrated,
                DeviceType::VirtualGpu => Kind::Virtual,
                DeviceType::Cpu => Kind::Software,
                DeviceType::Other => Kind::Unknown,
            },
            driver: format!("{} {}", info.driver, info.driver_info)
                .trim()
                .into(),
            name: info.name,
            memory: driver::memory(&raw),
            largest_tensor: limits
                .max_storage_buffer_binding_size
                .min(limits.max_buffer_size),
            uses: USED
                .into_iter()
                .filter(|(feature, _)| used.contains(*feature))
                .map(|(_, word)| word)
                .chain(has_dots.then_some("products of whole numbers"))
                .collect(),
        };
        Self {
            raw,
            has_dots,
            about,
        }
    }

    /// What it is.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The one that is taken where nobody names a device: the best, if it is a real card.
    pub fn usual() -> Option<Self> {
        let best = Self::all().into_iter().next();
        best.filter(|best| best.about.is_real())
    }

    /// The best, or the first whose name or interface holds `wanted`, in small or capital letters; `wanted` may
    /// also be its place in the list.
    ///
    /// # Errors
    /// When there is none; the message lists those that there are.
    pub fn find(wanted: Option<&str>) -> Result<Self> {
        let mut all = Self::all();
        let names: Vec<String> = all.iter().map(|adapter| adapter.about.title()).collect();
        let meant = match wanted {
            None => (!all.is_empty()).then_some(0),
            Some(wanted) => wanted
                .parse()
                .ok()
                .filter(|at| *at < all.len())
                .or_else(|| {
                    let wanted = wanted.to_lowercase();
                    names
                        .iter()
                        .position(|name| name.to_lowercase().contains(&wanted))
                }),
        };
        let missing = || match (names.is_empty(), wanted) {
            (true, _) => "there is no graphics adapter that can compute".to_owned(),
            (false, wanted) => format!(
                "no graphics adapter is called {:?}; there are: {}",
                wanted.unwrap_or_default(),
                names.join(", ")
            ),
        };
        let at = meant.ok_or_else(|| failed("finding an adapter", missing()))?;
        Ok(all.swap_remove(at))
    }
}

/// The features of an adapter that the kernels use.
pub(super) fn used(adapter: &wgpu::Adapter) -> Features {
    let all = USED.iter();
    let all = all.fold(Features::empty(), |all, (feature, _)| all | *feature);
    let mut used = adapter.features() & all;
    if adapter.get_info().subgroup_min_size < LEAST_SUBGROUP {
        used.remove(Features::SUBGROUP);
    }
    used
}

impl About {
    /// Whether it is more than the processor playing a card, which is slower than the processor itself.
    pub fn is_real(&self) -> bool {
        self.kind != Kind::Software
    }

    /// Name and interface.
    pub fn title(&self) -> String {
        format!("{} ({})", self.name, self.api)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_best_kind_comes_first() {
        let mut kinds = [
            Kind::Software,
            Kind::Integrated,
            Kind::Unknown,
            Kind::Discrete,
        ];
        kinds.sort();
        let best = [
            Kind::Discrete,
            Kind::Integrated,
            Kind::Unknown,
            Kind::Software,
        ];
        assert_eq!(kinds, best);
    }

    #[test]
    fn an_adapter_that_is_not_there_is_named() {
        let message = Adapter::find(Some("abacus 3000")).unwrap_err().to_string();
        let none = message.contains("there is no graphics adapter");
        assert!(none || message.contains("abacus 3000"), "{message}");
    }
}
