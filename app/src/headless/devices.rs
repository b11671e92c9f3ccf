//! `strata devices`: what models can run on.

use serde::Serialize;
use strata_engine::backend::{
    cpu::{Kernel, physical_cores},
    gpu::{About, Adapter},
};

use super::{Output, Result};
use crate::{devices, wording};

/// Its arguments: none.
#[derive(Debug, clap::Args)]
pub struct Args {}

#[derive(Serialize)]
struct Report {
    processor: Processor,
    cards: Vec<Card>,
}

#[derive(Serialize)]
struct Processor {
    name: &'static str,
    instructions: &'static str,
    cores: usize,
}

#[derive(Serialize)]
struct Card {
    /// What `--device` takes.
    device: String,
    /// Whether it is taken where no device is named.
    usual: bool,
    #[serde(flatten)]
    about: About,
}

/// Lists them.
///
/// # Errors
/// When standard output is gone.
pub fn run(_: &Args, out: &mut Output) -> Result<()> {
    let cards = Adapter::all().into_iter().enumerate().map(|(at, card)| {
        let about = card.about().clone();
        Card {
            device: devices::name_of(&about),
            usual: at == 0 && about.is_real(),
            about,
        }
    });
    let report = Report {
        processor: Processor {
            name: devices::CPU,
            instructions: Kernel::fastest().name(),
            cores: physical_cores(),
        },
        cards: cards.collect(),
    };
    out.outcome(&report, || words(&report))
}

fn words(report: &Report) -> String {
    let Processor {
        name,
        instructions,
        cores,
    } = &report.processor;
    let mut lines = vec![format!("{name}: processor, {cores} cores, {instructions}")];
    for card in &report.cards {
        let About {
            kind,
            driver,
            memory,
            uses,
            ..
        } = &card.about;
        let mut about = vec![wording::devices::kind(*kind).to_owned()];
        about.extend(memory.map(wording::sampling::bytes));
        about.push(driver.clone());
        about.extend(uses.iter().map(|word| (*word).to_owned()));
        let usual = if card.usual { " (taken by itself)" } else { "" };
        lines.push(format!("{}{usual}: {}", card.device, about.join(", ")));
    }
    if report.cards.is_empty() {
        lines.push(
            "There is no graphics card that can compute; a driver for Vulkan is missing, perhaps."
                .into(),
        );
    }
    lines.join("\n")
}
