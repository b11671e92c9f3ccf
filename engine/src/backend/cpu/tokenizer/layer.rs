//! What each module of the networks does, in terms of convolutions, norms and attention.
//!
//! One function a module. How pictures are convolved is not here.

use std::collections::HashMap;

use crate::{backend::cpu::Threads, error::Result, tokenizer::layout::Module};

use super::{
    arena::Arena,
    attention,
    direct::{self, Walk},
    failed,
    filter::Filter,
    norm::{Affine, Norm},
    planes::Planes,
    simd::{BLOCK, Level},
    stage::Source,
    winograd::{self, Scale},
};

/// Named tensors of a state dict.
pub type Tensors = HashMap<String, (Vec<f32>, Vec<usize>)>;

/// Pictures of fewer pixels are convolved directly: most of a Winograd tile would lie outside.
const FEW_PIXELS: usize = 16;

/// A module with its weights.
pub enum Layer {
    /// 1x1 or 3x3.
    Conv(Filter),
    /// Norm, act, 3x3, norm, act, 3x3, plus the input, by a 1x1 where the width changes.
    Residual(Box<Residual>),
    /// Attention over all cells, plus the input.
    Attention(Box<Attention>),
    /// 3x3 with stride two.
    Downsample(Filter),
    /// Every pixel four times, then 3x3.
    Upsample(Filter),
    /// Norm and act; done on the way into the next convolution.
    NormAct(Affine),
}

/// A residual block.
pub struct Residual {
    norms: [Affine; 2],
    convs: [Filter; 2],
    shortcut: Option<Filter>,
}

/// An attention block.
pub struct Attention {
    norm: Affine,
    /// Queries, keys, values.
    inputs: [Filter; 3],
    out: Filter,
}

/// What operations run on.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The instruction set.
    pub level: Level,
    /// The workers.
    pub threads: &'a Threads,
    /// The memory.
    pub arena: &'a Arena,
}

/// Takes a module's tensors by name.
struct Builder<'a> {
    name: &'a str,
    tensors: &'a Tensors,
    level: Level,
}

impl Builder<'_> {
    fn tensor(&self, part: &str, expected: &[usize]) -> Result<&[f32]> {
        let name = format!("{}{part}", self.name);
        match self.tensors.get(&name) {
            Some((values, shape))
                if shape == expected && values.len() == expected.iter().product::<usize>() =>
            {
                Ok(values)
            }
            Some((_, shape)) => Err(failed(format!(
                "tensor {name} has shape {shape:?}, expected {expected:?}"
            ))),
            None => Err(failed(format!(
                "tensor {name} is missing (expected shape {expected:?})"
            ))),
        }
    }

    fn filter(&self, part: &str, from: usize, to: usize, side: usize) -> Result<Filter> {
        let weight = self.tensor(&format!("{part}.weight"), &[to, from, side, side])?;
        let bias = self.tensor(&format!("{part}.bias"), &[to])?;
        Ok(Filter::new(weight, bias, [to, from, side], self.level))
    }

    fn affine(&self, part: &str, channels: usize) -> Result<Affine> {
        Ok(Affine {
            gain: self
                .tensor(&format!("{part}.weight"), &[channels])?
                .to_vec(),
            bias: self.tensor(&format!("{part}.bias"), &[channels])?.to_vec(),
        })
    }
}

impl Layer {
    /// Lays out the weights of `module`.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape, by name.
    pub fn new(module: &Module, tensors: &Tensors, level: Level) -> Result<Self> {
        let name = module.name();
        let b = Builder {
            name,
            tensors,
            level,
        };
        Ok(match *module {
            Module::Conv3 { from, to, .. } => Self::Conv(b.filter("", from, to, 3)?),
            Module::Conv1 { from, to, .. } => Self::Conv(b.filter("", from, to, 1)?),
            Module::Residual { from, to, .. } => Self::Residual(Box::new(Residual {
                norms: [b.affine(".norm1", from)?, b.affine(".norm2", to)?],
                convs: [
                    b.filter(".conv1", from, to, 3)?,
                    b.filter(".conv2", to, to, 3)?,
                ],
                shortcut: match from == to {
                    true => None,
                    false => Some(b.filter(".nin_shortcut", from, to, 1)?),
                },
            })),
            Module::Attention { channels, .. } => {
                let point = |part: &str| b.filter(part, channels, channels, 1);
                Self::Attention(Box::new(Attention {
                    norm: b.affine(".norm", channels)?,
                    inputs: [point(".q")?, point(".k")?, point(".v")?],
                    out: point(".proj_out")?,
                }))
            }
            Module::Downsample { channels, .. } => {
                Self::Downsample(b.filter("", channels, channels, 3)?)
            }
            Module::Upsample { channels, .. } => {
                Self::Upsample(b.filter("", channels, channels, 3)?)
            }
            Module::NormAct { channels, .. } => Self::NormAct(b.affine("", channels)?),
        })
    }

    /// Channels that it takes.
    pub fn channels(&self) -> usize {
        match self {
            Self::Conv(filter) | Self::Downsample(filter) | Self::Upsample(filter) => filter.from,
            Self::Residual(block) => block.convs[0].from,
            Self::Attention(block) => block.out.from,
            Self::NormAct(affine) => affine.gain.len(),
        }
    }

    /// Runs on `picture`, whose norm, where there is one, has not been applied yet. Either may be left to
    /// the next layer in the same way.
    ///
    /// # Errors
    /// When the picture is too small to be halved.
    pub fn run(
        &self,
        picture: Planes,
        norm: Option<Norm>,
        run: Run,
    ) -> Result<(Planes, Option<Norm>)> {
        if let Self::Conv(filter) = self {
            let out = if filter.side == 1 {
                run.point(filter, &run.normed(picture, norm))
            } else {
                let out = run.conv3(filter, &picture, norm.as_ref());
                run.arena.give(picture.values);
                out
            };
            return Ok((out, None));
        }
        let picture = run.normed(picture, norm);
        Ok(match self {
            Self::Conv(_) => (picture, None),
            Self::Residual(block) => (block.run(picture, run), None),
            Self::Attention(block) => (block.run(picture, run), None),
            Self::Downsample(filter) => (run.halved(filter, picture)?, None),
            Self::Upsample(filter) => (run.doubled(filter, picture), None),
            Self::NormAct(affine) => {
                let norm = Norm::of(&picture, affine, true, run.level, run.threads);
                (picture, Some(norm))
            }
        })
    }
}

impl Residual {
    fn run(&self, mut picture: Planes, run: Run) -> Planes {
        let [first, second] = &self.norms;
        let norm = Norm::of(&picture, first, true, run.level, run.threads);
        let middle = run.conv3(&self.convs[0], &picture, Some(&norm));
        if let Some(shortcut) = &self.shortcut {
            let straight = run.point(shortcut, &picture);
            run.arena
                .give(std::mem::replace(&mut picture, straight).values);
        }
        let norm = Norm::of(&middle, second, true, run.level, run.threads);
        run.add_conv3(&self.convs[1], &middle, Some(&norm), &mut picture, true);
        run.arena.give(middle.values);
        picture
    }
}

impl Attention {
    fn run(&self, mut picture: Planes, run: Run) -> Planes {
        let norm = Norm::of(&picture, &self.norm, false, run.level, run.threads);
        let mut normed = run.copied(&picture, &norm);
        let inputs = self
            .inputs
            .each_ref()
            .map(|filter| run.point(filter, &normed));
        let [queries, keys, values] = &inputs;
        let on = (run.level, run.threads, run.arena);
        attention::attend([queries, keys, values], &mut normed, on);
        run.add_point(&self.out, &normed, &mut picture, true);
        for done in inputs.into_iter().chain([normed]) {
            run.arena.give(done.values);
        }
        picture
    }
}

impl Run<'_> {
    /// 1x1.
    fn point(self, filter: &Filter, picture: &Planes) -> Planes {
        let shape = [filter.to, picture.height, picture.width];
        let mut out = Planes::take(self.arena, shape);
        self.add_point(filter, picture, &mut out, false);
        out
    }

    fn add_point(self, filter: &Filter, picture: &Planes, out: &mut Planes, adds: bool) {
        let source = Source {
            picture,
            norm: None,
        };
        let on = (self.level, self.threads, self.arena);
        direct::convolve(filter, source, out, (Walk::Same, adds), on);
    }

    /// 3x3.
    fn conv3(self, filter: &Filter, picture: &Planes, norm: Option<&Norm>) -> Planes {
        let shape = [filter.to, picture.height, picture.width];
        let mut out = Planes::take(self.arena, shape);
        self.add_conv3(filter, picture, norm, &mut out, false);
        out
    }

    fn add_conv3(
        self,
        filter: &Filter,
        picture: &Planes,
        norm: Option<&Norm>,
        out: &mut Planes,
        adds: bool,
    ) {
        let source = Source { picture, norm };
        let on = (self.level, self.threads, self.arena);
        if filter.depth() < BLOCK || picture.cells() < FEW_PIXELS {
            direct::convolve(filter, source, out, (Walk::Same, adds), on);
        } else {
            winograd::convolve(filter, source, out, (Scale::Same, adds), on);
        }
    }

    /// 3x3 with stride two.
    fn halved(self, filter: &Filter, picture: Planes) -> Result<Planes> {
        let [_, height, width] = picture.shape();
        if height < 2 || width < 2 {
            return Err(failed(format!(
                "a picture of {width}x{height} cannot be halved"
            )));
        }
        let mut out = Planes::take(self.arena, [filter.to, height / 2, width / 2]);
        let source = Source {
            picture: &picture,
            norm: None,
        };
        let on = (self.level, self.threads, self.arena);
        direct::convolve(filter, source, &mut out, (Walk::Halving, false), on);
        self.arena.give(picture.values);
        self.arena.clear();
        Ok(out)
    }

    /// Every pixel four times, then 3x3.
    fn doubled(self, filter: &Filter, picture: Planes) -> Planes {
        self.arena.clear();
        let shape = [filter.to, 2 * picture.height, 2 * picture.width];
        let mut out = Planes::take(self.arena, shape);
        let source = Source {
            picture: &picture,
            norm: None,
        };
        let on = (self.level, self.threads, self.arena);
        winograd::convolve(filter, source, &mut out, (Scale::Doubled, false), on);
        self.arena.give(picture.values);
        out
    }

    /// A picture with its norm applied.
    fn normed(self, picture: Planes, norm: Option<Norm>) -> Planes {
        let Some(norm) = norm else {
            return picture;
        };
        let out = self.copied(&picture, &norm);
        self.arena.give(picture.values);
        out
    }

    fn copied(self, picture: &Planes, norm: &Norm) -> Planes {
        let mut out = Planes::take(self.arena, picture.shape());
        norm.copy(picture, &mut out, self.level, self.threads);
        out
    }
}
