//! The tensors of a DnD-Transformer, by their names in a state dict.

use crate::{
    checkpoint::StateDict,
    dice::Dice,
    error::Result,
    family::{Family, dnd::Config},
};

/// What a family's state dicts call the tensors of the heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadNames {
    /// `norm.0.weight` and `output.0.weight`, a pair for each depth.
    Numbered,
    /// `norm.weight` and `output.weight`: there is one head.
    Single,
}

impl HeadNames {
    /// The name of `part`, `norm` or `output`, at `depth`.
    pub fn of(self, part: &str, depth: usize) -> String {
        match self {
            Self::Numbered => format!("{part}.{depth}.weight"),
            Self::Single => format!("{part}.weight"),
        }
    }
}

/// One block's matrices, all `[out, in]` row-major.
#[derive(Clone, Debug)]
pub struct Block {
    /// `[3 * width, width]`: queries, then keys, then values.
    pub qkv: Vec<f32>,
    /// `[width, width]`.
    pub out: Vec<f32>,
    /// `[feed_forward_width, width]`.
    pub gate: Vec<f32>,
    /// `[feed_forward_width, width]`.
    pub up: Vec<f32>,
    /// `[width, feed_forward_width]`.
    pub down: Vec<f32>,
    /// `[width]`.
    pub attention_norm: Vec<f32>,
    /// `[width]`.
    pub feed_forward_norm: Vec<f32>,
}

/// All weights in f32.
#[derive(Clone, Debug)]
pub struct Weights {
    /// `[class_rows, width]`.
    pub classes: Vec<f32>,
    /// `[codebook, width]`, one table for all depths.
    pub codes: Vec<f32>,
    /// One per layer.
    pub blocks: Vec<Block>,
    /// `[width]` per depth.
    pub head_norms: Vec<Vec<f32>>,
    /// `[codebook, width]` per depth; only the first when heads are tied.
    pub outputs: Vec<Vec<f32>>,
}

impl Weights {
    /// Random weights, the same every time.
    #[cfg(test)]
    pub(crate) fn random(config: &Config) -> Self {
        let random = Self::random_pieces(config);
        random.collect()
    }

    /// Random weights one after the other, the same every time, for measuring: a large model is never in memory
    /// whole.
    pub(crate) fn random_pieces(config: &Config) -> impl Iterator<Item = Piece> + use<> {
        let (width, ffn, config) = (config.width, config.feed_forward_width(), config.clone());
        let mut dice = Dice::default();
        let total = 2 + config.layers + config.depth();
        (0..total).map(move |at| {
            let mut matrix = |rows: usize, columns: usize| dice.weights(rows * columns, columns);
            match at {
                0 => Piece::Classes(matrix(config.class_rows(), width)),
                1 => Piece::Codes(matrix(config.codebook, width)),
                at if at < 2 + config.layers => Piece::Block(Block {
                    qkv: matrix(3 * width, width),
                    out: matrix(width, width),
                    gate: matrix(ffn, width),
                    up: matrix(ffn, width),
                    down: matrix(width, ffn),
                    attention_norm: vec![1.0; width],
                    feed_forward_norm: vec![1.0; width],
                }),
                at => {
                    let depth = at - 2 - config.layers;
                    let own = depth < config.output_matrices();
                    Piece::Head {
                        norm: vec![1.0; width],
                        output: own.then(|| matrix(config.codebook, width)),
                    }
                }
            }
        })
    }

    /// All pieces of a checkpoint of `family`.
    ///
    /// # Errors
    /// As [`Pieces`].
    pub fn read(family: &Family, config: &Config, state: StateDict) -> Result<Self> {
        Pieces::new(family, config, state)?.collect()
    }

    /// One after the other, as [`Pieces`] reads them.
    pub fn into_pieces(self) -> impl Iterator<Item = Result<Piece>> {
        let mut outputs = self.outputs.into_iter();
        let tables = [Piece::Classes(self.classes), Piece::Codes(self.codes)];
        let heads = self.head_norms.into_iter().map(move |norm| Piece::Head {
            norm,
            output: outputs.next(),
        });
        let blocks = self.blocks.into_iter().map(Piece::Block);
        tables.into_iter().chain(blocks).chain(heads).map(Ok)
    }
}

impl FromIterator<Piece> for Weights {
    fn from_iter<I: IntoIterator<Item = Piece>>(pieces: I) -> Self {
        let mut weights = Self {
            classes: Vec::new(),
            codes: Vec::new(),
            blocks: Vec::new(),
            head_norms: Vec::new(),
            outputs: Vec::new(),
        };
        for piece in pieces {
            match piece {
                Piece::Classes(classes) => weights.classes = classes,
                Piece::Codes(codes) => weights.codes = codes,
                Piece::Block(block) => weights.blocks.push(block),
                Piece::Head { norm, output } => {
                    weights.head_norms.push(norm);
                    weights.outputs.extend(output);
                }
            }
        }
        weights
    }
}

/// What is read of a checkpoint at a time: a model of many gigabytes need never be in memory whole.
#[derive(Clone, Debug)]
pub enum Piece {
    /// As in [`Weights`].
    Classes(Vec<f32>),
    /// As in [`Weights`].
    Codes(Vec<f32>),
    /// The next layer.
    Block(Block),
    /// The next depth's head; `output` is the first head's when it is `None`.
    Head {
        /// `[width]`.
        norm: Vec<f32>,
        /// `[codebook, width]`.
        output: Option<Vec<f32>>,
    },
}

/// Takes every tensor of a model from a checkpoint, piece by piece: classes, codes, layers, heads. The last
/// step insists that nothing is left over. An item is an error for a missing, extra, wrong-shaped or
/// non-finite tensor, by name.
pub struct Pieces<'a> {
    config: &'a Config,
    heads: HeadNames,
    /// `None` once it is read, or after an error.
    state: Option<StateDict>,
    next: usize,
    /// The first head's matrix, which tied ones have to equal.
    first: Option<Vec<f32>>,
}

impl<'a> Pieces<'a> {
    /// Those of `state`, a checkpoint of `family`.
    ///
    /// # Errors
    /// What the family sees in the names and shapes, before any numbers are read.
    pub fn new(family: &Family, config: &'a Config, state: StateDict) -> Result<Self> {
        (family.check_checkpoint)(config, &state)?;
        Ok(Self {
            config,
            heads: family.heads,
            state: Some(state),
            next: 0,
            first: None,
        })
    }

    /// How many there are.
    pub fn total(&self) -> usize {
        2 + self.config.layers + self.config.depth()
    }

    fn piece(&mut self, state: &mut StateDict) -> Result<Piece> {
        let (config, width) = (self.config, self.config.width);
        match self.next {
            0 => {
                let name = "cls_embedding.embedding_table.weight";
                let shape = [config.class_rows(), width];
                Ok(Piece::Classes(state.take(name, &shape)?))
            }
            1 => {
                let shape = [config.codebook, width];
                Ok(Piece::Codes(state.take("tok_embeddings.weight", &shape)?))
            }
            n if n < 2 + config.layers => Ok(Piece::Block(block(config, state, n - 2)?)),
            n => self.head(state, n - 2 - config.layers),
        }
    }

    fn head(&mut self, state: &mut StateDict, depth: usize) -> Result<Piece> {
        let width = self.config.width;
        let norm = state.take(&self.heads.of("norm", depth), &[width])?;
        let name = self.heads.of("output", depth);
        let output = match &self.first {
            // A tied matrix is listed once per head in published files; once is enough.
            Some(_) if !state.contains(&name) => None,
            Some(first) => {
                let output = state.take(&name, &[self.config.codebook, width])?;
                check_tied(state, depth, first, &output)?;
                None
            }
            None => Some(state.take(&name, &[self.config.codebook, width])?),
        };
        if self.config.tied_heads && depth == 0 {
            self.first.clone_from(&output);
        }
        Ok(Piece::Head { norm, output })
    }
}

impl Iterator for Pieces<'_> {
    type Item = Result<Piece>;

    fn next(&mut self) -> Option<Result<Piece>> {
        let mut state = self.state.take()?;
        if self.next == self.total() {
            // State dicts taken after generation carry the caches; they are no weights.
            state.ignore(is_spare);
            return state.finish().err().map(Err);
        }
        let piece = self.piece(&mut state);
        self.next += 1;
        if piece.is_ok() {
            self.state = Some(state);
        }
        Some(piece)
    }
}

/// Whether a tensor of a state dict is known and no weight: state dicts taken after generation carry caches.
pub fn is_spare(name: &str) -> bool {
    name.contains(".attention.kv_cache.") || name == "freqs_cis"
}

/// The name and shape of every tensor of a model of `family`, in the order of [`Pieces`]. Tied output matrices are
/// listed one for each head, as published files have them.
pub fn tensors(family: &Family, config: &Config) -> Vec<(String, Vec<usize>)> {
    let (width, ffn) = (config.width, config.feed_forward_width());
    let classes = "cls_embedding.embedding_table.weight";
    let mut tensors = vec![
        (classes.to_owned(), vec![config.class_rows(), width]),
        (
            "tok_embeddings.weight".to_owned(),
            vec![config.codebook, width],
        ),
    ];
    for layer in 0..config.layers {
        let parts: [(&str, &[usize]); 7] = [
            ("attention.wqkv", &[3 * width, width]),
            ("attention.wo", &[width, width]),
            ("feed_forward.w1", &[ffn, width]),
            ("feed_forward.w3", &[ffn, width]),
            ("feed_forward.w2", &[width, ffn]),
            ("attention_norm", &[width]),
            ("ffn_norm", &[width]),
        ];
        let named = |(part, shape): (&str, &[usize])| {
            (format!("layers.{layer}.{part}.weight"), shape.to_vec())
        };
        tensors.extend(parts.map(named));
    }
    for depth in 0..config.depth() {
        tensors.push((family.heads.of("norm", depth), vec![width]));
        let output = vec![config.codebook, width];
        tensors.push((family.heads.of("output", depth), output));
    }
    tensors
}

fn block(config: &Config, state: &mut StateDict, layer: usize) -> Result<Block> {
    let (width, ffn) = (config.width, config.feed_forward_width());
    let mut take =
        |name: &str, shape: &[usize]| state.take(&format!("layers.{layer}.{name}.weight"), shape);
    Ok(Block {
        qkv: take("attention.wqkv", &[3 * width, width])?,
        out: take("attention.wo", &[width, width])?,
        gate: take("feed_forward.w1", &[ffn, width])?,
        up: take("feed_forward.w3", &[ffn, width])?,
        down: take("feed_forward.w2", &[width, ffn])?,
        attention_norm: take("attention_norm", &[width])?,
        feed_forward_norm: take("ffn_norm", &[width])?,
    })
}

fn check_tied(state: &StateDict, depth: usize, first: &[f32], output: &[f32]) -> Result<()> {
    if first == output {
        return Ok(());
    }
    Err(crate::Error::Mismatch {
        model: state.path().display().to_string(),
        what: "output matrix",
        first: "output.0.weight".into(),
        expected: "one matrix shared by all heads (share_prediction_heads)".into(),
        second: format!("output.{depth}.weight"),
        found: "other numbers".into(),
    })
}
