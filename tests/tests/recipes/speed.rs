//! The published class model at its full size, beside PyTorch on the same machine.

use serde::Deserialize;
use strata_tests::program::User;

use super::{program, python};

/// Each is measured so often, in turn, because other work on the machine comes and goes.
const ROUNDS: usize = 5;
/// Positions of each picture.
const POSITIONS: &str = "24";

#[derive(Clone, Copy, Deserialize)]
struct Times {
    step_s: f64,
    decoder_s: f64,
}

/// A guided step of XXL and a decoding: `cargo test --workspace --test recipes beside -- --ignored --nocapture`
#[test]
#[ignore = "minutes, on a machine that does nothing else"]
fn beside_pytorch() {
    let Some(python) = python() else { return };
    let user = User::new();
    let ours = |format: &str, pictures: &str| -> (Times, f64) {
        let figures = user.json(&[
            "bench",
            "--random",
            "XXL",
            "--device",
            "cpu",
            "--positions",
            POSITIONS,
            "--format",
            format,
            "--pictures",
            pictures,
        ]);
        let ratio = figures["bandwidth_ratio"].as_f64().unwrap();
        (serde_json::from_value(figures).unwrap(), ratio)
    };
    let theirs = |pictures: &str| -> Times {
        let arguments = [
            "-m",
            "strata_recipes",
            "speed",
            "--threads",
            "2",
            "--positions",
            POSITIONS,
            "--pictures",
            pictures,
        ];
        let output = program(&python, &arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let mut rounds: [Vec<f64>; 9] = Default::default();
    for _ in 0..ROUNDS {
        let torch = theirs("1");
        let (eight, eight_ratio) = ours("q8_0", "1");
        let (four, four_ratio) = ours("q4_0", "1");
        let (batch, _) = ours("q8_0", "4");
        let figures = [
            torch.step_s,
            eight.step_s,
            four.step_s,
            torch.decoder_s,
            eight.decoder_s,
            batch.step_s / eight.step_s,
            torch.step_s / eight.step_s,
            torch.step_s / four.step_s,
            torch.decoder_s / eight.decoder_s,
        ];
        for (all, figure) in rounds.iter_mut().zip(figures) {
            all.push(figure);
        }
        println!(
            "step: PyTorch bfloat16 {:.0} ms, 8 bits {:.0} ms ({:.0} % of the bandwidth), 4 bits {:.0} ms \
             ({:.0} %); four pictures {:.0} ms; decoder: PyTorch {:.2} s, here {:.2} s",
            torch.step_s * 1e3,
            eight.step_s * 1e3,
            eight_ratio * 1e2,
            four.step_s * 1e3,
            four_ratio * 1e2,
            batch.step_s * 1e3,
            torch.decoder_s,
            eight.decoder_s,
        );
    }
    let [
        torch,
        eight,
        four,
        torch_decoder,
        decoder,
        batch,
        eight_times,
        four_times,
        decoder_times,
    ] = rounds.map(median);
    println!(
        "medians: PyTorch {:.0} ms, 8 bits {:.0} ms, 4 bits {:.0} ms; {eight_times:.1} and {four_times:.1} times \
         the steps; four pictures cost {batch:.2} times one; decoder {decoder:.2} s, PyTorch {torch_decoder:.2} s, \
         {decoder_times:.1} times",
        torch * 1e3,
        eight * 1e3,
        four * 1e3,
    );
    assert!(eight_times > 1.0 && four_times > 1.0 && decoder_times > 1.0);
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
