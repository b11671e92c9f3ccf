//! Model folders with random weights: tiny ones for tests that need thousands of pictures, and ones of a
//! published size for measurements.

use std::{
    cell::Cell,
    fs,
    io::{self, BufWriter, Write},
    path::Path,
};

use strata_engine::{
    checkpoint::{RqVaeConfig, Source},
    family::{
        Family, TokenizerSizes,
        dnd::{self, Config, Preset},
        llamagen,
    },
    tokenizer::{Kind, Layout, layout},
};

use crate::torch_file;

/// The sizes of a random model of classes.
#[derive(Clone, Copy, Debug)]
pub struct RandomModel {
    /// Its folder's name and its id.
    pub id: &'static str,
    /// Its family.
    pub family: &'static Family,
    /// Blocks, heads and width.
    pub size: Preset,
    /// Layers with a head, one for each depth.
    pub head_layers: &'static [usize],
    /// Rows and columns of the grid.
    pub grid: usize,
    /// Codes in the codebook.
    pub codebook: usize,
    /// The tokenizer's levels: channels of the first, and multipliers. Each but the first halves the picture.
    pub tokenizer: (usize, &'static [usize]),
}

/// A few thousand weights and 4x4 positions of two codes: a picture in a blink, of 32x32 pixels.
pub const TINY: RandomModel = RandomModel {
    id: "tiny",
    family: &dnd::FAMILY,
    size: Preset {
        name: "tiny",
        layers: 2,
        heads: 2,
        width: 32,
    },
    head_layers: &[0, 1],
    grid: 4,
    codebook: 64,
    tokenizer: (32, &[1, 1, 1, 1]),
};

/// The same with one code a position, as LlamaGen has it.
pub const TINY_LLAMAGEN: RandomModel = RandomModel {
    id: "tiny-llamagen",
    family: &llamagen::FAMILY,
    head_layers: &[1],
    ..TINY
};

impl RandomModel {
    /// The published class model of 1.4 billion weights (arXiv 2410.01912, table 1) with its tokenizer.
    ///
    /// # Panics
    /// When the engine no longer knows that size.
    pub fn xxl() -> Self {
        let Some(size) = Preset::named("XXL") else {
            panic!("XXL is a published size");
        };
        Self {
            id: "random-xxl",
            family: &dnd::FAMILY,
            size,
            head_layers: &[39, 47],
            grid: 16,
            codebook: 16_384,
            tokenizer: (128, &[1, 1, 2, 2, 4]),
        }
    }

    /// Width and height of its pictures.
    fn pixels(&self) -> usize {
        self.grid << (self.tokenizer.1.len() - 1)
    }

    fn transformer(&self) -> strata_engine::Result<Config> {
        Config {
            layers: self.size.layers,
            heads: self.size.heads,
            width: self.size.width,
            codebook: self.codebook,
            classes: 1000,
            unconditional: true,
            grid: self.grid,
            head_layers: self.head_layers.into(),
            tied_heads: false,
        }
        .checked()
    }

    /// Writes the folder `id` below `models`; weights are bf16 and the same every time.
    ///
    /// # Errors
    /// What the disk says; what the engine says of the sizes.
    pub fn write(&self, models: &Path) -> anyhow::Result<()> {
        let folder = models.join(self.id);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("model.toml"), self.manifest())?;
        let layout = match self.family.tokenizer {
            TokenizerSizes::Shapes => self.vq_layout(),
            TokenizerSizes::ConfigYaml => {
                let file = folder.join("config.yaml");
                fs::write(&file, self.config_yaml())?;
                Layout::from(&RqVaeConfig::from_source(&Source::File(file))?)
            }
        };
        write_weights(
            &folder.join("transformer.safetensors"),
            &dnd::tensors(self.family, &self.transformer()?),
        )?;
        write_weights(
            &folder.join("tokenizer.safetensors"),
            &tokenizer_tensors(&layout),
        )?;
        Ok(())
    }

    /// Writes what its publishers would: `transformer.pt`, `tokenizer.pt` and the tokenizer's configuration, in
    /// float32, to a folder that exists. With `averaged`, the running average of the weights, which are other
    /// numbers, lies in the same files.
    ///
    /// # Errors
    /// What the disk says; what the engine says of the sizes.
    pub fn publish(&self, folder: &Path, averaged: bool) -> anyhow::Result<()> {
        let layout = match self.family.tokenizer {
            TokenizerSizes::Shapes => self.vq_layout(),
            TokenizerSizes::ConfigYaml => {
                let file = folder.join("config.yaml");
                fs::write(&file, self.config_yaml())?;
                Layout::from(&RqVaeConfig::from_source(&Source::File(file))?)
            }
        };
        let transformer = dnd::tensors(self.family, &self.transformer()?);
        let tokenizer = tokenizer_tensors(&layout);
        for (name, keys, tensors) in [
            ("transformer.pt", ["model", "ema"], &transformer),
            ("tokenizer.pt", ["state_dict", "state_dict_ema"], &tokenizer),
        ] {
            let dice = Dice::default();
            let dict = || {
                let tensors = tensors.iter().map(|(name, shape)| {
                    torch_file::Tensor::new(name.clone(), shape, numbers(&dice, name, shape))
                });
                tensors.collect()
            };
            let keys = &keys[..if averaged { 2 } else { 1 }];
            let dicts = keys.iter().map(|key| (*key, dict())).collect();
            torch_file::write(&folder.join(name), dicts)?;
        }
        Ok(())
    }

    fn vq_layout(&self) -> Layout {
        let (channels, multipliers) = self.tokenizer;
        let levels = multipliers.len();
        Layout {
            kind: Kind::Vq,
            codes: [self.grid, self.grid, 1],
            codebook: self.codebook,
            dim: 8,
            encoded: 2 * channels,
            z_channels: 2 * channels,
            in_channels: 3,
            out_channels: 3,
            channels,
            channel_mult: multipliers.into(),
            blocks: 2,
            attends: (1..=levels).map(|level| level == levels).collect(),
        }
    }

    fn config_yaml(&self) -> String {
        let Self { grid, codebook, .. } = self;
        let (channels, multipliers) = self.tokenizer;
        let (depth, pixels, latent) = (self.head_layers.len(), self.pixels(), 2 * channels);
        format!(
            "arch:
  type: rq-vae
  hparams:
    bottleneck_type: rq
    embed_dim: {latent}
    n_embed: {codebook}
    latent_shape: [{grid}, {grid}, {latent}]
    code_shape: [{grid}, {grid}, {depth}]
    shared_codebook: true
  ddconfig:
    double_z: false
    z_channels: {latent}
    resolution: {pixels}
    in_channels: 3
    out_ch: 3
    ch: {channels}
    ch_mult: {multipliers:?}
    num_res_blocks: 2
    attn_resolutions: [{grid}]
    dropout: 0.0
"
        )
    }

    fn manifest(&self) -> String {
        let Self {
            id, grid, codebook, ..
        } = self;
        let Preset {
            layers,
            heads,
            width,
            ..
        } = self.size;
        let (family, depth, pixels, head_layers) = (
            self.family.name,
            self.head_layers.len(),
            self.pixels(),
            self.head_layers,
        );
        // A manifest says no more than its family needs.
        let (head_positions, config) = match self.family.tokenizer {
            TokenizerSizes::Shapes => (String::new(), ""),
            TokenizerSizes::ConfigYaml => (
                format!("head_positions = {head_layers:?}\n"),
                "config = \"config.yaml\"\n",
            ),
        };
        format!(
            "name = {id:?}
id = {id:?}
family = {family:?}
kind = \"class\"

[image]
width = {pixels}
height = {pixels}

[codes]
grid = [{grid}, {grid}]
depth = {depth}
codebook = {codebook}

[transformer]
layers = {layers}
heads = {heads}
width = {width}
{head_positions}classes = 1000
class_dropout_prob = 0.1

[sampling]
guidance = 2.0

[files]
tokenizer = \"tokenizer.safetensors\"
{config}transformer = \"transformer.safetensors\"
"
        )
    }
}

/// A tensor's name and shape.
type Named = (String, Vec<usize>);

fn tokenizer_tensors(layout: &Layout) -> Vec<Named> {
    let modules = layout::encoder(layout)
        .into_iter()
        .chain(layout::decoder(layout));
    let mut tensors: Vec<Named> = modules.flat_map(|module| module.tensors()).collect();
    let (codebook, dim) = (layout.codebook, layout.dim);
    match layout.kind {
        // One row of padding at its end.
        Kind::RqVae { .. } => tensors.push((
            "quantizer.codebooks.0.weight".into(),
            vec![codebook + 1, dim],
        )),
        Kind::Vq => {
            tensors.push(("quantize.embedding.weight".into(), vec![codebook, dim]));
            tensors.push(("quantize.codebook_used".into(), vec![1024]));
        }
    }
    tensors
}

/// A safetensors file in bf16, written as the numbers are made, so that no size needs memory.
fn write_weights(path: &Path, tensors: &[Named]) -> io::Result<()> {
    let mut end = 0;
    let mut header = serde_json::Map::new();
    for (name, shape) in tensors {
        let start = end;
        end += 2 * shape.iter().product::<usize>();
        let place =
            serde_json::json!({"dtype": "BF16", "shape": shape, "data_offsets": [start, end]});
        header.insert(name.clone(), place);
    }
    let header = serde_json::Value::Object(header).to_string();
    let mut file = BufWriter::with_capacity(1 << 20, fs::File::create(path)?);
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    let dice = Dice::default();
    for (name, shape) in tensors {
        for number in numbers(&dice, name, shape) {
            file.write_all(&half::bf16::from_f32(number).to_le_bytes())?;
        }
    }
    file.flush()
}

/// Vigna's xorshift64: any even numbers do.
struct Dice(Cell<u64>);

impl Default for Dice {
    fn default() -> Self {
        Self(Cell::new(0x9e37_79b9_7f4a_7c15))
    }
}

impl Dice {
    /// From -1 to 1.
    fn number(&self) -> f32 {
        let mut random = self.0.get();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        self.0.set(random);
        (random >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }
}

/// Matrices are even within `±sqrt(3 / inputs)`, which keeps sizes from layer to layer; gains are 1, biases 0.
fn numbers<'a>(dice: &'a Dice, name: &str, shape: &[usize]) -> impl Iterator<Item = f32> + use<'a> {
    let count: usize = shape.iter().product();
    let inputs: usize = shape.iter().skip(1).product();
    let reach = (3.0 / inputs as f32).sqrt();
    let same = match shape.len() {
        1 if name.ends_with("bias") => Some(0.0),
        1 => Some(1.0),
        _ => None,
    };
    (0..count).map(move |_| same.unwrap_or_else(|| dice.number() * reach))
}
