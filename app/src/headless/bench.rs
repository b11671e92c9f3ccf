//! `strata bench`: how fast a model runs here, and how much faster it could.

use strata_engine::{
    bench::{Figures, Settings},
    family::dnd::{PRESETS, Preset},
};

use super::{Output, Result, Studio, device::DeviceArgs};
use crate::explain::Explained;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The model to measure, by its id.
    #[arg(long, value_name = "ID", required_unless_present = "random")]
    model: Option<String>,
    /// Measure a published size with random weights instead: B, L, XL, XXL, XXXL and others.
    #[arg(long, value_name = "SIZE", conflicts_with = "model")]
    random: Option<String>,
    #[command(flatten)]
    device: DeviceArgs,
    /// Pictures that grow together.
    #[arg(long, default_value_t = 1)]
    pictures: usize,
    /// Run each picture once, without guidance.
    #[arg(long)]
    unguided: bool,
    /// Draw only so many positions of each picture.
    #[arg(long)]
    positions: Option<usize>,
}

/// Measures and tells.
///
/// # Errors
/// A name that is not known, a model that cannot be read, a device that fails.
pub fn run(args: &Args, studio: &dyn Studio, out: &mut Output) -> Result<()> {
    let settings = Settings {
        device: args.device.device()?,
        pictures: args.pictures.clamp(1, 256),
        guided: !args.unguided,
        positions: args.positions,
    };
    let figures = match &args.random {
        Some(size) => strata_engine::bench::random(preset(size)?, &settings)?,
        None => studio.measure(args.model.as_deref().unwrap_or_default(), &settings)?,
    };
    out.outcome(&figures, || words(&figures))
}

fn preset(name: &str) -> Result<Preset> {
    Preset::named(name).ok_or_else(|| {
        let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
        Explained::new(
            format!("there is no published size “{name}”"),
            format!("Choose one of {}.", names.join(", ")),
        )
    })
}

fn words(figures: &Figures) -> String {
    let Figures {
        model,
        device,
        kernel,
        threads,
        format,
        ..
    } = figures;
    let gigabytes = |bytes: f64| bytes / 1e9;
    let guided = match figures.guided {
        true => ", guided",
        false => "",
    };
    let mut lines = vec![
        format!("{model} on {device} ({kernel}, {threads} threads), {format}{guided}"),
        format!("ready after           {:.2} s", figures.load_s),
        format!("step                  {:.2} ms", figures.step_s * 1e3),
        format!(
            "positions a second    {:.1} ({} pictures)",
            figures.positions_per_s, figures.pictures
        ),
        format!(
            "weights read          {:.3} GB a step, {:.1} GB/s",
            gigabytes(figures.bytes_per_step as f64),
            figures.gb_per_s
        ),
        format!(
            "memory bandwidth      {:.1} GB/s, of which {:.0} % is used",
            figures.machine_gb_per_s,
            100.0 * figures.bandwidth_ratio
        ),
        format!("decoder               {:.2} s a picture", figures.decoder_s),
        format!(
            "first preview         {:.0} ms",
            figures.first_preview_s * 1e3
        ),
    ];
    if let Some(card) = &figures.card {
        lines.push(format!(
            "work of the card      {:.0} dispatches and {:.1} submissions a step, recorded in {:.3} ms",
            card.dispatches_per_step,
            card.submissions_per_step,
            card.record_s * 1e3
        ));
    }
    if let Some(ahead) = &figures.look_ahead {
        let faster = ahead.positions_per_s / ahead.plain_positions_per_s;
        lines.push(format!(
            "look-ahead            {:.2} positions a pass, {faster:.2} times as fast",
            ahead.kept_a_pass
        ));
    }
    if let Some(bytes) = figures.peak_rss_bytes {
        let bytes = gigabytes(bytes as f64);
        lines.push(format!("most memory           {bytes:.2} GB"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn sizes_are_known_or_listed() {
        assert_eq!(preset("gpt-xxl").unwrap().layers, 48);
        assert!(preset("huge").unwrap_err().next_step.contains("XXXL"));
    }
}
