//! Codes as text: packed to the codebook's bits, then base64.
//!
//! Every code takes `bits = ceil(log2(codebook))` bits (at least 1). They follow each other without
//! gaps, the lowest bit first: bit `i` of code `n` is bit `(n * bits + i) % 8` of byte
//! `(n * bits + i) / 8`. The last byte is filled up with zeros. Base64 is the standard alphabet, padded.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use super::Codes;

/// No picture has more codes than this; it bounds what a damaged file can make us allocate.
const MAX_CODES: usize = 1 << 20;

/// The form in a file. Fields that a newer version adds are passed over.
#[derive(Serialize, Deserialize)]
struct Packed {
    rows: usize,
    columns: usize,
    depth: usize,
    codebook: usize,
    bits: u32,
    /// Positions that have codes; all of them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    positions: Option<usize>,
    data: String,
}

impl Serialize for Codes {
    /// As an object with `rows`, `columns`, `depth`, `codebook`, `bits`, `positions` (when not all)
    /// and the packed `data`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.check().map_err(ser::Error::custom)?;
        let bits = bits(self.codebook);
        let packed = Packed {
            rows: self.rows,
            columns: self.columns,
            depth: self.depth,
            codebook: self.codebook,
            bits,
            positions: (!self.is_complete()).then(|| self.positions()),
            data: STANDARD.encode(pack(&self.values, bits)),
        };
        packed.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Codes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let packed = Packed::deserialize(deserializer)?;
        packed.unpack().map_err(de::Error::custom)
    }
}

impl Codes {
    /// Whether sizes and values fit each other; else what does not.
    pub(crate) fn check(&self) -> Result<(), String> {
        let all = cells(self.rows, self.columns, self.depth)?;
        check_codebook(self.codebook)?;
        let found = self.values.len();
        if found > all || !found.is_multiple_of(self.depth) {
            return Err(format!(
                "{found} codes in a grid of {} x {} positions with {} codes each",
                self.rows, self.columns, self.depth
            ));
        }
        check_range(&self.values, self.codebook)
    }
}

impl Packed {
    fn unpack(self) -> Result<Codes, String> {
        let all = cells(self.rows, self.columns, self.depth)?;
        check_codebook(self.codebook)?;
        let expected = bits(self.codebook);
        if self.bits != expected {
            return Err(format!(
                "codes of {} bits, expected {expected} for a codebook of {}",
                self.bits, self.codebook
            ));
        }
        let positions = self.positions.unwrap_or(all / self.depth);
        let count = positions
            .checked_mul(self.depth)
            .filter(|count| *count <= all)
            .ok_or_else(|| format!("{positions} positions of {}", all / self.depth))?;
        let data = STANDARD
            .decode(&self.data)
            .map_err(|error| format!("the codes are not base64: {error}"))?;
        let bytes = (count * expected as usize).div_ceil(8);
        if data.len() != bytes {
            return Err(format!(
                "{} bytes of codes, expected {bytes} for {count} codes of {expected} bits",
                data.len()
            ));
        }
        let values = unpack(&data, count, expected);
        check_range(&values, self.codebook)?;
        Ok(Codes {
            rows: self.rows,
            columns: self.columns,
            depth: self.depth,
            codebook: self.codebook,
            values,
        })
    }
}

/// Codes in a whole grid.
fn cells(rows: usize, columns: usize, depth: usize) -> Result<usize, String> {
    rows.checked_mul(columns)
        .and_then(|positions| positions.checked_mul(depth))
        .filter(|cells| (1..=MAX_CODES).contains(cells))
        .ok_or_else(|| format!("an impossible grid of {rows} x {columns} x {depth} codes"))
}

fn check_codebook(codebook: usize) -> Result<(), String> {
    if (1..=1 << 31).contains(&codebook) {
        return Ok(());
    }
    Err(format!("an impossible codebook of {codebook}"))
}

fn check_range(values: &[u32], codebook: usize) -> Result<(), String> {
    match values.iter().position(|value| *value as usize >= codebook) {
        Some(n) => Err(format!(
            "code {n} is {}, expected less than {codebook}",
            values[n]
        )),
        None => Ok(()),
    }
}

/// Bits that every code takes, 1 to 31.
fn bits(codebook: usize) -> u32 {
    (codebook - 1).checked_ilog2().unwrap_or(0) + 1
}

fn pack(values: &[u32], bits: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity((values.len() * bits as usize).div_ceil(8));
    let (mut pending, mut length) = (0_u64, 0);
    for value in values {
        pending |= u64::from(*value) << length;
        length += bits;
        while length >= 8 {
            bytes.push(pending as u8);
            pending >>= 8;
            length -= 8;
        }
    }
    if length > 0 {
        bytes.push(pending as u8);
    }
    bytes
}

/// The first `count` codes; there are bytes enough.
fn unpack(bytes: &[u8], count: usize, bits: u32) -> Vec<u32> {
    let mut bytes = bytes.iter();
    let (mut pending, mut length) = (0_u64, 0);
    let mut next = || {
        while length < bits {
            pending |= u64::from(*bytes.next().unwrap_or(&0)) << length;
            length += 8;
        }
        let value = pending & ((1 << bits) - 1);
        pending >>= bits;
        length -= bits;
        value as u32
    };
    (0..count).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn codes(codebook: usize, count: usize) -> Codes {
        let value = |n: usize| (n.wrapping_mul(2_654_435_761) >> 3) % codebook;
        Codes {
            rows: 6,
            columns: 5,
            depth: 3,
            codebook,
            values: (0..count).map(|n| value(n) as u32).collect(),
        }
    }

    /// Reads one code by the rule in the module's description.
    fn by_the_rule(bytes: &[u8], n: usize, bits: usize) -> u32 {
        (0..bits)
            .map(|i| {
                let at = n * bits + i;
                u32::from((bytes[at / 8] >> (at % 8)) & 1) << i
            })
            .sum()
    }

    #[test]
    fn packs_to_the_bits_of_the_codebook() {
        let sizes = [
            (1, 1),
            (2, 1),
            (3, 2),
            (4, 2),
            (5, 3),
            (128, 7),
            (129, 8),
            (2048, 11),
            (4096, 12),
            (16_384, 14),
            (16_385, 15),
            (1 << 31, 31),
        ];
        for (codebook, expected) in sizes {
            assert_eq!(bits(codebook), expected, "codebook {codebook}");
            for count in [0, 3, 87, 90] {
                let codes = codes(codebook, count);
                let bytes = pack(&codes.values, expected);
                assert_eq!(bytes.len(), (count * expected as usize).div_ceil(8));
                for (n, value) in codes.values.iter().enumerate() {
                    assert_eq!(by_the_rule(&bytes, n, expected as usize), *value);
                }
                let text = serde_json::to_string(&codes).unwrap();
                assert_eq!(serde_json::from_str::<Codes>(&text).unwrap(), codes);
            }
        }
    }

    #[test]
    fn form_in_the_file_is_fixed() {
        let mut codes = Codes {
            rows: 1,
            columns: 3,
            depth: 1,
            codebook: 16,
            values: vec![1, 2, 15],
        };
        let complete = json!({
            "rows": 1, "columns": 3, "depth": 1, "codebook": 16, "bits": 4, "data": "IQ8=",
        });
        assert_eq!(serde_json::to_value(&codes).unwrap(), complete);
        codes.values.pop();
        let begun = json!({
            "rows": 1, "columns": 3, "depth": 1, "codebook": 16, "bits": 4, "positions": 2,
            "data": "IQ==",
        });
        assert_eq!(serde_json::to_value(&codes).unwrap(), begun);
    }

    #[test]
    fn contradictions_are_refused() {
        let good = serde_json::to_value(codes(128, 90)).unwrap();
        let changes = [
            ("rows", json!(0), "impossible grid"),
            ("rows", json!(u64::MAX), "impossible grid"),
            ("columns", json!(1_u64 << 40), "impossible grid"),
            ("depth", json!(0), "impossible grid"),
            ("depth", json!(2), "bytes of codes"),
            ("codebook", json!(0), "impossible codebook"),
            ("codebook", json!(1_u64 << 40), "impossible codebook"),
            ("codebook", json!(70), "expected less than 70"),
            ("codebook", json!(256), "expected 8 for a codebook of 256"),
            ("bits", json!(8), "codes of 8 bits"),
            ("positions", json!(31), "31 positions of 30"),
            ("positions", json!(u64::MAX), "positions of 30"),
            ("positions", json!(29), "bytes of codes"),
            ("data", json!("AAAA"), "3 bytes of codes"),
            ("data", json!("?"), "not base64"),
            ("data", json!(5), "invalid type"),
        ];
        for (field, value, reason) in changes {
            let mut changed = good.clone();
            changed[field] = value;
            let error = serde_json::from_value::<Codes>(changed)
                .unwrap_err()
                .to_string();
            assert!(error.contains(reason), "{field}: {error}");
        }
        let mut newer: Value = good;
        newer["order"] = json!("raster");
        assert_eq!(
            serde_json::from_value::<Codes>(newer).unwrap(),
            codes(128, 90)
        );
    }

    #[test]
    fn impossible_codes_are_not_written() {
        let refused = |change: fn(&mut Codes)| {
            let mut codes = codes(128, 90);
            change(&mut codes);
            serde_json::to_string(&codes).unwrap_err().to_string()
        };
        assert_eq!(
            refused(|c| c.values[4] = 128),
            "code 4 is 128, expected less than 128"
        );
        assert!(refused(|c| c.values.truncate(89)).starts_with("89 codes in a grid"));
        assert!(refused(|c| c.values.push(0)).starts_with("91 codes in a grid"));
        assert!(refused(|c| c.depth = 0).starts_with("an impossible grid"));
    }

    proptest! {
        #[test]
        fn unpacking_gives_what_was_packed(
            values in prop::collection::vec(0_u32..1 << 31, 0..50),
            bits in 1_u32..32,
        ) {
            let values: Vec<u32> = values.iter().map(|value| value & ((1 << bits) - 1)).collect();
            let bytes = pack(&values, bits);
            prop_assert_eq!(unpack(&bytes, values.len(), bits), values);
        }
    }
}
