//! The cpu transformer held to the reference: bounds, company in a batch, threads, errors.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::{
    backend::parity::{Open, config, divergence, grown, grown_on_reference, largest_error},
    family::dnd::{Row, Weights},
};

fn on_cpu(config: &Config, format: Format, threads: usize) -> Transformer {
    let threads = Arc::new(Threads::new(threads).unwrap());
    let pieces = Weights::random(config).into_pieces();
    Transformer::new(config, pieces, format, threads).unwrap()
}

impl Open for Transformer {
    fn rows(&self, logits: &Rows) -> Vec<f32> {
        logits.to_vec()
    }
}

#[test]
fn it_computes_what_the_reference_computes() {
    for (width, heads) in [(64, 2), (40, 5), (96, 1)] {
        let config = config(width, heads);
        let (expected, codes) = grown_on_reference(&config, &[0, 4, 6]);
        for (format, error, nats) in [
            (Format::F32, 2e-5, 1e-8),
            (Format::Bf16, 3e-2, 2e-3),
            (Format::Q8_0, 5e-2, 2e-3),
            (Format::Q4_0, 4e-1, 2e-1),
        ] {
            let mut own = on_cpu(&config, format, 2);
            let (found, _) = grown(&mut own, &config, &[0, 4, 6], Some(&codes));
            let worst = largest_error(&expected, &found);
            assert!(worst < error, "{width} {}: error {worst}", format.name());
            let mean = divergence(&expected, &found, config.codebook);
            assert!(mean < nats, "{width} {}: {mean} nats", format.name());
        }
    }
}

#[test]
fn company_and_threads_change_no_bit() {
    let config = config(64, 2);
    for format in Format::ALL {
        let (logits, codes) = grown(&mut on_cpu(&config, format, 1), &config, &[1, 2, 5], None);
        for threads in [2, 3, 5] {
            let mut own = on_cpu(&config, format, threads);
            let again = grown(&mut own, &config, &[1, 2, 5], None);
            assert!(
                again == (logits.clone(), codes.clone()),
                "{}",
                format.name()
            );
        }
        let mut own = on_cpu(&config, format, 2);
        for (at, label) in [1, 2, 5].into_iter().enumerate() {
            let (_, alone) = grown(&mut own, &config, &[label], None);
            let together: Vec<&Vec<u32>> = codes.iter().skip(at).step_by(3).collect();
            assert_eq!(alone.iter().collect::<Vec<_>>(), together);
        }
    }
}

/// The caches of closed sequences serve the next ones.
#[test]
fn what_a_sequence_leaves_behind_is_not_seen() {
    let config = config(40, 5);
    for format in [Format::F32, Format::Bf16] {
        let (expected, _) = grown(&mut on_cpu(&config, format, 2), &config, &[3], None);
        let mut used = on_cpu(&config, format, 2);
        grown(&mut used, &config, &[5, 1], None);
        assert_eq!(used.spare.len(), SPARE);
        let (found, _) = grown(&mut used, &config, &[3], None);
        assert!(
            found
                .iter()
                .zip(&expected)
                .all(|(a, b)| a.to_bits() == b.to_bits())
        );
    }
}

#[test]
fn what_cannot_be_is_said() {
    let config = config(64, 2);
    let mut own = on_cpu(&config, Format::F32, 1);
    let slot = own.open().unwrap();
    own.close(slot);
    let token = Token { slot, position: 0 };
    let row = |input| Row { token, input };
    let hidden = own.embed(&[row(Input::Label(0))]).unwrap();
    let error = own.write_cache(0, &hidden, &[token]).unwrap_err();
    assert!(error.to_string().contains("slot 0 is not open"), "{error}");
    let error = own.embed(&[row(Input::Label(99))]).unwrap_err();
    assert!(
        error.to_string().contains("row 99 of a table of 8"),
        "{error}"
    );
    let mut weights = Weights::random(&config);
    weights.blocks[1].down[5] = f32::NAN;
    let threads = Arc::new(Threads::new(1).unwrap());
    let error = Transformer::new(&config, weights.into_pieces(), Format::Q8_0, threads)
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("NaN does not fit into q8_0"),
        "{error}"
    );
}

#[test]
fn a_file_that_was_kept_holds_the_same_weights() {
    let folder = tempfile::tempdir().unwrap();
    let about = About {
        sources: "a file of yesterday".into(),
        weights: "0f".into(),
    };
    // Rows of blocks, rows of none, and one matrix for all heads.
    for (width, heads, tied_heads) in [(64, 2, false), (40, 5, true)] {
        let config = Config {
            tied_heads,
            ..config(width, heads)
        };
        for format in Format::ALL {
            let file = folder.path().join(format.name());
            let mut own = on_cpu(&config, format, 2);
            own.keep(&file, &about).unwrap();
            let open = |format, sources| Prepared::open(&file, &config, format, sources);
            let prepared = open(format, &about.sources).unwrap();
            assert_eq!(prepared.weights, about.weights);
            let threads = Arc::new(Threads::new(2).unwrap());
            let mut mapped = Transformer::prepared(&config, prepared, threads);
            assert_eq!(mapped.bytes_per_step(), own.bytes_per_step());
            let expected = grown(&mut own, &config, &[1, 6], None);
            assert!(expected == grown(&mut mapped, &config, &[1, 6], None));

            assert!(open(format, "a file of today").is_none());
            let other = if format == Format::F32 {
                Format::Bf16
            } else {
                Format::F32
            };
            assert!(open(other, &about.sources).is_none());
            let wider = Config {
                codebook: 102,
                ..config.clone()
            };
            assert!(Prepared::open(&file, &wider, format, &about.sources).is_none());
            let bytes = std::fs::read(&file).unwrap();
            std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
            assert!(open(format, &about.sources).is_none(), "cut off");
        }
    }
    assert!(Prepared::open(&folder.path().join("none"), &config(64, 2), Format::F32, "").is_none());
}
