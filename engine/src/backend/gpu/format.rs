//! How the weights of a matrix lie in a card's memory: in chunks of 16 columns, so that neighbouring lanes read
//! neighbouring words.

use half::f16;

use crate::backend::cpu;

/// Columns of a chunk.
pub const CHUNK: usize = 16;
/// Outputs that a workgroup of `product.wgsl` computes at most; matrices are filled up to a multiple.
pub const OUTPUTS_A_GROUP: usize = 16;

/// Larger models are kept in 16 bits unless a person says otherwise: what a step takes is the time to read every
/// weight. Smaller ones are fast as they are.
const MOST_IN_FLOATS: usize = 100_000_000;

/// The type of a matrix's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// 32-bit floating point.
    F32,
    /// 16-bit floating point.
    F16,
    /// 8-bit whole numbers, 32 of them with one float16 scale.
    Q8_0,
    /// 4-bit whole numbers, 32 of them with one float16 scale.
    Q4_0,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::F32, Self::F16, Self::Q8_0, Self::Q4_0];

    /// What the matrices of a model of so many parameters are kept in, if nobody says otherwise.
    pub fn usual(parameters: usize) -> Self {
        match parameters > MOST_IN_FLOATS {
            true => Self::F16,
            false => Self::F32,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Q8_0 => "q8_0",
            Self::Q4_0 => "q4_0",
        }
    }

    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The kernel text that reads it; `halves` where 16-bit numbers are a type.
    pub(super) fn text(self, halves: bool) -> &'static str {
        match self {
            Self::F32 => include_str!("kernels/formats/f32.wgsl"),
            Self::F16 if halves => include_str!("kernels/formats/f16_native.wgsl"),
            Self::F16 => include_str!("kernels/formats/f16.wgsl"),
            Self::Q8_0 => include_str!("kernels/formats/q8_0.wgsl"),
            Self::Q4_0 => include_str!("kernels/formats/q4_0.wgsl"),
        }
    }

    /// In which order rows are rounded for it, where its numbers are whole.
    pub(super) fn order_text(self) -> Option<&'static str> {
        match self {
            Self::F32 | Self::F16 => None,
            Self::Q8_0 => Some(include_str!("kernels/rows/order_q8_0.wgsl")),
            Self::Q4_0 => Some(include_str!("kernels/rows/order_q4_0.wgsl")),
        }
    }

    /// Whether numbers are kept exactly, so that keys, values and tables are too.
    pub(super) fn is_exact(self) -> bool {
        self == Self::F32
    }

    /// What quantises its blocks, if it has any.
    fn blocks(self) -> Option<cpu::Format> {
        match self {
            Self::F32 | Self::F16 => None,
            Self::Q8_0 => Some(cpu::Format::Q8_0),
            Self::Q4_0 => Some(cpu::Format::Q4_0),
        }
    }
}

/// The sizes of a packed matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Its numbers.
    pub format: Format,
    /// Rows that mean something.
    pub outputs: usize,
    /// Columns that mean something.
    pub columns: usize,
}

impl Packed {
    /// Chunks of a row.
    pub fn chunks(&self) -> usize {
        self.columns.div_ceil(CHUNK)
    }

    /// Rows, those included that fill up the last workgroup.
    pub fn rows(&self) -> usize {
        self.outputs.next_multiple_of(OUTPUTS_A_GROUP)
    }

    /// Scales of a row.
    pub fn scales_a_row(&self) -> usize {
        self.chunks().div_ceil(2)
    }

    /// The word of 16 bytes at which the scales begin.
    pub fn scales(&self) -> usize {
        let bytes = match self.format {
            Format::Q8_0 => self.rows() * self.chunks() * CHUNK,
            Format::Q4_0 => self.rows() * self.chunks() * CHUNK / 2,
            Format::F32 | Format::F16 => 0,
        };
        bytes / 16
    }

    /// Bytes of all.
    pub fn bytes(&self) -> usize {
        let numbers = self.rows() * self.chunks() * CHUNK;
        let scales = (self.rows() * self.scales_a_row() * 2).next_multiple_of(16);
        match self.format {
            Format::F32 => numbers * 4,
            Format::F16 => numbers * 2,
            Format::Q8_0 | Format::Q4_0 => self.scales() * 16 + scales,
        }
    }

    /// Packs rows `[outputs, columns]`, given by a function, so that parts can be interleaved.
    ///
    /// # Errors
    /// The row, the column and the value of a number that the format cannot hold.
    pub fn pack<'a>(
        &self,
        row: impl Fn(usize) -> &'a [f32],
    ) -> Result<Vec<u8>, (usize, usize, f32)> {
        let mut bytes = vec![0; self.bytes()];
        let (numbers, scales) = bytes.split_at_mut(match self.format.blocks() {
            Some(_) => self.scales() * 16,
            None => self.bytes(),
        });
        let row_bytes = numbers.len() / self.rows();
        let mut padded = vec![0.0; self.chunks().next_multiple_of(2) * CHUNK];
        let mut blocks = Vec::new();
        for (output, out) in numbers.chunks_exact_mut(row_bytes).enumerate() {
            if output >= self.outputs {
                break;
            }
            padded[..self.columns].copy_from_slice(row(output));
            let refuse = |column: usize| (output, column, padded[column]);
            match self.format.blocks() {
                None => self.planes(&padded, out).map_err(refuse)?,
                Some(format) => {
                    blocks.clear();
                    let wrote = format.write(&padded, &mut blocks);
                    wrote.map_err(|large| refuse(large.index))?;
                    let from = output * self.scales_a_row() * 2;
                    let scales = &mut scales[from..from + self.scales_a_row() * 2];
                    self.halves(format, &blocks, out, scales);
                }
            }
        }
        Ok(bytes)
    }

    /// Floats: plane by plane, each with a word of 16 bytes of every chunk.
    fn planes(&self, row: &[f32], out: &mut [u8]) -> Result<(), usize> {
        let per_word = match self.format {
            Format::F32 => 4,
            _ => 8,
        };
        let chunks = self.chunks();
        for (at, words) in row[..chunks * CHUNK].chunks_exact(per_word).enumerate() {
            let (chunk, plane) = (at * per_word / CHUNK, at % (CHUNK / per_word));
            let word = &mut out[(plane * chunks + chunk) * 16..][..16];
            for (n, number) in words.iter().enumerate() {
                let fits = match self.format {
                    Format::F32 => {
                        word[4 * n..4 * n + 4].copy_from_slice(&number.to_le_bytes());
                        number.is_finite()
                    }
                    _ => {
                        let half = f16::from_f32(*number);
                        word[2 * n..2 * n + 2].copy_from_slice(&half.to_le_bytes());
                        half.is_finite()
                    }
                };
                if !fits {
                    return Err(at * per_word + n);
                }
            }
        }
        Ok(())
    }

    /// Blocks: the numbers of each half in its chunk, the scale apart.
    fn halves(&self, format: cpu::Format, blocks: &[u8], out: &mut [u8], scales: &mut [u8]) {
        let chunk_bytes = out.len() / self.chunks();
        for (block, bytes) in blocks.chunks_exact(format.block_bytes()).enumerate() {
            let (scale, numbers) = bytes.split_at(2);
            scales[2 * block..2 * block + 2].copy_from_slice(scale);
            for half in 0..2 {
                let Some(to) = out.get_mut((2 * block + half) * chunk_bytes..) else {
                    continue;
                };
                let Some(to) = to.get_mut(..chunk_bytes) else {
                    continue;
                };
                match format {
                    cpu::Format::Q8_0 => {
                        to.copy_from_slice(&numbers[half * CHUNK..][..CHUNK]);
                    }
                    // ggml has the first half of a block in the low bits and the second in the high ones.
                    _ => {
                        let number = |n: usize| (numbers[n] >> (4 * half)) & 15;
                        for (n, byte) in to.iter_mut().enumerate() {
                            *byte = number(2 * n) | number(2 * n + 1) << 4;
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Reads a packed number as the kernels do.
    fn number(packed: &Packed, bytes: &[u8], output: usize, column: usize) -> f32 {
        let (chunk, within, chunks) = (column / CHUNK, column % CHUNK, packed.chunks());
        let row = output * chunks;
        let scale = || {
            let at = packed.scales() * 16 + (output * packed.scales_a_row() + chunk / 2) * 2;
            f16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()).to_f32()
        };
        match packed.format {
            Format::F32 => {
                let word = row * 4 + (within / 4) * chunks + chunk;
                let at = word * 16 + within % 4 * 4;
                f32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
            }
            Format::F16 => {
                let word = row * 2 + (within / 8) * chunks + chunk;
                let at = word * 16 + within % 8 * 2;
                f16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()).to_f32()
            }
            Format::Q8_0 => {
                let byte = bytes[(row + chunk) * 16 + within];
                f32::from(byte.cast_signed()) * scale()
            }
            Format::Q4_0 => {
                let byte = bytes[(row + chunk) * 8 + within / 2];
                (f32::from((byte >> (within % 2 * 4)) & 15) - 8.0) * scale()
            }
        }
    }

    #[test]
    fn numbers_lie_where_the_kernels_look_for_them() {
        for format in Format::ALL {
            for (outputs, columns) in [(3, 16), (9, 40), (8, 96), (1, 7)] {
                let packed = Packed {
                    format,
                    outputs,
                    columns,
                };
                let values: Vec<f32> = (0..outputs * columns)
                    .map(|n| ((n * 37 % 101) as f32 - 50.0) / 25.0)
                    .collect();
                let bytes = packed
                    .pack(|row| &values[row * columns..][..columns])
                    .unwrap();
                assert_eq!(bytes.len(), packed.bytes());
                let bound = match format {
                    Format::F32 => 0.0,
                    Format::F16 => 1e-3,
                    Format::Q8_0 => 2.0 / 127.0,
                    Format::Q4_0 => 2.0 / 7.0,
                };
                for (at, value) in values.iter().enumerate() {
                    let found = number(&packed, &bytes, at / columns, at % columns);
                    let name = format.name();
                    assert!(
                        (found - value).abs() <= bound,
                        "{name} {at}: {found}, {value}"
                    );
                }
            }
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_told() {
        let packed = |format| Packed {
            format,
            outputs: 2,
            columns: 20,
        };
        let mut values = [0.5; 40];
        values[27] = f32::NAN;
        for format in Format::ALL {
            let (row, column, value) = packed(format)
                .pack(|row| &values[row * 20..][..20])
                .unwrap_err();
            assert!(value.is_nan());
            assert_eq!((row, column), (1, 7), "{}", format.name());
        }
        values[27] = 1e6;
        assert!(
            packed(Format::F32)
                .pack(|row| &values[row * 20..][..20])
                .is_ok()
        );
        assert!(
            packed(Format::F16)
                .pack(|row| &values[row * 20..][..20])
                .is_err()
        );
    }
}
