//! Cases of kind `tokenizer`: both directions, every depth, every stage that is given.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use strata_engine::{
    Codes, Device, Opened, Pixels,
    checkpoint::{RqVaeConfig, Source, StateDict},
    family::TokenizerSizes,
    tokenizer::{Image, Kind, Layout, Tokenizer, vq},
    worker::Depths,
};

use super::{Case, Expected, PICTURE_TOLERANCE, TOLERANCE};
use crate::{
    card::card,
    compare::{close, pixels, same},
};

/// Numbers of rows that have been divided by their length lie this close to the reference's.
const UNIT_TOLERANCE: f32 = 1e-6;

/// The tokenizer in one weight file of a case, on a device.
pub fn load(case: &Case, file: &Path, device: &Opened) -> Result<Tokenizer> {
    let state = StateDict::open(&Source::File(file.to_owned()))?;
    let layout = match case.family()?.tokenizer {
        TokenizerSizes::ConfigYaml => {
            let config = Source::File(case.folder.join("config.yaml"));
            Layout::from(&RqVaeConfig::from_source(&config)?)
        }
        TokenizerSizes::Shapes => {
            let side = case.size("image_size")? / case.size("downsample")?;
            let layout = vq::layout(&state, [side, side])?;
            check_layout(case, &layout)?;
            layout
        }
    };
    Ok(Tokenizer::read(&layout, state, device)?)
}

/// Compares sizes that the weights tell with the reference's settings.
fn check_layout(case: &Case, layout: &Layout) -> Result<()> {
    let mults: Vec<usize> = serde_json::from_value(case.json["config"]["encoder_ch_mult"].clone())?;
    same("ch_mult", &mults, &layout.channel_mult)?;
    let keys = [
        "codebook_size",
        "codebook_embed_dim",
        "z_channels",
        "ch",
        "num_res_blocks",
        "downsample",
    ];
    let expected = keys.map(|key| case.size(key)).into_iter();
    let told = [
        layout.codebook,
        layout.dim,
        layout.z_channels,
        layout.channels,
        layout.blocks,
        layout.cell(),
    ];
    same("sizes", &expected.collect::<Result<Vec<_>>>()?, &told)
}

/// The graphics card, where there is one.
pub fn on_card() -> Result<Option<Opened>> {
    let opened = |gpu| Opened::Gpu { gpu, format: None };
    Ok(card()?.map(opened))
}

/// Runs the case with each of its weight files.
pub fn run(case: &Case) -> Result<()> {
    let expected = case.expected()?;
    let shape = expected.shape("image_u8")?;
    let own = [
        ("reference", Device::Reference.open()?),
        ("cpu", Device::default().open()?),
    ];
    let card = on_card()?.map(|card| ("gpu", card));
    let devices: Vec<_> = own.into_iter().chain(card).collect();
    for (file, (name, device)) in case
        .weights("model")?
        .iter()
        .flat_map(|file| devices.iter().map(move |device| (file, device)))
    {
        let tokenizer = load(case, file, device)?;
        for picture in 0..shape[0] {
            let one = One {
                tokenizer: &tokenizer,
                expected: &expected,
                picture,
                shape: &shape,
            };
            one.check().with_context(|| {
                let file = file.display();
                format!("{file}, picture {picture}, on the {name} device")
            })?;
        }
    }
    Ok(())
}

/// One picture of a case.
struct One<'a> {
    tokenizer: &'a Tokenizer,
    expected: &'a Expected,
    picture: usize,
    /// `[N, S, S, 3]`.
    shape: &'a [usize],
}

impl One<'_> {
    /// This picture's part of an expected tensor whose first axis counts pictures.
    fn part<T: Clone>(&self, values: &[T]) -> Vec<T> {
        let length = values.len() / self.shape[0];
        values[self.picture * length..][..length].to_vec()
    }

    fn f32(&self, name: &str) -> Result<Vec<f32>> {
        Ok(self.part(&self.expected.f32(name)?))
    }

    fn check(&self) -> Result<()> {
        let bytes = self.part(&self.expected.bytes("image_u8")?);
        let image = Image::from_pixels(&Pixels {
            width: self.shape[2],
            height: self.shape[1],
            rgb: bytes,
        });
        close("x", &self.f32("x")?, &image.values, 1e-6)?;
        let mut stages = Stages::default();
        let latents = self
            .tokenizer
            .latents(&image, |name, x| stages.keep(name, x()))?;
        close("latents", &self.f32("latents")?, &latents, TOLERANCE)?;
        let codes = self.tokenizer.encode(&image)?;
        same(
            "codes",
            &self.part(&self.expected.codes("codes")?),
            &codes.values,
        )?;
        self.check_codebook()?;
        self.check_embeddings(&codes)?;
        self.check_decoded(&codes, &mut stages)?;
        if self.picture == 0 {
            stages.check(self.expected)
        } else {
            Ok(())
        }
    }

    /// The rows as they are looked up and decoded, where they are not those of the file.
    fn check_codebook(&self) -> Result<()> {
        let quantiser = self.tokenizer.quantiser();
        if self.tokenizer.layout().kind != Kind::Vq {
            return Ok(());
        }
        let rows = (0..quantiser.codebook as u32).flat_map(|code| quantiser.row(0, code));
        let rows: Vec<f32> = rows.copied().collect();
        let expected = self.expected.f32("codebook_normalised")?;
        close("codebook_normalised", &expected, &rows, UNIT_TOLERANCE)
    }

    fn check_embeddings(&self, codes: &Codes) -> Result<()> {
        let quantiser = self.tokenizer.quantiser();
        let rows = codes.values.iter().enumerate();
        let rows = rows.flat_map(|(at, &code)| quantiser.row(at % codes.depth, code));
        let rows: Vec<f32> = rows.copied().collect();
        let tolerance = match self.tokenizer.layout().kind {
            Kind::RqVae { .. } => 0.0,
            Kind::Vq => UNIT_TOLERANCE,
        };
        let expected = self.f32("code_embeddings")?;
        close("code_embeddings", &expected, &rows, tolerance)?;
        let sums = self.tokenizer.quantised(codes, Depths::ALL)?;
        close(
            "latents_quantised",
            &self.f32("latents_quantised")?,
            &sums,
            1e-5,
        )
    }

    fn check_decoded(&self, codes: &Codes, stages: &mut Stages) -> Result<()> {
        let latents = self.tokenizer.quantised(codes, Depths::ALL)?;
        let [rows, columns] = [codes.rows, codes.columns];
        let image = self
            .tokenizer
            .decode_latents(&latents, rows, columns, |name, x| stages.keep(name, x()))?;
        close(
            "decoded",
            &self.f32("decoded")?,
            &image.values,
            PICTURE_TOLERANCE,
        )?;
        check_pixels(
            self.tokenizer,
            &image,
            &self.part(&self.expected.bytes("decoded_u8")?),
        )?;
        // There are none of a single depth's.
        let partial = self.expected.names()?;
        let partial = partial.iter().any(|name| name.starts_with("partial."));
        for depth in (0..codes.depth).filter(|_| partial) {
            for (name, depths) in [
                ("add", Depths::First(depth + 1)),
                ("select", Depths::Only(depth)),
            ] {
                let name = format!("partial.{name}.{depth}");
                let partial = self.tokenizer.decode(codes, depths)?;
                close(&name, &self.f32(&name)?, &partial.values, PICTURE_TOLERANCE)?;
            }
        }
        Ok(())
    }
}

/// Compares a picture's bytes with the reference's, which may differ where a value lies on an edge.
pub fn check_pixels(tokenizer: &Tokenizer, image: &Image, expected: &[u8]) -> Result<()> {
    let plane = image.height * image.width;
    let exact = |value: f32| match tokenizer.layout().kind {
        Kind::RqVae { .. } => 255.0 * (0.5 * value + 0.5),
        Kind::Vq => 127.5 * value + 128.0,
    };
    let exact: Vec<f32> = (0..plane * 3)
        .map(|at| exact(image.values[at % 3 * plane + at / 3]))
        .collect();
    pixels("pixels", expected, &tokenizer.to_pixels(image).rgb, &exact)
}

/// The outputs of named modules.
#[derive(Default)]
struct Stages(Vec<(String, Vec<f32>)>);

impl Stages {
    fn keep(&mut self, name: &str, values: Vec<f32>) {
        // The convolution that changes the resolution is the whole stage here.
        let name = name
            .strip_suffix("sample.conv")
            .map_or(name.into(), |stem| format!("{stem}sample"));
        self.0.push((name, values));
    }

    fn check(&self, expected: &Expected) -> Result<()> {
        for stage in expected
            .names()?
            .iter()
            .filter_map(|name| name.strip_prefix("stage."))
        {
            let found = self.0.iter().find(|(name, _)| name == stage);
            ensure!(found.is_some(), "no module is named {stage}");
            if let Some((_, values)) = found {
                close(
                    stage,
                    &expected.f32(&format!("stage.{stage}"))?,
                    values,
                    TOLERANCE,
                )?;
            }
        }
        Ok(())
    }
}
