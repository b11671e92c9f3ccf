//! The sizes of a LlamaGen transformer: the published ones by name, any other from a checkpoint's shapes.

use crate::{
    checkpoint::StateDict,
    error::{Error, Result},
    family::dnd::{Config, Preset, preset},
};

/// The published sizes, smallest first (arXiv 2406.06525). XXXL is defined in the published code, and no
/// class-conditional weights of it were published. Heads are 64 wide; those of 3B are 100.
pub const PRESETS: [Preset; 6] = [
    preset("B", 12, 12, 768),
    preset("L", 24, 16, 1024),
    preset("XL", 36, 20, 1280),
    preset("XXL", 48, 24, 1536),
    preset("XXXL", 48, 40, 2560),
    preset("3B", 24, 32, 3200),
];

/// The table of classes, whose last row is the unconditional one.
const CLASSES: &str = "cls_embedding.embedding_table.weight";
/// What only text-conditional checkpoints have (arXiv 2406.06525).
const CAPTIONS: [&str; 2] = ["cls_embedding.cap_proj.", "cls_embedding.uncond_embedding"];
/// The rotary table, which some checkpoints carry: a row for the class token and one for each position.
const ROTARY: &str = "freqs_cis";

/// The sizes that a checkpoint's shapes tell. They do not tell the `grid`: 256 and 384 pixels have the same
/// tensors. Nor do they tell the `heads`, which `None` takes from the published size of the same width.
///
/// # Errors
/// [`Error::Refused`] for a text-conditional checkpoint, [`Error::Malformed`] when a tensor that tells a size is
/// missing or has other dimensions, [`Error::Config`] when the sizes are impossible or the heads are not known.
pub fn config(state: &StateDict, grid: usize, heads: Option<usize>) -> Result<Config> {
    let Told {
        layers,
        width,
        codebook,
        class_rows,
    } = Told::by(state)?;
    let published = || PRESETS.iter().find(|preset| preset.width == width);
    let Some(heads) = heads.or_else(|| published().map(|preset| preset.heads)) else {
        return Err(Error::Config(format!(
            "no published LlamaGen is {width} wide, so the number of its attention heads has to be given"
        )));
    };
    let config = Config {
        layers,
        heads,
        width,
        codebook,
        classes: class_rows.saturating_sub(1),
        unconditional: true,
        grid,
        head_layers: vec![layers.saturating_sub(1)],
        tied_heads: false,
    };
    config.checked()
}

/// What shapes tell.
struct Told {
    layers: usize,
    width: usize,
    codebook: usize,
    class_rows: usize,
}

impl Told {
    /// By those of a class-conditional checkpoint.
    fn by(state: &StateDict) -> Result<Self> {
        refuse_captions(state)?;
        let [codebook, width] = state.sizes("tok_embeddings.weight")?;
        let [class_rows, _] = state.sizes(CLASSES)?;
        Ok(Self {
            layers: state.count("layers."),
            width,
            codebook,
            class_rows,
        })
    }
}

/// One code a position, from the last block.
pub(super) fn check(config: &Config) -> Result<()> {
    match config.head_layers.as_slice() {
        [layer] if layer + 1 == config.layers => Ok(()),
        other => Err(Error::Config(format!(
            "head positions are {other:?}, expected [{}]: a LlamaGen model has one code a position, from its last layer",
            config.layers - 1
        ))),
    }
}

/// Compares sizes that stand elsewhere with a checkpoint's, whose own words are plainer than those about the
/// first tensor of another shape.
pub(super) fn check_checkpoint(config: &Config, state: &StateDict) -> Result<()> {
    let found = Told::by(state)?;
    let mut sizes = vec![
        ("number of layers", config.layers, found.layers),
        ("width", config.width, found.width),
        ("codebook", config.codebook, found.codebook),
        (
            "number of class rows (one more than classes where class_dropout_prob is above 0)",
            config.class_rows(),
            found.class_rows,
        ),
    ];
    if let Some([table, ..]) = state.shape(ROTARY) {
        sizes.push((
            "number of positions",
            config.positions(),
            table.saturating_sub(1),
        ));
    }
    match sizes.into_iter().find(|(_, given, found)| given != found) {
        None => Ok(()),
        Some((what, given, found)) => Err(Error::Mismatch {
            model: state.path().display().to_string(),
            what,
            first: "model.toml".into(),
            expected: given.to_string(),
            second: "the checkpoint".into(),
            found: found.to_string(),
        }),
    }
}

/// Insists that a checkpoint is not text-conditional.
///
/// # Errors
/// [`Error::Refused`].
pub fn refuse_captions(state: &StateDict) -> Result<()> {
    let is_there = |start: &&&str| state.names().any(|name| name.starts_with(**start));
    match CAPTIONS.iter().find(is_there) {
        None => Ok(()),
        Some(name) => Err(Error::refused(
            state.path(),
            format!(
                "it is a text-conditional LlamaGen (it holds {name}), and only class-conditional ones can be drawn \
                 with; take a c2i checkpoint"
            ),
        )),
    }
}
