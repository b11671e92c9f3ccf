//! Blocks of quantised numbers, laid out as in ggml: 32 small whole numbers that share one scale.
//!
//! One block to `f32` is here, with exactly ggml's arithmetic (`dequantize_row_q8_0` and
//! `dequantize_row_q4_0` of ggml-quants.c). Which bytes are a block is decided by the readers.

use half::f16;

/// Numbers in a block.
pub(super) const BLOCK: usize = 32;
/// Bytes of a scale, which is a little-endian float16.
const SCALE: usize = 2;
/// Bytes of a block of [`q8_0`].
pub(super) const Q8_0_BYTES: usize = SCALE + BLOCK;
/// Bytes of a block of [`q4_0`].
pub(super) const Q4_0_BYTES: usize = SCALE + BLOCK / 2;

/// Signed bytes times the scale.
pub(super) fn q8_0([low, high, numbers @ ..]: [u8; Q8_0_BYTES]) -> [f32; BLOCK] {
    let scale = f16::from_le_bytes([low, high]).to_f32();
    numbers.map(|number| f32::from(number.cast_signed()) * scale)
}

/// Half bytes minus eight, times the scale. Byte `j` holds number `j` in its low half and number
/// `j + 16` in its high half.
pub(super) fn q4_0([low, high, pairs @ ..]: [u8; Q4_0_BYTES]) -> [f32; BLOCK] {
    let scale = f16::from_le_bytes([low, high]).to_f32();
    let number = |half: u8| (f32::from(half) - 8.0) * scale;
    let mut numbers = [0.0; BLOCK];
    let (first, second) = numbers.split_at_mut(BLOCK / 2);
    for ((pair, first), second) in pairs.into_iter().zip(first).zip(second) {
        (*first, *second) = (number(pair & 0x0f), number(pair >> 4));
    }
    numbers
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn block<const N: usize>(scale: f32, rest: impl IntoIterator<Item = u8>) -> [u8; N] {
        let mut bytes = f16::from_f32(scale).to_le_bytes().to_vec();
        bytes.extend(rest);
        bytes.try_into().unwrap()
    }

    #[test]
    fn q8_0_is_signed_bytes_times_the_scale() {
        let numbers: Vec<i8> = (0..32)
            .map(|n| [n, -128, 127, -1][n as usize % 4])
            .collect();
        let bytes = block(-0.125, numbers.iter().map(|n| n.cast_unsigned()));
        let expected: Vec<f32> = numbers.iter().map(|n| f32::from(*n) * -0.125).collect();
        assert_eq!(q8_0(bytes).as_slice(), expected);
        assert_eq!(q8_0(bytes)[1..4], [16.0, -15.875, 0.125]);
    }

    #[test]
    fn q4_0_is_low_halves_first_then_high_halves() {
        // Low halves 0 to 15, high halves 15 to 0.
        let bytes = block(0.5, (0..16).map(|n| n | (15 - n) << 4));
        let numbers = q4_0(bytes);
        for n in 0..16 {
            assert_eq!(numbers[n], (n as f32 - 8.0) * 0.5, "low half {n}");
            assert_eq!(numbers[16 + n], (7.0 - n as f32) * 0.5, "high half {n}");
        }
    }

    #[test]
    fn a_scale_is_any_float16() {
        let smallest = 2.0_f32.powi(-24);
        let with = |scale| q8_0(block(scale, [3; BLOCK]))[0];
        assert_eq!(with(smallest), 3.0 * smallest, "subnormal");
        assert_eq!(with(65504.0), 196_512.0, "beyond the largest float16");
        assert_eq!(with(0.0), 0.0);
        assert_eq!(with(f32::INFINITY), f32::INFINITY);
        assert!(with(f32::NAN).is_nan());
        assert!(q4_0(block(f32::INFINITY, [0x88; 16]))[0].is_nan());
    }
}
