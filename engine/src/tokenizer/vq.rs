//! The sizes of LlamaGen's tokenizer, told by the shapes of its tensors: it comes without a configuration.
//!
//! Which tensors there have to be follows from the sizes, and is checked when the weights are read.

use crate::{
    checkpoint::StateDict,
    error::{Error, Result},
    tokenizer::layout::{Kind, Layout},
};

/// Groups of every group norm; a level's channels are divided among them.
const GROUPS: usize = 32;
/// Most levels. Published tokenizers have five.
const MOST_LEVELS: usize = 12;
/// Most residual blocks of a level. Published tokenizers have two.
const MOST_BLOCKS: usize = 16;
/// Most channels of the first convolution. Published tokenizers have 128.
const MOST_CHANNELS: usize = 2048;
/// Most channels of a level. Published tokenizers have 512.
const MOST_WIDTH: usize = 16_384;
/// Most numbers of a latent or a code. Published tokenizers have 256 and 8.
const MOST_NUMBERS: usize = 4096;
/// Most codes. Published tokenizers have 16384.
const MOST_CODES: usize = 1 << 20;

/// The layout of the tokenizer in `state` for a `grid` of rows and columns, which its weights do not depend on.
///
/// # Errors
/// [`Error::Malformed`] when a tensor that tells a size is missing or has other dimensions, or when sizes are
/// impossible.
pub fn layout(state: &StateDict, grid: [usize; 2]) -> Result<Layout> {
    let [codebook, dim] = state.sizes("quantize.embedding.weight")?;
    let [channels, in_channels, ..] = state.sizes::<4>("encoder.conv_in.weight")?;
    let [encoded, ..] = state.sizes::<4>("encoder.conv_out.weight")?;
    let [z_channels, ..] = state.sizes::<4>("post_quant_conv.weight")?;
    let [out_channels, ..] = state.sizes::<4>("decoder.conv_out.weight")?;
    let wrong = |reason: String| Error::malformed("checkpoint", state.path(), reason);

    for (what, found) in [("encoder", in_channels), ("decoder", out_channels)] {
        if found != 3 {
            return Err(wrong(format!(
                "the {what}'s pictures have {found} channels, expected 3 (red, green, blue)"
            )));
        }
    }
    // A tensor without elements can claim any other size.
    for (what, found, most) in [
        ("codes in its codebook", codebook, MOST_CODES),
        ("numbers in a row of its codebook", dim, MOST_NUMBERS),
        ("channels in its first convolution", channels, MOST_CHANNELS),
        (
            "channels in its encoder's last convolution",
            encoded,
            MOST_NUMBERS,
        ),
        ("channels in post_quant_conv", z_channels, MOST_NUMBERS),
    ] {
        if !(1..=most).contains(&found) {
            return Err(wrong(format!(
                "it has {found} {what}, expected 1 to {most}"
            )));
        }
    }
    let levels = state.count("encoder.conv_blocks.");
    if !(1..=MOST_LEVELS).contains(&levels) {
        return Err(wrong(format!(
            "it has {levels} levels (encoder.conv_blocks), expected 1 to {MOST_LEVELS}"
        )));
    }
    // Counted before anything is built, as a name may hold any number.
    let blocks = state.count("encoder.conv_blocks.0.res.");
    if !(1..=MOST_BLOCKS).contains(&blocks) {
        return Err(wrong(format!(
            "it has {blocks} blocks a level (encoder.conv_blocks.0.res), expected 1 to {MOST_BLOCKS}"
        )));
    }
    let channel_mult = (0..levels).map(|level| {
        let name = format!("encoder.conv_blocks.{level}.res.0.conv1.weight");
        let [width, ..] = state.sizes::<4>(&name)?;
        let fits = width.is_multiple_of(GROUPS) && width.is_multiple_of(channels);
        match (1..=MOST_WIDTH).contains(&width) && fits {
            true => Ok(width / channels),
            false => Err(wrong(format!(
                "level {level} is {width} channels wide, expected a multiple of {GROUPS} and of the first convolution's {channels} up to {MOST_WIDTH}"
            ))),
        }
    });
    let channel_mult = channel_mult.collect::<Result<_>>()?;
    let [rows, columns] = grid;
    Ok(Layout {
        kind: Kind::Vq,
        codes: [rows, columns, 1],
        codebook,
        dim,
        encoded,
        z_channels,
        in_channels,
        out_channels,
        channels,
        channel_mult,
        blocks,
        // By the level, whatever its resolution, so that every picture size fits.
        attends: (1..=levels).map(|level| level == levels).collect(),
    })
}

#[cfg(test)]
#[path = "vq_tests.rs"]
mod tests;
