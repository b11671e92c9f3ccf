//! How the numbers of a weight matrix are stored: floats, or ggml's blocks of whole numbers with a scale.
//!
//! Writing and reading single rows, in exactly ggml's arithmetic (`quantize_row_q8_0_ref`,
//! `quantize_row_q4_0_ref` and their inverses in ggml-quants.c). Multiplying is in `kernels`.

use half::{bf16, f16};

/// Numbers in a block.
pub const BLOCK: usize = 32;

/// The type of a matrix's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// 32-bit floating point.
    F32,
    /// 16-bit floating point with the exponent of 32 bits.
    Bf16,
    /// 8-bit whole numbers, 32 of them after one float16 scale.
    Q8_0,
    /// 4-bit whole numbers, 32 of them after one float16 scale.
    Q4_0,
}

/// Models of more parameters are kept in 8-bit blocks unless a person says otherwise: what a step takes is
/// the time to read every weight. Smaller ones are fast as they are.
const MOST_IN_FLOATS: usize = 100_000_000;

/// A number too large for a format's scale, which is a float16.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TooLarge {
    /// Which number of those given.
    pub index: usize,
    /// The number.
    pub value: f32,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::F32, Self::Bf16, Self::Q8_0, Self::Q4_0];

    /// What the matrices of a model of so many parameters are kept in, if nobody says otherwise.
    pub fn usual(parameters: usize) -> Self {
        match parameters > MOST_IN_FLOATS {
            true => Self::Q8_0,
            false => Self::F32,
        }
    }

    /// Bytes of so many numbers, whole blocks or not.
    pub fn bytes(self, numbers: usize) -> usize {
        numbers.div_ceil(self.block()) * self.block_bytes()
    }

    /// Bytes of a number in the keys and values: what is not rounded in the weights is not rounded there.
    pub fn cache_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            _ => 2,
        }
    }

    /// As ggml calls it, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Q8_0 => "q8_0",
            Self::Q4_0 => "q4_0",
        }
    }

    /// Numbers that are stored together.
    pub fn block(self) -> usize {
        match self {
            Self::F32 | Self::Bf16 => 1,
            Self::Q8_0 | Self::Q4_0 => BLOCK,
        }
    }

    /// Bytes of what is stored together.
    pub fn block_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::Bf16 => 2,
            Self::Q8_0 => 2 + BLOCK,
            Self::Q4_0 => 2 + BLOCK / 2,
        }
    }

    /// Bytes of a row of so many numbers; `None` where they make no whole blocks.
    pub fn row_bytes(self, columns: usize) -> Option<usize> {
        let whole = columns.is_multiple_of(self.block());
        whole.then(|| columns / self.block() * self.block_bytes())
    }

    /// Stores `numbers` at the end of `bytes`; a last block that is not full is filled up with zeros.
    ///
    /// # Errors
    /// A number that is not finite, or beyond what a block can hold.
    pub fn write(self, numbers: &[f32], bytes: &mut Vec<u8>) -> Result<(), TooLarge> {
        let index = numbers.iter().position(|number| !number.is_finite());
        if let Some(index) = index {
            let value = numbers[index];
            return Err(TooLarge { index, value });
        }
        match self {
            Self::F32 => bytes.extend(numbers.iter().flat_map(|n| n.to_le_bytes())),
            Self::Bf16 => bytes.extend(
                numbers
                    .iter()
                    .flat_map(|n| bf16::from_f32(*n).to_le_bytes()),
            ),
            Self::Q8_0 | Self::Q4_0 => {
                for (block, numbers) in numbers.chunks(BLOCK).enumerate() {
                    let mut full = [0.0; BLOCK];
                    full[..numbers.len()].copy_from_slice(numbers);
                    let largest = largest(&full);
                    let scale = match self {
                        Self::Q8_0 => write_q8_0(&full, full[largest].abs(), bytes),
                        _ => write_q4_0(&full, full[largest], bytes),
                    };
                    if scale.is_infinite() {
                        let index = block * BLOCK + largest;
                        let value = full[largest];
                        return Err(TooLarge { index, value });
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads a whole row, calling `each` with every number's place and value.
    pub fn read(self, row: &[u8], mut each: impl FnMut(usize, f32)) {
        match self {
            Self::F32 => {
                for (n, bytes) in row.as_chunks().0.iter().enumerate() {
                    each(n, f32::from_le_bytes(*bytes));
                }
            }
            Self::Bf16 => {
                for (n, bytes) in row.as_chunks().0.iter().enumerate() {
                    each(n, bf16::from_le_bytes(*bytes).to_f32());
                }
            }
            Self::Q8_0 => {
                for (block, bytes) in row.as_chunks().0.iter().enumerate() {
                    let [low, high, numbers @ ..]: &[u8; 2 + BLOCK] = bytes;
                    let scale = f16::from_le_bytes([*low, *high]).to_f32();
                    for (n, number) in numbers.iter().enumerate() {
                        each(block * BLOCK + n, f32::from(number.cast_signed()) * scale);
                    }
                }
            }
            Self::Q4_0 => {
                for (block, bytes) in row.as_chunks().0.iter().enumerate() {
                    let [low, high, pairs @ ..]: &[u8; 2 + BLOCK / 2] = bytes;
                    let scale = f16::from_le_bytes([*low, *high]).to_f32();
                    for (n, pair) in pairs.iter().enumerate() {
                        let first = block * BLOCK + n;
                        each(first, (f32::from(pair & 0x0f) - 8.0) * scale);
                        each(first + BLOCK / 2, (f32::from(pair >> 4) - 8.0) * scale);
                    }
                }
            }
        }
    }
}

/// The place of the first number that is largest without its sign.
fn largest(numbers: &[f32; BLOCK]) -> usize {
    let mut best = 0;
    for (n, number) in numbers.iter().enumerate() {
        if number.abs() > numbers[best].abs() {
            best = n;
        }
    }
    best
}

fn inverse(scale: f32) -> f32 {
    if scale == 0.0 { 0.0 } else { 1.0 / scale }
}

/// Writes a block whose numbers reach up to `most`, and returns its scale as stored.
fn write_q8_0(numbers: &[f32; BLOCK], most: f32, bytes: &mut Vec<u8>) -> f32 {
    let scale = most / 127.0;
    let stored = f16::from_f32(scale);
    let inverse = inverse(scale);
    bytes.extend(stored.to_le_bytes());
    // A tiny scale has no finite inverse; the conversion turns what comes of it into some number.
    let number = |x: &f32| ((x * inverse).round() as i8).cast_unsigned();
    bytes.extend(numbers.iter().map(number));
    stored.to_f32()
}

/// Writes a block whose number of largest size is `most`, and returns its scale as stored.
fn write_q4_0(numbers: &[f32; BLOCK], most: f32, bytes: &mut Vec<u8>) -> f32 {
    let scale = most / -8.0;
    let stored = f16::from_f32(scale);
    let inverse = inverse(scale);
    bytes.extend(stored.to_le_bytes());
    let number = |x: f32| ((x * inverse + 8.5) as u8).min(15);
    let (first, second) = numbers.split_at(BLOCK / 2);
    let pair = |(low, high): (&f32, &f32)| number(*low) | number(*high) << 4;
    bytes.extend(first.iter().zip(second).map(pair));
    stored.to_f32()
}
