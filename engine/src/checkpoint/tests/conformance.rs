//! The published implementation's files: every one is read, and `.pt` and `.safetensors` agree.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::forge::{
    self, f32s,
    gguf::{Gguf, tensor},
};
use crate::checkpoint::{RqVaeConfig, Source, StateDict, archive::Archive};

/// The folders of the conformance data; none when it is not there.
fn folders() -> Vec<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    let root = std::env::var_os("STRATA_CONFORMANCE").map_or(default, PathBuf::from);
    let Ok(entries) = fs::read_dir(&root) else {
        println!(
            "skipped: there is no conformance data in {}",
            root.display()
        );
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn pairs() -> Vec<(PathBuf, PathBuf)> {
    let pair = |folder: &PathBuf, name: &str| {
        let torch = folder.join(name).with_extension("pt");
        let safe = folder.join(name).with_extension("safetensors");
        (torch.exists() && safe.exists()).then_some((torch, safe))
    };
    let folders = folders();
    let pairs = folders
        .iter()
        .flat_map(|f| [pair(f, "model"), pair(f, "checkpoint")]);
    pairs.flatten().collect()
}

#[test]
fn torch_and_safetensors_agree_element_for_element() {
    for (torch, safe) in pairs() {
        let mut torch = StateDict::open(&Source::File(torch)).unwrap();
        let mut safe = StateDict::open(&Source::File(safe)).unwrap();
        let names: Vec<String> = torch.names().map(str::to_owned).collect();
        assert!(!names.is_empty());
        let mut sorted: [Vec<&str>; 2] = [torch.names().collect(), safe.names().collect()];
        sorted.iter_mut().for_each(|names| names.sort_unstable());
        assert_eq!(sorted[0], sorted[1], "{}", torch.path().display());
        for name in names {
            let shape = torch.shape(&name).unwrap().to_vec();
            let one = torch.take(&name, &shape).unwrap();
            let two = safe.take(&name, &shape).unwrap();
            assert_eq!(one.len(), shape.iter().product::<usize>());
            let same = one
                .iter()
                .zip(&two)
                .all(|(a, b)| a.to_bits() == b.to_bits());
            assert!(same, "{name} in {}", torch.path().display());
        }
        torch.finish().unwrap();
        safe.finish().unwrap();
    }
}

/// The published tensors in a GGUF file: the same names, shapes and numbers come out.
#[test]
fn gguf_and_safetensors_agree_element_for_element() {
    for (_, safe) in pairs() {
        let mut safe = StateDict::open(&Source::File(safe)).unwrap();
        let names: Vec<String> = safe.names().map(str::to_owned).collect();
        let mut file = Gguf::new();
        let mut tensors = Vec::new();
        for name in &names {
            let shape = safe.shape(name).unwrap().to_vec();
            let numbers = safe.take(name, &shape).unwrap();
            let sizes: Vec<u64> = shape.iter().rev().map(|size| *size as u64).collect();
            file = file.with(tensor(name, &sizes, 0, &f32s(&numbers)));
            tensors.push((shape, numbers));
        }
        let mut dict = forge::open(file.file()).unwrap();
        assert_eq!(dict.names().collect::<Vec<_>>(), names);
        for (name, (shape, numbers)) in names.iter().zip(tensors) {
            assert_eq!(dict.shape(name), Some(&*shape), "{name}");
            assert_eq!(dict.take(name, &shape).unwrap(), numbers, "{name}");
        }
        dict.finish().unwrap();
    }
}

#[test]
fn every_safetensors_file_opens() {
    for folder in folders().iter().filter(|folder| folder.is_dir()) {
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path
                .extension()
                .is_some_and(|ending| ending == "safetensors")
            {
                let dict = StateDict::open(&Source::File(path)).unwrap();
                assert!(dict.names().len() > 0);
            }
        }
    }
}

/// Our directory reader against the `zip` crate's.
#[test]
fn entries_lie_where_another_reader_finds_them() {
    for (torch, _) in pairs() {
        let bytes = fs::read(&torch).unwrap();
        let ours = Archive::open(&bytes).unwrap();
        let mut theirs = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap();
        assert_eq!(ours.names().count(), theirs.len());
        for index in 0..theirs.len() {
            let entry = theirs.by_index_raw(index).unwrap();
            let start = entry.data_start().unwrap() as usize;
            let place = start..start + entry.size() as usize;
            let name = entry.name().unwrap().into_owned();
            assert_eq!(ours.place(&name), Some(place), "{name}");
        }
    }
}

#[test]
fn every_config_is_read() {
    for folder in folders() {
        let path = folder.join("config.yaml");
        if !path.exists() {
            continue;
        }
        let config = RqVaeConfig::from_source(&Source::File(path.clone())).unwrap();
        assert_eq!(config.check(), Ok(()));
        // The same numbers as JSON lie in case.json.
        let case = fs::read_to_string(folder.join("case.json")).unwrap();
        let case: serde_json::Value = serde_json::from_str(&case).unwrap();
        let (hparams, dd) = (&case["arch"]["hparams"], &case["arch"]["ddconfig"]);
        assert_eq!(config.embed_dim, hparams["embed_dim"], "{}", path.display());
        assert_eq!(config.codebook, hparams["n_embed"]);
        assert_eq!(serde_json::json!(config.latent), hparams["latent_shape"]);
        assert_eq!(serde_json::json!(config.codes), hparams["code_shape"]);
        assert_eq!(config.shared_codebook, hparams["shared_codebook"]);
        assert_eq!(config.z_channels, dd["z_channels"]);
        assert_eq!(config.resolution, dd["resolution"]);
        assert_eq!(config.channels, dd["ch"]);
        assert_eq!(serde_json::json!(config.channel_mult), dd["ch_mult"]);
        assert_eq!(config.blocks, dd["num_res_blocks"]);
        assert_eq!(
            serde_json::json!(config.attention_resolutions),
            dd["attn_resolutions"]
        );
        assert_eq!(config.double_z, dd["double_z"]);
    }
}
