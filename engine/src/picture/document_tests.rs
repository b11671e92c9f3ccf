//! The PNG with its recipe: round trips, strangers, damage.

#![allow(clippy::unwrap_used)]

use std::{fs, path::PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    picture::encode,
    recipe::{Guidance, Lineage, PerDepth, Sampling, Schedule, Start, Subject},
};

/// A complete picture of five by four pixels.
pub(crate) fn picture() -> Picture {
    Picture {
        recipe: Recipe {
            model: "tiny".into(),
            weights: Some("0123456789abcdef".repeat(4)),
            subject: Subject::Class(207),
            seed: 7,
            index: 3,
            guidance: Guidance::constant(2.0),
            sampling: Sampling {
                temperature: PerDepth::Each(vec![1.0, 0.7]),
                top_k: PerDepth::Same(0),
                top_p: PerDepth::Same(0.9),
            },
            start: None,
        },
        codes: Codes {
            rows: 2,
            columns: 3,
            depth: 2,
            codebook: 100,
            values: (0..12).map(|n| n * 9).collect(),
        },
        pixels: Arc::new(Pixels {
            width: 5,
            height: 4,
            rgb: (0..60).map(|n| n * 4).collect(),
        }),
        log_likelihood: Some(-12.625),
        seconds: 12.5,
    }
}

fn read(bytes: &[u8]) -> Result<Document> {
    from_png_bytes("a.png", bytes)
}

/// A PNG whose text under our keyword is `text`.
fn with_text(text: impl ToString) -> Vec<u8> {
    encode::png(&picture().pixels, &[(KEYWORD, text.to_string())]).unwrap()
}

/// The JSON of the picture, changed.
fn changed(change: impl FnOnce(&mut Value)) -> Result<Document> {
    let picture = picture();
    let mut json = serde_json::from_str(&to_json(&picture).unwrap()).unwrap();
    change(&mut json);
    read(&with_text(json))
}

fn reason(result: Result<Document>) -> String {
    match result {
        Err(Error::Malformed {
            path,
            format: "PNG",
            reason,
        }) => {
            assert_eq!(path, PathBuf::from("a.png"));
            reason
        }
        other => panic!("expected a malformed PNG, got {other:?}"),
    }
}

#[test]
fn picture_comes_back() {
    let picture = picture();
    let document = read(&picture.to_png("golden retriever").unwrap()).unwrap();
    assert_eq!(document.version, 1);
    assert_eq!(document.generator, GENERATOR);
    let expected = Picture {
        seconds: 0.0,
        ..picture
    };
    assert_eq!(document.into_picture(), expected);
}

#[test]
fn picture_comes_back_from_a_file_and_its_header_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ä.png");
    let picture = picture();
    picture.write_png(&path, "").unwrap();
    let document = read_png(&path).unwrap();
    let header = read_header(&path).unwrap();
    assert_eq!(document.recipe, picture.recipe);
    assert_eq!(document.pixels, picture.pixels);
    assert_eq!(header.recipe, picture.recipe);
    assert_eq!(header.codes, picture.codes);
    assert_eq!(header.size, [5, 4]);
    // Any program sees the same pixels.
    assert_eq!(Pixels::read(&path).unwrap(), *picture.pixels);
}

#[test]
fn cancelled_picture_comes_back() {
    for positions in 0..6 {
        let mut picture = picture();
        picture.codes.values.truncate(positions * 2);
        picture.seconds = 0.0;
        let document = read(&picture.to_png("").unwrap()).unwrap();
        assert_eq!(document.codes.positions(), positions);
        assert_eq!(document.into_picture(), picture);
    }
}

#[test]
fn same_picture_gives_the_same_bytes() {
    let first = picture();
    let slower = Picture {
        seconds: 99.0,
        ..first.clone()
    };
    assert_eq!(first.to_png("x").unwrap(), slower.to_png("x").unwrap());
    let mut other = first.clone();
    other.recipe.seed += 1;
    assert_ne!(first.to_png("x").unwrap(), other.to_png("x").unwrap());
}

/// Only what older programs cannot know is kept from them.
#[test]
fn a_start_needs_a_newer_form() {
    let parent = picture();
    let from = Lineage::Picture {
        recipe: parent.recipe.digest().unwrap(),
        file: Some("a.png".into()),
    };
    let mut child = picture();
    let start = Start::rows(parent.codes.clone(), 1, from).unwrap();
    child.recipe.start = Some(Box::new(start));
    child.seconds = 0.0;
    let document = read(&child.to_png("").unwrap()).unwrap();
    assert_eq!(document.version, 2);
    assert_eq!(document.into_picture(), child);

    let text = to_json(&child).unwrap();
    let start = concat!(
        r#""start":{"codes":{"rows":2,"columns":3,"depth":2,"codebook":100,"bits":7,"positions":3,"#,
        r#""data":"gIRkQ2oB"},"positions":3,"depths":0,"from":{"picture":{"recipe":""#
    );
    assert!(text.contains(start), "{text}");
    // Nothing left to sample.
    let mut json: Value = serde_json::from_str(&text).unwrap();
    json["recipe"]["start"]["positions"] = json!(6);
    assert!(reason(read(&with_text(json))).contains("kept positions is 6"));
    // Files from before have no likelihood.
    let old = changed(|json| drop(json.as_object_mut().unwrap().remove("log_likelihood")));
    assert_eq!(old.unwrap().log_likelihood, None);
}

/// Files already written must stay readable: the form is fixed.
#[test]
fn form_in_the_file_is_fixed() {
    let picture = picture();
    let text = to_json(&picture).unwrap();
    let weights = "0123456789abcdef".repeat(4);
    let expected = [
        r#"{"version":1,"recipe":{"model":"tiny","weights":""#,
        &weights,
        r#"","subject":{"class":207},"seed":7,"index":3,"guidance":{"scale":2.0,"schedule":"constant"},"#,
        r#""sampling":{"temperature":[1.0,0.7],"top_k":0,"top_p":0.9}},"codes":{"rows":2,"columns":3,"#,
        r#""depth":2,"codebook":100,"bits":7,"data":""#,
        "gIRkQ2rZfsiodgw=",
        r#""},"log_likelihood":-12.625,"generator":""#,
        GENERATOR,
        r#""}"#,
    ];
    assert_eq!(text, expected.concat());
}

#[test]
fn texts_are_where_other_programs_look() {
    let bytes = picture().to_png("käse 犬").unwrap();
    let reader = png::Decoder::new(Cursor::new(&bytes)).read_info().unwrap();
    let keywords: Vec<&str> = reader
        .info()
        .utf8_text
        .iter()
        .map(|t| t.keyword.as_str())
        .collect();
    assert_eq!(keywords, ["parameters", "strata"]);

    let bytes = picture().to_png("käse").unwrap();
    let reader = png::Decoder::new(Cursor::new(&bytes)).read_info().unwrap();
    let text = &reader.info().uncompressed_latin1_text[0];
    assert_eq!(text.keyword, "parameters");
    assert!(text.text.starts_with("käse\nSteps: 6, "));
}

#[test]
fn foreign_pictures_carry_no_recipe() {
    let plain = picture().pixels.to_png().unwrap();
    assert_eq!(
        read(&plain),
        Err(Error::NoRecipe {
            path: "a.png".into()
        })
    );
    let other = encode::png(&picture().pixels, &[("parameters", "a cat".into())]).unwrap();
    assert_eq!(
        read(&other),
        Err(Error::NoRecipe {
            path: "a.png".into()
        })
    );
}

#[test]
fn text_may_be_compressed_or_behind_the_pixels() {
    let picture = picture();
    let json = to_json(&picture).unwrap();
    for (compressed, behind) in [(true, false), (false, true), (true, true)] {
        let mut text = png::text_metadata::ITXtChunk::new(KEYWORD, &json);
        text.compressed = compressed;
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 5, 4);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().unwrap();
        if !behind {
            writer.write_text_chunk(&text).unwrap();
        }
        writer.write_image_data(&picture.pixels.rgb).unwrap();
        if behind {
            writer.write_text_chunk(&text).unwrap();
        }
        writer.finish().unwrap();
        assert_eq!(read(&bytes).unwrap().codes, picture.codes);
    }
}

#[test]
fn damaged_texts_are_named() {
    assert!(reason(read(&with_text("{"))).starts_with("its recipe is damaged: EOF"));
    assert!(reason(read(&with_text("[]"))).starts_with("its recipe is damaged: invalid length"));
    assert!(
        reason(changed(|json| json["codes"]["data"] = json!("AAAA"))).contains("3 bytes of codes")
    );
    assert!(reason(changed(|json| json["codes"]["depth"] = json!(0))).contains("impossible grid"));
    let unknown = reason(changed(|json| json["recipe"]["flavour"] = json!(1)));
    assert!(unknown.contains("unknown field `flavour`"), "{unknown}");
    let empty = reason(changed(|json| {
        json["recipe"]["sampling"]["top_p"] = json!([])
    }));
    assert!(
        empty.starts_with("its recipe makes no sense: top-p is an empty list"),
        "{empty}"
    );
    let hot = reason(changed(|json| {
        json["recipe"]["sampling"]["temperature"] = json!(1e9)
    }));
    assert!(hot.contains("temperature is 1000000000"), "{hot}");
    let nested = "[".repeat(1 << 20);
    assert!(reason(read(&with_text(format!("{{\"version\":{nested}")))).contains("damaged"));
}

#[test]
fn newer_versions_are_named_and_additions_passed_over() {
    let newer = reason(changed(|json| {
        *json = json!({ "version": 3, "recipe": "other" })
    }));
    assert!(
        newer.starts_with("it was made by a newer Strata (version 3"),
        "{newer}"
    );
    assert!(reason(changed(|json| json["version"] = json!(0))).contains("version 0"));
    let added = changed(|json| json["favourite"] = json!({ "stars": 5 })).unwrap();
    assert_eq!(added.recipe, picture().recipe);
    let silent = changed(|json| {
        json.as_object_mut().unwrap().remove("generator");
    });
    assert_eq!(silent.unwrap().generator, "");
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = picture().to_png("x").unwrap();
    for length in 0..bytes.len() {
        let found = reason(read(&bytes[..length]));
        assert!(!found.is_empty());
    }
}

#[test]
fn damage_to_any_byte_is_noticed() {
    let bytes = picture().to_png("x").unwrap();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        assert!(read(&damaged).is_err(), "byte {at} of {}", bytes.len());
    }
}

#[test]
fn limits_are_kept() {
    let long = with_text(" ".repeat(MAX_TEXT + 1));
    assert!(matches!(read(&long), Err(Error::Refused { .. })));

    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 1, MAX_SIDE as u32 + 1);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![0; MAX_SIDE + 1]).unwrap();
    writer.finish().unwrap();
    assert!(matches!(read(&bytes), Err(Error::Refused { .. })));
}

/// A compressed text that unpacks to more than is read.
#[test]
fn text_that_unpacks_without_end_is_refused() {
    let mut text = png::text_metadata::ITXtChunk::new(KEYWORD, "0".repeat(MAX_TEXT + 1));
    text.compressed = true;
    let mut bytes = Vec::new();
    let encoder = png::Encoder::new(&mut bytes, 1, 1);
    let mut writer = encoder.write_header().unwrap();
    writer.write_text_chunk(&text).unwrap();
    writer.write_image_data(&[0]).unwrap();
    writer.finish().unwrap();
    assert!(bytes.len() < 1 << 20);
    assert!(read(&bytes).is_err());
}

#[test]
fn impossible_pictures_are_not_written() {
    let refused = |change: fn(&mut Picture)| {
        let mut picture = picture();
        change(&mut picture);
        picture.to_png("").unwrap_err()
    };
    assert!(matches!(
        refused(|p| p.codes.values[0] = 100),
        Error::Picture(_)
    ));
    assert!(matches!(refused(|p| p.codes.depth = 5), Error::Picture(_)));
    assert!(matches!(
        refused(|p| Arc::make_mut(&mut p.pixels).width = 6),
        Error::Picture(_)
    ));
    assert!(matches!(
        refused(|p| p.recipe.sampling.top_p = PerDepth::Each(vec![])),
        Error::Recipe { .. }
    ));
}

#[test]
fn unwritable_places_are_errors_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"x").unwrap();
    let error = picture().write_png(file.join("a.png"), "").unwrap_err();
    assert!(
        matches!(
            error,
            Error::File {
                action: "write",
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    let missing = read_png(folder.path().join("none.png")).unwrap_err();
    assert!(matches!(
        missing,
        Error::File {
            kind: io::ErrorKind::NotFound,
            action: "open",
            ..
        }
    ));
}

fn numbers() -> impl Strategy<Value = PerDepth<f32>> {
    let number = || 0.0_f32..=1.0;
    prop_oneof![
        number().prop_map(PerDepth::Same),
        prop::collection::vec(number(), 1..9).prop_map(PerDepth::Each),
    ]
}

proptest! {
    /// Every number comes back to the last bit.
    #[test]
    fn any_recipe_comes_back(
        seed in any::<u64>(),
        index in any::<u32>(),
        model in ".*",
        title in ".*",
        temperature in numbers(),
        top_p in numbers(),
        scale in numbers(),
        from in 0.0_f32..100.0,
    ) {
        let mut picture = picture();
        picture.seconds = 0.0;
        picture.recipe = Recipe {
            model,
            weights: None,
            subject: Subject::Page,
            seed,
            index,
            guidance: Guidance { scale, schedule: Schedule::Ramp { from } },
            sampling: Sampling { temperature, top_k: PerDepth::Same(600), top_p },
            start: None,
        };
        let document = read(&picture.to_png(&title).unwrap()).unwrap();
        prop_assert_eq!(document.into_picture(), picture);
    }

    /// Changes that keep the checksums right reach the parsers behind them; nothing may panic.
    #[test]
    fn mutated_texts_never_panic(
        at in prop::collection::vec(any::<prop::sample::Index>(), 1..6),
        to in prop::collection::vec(32_u8..127, 6),
    ) {
        let picture = picture();
        let mut text = to_json(&picture).unwrap().into_bytes();
        for (at, to) in at.iter().zip(to) {
            let at = at.index(text.len());
            text[at] = to;
        }
        let _ = read(&with_text(String::from_utf8(text).unwrap()));
    }

    #[test]
    fn mutated_files_never_panic(
        at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = picture().to_png("x").unwrap();
        for (at, to) in at {
            let at = at.index(bytes.len());
            bytes[at] = to;
        }
        let _ = read(&bytes);
        let _ = read(&bytes[..cut.index(bytes.len())]);
        // And again with checksums that fit.
        mend(&mut bytes);
        let _ = read(&bytes);
    }
}

/// Puts the right checksum behind every chunk.
fn mend(bytes: &mut [u8]) {
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes(head[..4].try_into().unwrap()) as usize;
        let end = at + 8 + length;
        if bytes.len() < end + 4 {
            return;
        }
        let sum = crc(&bytes[at + 4..end]);
        bytes[end..end + 4].copy_from_slice(&sum.to_be_bytes());
        at = end + 4;
    }
}

/// The checksum of PNG chunks (PNG specification, annex D).
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                0xEDB8_8320 ^ (crc >> 1)
            } else {
                crc >> 1
            }
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}
