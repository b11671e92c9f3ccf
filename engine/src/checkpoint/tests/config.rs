//! The tokenizer's configuration: honest, wrong in one key, and hostile.

use crate::{
    Error, Result,
    checkpoint::{RqVaeConfig, Source},
};

pub const HONEST: &str = "\
dataset: {type: imagenet}
arch:
  type: rq-vae
  hparams:
    bottleneck_type: rq
    embed_dim: 32
    n_embed: 128
    latent_shape: [4, 4, 32]
    code_shape: [4, 4, 2]
    shared_codebook: true
  ddconfig:
    double_z: false
    z_channels: 16
    resolution: 8
    in_channels: 3
    out_ch: 3
    ch: 32
    ch_mult: [1, 2]
    num_res_blocks: 1
    attn_resolutions: [4]
    dropout: 0.0
seed: 0
";

pub fn read(text: &str) -> Result<RqVaeConfig> {
    RqVaeConfig::from_source(&Source::Shipped {
        path: "config.yaml".into(),
        bytes: text.to_owned().leak().as_bytes(),
    })
}

fn reason(text: &str) -> String {
    match read(text) {
        Err(Error::Malformed {
            path,
            format: "tokenizer config",
            reason,
        }) => {
            assert_eq!(path.to_str(), Some("config.yaml"));
            reason
        }
        other => panic!("expected a damaged config, found {other:?}"),
    }
}

#[test]
fn an_honest_config_is_read() {
    let config = read(HONEST).unwrap();
    let expected = RqVaeConfig {
        embed_dim: 32,
        codebook: 128,
        latent: [4, 4, 32],
        codes: [4, 4, 2],
        shared_codebook: true,
        z_channels: 16,
        resolution: 8,
        in_channels: 3,
        out_channels: 3,
        channels: 32,
        channel_mult: vec![1, 2],
        blocks: 1,
        attention_resolutions: vec![4],
        double_z: false,
    };
    assert_eq!(config, expected);
}

#[test]
fn one_size_for_every_depth_or_a_list_of_equal_ones() {
    let with = |sizes: &str| HONEST.replace("n_embed: 128", &format!("n_embed: {sizes}"));
    assert_eq!(read(&with("[128, 128]")).unwrap().codebook, 128);
    for sizes in ["[128, 64]", "[128]", "[]", "\"128\"", "-1", "1.5"] {
        let reason = reason(&with(sizes));
        assert!(reason.contains("arch.hparams.n_embed"), "{reason}");
    }
}

#[test]
fn a_wrong_key_is_named_with_what_was_found() {
    for (from, to, words) in [
        (
            "embed_dim: 32",
            "embed_dim: wide",
            &["arch.hparams.embed_dim is \"wide\"", "whole number"][..],
        ),
        (
            "    embed_dim: 32\n",
            "",
            &["arch.hparams.embed_dim is missing"],
        ),
        (
            "ch_mult: [1, 2]",
            "ch_mult: 2",
            &["arch.ddconfig.ch_mult is 2", "list"],
        ),
        ("ch_mult: [1, 2]", "ch_mult: []", &["arch.ddconfig.ch_mult"]),
        ("ch_mult: [1, 2]", "ch_mult: [1, 65]", &["ch_mult holds 65"]),
        (
            "code_shape: [4, 4, 2]",
            "code_shape: [4, 4]",
            &["code_shape is [4,4]", "three"],
        ),
        (
            "code_shape: [4, 4, 2]",
            "code_shape: [4, 4, 0]",
            &["code_shape[2] is 0"],
        ),
        (
            "code_shape: [4, 4, 2]",
            "code_shape: [8, 8, 2]",
            &["latent_shape"],
        ),
        (
            "latent_shape: [4, 4, 32]",
            "latent_shape: [4, 4, 64]",
            &["latent_shape", "[4, 4, 32]"],
        ),
        (
            "resolution: 8",
            "resolution: 16",
            &["ddconfig.resolution 16"],
        ),
        ("resolution: 8", "resolution: 9", &["ddconfig.resolution 9"]),
        (
            "resolution: 8",
            "resolution: 99999999999",
            &["ddconfig.resolution is 99999999999"],
        ),
        ("ch: 32", "ch: 33", &["multiple of 32"]),
        ("ch: 32", "ch: 18446744073709551615", &["ddconfig.ch is"]),
        (
            "ch: 32",
            "ch: 99999999999999999999999",
            &["arch.ddconfig.ch is"],
        ),
        (
            "in_channels: 3",
            "in_channels: 1",
            &["in_channels is 1", "expected 3"],
        ),
        (
            "double_z: false",
            "double_z: maybe",
            &["double_z is \"maybe\"", "true or false"],
        ),
        ("  ddconfig:", "  other:", &["arch.ddconfig is missing"]),
        ("arch:", "architecture:", &["arch.type is missing"]),
        ("type: rq-vae", "type: 3", &["arch.type is 3"]),
    ] {
        let changed = HONEST.replacen(from, to, 1);
        assert_ne!(changed, HONEST, "{from}");
        let reason = reason(&changed);
        for word in words {
            assert!(reason.contains(word), "{to}: {reason}");
        }
    }
}

#[test]
fn other_kinds_of_tokenizer_are_refused() {
    for (from, to, word) in [
        ("type: rq-vae", "type: vqgan", "vqgan"),
        ("bottleneck_type: rq", "bottleneck_type: vq", "vq"),
    ] {
        let error = read(&HONEST.replacen(from, to, 1)).unwrap_err();
        assert!(
            matches!(&error, Error::Refused { reason, .. }
                if reason.contains(word) && reason.contains("arch.")),
            "{error}"
        );
    }
    assert!(read(&HONEST.replace("    bottleneck_type: rq\n", "")).is_ok());
    assert!(
        !read(&HONEST.replace("    shared_codebook: true\n", ""))
            .unwrap()
            .shared_codebook
    );
}

#[test]
fn what_the_trainer_left_does_not_matter() {
    let more = format!(
        "{HONEST}extra: {{a: [1, {{b: null}}], 7: .nan}}\nobject: !!python/object:os.system x\n"
    );
    assert!(read(&more).is_ok(), "{:?}", read(&more));
}

#[test]
fn bombs_are_errors() {
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        laughs += &format!("a{level}: &a{level} [{}]\n", [below.as_str(); 9].join(", "));
    }
    for hostile in [
        format!("{laughs}{HONEST}"),
        format!("{laughs}arch: *a11\n"),
        format!("arch: {}{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("arch: {}", "{a: ".repeat(50_000)),
        format!("x: {}\n{HONEST}", "[".repeat(50_000)),
        format!(
            "arch:\n{}",
            (0..500)
                .map(|n| format!("{}a:\n", " ".repeat(n + 1)))
                .collect::<String>()
        ),
        format!("arch: [{}]", "1, ".repeat(50_000)),
        HONEST.replace("seed: 0", "arch: {}"),
        format!("{HONEST}---\n{HONEST}"),
        "\0".repeat(100),
        "- 1".into(),
        String::new(),
        ":".into(),
        "\"".into(),
        "arch: &a [*a]".into(),
        "arch: *b".into(),
    ] {
        assert!(read(&hostile).is_err(), "{hostile:.80}");
    }
    let long = format!("{HONEST}# {}\n", "x".repeat(300_000));
    assert!(matches!(read(&long), Err(Error::Refused { .. })));
}

#[test]
fn damage_is_one_sentence() {
    let reason = reason(&HONEST.replace("ch: 32", "ch: [32"));
    assert!(
        !reason.contains('\n') && reason.contains("line"),
        "{reason}"
    );
}
