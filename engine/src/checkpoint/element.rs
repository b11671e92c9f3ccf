//! The element types of tensors, and how their bytes become `f32`.
//!
//! Everything here works on bytes that are already in hand; where they lie in a file, and whether they
//! are inside it, is decided by the readers of the formats.

use half::{bf16, f16};

use super::blocks::{self, BLOCK, Q4_0_BYTES, Q8_0_BYTES};

/// The type of a tensor's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// 32-bit floating point.
    F32,
    /// 16-bit floating point, IEEE 754.
    F16,
    /// 16-bit floating point with the exponent of 32 bits.
    Bf16,
    /// 64-bit floating point.
    F64,
    /// 8-bit whole numbers, 32 of them with one 16-bit scale, as in ggml.
    Q8_0,
    /// 4-bit whole numbers, 32 of them with one 16-bit scale, as in ggml.
    Q4_0,
    /// A type that weights cannot have: integers, booleans, complex numbers.
    Other {
        /// As shown to people: "int64", "bool".
        name: &'static str,
        /// Bytes an element, 0 where it is less than one.
        size: usize,
    },
}

impl Dtype {
    /// Bytes an element, 0 where that is no whole number; see [`block`](Self::block).
    pub fn size(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
            Self::Q8_0 | Self::Q4_0 => 0,
            Self::Other { size, .. } => size,
        }
    }

    /// Elements that are stored together, and their bytes: one element, or a block that shares a scale.
    pub fn block(self) -> (usize, usize) {
        match self {
            Self::Q8_0 => (BLOCK, Q8_0_BYTES),
            Self::Q4_0 => (BLOCK, Q4_0_BYTES),
            _ => (1, self.size()),
        }
    }

    /// As shown to people.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "float32",
            Self::F16 => "float16",
            Self::Bf16 => "bfloat16",
            Self::F64 => "float64",
            Self::Q8_0 => "Q8_0",
            Self::Q4_0 => "Q4_0",
            Self::Other { name, .. } => name,
        }
    }
}

/// Why no numbers came out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Not a floating-point type.
    Type,
    /// The bytes end before the tensor does. The readers check this first, so it means a file that
    /// changed after it was opened.
    Short,
    /// No memory for the result.
    Memory,
}

/// Little-endian elements to `f32`: `count` in a row from the start of `bytes`.
pub(super) fn in_a_row(dtype: Dtype, bytes: &[u8], count: usize) -> Result<Vec<f32>, Trouble> {
    fn go<const N: usize>(
        bytes: &[u8],
        count: usize,
        convert: impl Fn([u8; N]) -> f32,
    ) -> Result<Vec<f32>, Trouble> {
        let elements = bytes.as_chunks::<N>().0.get(..count);
        let elements = elements.ok_or(Trouble::Short)?;
        let mut out = reserve(count)?;
        out.extend(elements.iter().map(|element| convert(*element)));
        Ok(out)
    }
    match dtype {
        Dtype::F32 => go(bytes, count, f32::from_le_bytes),
        Dtype::F16 => go(bytes, count, |b| f16::from_le_bytes(b).to_f32()),
        Dtype::Bf16 => go(bytes, count, |b| bf16::from_le_bytes(b).to_f32()),
        Dtype::F64 => go(bytes, count, |b| f64::from_le_bytes(b) as f32),
        Dtype::Q8_0 => in_blocks(bytes, count, blocks::q8_0),
        Dtype::Q4_0 => in_blocks(bytes, count, blocks::q4_0),
        Dtype::Other { .. } => Err(Trouble::Type),
    }
}

fn in_blocks<const N: usize>(
    bytes: &[u8],
    count: usize,
    convert: impl Fn([u8; N]) -> [f32; BLOCK],
) -> Result<Vec<f32>, Trouble> {
    if !count.is_multiple_of(BLOCK) {
        return Err(Trouble::Short);
    }
    let blocks = bytes.as_chunks::<N>().0.get(..count / BLOCK);
    let blocks = blocks.ok_or(Trouble::Short)?;
    let mut out = reserve(count)?;
    for block in blocks {
        out.extend(convert(*block));
    }
    Ok(out)
}

/// Little-endian elements to `f32` in row-major order of `shape`, each `strides` (in elements) apart. No
/// format has blocks with strides.
pub(super) fn strided(
    dtype: Dtype,
    bytes: &[u8],
    shape: &[usize],
    strides: &[usize],
) -> Result<Vec<f32>, Trouble> {
    fn go<const N: usize>(
        bytes: &[u8],
        shape: &[usize],
        strides: &[usize],
        convert: impl Fn([u8; N]) -> f32,
    ) -> Result<Vec<f32>, Trouble> {
        let elements = bytes.as_chunks::<N>().0;
        let count = shape.iter().product();
        let mut out = reserve(count)?;
        let mut index = vec![0; shape.len()];
        let mut at = 0_usize;
        for _ in 0..count {
            out.push(convert(*elements.get(at).ok_or(Trouble::Short)?));
            // Count up like an odometer: the last dimension turns fastest.
            for ((digit, &size), &stride) in index.iter_mut().zip(shape).zip(strides).rev() {
                if size == 1 {
                    continue; // its stride means nothing and may be any number
                }
                *digit += 1;
                at += stride;
                if *digit < size {
                    break;
                }
                at -= stride * size;
                *digit = 0;
            }
        }
        Ok(out)
    }
    match dtype {
        Dtype::F32 => go(bytes, shape, strides, f32::from_le_bytes),
        Dtype::F16 => go(bytes, shape, strides, |b| f16::from_le_bytes(b).to_f32()),
        Dtype::Bf16 => go(bytes, shape, strides, |b| bf16::from_le_bytes(b).to_f32()),
        Dtype::F64 => go(bytes, shape, strides, |b| f64::from_le_bytes(b) as f32),
        Dtype::Q8_0 | Dtype::Q4_0 | Dtype::Other { .. } => Err(Trouble::Type),
    }
}

fn reserve(count: usize) -> Result<Vec<f32>, Trouble> {
    let mut out = Vec::new();
    out.try_reserve_exact(count).map_err(|_| Trouble::Memory)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_float_type_becomes_f32() {
        let numbers = [0.0_f32, -1.5, 0.25, 1024.0];
        let f32s: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        let f64s: Vec<u8> = numbers
            .iter()
            .flat_map(|n| f64::from(*n).to_le_bytes())
            .collect();
        let f16s: Vec<u8> = numbers
            .iter()
            .flat_map(|n| f16::from_f32(*n).to_le_bytes())
            .collect();
        let bf16s: Vec<u8> = numbers
            .iter()
            .flat_map(|n| bf16::from_f32(*n).to_le_bytes())
            .collect();
        for (dtype, bytes) in [
            (Dtype::F32, f32s),
            (Dtype::F64, f64s),
            (Dtype::F16, f16s),
            (Dtype::Bf16, bf16s),
        ] {
            assert_eq!(in_a_row(dtype, &bytes, 4).unwrap(), numbers, "{dtype:?}");
            assert_eq!(
                strided(dtype, &bytes, &[2, 2], &[1, 2]).unwrap(),
                [0.0, 0.25, -1.5, 1024.0],
                "{dtype:?} transposed"
            );
            assert_eq!(in_a_row(dtype, &bytes, 5), Err(Trouble::Short));
            assert_eq!(
                strided(dtype, &bytes, &[2, 2], &[1, 3]),
                Err(Trouble::Short)
            );
        }
        let int = Dtype::Other {
            name: "int64",
            size: 8,
        };
        assert_eq!(in_a_row(int, &[0; 8], 1), Err(Trouble::Type));
    }

    #[test]
    fn blocks_become_f32_in_a_row() {
        let scale = f16::from_f32(0.5).to_le_bytes();
        let eight = [&scale[..], &[0xfe; 32], &scale, &[3; 32]].concat();
        let four = [&scale[..], &[0xf0; 16]].concat();
        assert_eq!(Dtype::Q8_0.block(), (32, 34));
        assert_eq!(Dtype::Q4_0.block(), (32, 18));
        assert_eq!(
            in_a_row(Dtype::Q8_0, &eight, 64).unwrap(),
            [[-1.0; 32], [1.5; 32]].concat()
        );
        assert_eq!(
            in_a_row(Dtype::Q4_0, &four, 32).unwrap(),
            [[-4.0; 16], [3.5; 16]].concat()
        );
        for (dtype, bytes, count) in [
            (Dtype::Q8_0, &eight, 96),
            (Dtype::Q8_0, &eight, 63),
            (Dtype::Q4_0, &four, 64),
            (Dtype::Q4_0, &four, 1),
        ] {
            assert_eq!(in_a_row(dtype, bytes, count), Err(Trouble::Short));
        }
        assert_eq!(
            strided(Dtype::Q8_0, &eight, &[2, 32], &[32, 1]),
            Err(Trouble::Type)
        );
    }

    #[test]
    fn strides_of_a_scalar_and_of_nothing() {
        let bytes = 7.0_f32.to_le_bytes();
        assert_eq!(strided(Dtype::F32, &bytes, &[], &[]).unwrap(), [7.0]);
        assert_eq!(
            strided(Dtype::F32, &bytes, &[1, 1], &[usize::MAX, 9]).unwrap(),
            [7.0]
        );
        assert!(
            strided(Dtype::F32, &[], &[3, 0], &[1, 1])
                .unwrap()
                .is_empty()
        );
    }
}
