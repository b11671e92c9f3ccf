//! GGUF files, honest and hostile, and files of another program's writer.

use std::io::Cursor;

use candle_core::{
    Device, Tensor,
    quantized::{GgmlDType, QTensor, gguf_file},
};

use super::forge::{
    self, damage, f32s,
    gguf::{self, Gguf, list, tensor, text},
    open, refusal,
};
use crate::{Error, checkpoint::Dtype};

const F32: u32 = 0;
const Q4_0: u32 = 2;
const Q8_0: u32 = 8;

/// A block of float16 0.5 and these bytes.
fn block(bytes: impl IntoIterator<Item = u8>) -> Vec<u8> {
    [0x00, 0x38].into_iter().chain(bytes).collect()
}

fn one(sizes: &[u64], kind: u32, bytes: &[u8]) -> Gguf {
    Gguf::new().with(tensor("w", sizes, kind, bytes))
}

/// A file of every type that is read, with some metadata.
pub fn honest() -> Gguf {
    let eight = [block(0..32), block((0..32).map(|n| 0xff - n))].concat();
    Gguf::new()
        .entry("general.architecture", 8, &text("strata.dnd"))
        .entry(
            "general.tags",
            9,
            &list(8, 2, &[text("a"), text("")].concat()),
        )
        .with(tensor(
            "a",
            &[3, 2],
            F32,
            &f32s(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
        ))
        .with(tensor("h", &[2], 1, &[0x00, 0x3e, 0x00, 0xc0]))
        .with(tensor("b", &[1, 2], 30, &[0xc0, 0x3f, 0x00, 0xc0]))
        .with(tensor("d", &[], 28, &1.5_f64.to_le_bytes()))
        .with(tensor("empty", &[32, 0], Q8_0, &[]))
        .with(tensor("q8", &[32, 2], Q8_0, &eight))
        .with(tensor("q4", &[32], Q4_0, &block([0xf0; 16])))
}

#[test]
fn every_type_is_read() {
    let eight = (0..32).chain((1..=32).map(|n| -n));
    let eight: Vec<f32> = eight.map(|n| n as f32 * 0.5).collect();
    let expected: [(&str, &[usize], &[f32]); 7] = [
        ("a", &[2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
        ("h", &[2], &[1.5, -2.0]),
        ("b", &[2, 1], &[1.5, -2.0]),
        ("d", &[], &[1.5]),
        ("empty", &[0, 32], &[]),
        ("q8", &[2, 32], &eight),
        ("q4", &[32], &[[-4.0; 16], [3.5; 16]].concat()),
    ];
    let of_version = |version| Gguf {
        version,
        ..honest()
    };
    let files = [of_version(2), of_version(3)].into_iter();
    for file in files.chain([1, 8, 32, 64, 4096].map(|size| honest().aligned(size))) {
        let mut dict = open(file.file()).unwrap();
        assert_eq!(dict.architecture(), Some("strata.dnd"));
        let names: Vec<&str> = dict.names().collect();
        assert_eq!(names, expected.map(|(name, ..)| name));
        for (name, shape, numbers) in expected {
            assert_eq!(dict.take(name, shape).unwrap(), numbers, "{name}");
        }
        assert_eq!(dict.dtype("q8"), Some(Dtype::Q8_0));
        assert_eq!(dict.dtype("q4"), Some(Dtype::Q4_0));
        dict.finish().unwrap();
    }
}

#[test]
fn the_last_tensor_need_not_be_filled_up() {
    let mut file = one(&[1], F32, &f32s(&[7.0])).file();
    assert_eq!(file.len() % 32, 0);
    file.truncate(file.len() - 28);
    assert_eq!(
        forge::read(file.clone()).unwrap(),
        [("w".to_owned(), vec![7.0])]
    );
    file.pop();
    assert!(damage(file).contains("tensor w should have 4 bytes"));
    // An empty one after it may be described as beginning past the end.
    let empty = one(&[1], F32, &f32s(&[7.0])).with(tensor("v", &[0], F32, &[]));
    let mut file = empty.file();
    file.truncate(file.len() - 28);
    assert_eq!(forge::read(file).unwrap()[1], ("v".to_owned(), vec![]));
    assert_eq!(open(Gguf::new().header()).unwrap().names().count(), 0);
}

/// What candle's writer writes is read, number for number as candle reads it.
#[test]
fn another_program_s_files_are_read() {
    let numbers: Vec<f32> = (0..6 * 64).map(|n| (n as f32 * 0.37).sin() * 3.0).collect();
    let matrix = Tensor::from_vec(numbers, (6, 64), &Device::Cpu).unwrap();
    let kinds = [
        GgmlDType::F32,
        GgmlDType::F16,
        GgmlDType::BF16,
        GgmlDType::Q8_0,
        GgmlDType::Q4_0,
    ];
    let tensors = kinds.map(|kind| QTensor::quantize(&matrix, kind).unwrap());
    let names = kinds.map(|kind| format!("{kind:?}"));
    let written: Vec<_> = names.iter().map(String::as_str).zip(&tensors).collect();
    let mut file = Cursor::new(Vec::new());
    let said = gguf_file::Value::String("other".into());
    gguf_file::write(&mut file, &[("general.architecture", &said)], &written).unwrap();

    let mut dict = open(file.into_inner()).unwrap();
    assert_eq!(dict.architecture(), Some("other"));
    for (name, tensor) in written {
        let expected = tensor.dequantize(&Device::Cpu).unwrap();
        let expected: Vec<f32> = expected.flatten_all().unwrap().to_vec1().unwrap();
        let found = dict.take(name, &[6, 64]).unwrap();
        let bits = |numbers: &[f32]| numbers.iter().map(|n| n.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&found), bits(&expected), "{name}");
    }
    dict.finish().unwrap();
}

#[test]
fn metadata_of_every_kind_is_passed_over() {
    let mut file = one(&[1], F32, &f32s(&[7.0]));
    for (kind, size) in [1, 1, 2, 2, 4, 4, 4, 1].into_iter().enumerate() {
        file = file.entry(&format!("number.{kind}"), kind as u32, &vec![1; size]);
    }
    for kind in [10, 11, 12] {
        file = file.entry(&format!("number.{kind}"), kind, &[0xff; 8]);
    }
    let lists = [list(1, 3, b"abc"), list(7, 2, &[0, 1]), list(9, 0, &[])];
    let file = file
        .entry("text", 8, &text(b"\xff\xfe not UTF-8"))
        .entry("doubles", 9, &list(12, 2, &[0xff; 16]))
        .entry("lists", 9, &list(9, 3, &lists.concat()));
    assert_eq!(file.entries.len(), 14);
    let dict = open(file.file()).unwrap();
    assert_eq!(dict.architecture(), None);
    assert_eq!(dict.shape("w"), Some(&[1][..]));
}

#[test]
fn metadata_that_lies() {
    let empty = Gguf::new;
    let of = |kind: u32, value: &[u8]| empty().entry("k", kind, value).header();
    assert!(damage(of(13, &[0; 8])).contains("value k is of kind 13"));
    assert!(damage(of(u32::MAX, &[0; 8])).contains("of kind 4294967295"));
    assert!(damage(of(7, &[2])).contains("value k should be 0 for false or 1 for true, found 2"));
    assert!(damage(of(9, &list(7, 2, &[1, 9]))).contains("found 9"));
    for value in [
        u64::MAX.to_le_bytes().to_vec(),
        (1_u64 << 40).to_le_bytes().to_vec(),
        9_u64.to_le_bytes().to_vec(),
    ] {
        assert!(damage(of(8, &value)).contains("value k should take"));
    }
    for (kind, count) in [(0, 1 << 33), (12, u64::MAX), (12, 1 << 61), (7, 1 << 62)] {
        assert!(damage(of(9, &list(kind, count, b"few"))).contains("value k should take"));
    }
    // Elements that take bytes each: the file ends long before they do.
    for kind in [8, 9] {
        let reason = damage(of(9, &list(kind, u64::MAX, &[0; 40])));
        assert!(reason.contains("value k"), "{reason}");
    }
    assert!(damage(of(9, &list(99, 1, &[]))).contains("of kind 99"));

    let twice = empty().entry("k", 0, &[1]).entry("k", 0, &[1]);
    assert!(damage(twice.header()).contains("value k is there twice"));
    let nested = |levels: usize| {
        let value = (0..levels).fold(list(0, 0, &[]), |value, _| list(9, 1, &value));
        of(9, &value)
    };
    assert!(open(nested(7)).is_ok());
    assert!(refusal(nested(8)).contains("more than 8 deep"));
    let deep = of(9, &list(9, 1, &[]).repeat(100_000));
    assert!(refusal(deep).contains("more than 8 deep"));

    let mut long = empty();
    long.entries.push(text(vec![b'k'; 65_536]));
    assert!(refusal(long.header()).contains("key of metadata entry 0 is 65536 bytes"));
    let mut broken = empty();
    broken.entries.push(text(b"k\xff"));
    assert!(damage(broken.header()).contains("UTF-8 text, found other bytes at byte 33"));
    let mut many = empty();
    many.counts[0] = Some(1 << 32);
    assert!(refusal(many.header()).contains("4294967296 metadata entries"));
    many.counts[0] = Some(60_000);
    assert!(damage(many.header()).contains("key of metadata entry 0 should take 8 bytes"));
}

#[test]
fn alignment_and_architecture_are_of_their_kinds() {
    for alignment in [0, 3, 48, u32::MAX] {
        let file = Gguf::new().entry("general.alignment", 4, &alignment.to_le_bytes());
        let reason = damage(file.header());
        assert!(
            reason.contains(&format!("is {alignment}, expected a power of two")),
            "{reason}"
        );
    }
    let file = Gguf::new().entry("general.alignment", 10, &32_u64.to_le_bytes());
    assert!(damage(file.header()).contains("alignment is of kind uint64, expected uint32"));
    let file = Gguf::new().entry("general.architecture", 0, &[1]);
    assert!(damage(file.header()).contains("architecture is of kind uint8, expected string"));
    let file = Gguf::new().entry("general.architecture", 8, &text(vec![b'x'; 2000]));
    assert!(refusal(file.header()).contains("2000 bytes long"));
    // An alignment longer than the file: the numbers would begin past its end.
    let file = one(&[1], F32, &[0; 4]).entry("general.alignment", 4, &(1_u32 << 31).to_le_bytes());
    assert!(damage(file.file()).contains("from byte 2147483648 on"));
}

#[test]
fn versions() {
    let of = |version| Gguf {
        version,
        ..Gguf::new()
    };
    assert!(damage(of(1).header()).contains("version 1, expected 2 or 3"));
    assert!(damage(of(0).header()).contains("version 0"));
    assert!(damage(of(4).header()).contains("version 4"));
    assert!(damage(of(3 << 24).header()).contains("big-endian"));
    assert!(damage(b"GGUF".to_vec()).contains("the version should take 4 bytes"));
}

#[test]
fn tensors_that_lie_about_their_sizes() {
    let four = f32s(&[7.0]);
    // Eight numbers would still fit into what the file is filled up with.
    for sizes in [&[9][..], &[1 << 40], &[1 << 61], &[u64::MAX >> 2]] {
        let reason = damage(one(sizes, F32, &four).file());
        assert!(
            reason.contains("tensor w should have") && reason.contains("the file has 96 bytes"),
            "{reason}"
        );
    }
    for sizes in [
        &[1 << 62][..],
        &[u64::MAX],
        &[1 << 32, 1 << 32],
        &[0, u64::MAX, u64::MAX],
        &[u64::MAX, u64::MAX, u64::MAX, u64::MAX],
    ] {
        let reason = damage(one(sizes, F32, &four).file());
        assert!(
            reason.contains("tensor w has the impossible shape"),
            "{reason}"
        );
    }
    assert!(refusal(one(&[1; 9], F32, &four).file()).contains("9 dimensions"));
    let mut file = one(&[], F32, &four).header();
    let dimensions = file.len() - 16;
    file[dimensions..dimensions + 4].fill(0xff);
    assert!(refusal(file).contains("4294967295 dimensions"));
}

#[test]
fn rows_of_blocks_are_whole() {
    for (kind, name, bytes) in [(Q8_0, "Q8_0", 34), (Q4_0, "Q4_0", 18)] {
        for sizes in [&[31][..], &[], &[16, 2], &[33, 32], &[1, 32]] {
            let reason = damage(one(sizes, kind, &vec![0; bytes * 40]).file());
            assert!(
                reason.contains("tensor w of shape") && reason.contains(&format!("32 in a {name}")),
                "{reason}"
            );
        }
        assert!(open(one(&[32, 3], kind, &vec![0; bytes * 3]).file()).is_ok());
        let reason = damage(one(&[32, 4], kind, &vec![0; bytes * 2]).file());
        assert!(
            reason.contains(&format!("should have {} bytes", bytes * 4)),
            "{reason}"
        );
    }
}

#[test]
fn types_that_are_not_computed_with_are_named() {
    for (kind, found) in [
        (12, "Q4_K blocks"),
        (39, "MXFP4 blocks"),
        (4, "numbers of the unknown type 4"),
        (u32::MAX, "numbers of the unknown type 4294967295"),
    ] {
        let expected = Error::WrongType {
            path: "forged".into(),
            tensor: "w".into(),
            found: found.into(),
        };
        assert_eq!(
            open(one(&[32], kind, &[0; 64]).file()).unwrap_err(),
            expected
        );
    }
    // Whole numbers are found out when they are taken, as in the other formats.
    for (kind, size, name) in [
        (24, 1, "int8"),
        (25, 2, "int16"),
        (26, 4, "int32"),
        (27, 8, "int64"),
    ] {
        let error = forge::read(one(&[2], kind, &vec![0; 2 * size]).file()).unwrap_err();
        assert!(
            matches!(&error, Error::WrongType { found, .. } if found == name),
            "{error}"
        );
    }
    let infinite = [&[0x00, 0x7c][..], &[1; 32]].concat();
    let error = forge::read(one(&[32], Q8_0, &infinite).file()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("tensor w holds inf at element 0"),
        "{error}"
    );
}

#[test]
fn overlaps_holes_and_order() {
    let two = |offsets: [u64; 2]| {
        let mut file = Gguf::new();
        for (name, offset) in ["a", "b"].into_iter().zip(offsets) {
            let part = tensor(name, &[16], F32, &[0; 64]);
            file = file.with(gguf::Tensor {
                offset: Some(offset),
                ..part
            });
        }
        file.file()
    };
    assert!(open(two([0, 64])).is_ok());
    for (offsets, wrong, found, expected) in [
        ([0, 0], "b", 0, 64),
        ([0, 32], "b", 32, 64),
        ([0, 63], "b", 63, 64),
        ([0, 65], "b", 65, 64),
        ([0, 96], "b", 96, 64),
        ([0, u64::MAX], "b", u64::MAX, 64),
        ([64, 0], "a", 64, 0),
        ([u64::MAX - 31, 64], "a", u64::MAX - 31, 0),
    ] {
        let reason = damage(two(offsets));
        let words = format!(
            "tensor {wrong} begins at byte {found} of the numbers, expected byte {expected},"
        );
        assert!(reason.contains(&words), "{reason}");
    }
    let mut longer = two([0, 64]);
    let whole = longer.len();
    longer.push(0);
    let reason = damage(longer);
    assert!(
        reason.contains(&format!(
            "end at byte {whole}, but the file has {}",
            whole + 1
        )),
        "{reason}"
    );
}

#[test]
fn names_and_counts_that_lie() {
    let four = f32s(&[7.0]);
    let twice = one(&[1], F32, &four).with(tensor("w", &[1], F32, &four));
    assert!(damage(twice.file()).contains("two tensors named w"));
    let long = "w".repeat(1025);
    let long = Gguf::new().with(tensor(&long, &[1], F32, &four));
    assert!(refusal(long.file()).contains("name of tensor number 0 is 1025 bytes"));
    let mut broken = one(&[1], F32, &four);
    broken.tensors[0].name = b"w\xff".to_vec();
    assert!(damage(broken.file()).contains("name of tensor number 0 should be UTF-8"));
    let counting = |count| {
        let mut file = one(&[1], F32, &four);
        file.counts[1] = Some(count);
        file
    };
    for count in [65_537, u64::MAX] {
        assert!(refusal(counting(count).file()).contains(&format!("{count} tensors")));
    }
    assert!(damage(counting(2).header()).contains("name of tensor number 1 should take 8"));
    assert!(damage(counting(0).file()).contains("its tensors end at byte"));
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let whole = honest().file();
    let end = whole.len() - 14; // the last tensor is 18 bytes, filled up to 32
    assert!(forge::read(whole.clone()).is_ok());
    for length in 0..end {
        let cut = whole.get(..length).unwrap().to_vec();
        assert!(open(cut).is_err(), "cut to {length} bytes");
    }
    assert!(open(whole[..end].to_vec()).is_ok());
}

/// Every bit of a file turned over, and every byte set to its extremes: errors or numbers, no panics.
#[test]
fn one_wrong_byte_does_no_harm() {
    let whole = honest().file();
    for at in 0..whole.len() {
        let masks = (0..8).map(|bit| 1 << bit).chain([!whole[at], 0xff]);
        for mask in masks {
            let mut changed = whole.clone();
            changed[at] ^= mask;
            let _ = forge::read(changed);
        }
    }
}
