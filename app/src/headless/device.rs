//! What the engine computes on, as a command line says it.

use strata_engine::{Device, backend::cpu::Format};

use super::Result;
use crate::explain::Explained;

/// The device of everyone who names none.
const CPU: &str = "cpu";

/// The choice of a device; the same for every command that computes.
#[derive(Clone, Debug, clap::Args)]
pub struct DeviceArgs {
    /// What it runs on: cpu, or reference (slow and exact).
    #[arg(long, default_value = CPU)]
    device: String,
    /// How the transformer's matrices are kept: f32, bf16, q8_0 (8 bits) or q4_0 (4 bits). Unnamed, their size
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
        match self.device.as_str() {
            CPU => Ok(Device::Cpu {
                threads: self.threads,
                format: self.format.as_deref().map(format).transpose()?,
            }),
            "reference" => Ok(Device::Reference),
            other => Err(Explained::new(
                format!("there is no device “{other}”"),
                "Choose cpu or reference.",
            )),
        }
    }
}

fn format(name: &str) -> Result<Format> {
    let found = Format::ALL.into_iter().find(|format| format.name() == name);
    found.ok_or_else(|| {
        let names = Format::ALL.map(Format::name).join(", ");
        Explained::new(
            format!("there is no format “{name}”"),
            format!("Choose one of {names}."),
        )
    })
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
            format: Some(Format::Q4_0),
        };
        let named = device(&["--format", "q4_0", "--threads", "3"]);
        assert_eq!(named.unwrap(), cpu);
        assert_eq!(device(&[]).unwrap(), Device::default());
        let reference = device(&["--device", "reference"]);
        assert_eq!(reference.unwrap(), Device::Reference);
        let wrong = device(&["--format", "q9"]).unwrap_err();
        assert!(wrong.next_step.contains("q8_0"));
        let wrong = device(&["--device", "abacus"]).unwrap_err();
        assert!(wrong.sentence.contains("abacus"));
    }
}
