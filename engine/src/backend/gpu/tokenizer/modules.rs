//! What each module of the networks does, in terms of convolutions, products and norms.

use crate::{error::Result, tokenizer::layout::Module};

use super::{
    failed,
    form::Walk,
    kernels::{self, Norm, QUERIES},
    plan::{Filter, Multiply, Operand, Picture, Planner, Side},
};

/// Scores that are held at a time: queries are taken in blocks, so memory grows with the cells and not with their
/// square.
const SCORES: usize = 4 << 20;

impl Planner {
    /// Appends a module that reads `picture`, whose norm may still be pending. Gives the output, and whether a norm
    /// is pending there.
    pub(super) fn module(
        &mut self,
        module: &Module,
        picture: Picture,
        is_pending: bool,
    ) -> Result<(Picture, bool)> {
        let name = module.name();
        let channels = channels(module);
        if picture.shape[0] != channels {
            return Err(failed(format!(
                "{name} takes {channels} channels, and gets {}",
                picture.shape[0]
            )));
        }
        let filter = |to| Filter {
            name,
            to,
            norm: if is_pending {
                Norm::Activated
            } else {
                Norm::None
            },
            onto: None,
        };
        let out = match *module {
            Module::Conv3 { to, .. } => self.convolve(Walk::Same, filter(to), picture),
            Module::Conv1 { to, .. } => self.point(filter(to), picture),
            _ if is_pending => {
                return Err(failed(format!(
                    "{name} follows a norm and is no convolution"
                )));
            }
            Module::Residual { to, .. } => return Ok((self.residual(name, to, picture)?, false)),
            Module::Attention { .. } => return Ok((self.attention(name, picture)?, false)),
            Module::Downsample { channels, .. } => {
                let [_, height, width] = picture.shape;
                if height < 2 || width < 2 {
                    return Err(failed(format!(
                        "a picture of {width}x{height} cannot be halved"
                    )));
                }
                self.convolve(Walk::Halving, filter(channels), picture)
            }
            Module::Upsample { channels, .. } => {
                self.convolve(Walk::Doubling, filter(channels), picture)
            }
            Module::NormAct { .. } => {
                self.statistics(name, picture)?;
                return Ok((picture, true));
            }
        };
        self.arena.give(picture.buffer);
        Ok((out, false))
    }

    fn residual(&mut self, name: &str, to: usize, picture: Picture) -> Result<Picture> {
        let named = |part| format!("{name}.{part}");
        let filter = |name, norm| Filter {
            name,
            to,
            norm,
            onto: None,
        };
        self.statistics(&named("norm1"), picture)?;
        let [first, second, shortcut] = ["conv1", "conv2", "nin_shortcut"].map(named);
        let middle = self.convolve(Walk::Same, filter(&first, Norm::Activated), picture);
        let out = if picture.shape[0] == to {
            picture
        } else {
            let straight = self.point(filter(&shortcut, Norm::None), picture);
            self.arena.give(picture.buffer);
            straight
        };
        self.statistics(&named("norm2"), middle)?;
        let second = Filter {
            onto: Some(out),
            ..filter(&second, Norm::Activated)
        };
        self.convolve(Walk::Same, second, middle);
        self.arena.give(middle.buffer);
        Ok(out)
    }

    fn attention(&mut self, name: &str, picture: Picture) -> Result<Picture> {
        let named = |part| format!("{name}.{part}");
        self.statistics(&named("norm"), picture)?;
        let [queries, keys, values] = ["q", "k", "v"].map(|part| {
            let filter = Filter {
                name: &named(part),
                to: picture.shape[0],
                norm: Norm::Normed,
                onto: None,
            };
            self.point(filter, picture)
        });
        let attended = self.picture(picture.shape);
        self.attend([queries, keys, values], attended);
        let out = Filter {
            name: &named("proj_out"),
            to: picture.shape[0],
            norm: Norm::None,
            onto: Some(picture),
        };
        self.point(out, attended);
        for done in [queries, keys, values, attended] {
            self.arena.give(done.buffer);
        }
        Ok(picture)
    }

    /// `softmax(q k^T / sqrt(channels)) v`, a block of queries at a time.
    fn attend(&mut self, [queries, keys, values]: [Picture; 3], out: Picture) {
        let (channels, cells) = (out.shape[0], out.cells());
        let most = (SCORES / cells).max(QUERIES).min(cells);
        // [keys, queries of a block]
        let buffer = self.arena.take(cells * most);
        for first in (0..cells).step_by(most) {
            let block = most.min(cells - first);
            let part = |picture: Picture| Side {
                buffer: picture.buffer,
                start: first,
                row: cells,
            };
            let scores = Side {
                buffer,
                start: 0,
                row: block,
            };
            let product = Multiply {
                size: [cells, channels, block],
                left: (Operand::Buffer(keys.buffer), [1, cells]),
                bias: None,
                right: part(queries),
                result: scores,
                norm: Norm::None,
                adds: false,
                scale: (channels as f32).sqrt().recip(),
            };
            self.multiply(product);
            let workgroups = [block.div_ceil(QUERIES), 1, 1];
            let work = (workgroups, 16 * cells * block);
            let operands = vec![Operand::Buffer(buffer)];
            self.push(kernels::softmax(), &[cells, block], operands, work);
            self.multiply(Multiply {
                size: [channels, cells, block],
                left: (Operand::Buffer(values.buffer), [cells, 1]),
                bias: None,
                right: scores,
                result: part(out),
                norm: Norm::None,
                adds: false,
                scale: 1.0,
            });
        }
        self.arena.give(buffer);
    }
}

/// Channels that a module takes.
fn channels(module: &Module) -> usize {
    match *module {
        Module::Conv3 { from, .. } | Module::Conv1 { from, .. } | Module::Residual { from, .. } => {
            from
        }
        Module::Attention { channels, .. }
        | Module::Downsample { channels, .. }
        | Module::Upsample { channels, .. }
        | Module::NormAct { channels, .. } => channels,
    }
}
