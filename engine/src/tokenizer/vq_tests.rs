//! The sizes that shapes tell, and tokenizers that are not what they should be.
#![allow(clippy::unwrap_used)]

use safetensors::{Dtype, tensor::TensorView};

use super::layout;
use crate::{
    backend::Device,
    checkpoint::{Source, StateDict},
    error::{Error, Result},
    tokenizer::{
        Image, Kind, Layout, Quantiser, Tokenizer,
        layout::{decoder, encoder},
    },
    worker::Depths,
};

/// A tensor's name and shape.
type Named = (String, Vec<usize>);

/// Two levels of different widths, so that both shortcuts are there; 6x6 pixels of 3x3 codes.
fn small() -> Layout {
    Layout {
        kind: Kind::Vq,
        codes: [3, 3, 1],
        codebook: 9,
        dim: 4,
        encoded: 6,
        z_channels: 6,
        in_channels: 3,
        out_channels: 3,
        channels: 32,
        channel_mult: vec![1, 2],
        blocks: 1,
        attends: vec![false, true],
    }
}

/// The tensors of [`small`], named by the published code's names and not by the layout's.
fn tensors() -> Vec<Named> {
    let modules = encoder(&small()).into_iter().chain(decoder(&small()));
    let mut tensors: Vec<Named> = modules.flat_map(|module| module.tensors()).collect();
    tensors.push(("quantize.embedding.weight".into(), vec![9, 4]));
    tensors.push(("quantize.codebook_used".into(), vec![65_536]));
    tensors
}

/// A checkpoint whose numbers count on from a half. Its bytes are never freed, which a test can bear.
fn checkpoint(tensors: &[Named]) -> StateDict {
    let most = tensors.iter().map(|(_, shape)| shape.iter().product());
    let most: usize = most.max().unwrap_or(0);
    let numbers = (0..most).flat_map(|n| ((n % 31) as f32 / 62.0 - 0.2).to_le_bytes());
    let numbers: Vec<u8> = numbers.collect();
    let views = tensors.iter().map(|(name, shape)| {
        let bytes = &numbers[..4 * shape.iter().product::<usize>()];
        (
            name,
            TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap(),
        )
    });
    let source = Source::Shipped {
        path: "vq.safetensors".into(),
        bytes: safetensors::serialize(views, None).unwrap().leak(),
    };
    StateDict::open(&source).unwrap()
}

fn read(tensors: &[Named]) -> Result<Tokenizer> {
    let state = checkpoint(tensors);
    let layout = layout(&state, [3, 3])?;
    let device = Device::Reference.open()?;
    Tokenizer::read(&layout, state, &device)
}

/// What is said of the checkpoint after a change.
fn refused(change: impl FnOnce(&mut Vec<Named>)) -> Error {
    let mut tensors = tensors();
    change(&mut tensors);
    match read(&tensors) {
        Ok(_) => panic!("nothing was missed"),
        Err(error) => error,
    }
}

fn shape<'a>(tensors: &'a mut [Named], name: &str) -> &'a mut Vec<usize> {
    let found = tensors.iter_mut().find(|(own, _)| own == name);
    &mut found.unwrap().1
}

#[test]
fn shapes_tell_the_sizes() {
    let state = checkpoint(&tensors());
    assert_eq!(layout(&state, [3, 3]).unwrap(), small());
    assert_eq!(small().cell(), 2);
    let names: Vec<&str> = state.names().collect();
    for published in [
        "encoder.conv_blocks.0.res.0.norm1.weight",
        "encoder.conv_blocks.0.downsample.conv.weight",
        "encoder.conv_blocks.1.res.0.nin_shortcut.weight",
        "encoder.conv_blocks.1.attn.0.proj_out.bias",
        "encoder.mid.1.q.weight",
        // The decoder begins with the lowest resolution.
        "decoder.conv_blocks.0.attn.1.q.weight",
        "decoder.conv_blocks.0.upsample.conv.weight",
        "decoder.conv_blocks.1.res.0.nin_shortcut.weight",
        "decoder.mid.2.conv2.bias",
    ] {
        assert!(names.contains(&published), "{published}");
    }
}

#[test]
fn any_grid_encodes_and_decodes() {
    let tokenizer = read(&tensors()).unwrap();
    for (width, height) in [(6, 6), (10, 4), (2, 2)] {
        let image = Image {
            values: (0..3 * width * height)
                .map(|n| (n % 7) as f32 / 4.0 - 0.8)
                .collect(),
            height,
            width,
        };
        let codes = tokenizer.encode(&image).unwrap();
        assert_eq!(
            [codes.rows, codes.columns, codes.depth],
            [height / 2, width / 2, 1]
        );
        let picture = tokenizer.decode(&codes, Depths::ALL).unwrap();
        assert_eq!((picture.width, picture.height), (width, height));
    }
}

#[test]
fn rows_have_the_length_one_and_ties_go_to_the_lowest() {
    let tokenizer = read(&tensors()).unwrap();
    let quantiser = tokenizer.quantiser();
    for code in 0..9 {
        let square: f32 = quantiser.row(0, code).iter().map(|v| v * v).sum();
        assert!((square - 1.0).abs() < 1e-6, "{code}: {square}");
        // Whatever the length of a latent, its direction decides.
        for length in [1e-3, 1.0, 70.0] {
            let latent: Vec<f32> = quantiser.row(0, code).iter().map(|v| v * length).collect();
            assert_eq!(quantiser.quantise(&latent), [code]);
        }
    }
    // Rows that differ in length alone are one row.
    let mut drawn = 0;
    let alike = Quantiser::random(&small(), || {
        drawn += 1;
        // Powers of two divide exactly.
        2.0_f32.powi((drawn - 1) / 4)
    });
    assert_eq!(alike.quantise(&[0.3; 4]), [0]);
}

#[test]
fn bytes_are_rounded_where_the_other_family_truncates() {
    let shared = Kind::RqVae {
        shared_codebook: true,
    };
    for (value, rounded, truncated) in [
        (-1.0, 0, 0),
        (1.0, 255, 255),
        (-7.0, 0, 0),
        (9.0, 255, 255),
        (0.0, 128, 127),
        (0.006, 128, 128),
        (f32::NAN, 0, 0),
    ] {
        assert_eq!(Kind::Vq.byte(value), rounded, "{value}");
        assert_eq!(shared.byte(value), truncated, "{value}");
    }
}

#[test]
fn what_is_missing_or_left_over_is_named() {
    let error = refused(|tensors| tensors.retain(|(name, _)| name != "decoder.mid.1.q.bias"));
    assert!(
        error.to_string().contains("no tensor decoder.mid.1.q.bias"),
        "{error}"
    );
    let error = refused(|tensors| tensors.push(("decoder.up.0.conv".into(), vec![1])));
    assert!(
        matches!(&error, Error::ExtraTensors { tensors, .. } if *tensors == ["decoder.up.0.conv"]),
        "{error}"
    );
    let error = refused(|tensors| tensors.retain(|(name, _)| !name.starts_with("quantize.")));
    assert!(
        error
            .to_string()
            .contains("holds no tensor quantize.embedding.weight"),
        "{error}"
    );
    let error = refused(|tensors| tensors.retain(|(name, _)| !name.contains(".conv_blocks.")));
    assert!(error.to_string().contains("0 levels"), "{error}");
}

#[test]
fn impossible_sizes_are_told() {
    let error = refused(|tensors| shape(tensors, "encoder.conv_in.weight")[1] = 4);
    assert!(
        error
            .to_string()
            .contains("encoder's pictures have 4 channels"),
        "{error}"
    );
    let many = "encoder.conv_blocks.0.res.3999999999.x";
    let error = refused(|tensors| tensors.push((many.into(), vec![1])));
    assert!(error.to_string().contains("4000000000 blocks"), "{error}");
    let name = "encoder.conv_blocks.1.res.0.conv1.weight";
    let error = refused(|tensors| shape(tensors, name)[0] = 48);
    assert!(
        error.to_string().contains("level 1 is 48 channels wide"),
        "{error}"
    );
    let error = refused(|tensors| shape(tensors, "quantize.embedding.weight")[1] = 5);
    assert!(error.to_string().contains("quant_conv"), "{error}");
    let error = refused(|tensors| *shape(tensors, "encoder.conv_out.weight") = vec![6, 64]);
    assert!(
        error.to_string().contains("expected with 4 dimensions"),
        "{error}"
    );
}

/// A tensor without elements takes no bytes, whatever its other sizes are.
#[test]
fn sizes_of_nothing_are_bounded() {
    for (name, sizes, said) in [
        (
            "quantize.embedding.weight",
            vec![1 << 40, 0],
            "codes in its codebook",
        ),
        (
            "quantize.embedding.weight",
            vec![0, 1 << 40],
            "codes in its codebook",
        ),
        (
            "encoder.conv_in.weight",
            vec![1 << 60, 3, 0, 0],
            "first convolution",
        ),
        (
            "encoder.conv_out.weight",
            vec![1 << 60, 0, 3, 3],
            "last convolution",
        ),
        (
            "post_quant_conv.weight",
            vec![1 << 60, 0, 1, 1],
            "post_quant_conv",
        ),
        (
            "encoder.conv_blocks.1.res.0.conv1.weight",
            vec![1 << 50, 0, 3, 3],
            "level 1",
        ),
    ] {
        let error = refused(|tensors| *shape(tensors, name) = sizes).to_string();
        assert!(error.contains(said), "{error}");
    }
}
