//! Honest files with a few bytes changed, and bytes that were never a file: errors or numbers, no panics.

use proptest::{prelude::*, test_runner::RngSeed};

use super::{
    config,
    forge::{self, Pickle, Tensor, f32s, torch},
    gguf,
};

/// A small file with most of what files have: two storages, a shared one, a transposed tensor, leftovers.
fn honest_torch() -> Vec<u8> {
    let part = |shape: &[u64], strides: &[u64], entry| Tensor {
        stored: 6,
        strides: strides.into(),
        entry,
        ..Tensor::new(shape)
    };
    let pickle = Pickle::new()
        .raw(b"}q\0(")
        .text("model")
        .ordered()
        .raw(b"q\x01(")
        .text("a.weight")
        .tensor(&part(&[2, 3], &[3, 1], "0"))
        .text("b.weight")
        .tensor(&part(&[3, 2], &[1, 3], "0"))
        .text("c.bias")
        .tensor(&part(&[6], &[1], "1"))
        .raw(b"u}")
        .text("_metadata")
        .raw(b"]sb")
        .text("args")
        .global("argparse", "Namespace")
        .raw(b")\x81}q\x02")
        .text("steps")
        .raw(b"J\0\0\x01\0sbu");
    let numbers = f32s(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    torch(pickle.stop(), &[&numbers, &numbers])
}

fn honest_safetensors() -> Vec<u8> {
    let header = r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"F16","shape":[2],"data_offsets":[8,12]}}"#;
    let numbers = [f32s(&[1.0, 2.0]), vec![0, 0x3c, 0, 0x40]].concat();
    [
        &(header.len() as u64).to_le_bytes()[..],
        header.as_bytes(),
        &numbers,
    ]
    .concat()
}

/// Bytes set, put in, and taken out, anywhere.
fn mutated(mut bytes: Vec<u8>, changes: &[(usize, u8, u8)]) -> Vec<u8> {
    for (at, byte, kind) in changes {
        if bytes.is_empty() {
            break;
        }
        let at = at % bytes.len();
        match kind % 8 {
            0 => bytes.insert(at, *byte),
            1 => drop(bytes.remove(at)),
            2 => bytes[at] = 0xff,
            3 => bytes[at] ^= 1 << (byte % 8),
            _ => bytes[at] = *byte,
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<(usize, u8, u8)>> {
    prop::collection::vec((any::<usize>(), any::<u8>(), any::<u8>()), 1..6)
}

#[test]
fn the_honest_files_are_honest() {
    assert_eq!(forge::read(honest_torch()).unwrap().len(), 3);
    assert_eq!(forge::read(honest_safetensors()).unwrap().len(), 2);
    assert_eq!(forge::read(gguf::honest().file()).unwrap().len(), 7);
}

proptest! {
    // With a fixed seed, so that whoever runs it sees the same. Fuzzing is what looks further: `tests/fuzz`.
    #![proptest_config(ProptestConfig {
        cases: 3000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn torch_files(changes in changes()) {
        let _ = forge::read(mutated(honest_torch(), &changes));
    }

    /// The pickle alone, in an archive that fits it, so that the changes get past the archive's checks.
    #[test]
    fn pickles(changes in changes()) {
        let whole = honest_torch();
        let archive = super::super::archive::Archive::open(&whole).unwrap();
        let pickle = mutated(archive.data("m/data.pkl").unwrap().to_vec(), &changes);
        let numbers = f32s(&[0.0; 6]);
        let _ = forge::read(torch(pickle, &[&numbers, &numbers]));
    }

    #[test]
    fn safetensors_files(changes in changes()) {
        let _ = forge::read(mutated(honest_safetensors(), &changes));
    }

    #[test]
    fn gguf_files(changes in changes()) {
        let _ = forge::read(mutated(gguf::honest().file(), &changes));
    }

    /// The changes that matter most are in the header, which is a tenth of a file or less.
    #[test]
    fn gguf_headers(changes in changes(), length in 0_usize..400) {
        let _ = forge::read([mutated(gguf::honest().header(), &changes), vec![0; length]].concat());
    }

    #[test]
    fn configs(changes in changes()) {
        let text = mutated(config::HONEST.into(), &changes);
        if let Ok(config) = config::read(&String::from_utf8_lossy(&text)) {
            prop_assert!(config.check().is_ok());
        }
    }

    #[test]
    fn random_bytes(start in 0_usize..5, bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let start: &[u8] = [
            &b""[..],
            b"PK\x03\x04",
            b"\x40\0\0\0\0\0\0\0{",
            b"\x80\x02",
            b"GGUF\x03\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0",
        ][start];
        prop_assert!(forge::read([start, &bytes].concat()).is_err());
        let _ = forge::read(torch([b"\x80\x02", &bytes[..]].concat(), &[]));
    }
}
