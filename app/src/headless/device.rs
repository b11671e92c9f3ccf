//! What the engine computes on, as a command line says it.

use strata_engine::{
    Device,
    backend::{cpu, gpu},
};

use super::Result;
use crate::explain::Explained;

/// The device of everyone who names none.
const CPU: &str = "cpu";
/// A graphics card.
const GPU: &str = "gpu";

/// The choice of a device; the same for every command that computes.
#[derive(Clone, Debug, clap::Args)]
pub struct DeviceArgs {
    /// What it runs on: cpu, gpu (the best graphics card), gpu:NAME (one whose name holds that; `strata devices`
    /// lists them), or reference (slow and exact).
    #[arg(long, default_value = CPU)]
    device: String,
    /// How the transformer's matrices are kept: f32, bf16 (f16 on a graphics card), q8_0 (8 bits) or q4_0 (4 bits). Unnamed, their size
    /// decides. Another format is another rounding, and may be another picture.
    #[arg(long)]
    format: Option<String>,
    /// Threads; unnamed, one for each physical core. They change the speed, never a picture.
    #[arg(long)]
    threads: Option<usize>,
}

impl DeviceArgs {
    /// Whether anything was chosen.
    pub fn is_named(&self) -> bool {
        self.device != CPU || self.format.is_some() || self.threads.is_some()
    }

    /// The device.
    ///
    /// # Errors
    /// A name that is not known.
    pub fn device(&self) -> Result<Device> {
        let format = self.format.as_deref();
        match self.device.split_once(':').unwrap_or((&self.device, "")) {
            (CPU, "") => Ok(Device::Cpu {
                threads: self.threads,
                format: format.map(cpu_format).transpose()?,
            }),
            (GPU, adapter) => Ok(Device::Gpu {
                adapter: (!adapter.is_empty()).then(|| adapter.to_owned()),
                format: format.map(gpu_format).transpose()?,
            }),
            ("reference", "") => Ok(Device::Reference),
            _ => Err(Explained::new(
                format!("there is no device “{}”", self.device),
                "Choose cpu, gpu, gpu: with a part of a card's name, or reference.",
            )),
        }
    }
}

fn cpu_format(name: &str) -> Result<cpu::Format> {
    let all = cpu::Format::ALL;
    let found = all.into_iter().find(|format| format.name() == name);
    found.ok_or_else(|| no_format(name, &all.map(cpu::Format::name)))
}

fn gpu_format(name: &str) -> Result<gpu::Format> {
    let names = gpu::Format::ALL.map(gpu::Format::name);
    gpu::Format::named(name).ok_or_else(|| no_format(name, &names))
}

fn no_format(name: &str, names: &[&str]) -> Explained {
    Explained::new(
        format!("there is no format “{name}” on this device"),
        format!("Choose one of {}.", names.join(", ")),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn device(line: &[&str]) -> Result<Device> {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            args: DeviceArgs,
        }
        use clap::Parser as _;
        let line = Line::try_parse_from([&["strata"], line].concat());
        line.unwrap().args.device()
    }

    #[test]
    fn names_are_known_or_listed() {
        let cpu = Device::Cpu {
            threads: Some(3),
            format: Some(cpu::Format::Q4_0),
        };
        let named = device(&["--format", "q4_0", "--threads", "3"]);
        assert_eq!(named.unwrap(), cpu);
        assert_eq!(device(&[]).unwrap(), Device::default());
        let reference = device(&["--device", "reference"]);
        assert_eq!(reference.unwrap(), Device::Reference);
        let card = Device::Gpu {
            adapter: Some("radeon".into()),
            format: Some(gpu::Format::F16),
        };
        let named = device(&["--device", "gpu:radeon", "--format", "f16"]);
        assert_eq!(named.unwrap(), card);
        let wrong = device(&["--device", "gpu", "--format", "bf16"]).unwrap_err();
        assert!(wrong.next_step.contains("f16"));
        let wrong = device(&["--format", "q9"]).unwrap_err();
        assert!(wrong.next_step.contains("q8_0"));
        let wrong = device(&["--device", "abacus"]).unwrap_err();
        assert!(wrong.sentence.contains("abacus"));
    }
}
