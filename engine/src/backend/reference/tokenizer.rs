//! The tokenizer's networks on candle tensors, with candle-transformers' residual and attention blocks.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};
use candle_nn::{Conv2d, Conv2dConfig, GroupNorm, Module as _, VarBuilder, conv2d, group_norm};
use candle_transformers::models::stable_diffusion::{
    attention::{AttentionBlock, AttentionBlockConfig},
    resnet::{ResnetBlock2D, ResnetBlock2DConfig},
};

use crate::{backend::reference::failed, error::Result, tokenizer::layout::Module};

/// Groups of every group norm.
const GROUPS: usize = 32;
/// Epsilon of every group norm.
const NORM_EPSILON: f64 = 1e-6;

enum Layer {
    Conv(Conv2d),
    Residual(Box<ResnetBlock2D>),
    Attention(Box<AttentionBlock>),
    Downsample(Conv2d),
    Upsample(Conv2d),
    NormAct(GroupNorm),
}

/// One network: modules applied in order.
pub struct Networks {
    layers: Vec<(String, Layer)>,
    device: Device,
}

impl Networks {
    /// Builds `modules` from their tensors, given by their names in the state dict.
    ///
    /// # Errors
    /// When a tensor is missing or the device has no room.
    pub fn new(
        modules: &[Module],
        tensors: &HashMap<String, (Vec<f32>, Vec<usize>)>,
        device: &Device,
    ) -> Result<Self> {
        let failed = failed("taking the tokenizer's weights over");
        let mut map = HashMap::new();
        for module in modules {
            for (name, _) in module.tensors() {
                if let Some((values, shape)) = tensors.get(&name) {
                    let tensor =
                        Tensor::from_slice(values, shape.as_slice(), device).map_err(&failed)?;
                    map.insert(candle_name(module, &name), tensor);
                }
            }
        }
        let builder = VarBuilder::from_tensors(map, DType::F32, device);
        let layers = modules
            .iter()
            .map(|module| Ok((module.name().to_owned(), build(module, &builder)?)))
            .collect::<candle_core::Result<_>>()
            .map_err(&failed)?;
        Ok(Self {
            layers,
            device: device.clone(),
        })
    }

    /// `[channels, height, width]` in, the same of the output out. `watch` sees every module's output.
    ///
    /// # Errors
    /// When the device fails.
    pub fn run(
        &self,
        input: &[f32],
        shape: [usize; 3],
        mut watch: impl FnMut(&str, &Tensor),
    ) -> Result<Vec<f32>> {
        let failed = failed("the tokenizer's networks");
        let [channels, height, width] = shape;
        let mut x = Tensor::from_slice(input, (1, channels, height, width), &self.device)
            .map_err(&failed)?;
        for (name, layer) in &self.layers {
            x = apply(layer, &x).map_err(&failed)?;
            watch(name, &x);
        }
        x.flatten_all().and_then(|x| x.to_vec1()).map_err(&failed)
    }
}

/// The names candle-transformers' blocks look for.
fn candle_name(module: &Module, name: &str) -> String {
    let name = name.replace(".nin_shortcut.", ".conv_shortcut.");
    if !matches!(module, Module::Attention { .. }) {
        return name;
    }
    name.replace(".norm.", ".group_norm.")
        .replace(".q.", ".query.")
        .replace(".k.", ".key.")
        .replace(".v.", ".value.")
        .replace(".proj_out.", ".proj_attn.")
}

fn build(module: &Module, builder: &VarBuilder) -> candle_core::Result<Layer> {
    let padded = Conv2dConfig {
        padding: 1,
        ..Default::default()
    };
    let halving = Conv2dConfig {
        stride: 2,
        ..Default::default()
    };
    let vars = builder.pp(module.name());
    Ok(match *module {
        Module::Conv3 { from, to, .. } => Layer::Conv(conv2d(from, to, 3, padded, vars)?),
        Module::Conv1 { from, to, .. } => {
            Layer::Conv(conv2d(from, to, 1, Default::default(), vars)?)
        }
        Module::Residual { from, to, .. } => {
            let config = ResnetBlock2DConfig {
                out_channels: Some(to),
                temb_channels: None,
                groups: GROUPS,
                eps: NORM_EPSILON,
                ..Default::default()
            };
            Layer::Residual(Box::new(ResnetBlock2D::new(vars, from, config)?))
        }
        Module::Attention { channels, .. } => {
            let config = AttentionBlockConfig {
                num_groups: GROUPS,
                eps: NORM_EPSILON,
                ..Default::default()
            };
            Layer::Attention(Box::new(AttentionBlock::new(vars, channels, config)?))
        }
        Module::Downsample { channels, .. } => {
            Layer::Downsample(conv2d(channels, channels, 3, halving, vars)?)
        }
        Module::Upsample { channels, .. } => {
            Layer::Upsample(conv2d(channels, channels, 3, padded, vars)?)
        }
        Module::NormAct { channels, .. } => {
            Layer::NormAct(group_norm(GROUPS, channels, NORM_EPSILON, vars)?)
        }
    })
}

fn apply(layer: &Layer, x: &Tensor) -> candle_core::Result<Tensor> {
    match layer {
        Layer::Conv(conv) => conv.forward(x),
        Layer::Residual(block) => block.forward(x, None),
        Layer::Attention(block) => block.forward(x),
        Layer::Downsample(conv) => {
            let padded = x.pad_with_zeros(2, 0, 1)?.pad_with_zeros(3, 0, 1)?;
            conv.forward(&padded)
        }
        Layer::Upsample(conv) => {
            let (_, _, height, width) = x.dims4()?;
            conv.forward(&x.upsample_nearest2d(2 * height, 2 * width)?)
        }
        Layer::NormAct(norm) => norm.forward(x)?.silu(),
    }
}
