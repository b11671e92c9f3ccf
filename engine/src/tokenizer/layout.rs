//! The sizes of a tokenizer, the modules of its networks in order, and the name and shape of every tensor they need.
//!
//! Backends walk the same description, so the layout of the networks is written once, whatever the family.

use crate::checkpoint::RqVaeConfig;

/// The family of a tokenizer: what its state dict calls things, and what its codes and bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// RQ-VAE (arXiv 2203.01941): a code a depth, each for what the ones before it leave over.
    RqVae {
        /// Whether all depths share one codebook.
        shared_codebook: bool,
    },
    /// LlamaGen's VQ-GAN (arXiv 2406.06525): one code, whose row has the length one.
    Vq,
}

/// The sizes of a tokenizer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Its family.
    pub kind: Kind,
    /// Rows, columns and depth of the grid of codes.
    pub codes: [usize; 3],
    /// Codes in a codebook.
    pub codebook: usize,
    /// Width of a codebook's rows, hence of a latent.
    pub dim: usize,
    /// Channels that the encoder ends in.
    pub encoded: usize,
    /// Channels that the decoder starts from.
    pub z_channels: usize,
    /// Channels of the picture that is encoded.
    pub in_channels: usize,
    /// Channels of the picture that is decoded.
    pub out_channels: usize,
    /// Channels of a level whose multiplier is 1.
    pub channels: usize,
    /// Multipliers of the levels, highest resolution first.
    pub channel_mult: Vec<usize>,
    /// Residual blocks in a level of the encoder; the decoder has one more.
    pub blocks: usize,
    /// Which levels have attention after each of their blocks, highest resolution first.
    pub attends: Vec<bool>,
}

impl From<&RqVaeConfig> for Layout {
    fn from(config: &RqVaeConfig) -> Self {
        let attends = |level| {
            let resolution = config.resolution >> level;
            config.attention_resolutions.contains(&resolution)
        };
        Self {
            kind: Kind::RqVae {
                shared_codebook: config.shared_codebook,
            },
            codes: config.codes,
            codebook: config.codebook,
            dim: config.embed_dim,
            encoded: config.z_channels * if config.double_z { 2 } else { 1 },
            z_channels: config.z_channels,
            in_channels: config.in_channels,
            out_channels: config.out_channels,
            channels: config.channels,
            attends: (0..config.channel_mult.len()).map(attends).collect(),
            channel_mult: config.channel_mult.clone(),
            blocks: config.blocks,
        }
    }
}

impl Layout {
    /// The sizes of the published RQ-VAEs, for a grid of codes.
    pub fn published(codes: [usize; 3]) -> Self {
        Self {
            kind: Kind::RqVae {
                shared_codebook: true,
            },
            codes,
            codebook: 16_384,
            dim: 256,
            encoded: 256,
            z_channels: 256,
            in_channels: 3,
            out_channels: 3,
            channels: 128,
            channel_mult: vec![1, 1, 2, 2, 4],
            blocks: 2,
            attends: vec![false, false, false, false, true],
        }
    }

    /// Pixels along one side of a position's patch: every level but the last halves the picture.
    pub fn cell(&self) -> usize {
        1 << self.channel_mult.len().saturating_sub(1)
    }
}

impl Kind {
    /// A level of the encoder.
    fn down(self, level: usize) -> String {
        match self {
            Self::RqVae { .. } => format!("encoder.down.{level}"),
            Self::Vq => format!("encoder.conv_blocks.{level}"),
        }
    }

    /// A level of the decoder; the RQ-VAE numbers them as the encoder does, the other in the order of use.
    fn up(self, level: usize, levels: usize) -> String {
        match self {
            Self::RqVae { .. } => format!("decoder.up.{level}"),
            Self::Vq => format!("decoder.conv_blocks.{}", levels - 1 - level),
        }
    }

    /// The residual blocks of a level.
    fn block(self) -> &'static str {
        match self {
            Self::RqVae { .. } => "block",
            Self::Vq => "res",
        }
    }

    /// The two residual blocks in the middle, and the attention between them.
    fn middle(self) -> [&'static str; 3] {
        match self {
            Self::RqVae { .. } => ["block_1", "attn_1", "block_2"],
            Self::Vq => ["0", "1", "2"],
        }
    }

    /// The published conversion of a number, about -1 to 1, to a byte.
    pub fn byte(self, value: f32) -> u8 {
        match self {
            Self::RqVae { .. } => ((0.5 * value + 0.5).clamp(0.0, 1.0) * 255.0) as u8,
            // To the nearest, halves up.
            Self::Vq => (127.5 * value + 128.0).clamp(0.0, 255.0) as u8,
        }
    }
}

/// One module of the encoder or decoder, in order of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Module {
    /// A convolution with padding 1 (3x3).
    Conv3 {
        /// Its name in the state dict.
        name: String,
        /// Input channels.
        from: usize,
        /// Output channels.
        to: usize,
    },
    /// A 1x1 convolution.
    Conv1 {
        /// Its name in the state dict.
        name: String,
        /// Input channels.
        from: usize,
        /// Output channels.
        to: usize,
    },
    /// Norm, act, 3x3, norm, act, 3x3, plus the input.
    Residual {
        /// Its name in the state dict.
        name: String,
        /// Input channels.
        from: usize,
        /// Output channels.
        to: usize,
    },
    /// Single-head attention over all cells, plus the input.
    Attention {
        /// Its name in the state dict.
        name: String,
        /// Channels.
        channels: usize,
    },
    /// A zero column on the right and a zero row at the bottom, then 3x3 with stride 2.
    Downsample {
        /// Its name in the state dict.
        name: String,
        /// Channels.
        channels: usize,
    },
    /// Every cell doubled, then 3x3.
    Upsample {
        /// Its name in the state dict.
        name: String,
        /// Channels.
        channels: usize,
    },
    /// Group norm and activation.
    NormAct {
        /// Its name in the state dict.
        name: String,
        /// Channels.
        channels: usize,
    },
}

use Module::{Attention, Conv1, Conv3, Downsample, NormAct, Residual, Upsample};

/// Appends the two residual blocks and the attention in the middle of `part`.
fn middle(modules: &mut Vec<Module>, kind: Kind, part: &str, channels: usize) {
    let [first, attention, second] = kind.middle().map(|name| format!("{part}.mid.{name}"));
    let residual = |name| Residual {
        name,
        from: channels,
        to: channels,
    };
    modules.push(residual(first));
    modules.push(Attention {
        name: attention,
        channels,
    });
    modules.push(residual(second));
}

/// One resolution level.
struct Level {
    name: String,
    /// Residual blocks.
    blocks: usize,
    /// Its width.
    to: usize,
    attends: bool,
}

impl Level {
    /// Appends its blocks, which widen `from` channels to its own, and returns those.
    fn push(&self, modules: &mut Vec<Module>, kind: Kind, from: usize) -> usize {
        let Self { name, to, .. } = self;
        let mut channels = from;
        for block in 0..self.blocks {
            modules.push(Residual {
                name: format!("{name}.{}.{block}", kind.block()),
                from: channels,
                to: *to,
            });
            channels = *to;
            if self.attends {
                modules.push(Attention {
                    name: format!("{name}.attn.{block}"),
                    channels,
                });
            }
        }
        channels
    }
}

/// Pictures `[in_channels, H, W]` to latents `[dim, rows, columns]`.
pub fn encoder(layout: &Layout) -> Vec<Module> {
    let (kind, levels) = (layout.kind, layout.channel_mult.len());
    let mut channels = layout.channels;
    let mut modules = vec![Conv3 {
        name: "encoder.conv_in".into(),
        from: layout.in_channels,
        to: channels,
    }];
    for (index, mult) in layout.channel_mult.iter().enumerate() {
        let level = Level {
            name: kind.down(index),
            blocks: layout.blocks,
            to: layout.channels * mult,
            attends: layout.attends[index],
        };
        channels = level.push(&mut modules, kind, channels);
        if index + 1 < levels {
            modules.push(Downsample {
                name: format!("{}.downsample.conv", level.name),
                channels,
            });
        }
    }
    middle(&mut modules, kind, "encoder", channels);
    modules.push(NormAct {
        name: "encoder.norm_out".into(),
        channels,
    });
    modules.push(Conv3 {
        name: "encoder.conv_out".into(),
        from: channels,
        to: layout.encoded,
    });
    modules.push(Conv1 {
        name: "quant_conv".into(),
        from: layout.encoded,
        to: layout.dim,
    });
    modules
}

/// Latents `[dim, rows, columns]` to pictures `[out_channels, H, W]`.
pub fn decoder(layout: &Layout) -> Vec<Module> {
    let (kind, levels) = (layout.kind, layout.channel_mult.len());
    let widest = layout.channels * layout.channel_mult.last().copied().unwrap_or(1);
    let mut channels = widest;
    let mut modules = vec![
        Conv1 {
            name: "post_quant_conv".into(),
            from: layout.dim,
            to: layout.z_channels,
        },
        Conv3 {
            name: "decoder.conv_in".into(),
            from: layout.z_channels,
            to: channels,
        },
    ];
    middle(&mut modules, kind, "decoder", channels);
    for (index, mult) in layout.channel_mult.iter().enumerate().rev() {
        let level = Level {
            name: kind.up(index, levels),
            blocks: layout.blocks + 1,
            to: layout.channels * mult,
            attends: layout.attends[index],
        };
        channels = level.push(&mut modules, kind, channels);
        if index > 0 {
            modules.push(Upsample {
                name: format!("{}.upsample.conv", level.name),
                channels,
            });
        }
    }
    modules.push(NormAct {
        name: "decoder.norm_out".into(),
        channels,
    });
    modules.push(Conv3 {
        name: "decoder.conv_out".into(),
        from: channels,
        to: layout.out_channels,
    });
    modules
}

impl Module {
    /// Its name in the state dict.
    pub fn name(&self) -> &str {
        match self {
            Conv3 { name, .. }
            | Conv1 { name, .. }
            | Residual { name, .. }
            | Attention { name, .. }
            | Downsample { name, .. }
            | Upsample { name, .. }
            | NormAct { name, .. } => name,
        }
    }

    /// The name and shape of every tensor it needs.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let name = self.name();
        let conv = |part: &str, from: usize, to: usize, size: usize| {
            [
                (format!("{name}{part}.weight"), vec![to, from, size, size]),
                (format!("{name}{part}.bias"), vec![to]),
            ]
        };
        let norm = |part: &str, channels: usize| {
            [
                (format!("{name}{part}.weight"), vec![channels]),
                (format!("{name}{part}.bias"), vec![channels]),
            ]
        };
        let mut tensors = Vec::new();
        match *self {
            Conv3 { from, to, .. } => tensors.extend(conv("", from, to, 3)),
            Conv1 { from, to, .. } => tensors.extend(conv("", from, to, 1)),
            Downsample { channels, .. } | Upsample { channels, .. } => {
                tensors.extend(conv("", channels, channels, 3));
            }
            NormAct { channels, .. } => tensors.extend(norm("", channels)),
            Residual { from, to, .. } => {
                tensors.extend(norm(".norm1", from));
                tensors.extend(conv(".conv1", from, to, 3));
                tensors.extend(norm(".norm2", to));
                tensors.extend(conv(".conv2", to, to, 3));
                if from != to {
                    tensors.extend(conv(".nin_shortcut", from, to, 1));
                }
            }
            Attention { channels, .. } => {
                tensors.extend(norm(".norm", channels));
                for part in [".q", ".k", ".v", ".proj_out"] {
                    tensors.extend(conv(part, channels, channels, 1));
                }
            }
        }
        tensors
    }
}
