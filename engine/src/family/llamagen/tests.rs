//! LlamaGen's sizes, and checkpoints that are not what they should be.
#![allow(clippy::unwrap_used)]

use safetensors::{Dtype, tensor::TensorView};

use super::{FAMILY, PRESETS, config};
use crate::{
    checkpoint::{Source, StateDict},
    error::Error,
    family::dnd::{Config, Preset, Weights},
};

/// A tensor's name and shape.
type Named = (String, Vec<usize>);

/// Three layers of width 16 with two heads, 12 codes, five classes, 3x3 positions.
fn small() -> Config {
    Config {
        layers: 3,
        heads: 2,
        width: 16,
        codebook: 12,
        classes: 5,
        unconditional: true,
        grid: 3,
        head_layers: vec![2],
        tied_heads: false,
    }
}

/// The tensors of [`small`].
fn tensors() -> Vec<Named> {
    let mut tensors: Vec<(String, Vec<usize>)> = vec![
        ("cls_embedding.embedding_table.weight".into(), vec![6, 16]),
        ("tok_embeddings.weight".into(), vec![12, 16]),
        ("norm.weight".into(), vec![16]),
        ("output.weight".into(), vec![12, 16]),
    ];
    for layer in 0..3 {
        let parts: [(&str, &[usize]); 7] = [
            ("attention.wqkv", &[48, 16]),
            ("attention.wo", &[16, 16]),
            ("feed_forward.w1", &[256, 16]),
            ("feed_forward.w3", &[256, 16]),
            ("feed_forward.w2", &[16, 256]),
            ("attention_norm", &[16]),
            ("ffn_norm", &[16]),
        ];
        let named = |(part, shape): (&str, &[usize])| {
            (format!("layers.{layer}.{part}.weight"), shape.to_vec())
        };
        tensors.extend(parts.map(named));
    }
    tensors
}

/// A checkpoint of zeros. Its bytes are never freed, which a test can bear.
fn checkpoint(tensors: &[Named]) -> StateDict {
    let most = tensors.iter().map(|(_, shape)| shape.iter().product());
    let zeros = vec![0_u8; 4 * most.max().unwrap_or(0)];
    let views = tensors.iter().map(|(name, shape)| {
        let bytes = &zeros[..4 * shape.iter().product::<usize>()];
        (
            name,
            TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap(),
        )
    });
    let bytes = safetensors::serialize(views, None).unwrap();
    let source = Source::Shipped {
        path: "c2i.safetensors".into(),
        bytes: bytes.leak(),
    };
    StateDict::open(&source).unwrap()
}

/// What is said of the checkpoint after a change.
fn refused(change: impl FnOnce(&mut Vec<Named>)) -> Error {
    let mut tensors = tensors();
    change(&mut tensors);
    Weights::read(&FAMILY, &small(), checkpoint(&tensors)).unwrap_err()
}

fn find<'a>(tensors: &'a mut [Named], name: &str) -> &'a mut Named {
    tensors.iter_mut().find(|(own, _)| own == name).unwrap()
}

#[test]
fn a_checkpoints_shapes_tell_its_sizes() {
    let state = checkpoint(&tensors());
    assert_eq!(config(&state, 3, Some(2)).unwrap(), small());
    let weights = Weights::read(&FAMILY, &small(), state).unwrap();
    assert_eq!((weights.blocks.len(), weights.outputs.len()), (3, 1));

    let unknown = config(&checkpoint(&tensors()), 3, None).unwrap_err();
    assert!(unknown.to_string().contains("attention heads"), "{unknown}");
    let mut wide = tensors();
    find(&mut wide, "tok_embeddings.weight").1[1] = 3200;
    let published = config(&checkpoint(&wide), 24, None).unwrap();
    assert_eq!((published.heads, published.head_width()), (32, 100));
}

#[test]
fn parameters_are_those_of_the_published_models() {
    let published = [
        ("B", 110_888_448),
        ("L", 342_910_976),
        ("XL", 774_699_520),
        ("GPT-XXL", 1_410_972_672),
        ("xxxl", 3_893_027_840),
        ("3b", 3_096_659_200),
    ];
    assert_eq!(published.len(), PRESETS.len());
    for (name, parameters) in published {
        let Preset {
            layers,
            heads,
            width,
            ..
        } = FAMILY.preset(name).unwrap();
        let config = Config {
            layers,
            heads,
            width,
            codebook: 16_384,
            classes: 1000,
            grid: 24,
            head_layers: vec![layers - 1],
            ..small()
        };
        let config = config.checked().unwrap();
        (FAMILY.check)(&config).unwrap();
        assert_eq!(config.parameters(), parameters, "{name}");
    }
    assert_eq!(FAMILY.preset("7B"), None, "a size of the other family");
}

#[test]
fn more_than_one_code_a_position_is_refused() {
    for head_layers in [vec![1, 2], vec![1]] {
        let config = Config {
            head_layers,
            ..small()
        };
        let error = (FAMILY.check)(&config).unwrap_err().to_string();
        assert!(
            error.contains("expected [2]: a LlamaGen model has one code"),
            "{error}"
        );
    }
}

#[test]
fn a_head_that_is_missing_or_numbered_is_named() {
    let missing = refused(|tensors| tensors.retain(|(name, _)| name != "norm.weight"));
    assert!(
        matches!(&missing, Error::MissingTensor { tensor, expected, .. } if tensor == "norm.weight" && *expected == [16]),
        "{missing}"
    );
    let numbered = refused(|tensors| find(tensors, "norm.weight").0 = "norm.0.weight".into());
    assert!(
        numbered.to_string().contains("no tensor norm.weight"),
        "{numbered}"
    );
    let extra = refused(|tensors| tensors.push(("output.0.weight".into(), vec![12, 16])));
    assert!(
        matches!(&extra, Error::ExtraTensors { tensors, .. } if *tensors == ["output.0.weight"]),
        "{extra}"
    );
}

#[test]
fn wrong_shapes_are_told_as_sizes_where_they_are_sizes() {
    let error = |name: &'static str, shape: &[usize]| {
        let shape = shape.to_vec();
        refused(move |tensors| find(tensors, name).1 = shape).to_string()
    };
    let output = error("output.weight", &[11, 16]);
    assert!(
        output.contains("output.weight has shape [11, 16], expected [12, 16]"),
        "{output}"
    );
    let width = error("tok_embeddings.weight", &[12, 20]);
    assert!(
        width.contains("width is 20 in the checkpoint but 16 in model.toml"),
        "{width}"
    );
    let classes = error("cls_embedding.embedding_table.weight", &[5, 16]);
    assert!(classes.contains("class_dropout_prob"), "{classes}");
    let flat = error("tok_embeddings.weight", &[192]);
    assert!(flat.contains("expected with 2 dimensions"), "{flat}");
    let layers = refused(|tensors| tensors.retain(|(name, _)| !name.starts_with("layers.2.")));
    assert!(
        layers.to_string().contains("number of layers is 2"),
        "{layers}"
    );
    let none = refused(|tensors| tensors.retain(|(name, _)| !name.starts_with("tok_")));
    assert!(
        none.to_string()
            .contains("holds no tensor tok_embeddings.weight"),
        "{none}"
    );
}

#[test]
fn caches_and_a_rotary_table_of_this_grid_are_passed_over() {
    let with_table = |rows: usize| {
        let mut tensors = tensors();
        tensors.push(("freqs_cis".into(), vec![rows, 4, 2]));
        let cache = "layers.0.attention.kv_cache.k_cache";
        tensors.push((cache.into(), vec![2, 2, 10, 8]));
        Weights::read(&FAMILY, &small(), checkpoint(&tensors))
    };
    assert!(with_table(10).is_ok());
    let other = with_table(17).unwrap_err().to_string();
    assert!(other.contains("number of positions is 16"), "{other}");
}

#[test]
fn a_text_conditional_checkpoint_is_refused_for_what_it_is() {
    for name in [
        "cls_embedding.cap_proj.fc1.weight",
        "cls_embedding.uncond_embedding",
    ] {
        let refusal = refused(|tensors| {
            tensors.retain(|(name, _)| !name.starts_with("cls_embedding."));
            tensors.push((name.into(), vec![16, 16]));
        });
        assert!(matches!(refusal, Error::Refused { .. }), "{refusal}");
        assert!(
            refusal.to_string().contains("text-conditional"),
            "{refusal}"
        );
    }
}
