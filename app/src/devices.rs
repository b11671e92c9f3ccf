//! The device that models run on, by the names that a person gives it: `auto`, `cpu`, `gpu`, `gpu:` with a part of a
//! card's name, `reference`; and the cards that this machine has.

use std::{sync::Arc, thread};

use strata_engine::{
    Device,
    backend::{
        cpu,
        gpu::{self, About, Adapter},
    },
};

use crate::explain::Explained;

/// The best graphics card where there is a real one, else the processor.
pub const AUTO: &str = "auto";
/// The processor.
pub const CPU: &str = "cpu";
/// A graphics card.
pub const GPU: &str = "gpu";

/// The name by which a card is meant and no other.
pub fn name_of(card: &About) -> String {
    format!("{GPU}:{}", card.title())
}

/// The device of this name, with its matrices in the format of this name and so many threads.
///
/// # Errors
/// A name that is not known.
pub fn device(
    name: &str,
    format: Option<&str>,
    threads: Option<usize>,
) -> Result<Device, Explained> {
    let on_cpu = || {
        Ok(Device::Cpu {
            threads,
            format: format.map(cpu_format).transpose()?,
        })
    };
    match name.split_once(':').unwrap_or((name, "")) {
        (AUTO, "") if threads.is_some() => on_cpu(),
        (AUTO, "") => match format {
            None => Ok(Device::Auto),
            // A format is one of a kind of device, so that has to be settled first.
            Some(format) => match Device::Auto.resolved() {
                Device::Gpu { adapter, .. } => Ok(Device::Gpu {
                    adapter,
                    format: Some(gpu_format(format)?),
                }),
                _ => on_cpu(),
            },
        },
        (CPU, "") => on_cpu(),
        (GPU, adapter) => Ok(Device::Gpu {
            adapter: (!adapter.is_empty()).then(|| adapter.to_owned()),
            format: format.map(gpu_format).transpose()?,
        }),
        ("reference", "") => Ok(Device::Reference),
        _ => Err(Explained::new(
            format!("there is no device “{name}”"),
            "Choose auto, cpu, gpu, gpu: with a part of a card's name, or reference; `strata devices` lists the cards.",
        )),
    }
}

fn cpu_format(name: &str) -> Result<cpu::Format, Explained> {
    let all = cpu::Format::ALL;
    let found = all.into_iter().find(|format| format.name() == name);
    found.ok_or_else(|| no_format(name, "the processor", &all.map(cpu::Format::name)))
}

fn gpu_format(name: &str) -> Result<gpu::Format, Explained> {
    let names = gpu::Format::ALL.map(gpu::Format::name);
    gpu::Format::named(name).ok_or_else(|| no_format(name, "a graphics card", &names))
}

fn no_format(name: &str, device: &str, names: &[&str]) -> Explained {
    Explained::new(
        format!("there is no format “{name}” on {device}"),
        format!("Choose one of {}.", names.join(", ")),
    )
}

/// Looks which cards there are, on a thread of its own: drivers take their time.
pub fn look(tell: Arc<dyn Fn(Vec<About>) + Send + Sync>) {
    let look = move || {
        let cards = Adapter::all();
        tell(cards.iter().map(|card| card.about().clone()).collect());
    };
    let started = thread::Builder::new()
        .name("strata-cards".into())
        .spawn(look);
    if let Err(error) = started {
        tracing::warn!(%error, "no thread to look for graphics cards");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_known_or_listed() {
        let cpu = Device::Cpu {
            threads: Some(3),
            format: Some(cpu::Format::Q4_0),
        };
        assert_eq!(device(CPU, Some("q4_0"), Some(3)).unwrap(), cpu);
        assert_eq!(device(AUTO, Some("q4_0"), Some(3)).unwrap(), cpu);
        assert_eq!(device(AUTO, None, None).unwrap(), Device::Auto);
        assert_eq!(device("reference", None, None).unwrap(), Device::Reference);
        let card = Device::Gpu {
            adapter: Some("radeon".into()),
            format: Some(gpu::Format::F16),
        };
        assert_eq!(device("gpu:radeon", Some("f16"), None).unwrap(), card);
        let best = Device::Gpu {
            adapter: None,
            format: None,
        };
        assert_eq!(device(GPU, None, None).unwrap(), best);
        let wrong = device(CPU, Some("q9"), None).unwrap_err();
        assert!(wrong.next_step.contains("q8_0"));
        let wrong = device(GPU, Some("bf16"), None).unwrap_err();
        assert!(wrong.next_step.contains("f16"));
        let wrong = device("abacus", None, None).unwrap_err();
        assert!(wrong.sentence.contains("abacus"));
    }
}
