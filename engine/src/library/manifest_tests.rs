//! Manifests that are read, and what is said of those that are not.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::{
    library::PresetKind,
    recipe::{Guidance, PerDepth},
};

const GOOD: &str = r#"
        name = "Small"
        id = "small"
        family = "dnd"
        kind = "class"
        image = { width = 64, height = 64 }
        codes = { grid = [4, 4], depth = 2, codebook = 128 }
        sampling = { temperature = [1.0, 0.9], guidance = 2.0 }
        classes = { ids = [3, 1] }
        [transformer]
        layers = 6
        heads = 4
        width = 64
        head_positions = [5, 3]
        classes = 10
        class_dropout_prob = 0.1
        [files]
        transformer = "t.pt"
        tokenizer = "v.pt"
        config = "config.yaml"
    "#;

fn error(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    let path = Path::new("small/model.toml");
    let parsed = Manifest::parse(&GOOD.replace(from, to), path);
    parsed
        .and_then(|manifest| manifest.card(path, None))
        .unwrap_err()
        .to_string()
}

#[test]
fn a_manifest_becomes_a_card() {
    let path = Path::new("small/model.toml");
    let card = Manifest::parse(GOOD, path)
        .unwrap()
        .card(path, None)
        .unwrap();
    assert_eq!(card.mode, Mode::Classes);
    assert_eq!(card.classes, [1, 3]);
    assert_eq!(card.sampling.temperature, PerDepth::Each(vec![1.0, 0.9]));
    assert_eq!(card.guidance.scale, PerDepth::Same(2.0));
    assert!(card.guidable);
    assert_eq!(card.presets, []);
    assert_eq!(card.footprint.sequence, 6 * 2 * 16 * 64 * 4);
    assert!(card.footprint.weights > 6 * 4 * 64 * 64 * 4);
}

#[test]
fn a_manifest_may_carry_paper_and_pretty_settings() {
    let path = Path::new("small/model.toml");
    let text = GOOD.replace(
        "guidance = 2.0 }",
        "guidance = 2.0, paper = { guidance = 1.5 }, pretty = { guidance = 4.0, top_p = 0.9 } }",
    );
    let card = Manifest::parse(&text, path).unwrap().card(path, None);
    let presets = card.unwrap().presets;
    let kinds: Vec<PresetKind> = presets.iter().map(|preset| preset.kind).collect();
    assert_eq!(kinds, [PresetKind::Paper, PresetKind::Pretty]);
    assert_eq!(presets[0].guidance, Guidance::constant(1.5));
    assert_eq!(presets[1].guidance, Guidance::constant(4.0));
    let each = PerDepth::Each(vec![1.0, 0.9]);
    assert_eq!(presets[1].sampling.temperature, each, "as recommended");
    assert_eq!(presets[1].sampling.top_p, PerDepth::Same(0.9));
}

#[test]
fn a_llamagen_manifest_needs_neither_head_positions_nor_a_config() {
    let path = Path::new("l/model.toml");
    let text = r#"
            name = "LlamaGen L"
            id = "llamagen-l-384"
            family = "llamagen"
            kind = "class"
            image = { width = 384, height = 384 }
            codes = { grid = [24, 24], depth = 1, codebook = 16384 }
            transformer = { preset = "L", classes = 1000, class_dropout_prob = 0.1 }
            files = { transformer = "c2i_L_384.pt", tokenizer = "vq_ds16_c2i.pt" }
        "#;
    let manifest = Manifest::parse(text, path).unwrap();
    let config = manifest.transformer(path).unwrap();
    assert_eq!((config.layers, config.heads, config.width), (24, 16, 1024));
    assert_eq!((config.head_layers, config.grid), (vec![23], 24));
    assert_eq!(manifest.tokenizer_config(), None);
    let card = manifest.card(path, None).unwrap();
    assert_eq!(
        (card.classes.len(), card.depth, card.guidable),
        (1000, 1, true)
    );

    let error = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let parsed = Manifest::parse(&text.replace(from, to), path);
        let config = parsed.and_then(|manifest| manifest.transformer(path));
        config.unwrap_err().to_string()
    };
    assert!(error("\"L\"", "\"7B\"").contains("one of B, L, XL, XXL, XXXL, 3B"));
    let two = error("depth = 1", "depth = 2");
    assert!(two.contains("head_positions lists 0"), "{two}");
    let early = error("preset = ", "head_positions = [3], preset = ");
    assert!(early.contains("from its last layer"), "{early}");
    let dnd = error("\"llamagen\"", "\"dnd\"");
    assert!(dnd.contains("files.config is missing"), "{dnd}");
}

#[test]
fn errors_say_what_was_expected() {
    assert!(error("\"dnd\"", "\"gan\"").contains("expected \"dnd\""));
    assert!(error("\"small\"", "\"../up\"").contains("expected letters"));
    assert!(error("\"t.pt\"", "\"../t.pt\"").contains("not the name of a file"));
    assert!(error("[5, 3]", "[5]").contains("head_positions lists 1"));
    assert!(error("[3, 1]", "[10]").contains("below 10"));
    assert!(error("heads = 4", "heads = 5").contains("multiple of 5 heads"));
    assert!(error("layers = 6", "preset = \"XXXXL\"").contains("one of B, L"));
    assert!(error("grid = [4, 4]", "grid = [4, 5]").contains("square"));
    assert!(error("[1.0, 0.9]", "[]").contains("temperature"));
    assert!(error("{ width = 64", "{ width = 99999").contains("expected 1 to 16384"));
    assert!(error("{ width = 64", "{ width = 0").contains("0 by 64"));
    let pretty = "guidance = 2.0, pretty = { top_p = 2.0 } }";
    assert!(error("guidance = 2.0 }", pretty).contains("top-p"));
}

/// They are shown in terminals, which obey control characters.
#[test]
fn texts_that_move_the_cursor_are_refused() {
    assert!(error("\"Small\"", "\"\\u001b[2J\"").contains("name holds control"));
    let summary = "summary = \"a\\rb\"\n id = \"small\"";
    assert!(error("id = \"small\"", summary).contains("summary holds control"));
    // The parser's own message shows the line that it stopped at.
    let line = error("kind = \"class\"", "kind = \"\u{9b}2J\u{1b}[2J\"");
    assert!(!line.contains(['\u{1b}', '\u{9b}']), "{line}");
    let lines = format!("summary = {0}a\r\nb{0}\n id = \"small\"", "\"\"\"");
    let parsed = Manifest::parse(&GOOD.replace("id = \"small\"", &lines), Path::new("m"));
    assert!(parsed.is_ok());
}

#[test]
fn a_manifest_that_is_long_is_refused() {
    let long = GOOD.to_owned() + &"#".repeat(MANIFEST_LIMIT);
    let refused = Manifest::parse(&long, Path::new("m"));
    assert!(matches!(refused, Err(Error::Refused { .. })));
}
