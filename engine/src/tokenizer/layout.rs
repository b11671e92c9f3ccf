//! The RQ-VAE's modules in order, and the name and shape of every tensor they need.
//!
//! Backends walk the same description, so the layout of the networks is written once.

use crate::checkpoint::RqVaeConfig;

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
fn middle(modules: &mut Vec<Module>, part: &str, channels: usize) {
    modules.push(Residual {
        name: format!("{part}.mid.block_1"),
        from: channels,
        to: channels,
    });
    modules.push(Attention {
        name: format!("{part}.mid.attn_1"),
        channels,
    });
    modules.push(Residual {
        name: format!("{part}.mid.block_2"),
        from: channels,
        to: channels,
    });
}

/// Appends the blocks of one resolution level and returns its width.
fn level(
    modules: &mut Vec<Module>,
    name: &str,
    blocks: usize,
    from: usize,
    to: usize,
    attends: bool,
) -> usize {
    let mut channels = from;
    for block in 0..blocks {
        modules.push(Residual {
            name: format!("{name}.block.{block}"),
            from: channels,
            to,
        });
        channels = to;
        if attends {
            modules.push(Attention {
                name: format!("{name}.attn.{block}"),
                channels,
            });
        }
    }
    channels
}

/// Pictures `[in_channels, H, W]` to latents `[embed_dim, rows, columns]`.
pub fn encoder(config: &RqVaeConfig) -> Vec<Module> {
    let mut channels = config.channels;
    let mut modules = vec![Conv3 {
        name: "encoder.conv_in".into(),
        from: config.in_channels,
        to: channels,
    }];
    let levels = config.channel_mult.len();
    for (index, mult) in config.channel_mult.iter().enumerate() {
        let name = format!("encoder.down.{index}");
        let attends = config
            .attention_resolutions
            .contains(&(config.resolution >> index));
        channels = level(
            &mut modules,
            &name,
            config.blocks,
            channels,
            config.channels * mult,
            attends,
        );
        if index + 1 < levels {
            modules.push(Downsample {
                name: format!("{name}.downsample.conv"),
                channels,
            });
        }
    }
    middle(&mut modules, "encoder", channels);
    let latent = config.z_channels * if config.double_z { 2 } else { 1 };
    modules.push(NormAct {
        name: "encoder.norm_out".into(),
        channels,
    });
    modules.push(Conv3 {
        name: "encoder.conv_out".into(),
        from: channels,
        to: latent,
    });
    modules.push(Conv1 {
        name: "quant_conv".into(),
        from: latent,
        to: config.embed_dim,
    });
    modules
}

/// Latents `[embed_dim, rows, columns]` to pictures `[out_channels, H, W]`.
pub fn decoder(config: &RqVaeConfig) -> Vec<Module> {
    let widest = config.channels * config.channel_mult.last().copied().unwrap_or(1);
    let mut channels = widest;
    let mut modules = vec![
        Conv1 {
            name: "post_quant_conv".into(),
            from: config.embed_dim,
            to: config.z_channels,
        },
        Conv3 {
            name: "decoder.conv_in".into(),
            from: config.z_channels,
            to: channels,
        },
    ];
    middle(&mut modules, "decoder", channels);
    for (index, mult) in config.channel_mult.iter().enumerate().rev() {
        let name = format!("decoder.up.{index}");
        let attends = config
            .attention_resolutions
            .contains(&(config.resolution >> index));
        channels = level(
            &mut modules,
            &name,
            config.blocks + 1,
            channels,
            config.channels * mult,
            attends,
        );
        if index > 0 {
            modules.push(Upsample {
                name: format!("{name}.upsample.conv"),
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
        to: config.out_channels,
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
