//! The published model's golden outputs, whatever folder of them `STRATA_CONFORMANCE` names.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{fs, path::Path};

use strata_tests::conformance::{Case, KINDS, root, run, run_all, unknown_kinds};

fn conforms(kind: &str) {
    let Some(root) = root() else { return };
    let ran = run_all(&root, kind).unwrap_or_else(|error| panic!("{error:#}"));
    println!("{kind}: {}", ran.join(", "));
}

#[test]
fn conformance_of_transformers() {
    conforms("transformer");
}

#[test]
fn conformance_of_tokenizers() {
    conforms("tokenizer");
}

#[test]
fn conformance_of_pipelines() {
    conforms("pipeline");
}

#[test]
fn conformance_of_llamagen_transformers() {
    conforms("llamagen-transformer");
}

#[test]
fn conformance_of_llamagen_tokenizers() {
    conforms("llamagen-tokenizer");
}

#[test]
fn conformance_of_llamagen_pipelines() {
    conforms("llamagen-pipeline");
}

#[test]
fn conformance_of_sampling() {
    conforms("sampling");
}

#[test]
fn conformance_set_is_not_empty() {
    let Some(root) = root() else { return };
    let skipped = unknown_kinds(&root).unwrap();
    println!("skipped, not known yet: {}", skipped.join(", "));
    let known = fs::read_dir(&root).unwrap().filter(|entry| {
        let folder = entry.as_ref().unwrap().path();
        folder.join("case.json").is_file()
    });
    assert!(
        known.count() > skipped.len(),
        "no case of {KINDS:?} in {}",
        root.display()
    );
}

/// Copies a case and changes one element of one expected tensor: the runner must notice.
#[test]
fn conformance_runner_notices_one_changed_element() {
    let Some(root) = root() else { return };
    let cases = [
        ("transformer-tied", "greedy.cfg1.0.head_logits"),
        ("transformer-tied", "teacher.hidden"),
        ("tokenizer-unshared", "decoded"),
        ("tokenizer-unshared", "stage.encoder.mid.attn_1"),
        (
            "llamagen-transformer",
            "greedy.cfg1.7.interval3.guided_logits",
        ),
        ("llamagen-tokenizer", "codebook_normalised"),
        ("llamagen-tokenizer", "stage.decoder.conv_blocks.0.attn.1"),
        ("sampling", "probs.001"),
    ];
    for (name, tensor) in cases {
        let original = root.join(name);
        if !original.is_dir() {
            continue;
        }
        let copy = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(&original).unwrap() {
            let entry = entry.unwrap();
            // Read and write, as the originals may be read-only.
            let bytes = fs::read(entry.path()).unwrap();
            fs::write(copy.path().join(entry.file_name()), bytes).unwrap();
        }
        run(&Case::open(copy.path()).unwrap()).unwrap();
        change_one(&copy.path().join("expected.safetensors"), tensor);
        assert!(
            run(&Case::open(copy.path()).unwrap()).is_err(),
            "{name}: {tensor}"
        );
    }
}

/// Adds a hundredth to an element in the middle of an f32 tensor.
fn change_one(file: &Path, tensor: &str) {
    let mut bytes = fs::read(file).unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let json: serde_json::Value = serde_json::from_slice(&bytes[8..8 + header]).unwrap();
    let offsets = &json[tensor]["data_offsets"];
    let [start, end] = [0, 1].map(|i| offsets[i].as_u64().unwrap() as usize);
    let at = 8 + header + (start + (end - start) / 2) / 4 * 4;
    let value = f32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) + 0.01;
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    fs::write(file, bytes).unwrap();
}
