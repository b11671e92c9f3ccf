//! Cases of kind `pipeline`: labels to greedy codes to pictures.

use anyhow::{Context, Result};
use strata_engine::{
    Codes, Device, Opened,
    backend::{cpu::Format, gpu},
    family::dnd::Config,
    tokenizer::Tokenizer,
    worker::Depths,
};

use super::{
    Case, PICTURE_TOLERANCE, tokenizer,
    transformer::{self, Open},
};
use crate::compare::{close, same};

/// Runs the case with the first weight file of each part.
pub fn run(case: &Case) -> Result<()> {
    let [first, second] = [case.sibling("transformer")?, case.sibling("tokenizer")?];
    let config = transformer::config(&first)?;
    let (family, file) = (first.family()?, &first.weights("checkpoint")?[0]);
    let load = |device: &Opened| tokenizer::load(&second, &second.weights("model")?[0], device);
    let tokenizer = load(&Device::Reference.open()?)?;
    run_on(
        case,
        &config,
        &mut transformer::reference(family, &config, file)?,
        &tokenizer,
    )?;
    let tokenizer = load(&Device::default().open()?)?;
    for format in [Format::F32, Format::Bf16] {
        let mut network = transformer::on_cpu(family, &config, file, format)?;
        run_on(case, &config, &mut network, &tokenizer).with_context(|| format.name())?;
    }
    let Some(card) = tokenizer::on_card()? else {
        return Ok(());
    };
    let tokenizer = load(&card)?;
    for format in [gpu::Format::F32, gpu::Format::F16] {
        if let Some(mut network) = transformer::on_card(family, &config, file, format)? {
            run_on(case, &config, &mut network, &tokenizer)
                .with_context(|| format!("{} on the gpu device", format.name()))?;
        }
    }
    Ok(())
}

fn run_on(
    case: &Case,
    config: &Config,
    network: &mut impl Open,
    tokenizer: &Tokenizer,
) -> Result<()> {
    let expected = case.expected()?;
    let labels = expected.codes("labels")?;
    for (name, guidance) in case.guidances()? {
        let codes = transformer::greedy_codes(network, config, &labels, &guidance)?;
        same(
            "grid_codes",
            &expected.codes(&format!("{name}.grid_codes"))?,
            &codes,
        )
        .with_context(|| name.clone())?;
        let images = expected.f32(&format!("{name}.image"))?;
        let bytes = expected.bytes(&format!("{name}.image_u8"))?;
        let one = codes.len() / labels.len();
        for picture in 0..labels.len() {
            let codes = Codes {
                rows: config.grid,
                columns: config.grid,
                depth: config.depth(),
                codebook: config.codebook,
                values: codes[picture * one..][..one].to_vec(),
            };
            let image = tokenizer.decode(&codes, Depths::ALL)?;
            let size = image.values.len();
            let what = format!("{name}, picture {picture}");
            close(
                &what,
                &images[picture * size..][..size],
                &image.values,
                PICTURE_TOLERANCE,
            )?;
            tokenizer::check_pixels(tokenizer, &image, &bytes[picture * size..][..size])
                .context(what)?;
        }
    }
    Ok(())
}
