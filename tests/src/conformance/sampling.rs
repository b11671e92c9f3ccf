//! Cases of kind `sampling`: logits to probabilities.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use strata_engine::sampling::{Filter, probabilities};

use super::{Case, Expected, PROBABILITY_TOLERANCE};
use crate::compare::close;

/// Runs every entry of the case.
pub fn run(case: &Case) -> Result<()> {
    let expected = case.expected()?;
    let entries = case.json["cases"]
        .as_array()
        .context("case.json has no cases")?;
    ensure!(!entries.is_empty(), "case.json lists no cases");
    for entry in entries {
        check(entry, &expected).with_context(|| format!("case {}", entry["id"]))?;
    }
    Ok(())
}

fn check(entry: &Value, expected: &Expected) -> Result<()> {
    let text = |key: &str| entry[key].as_str().with_context(|| format!("no {key}"));
    let number = |key: &str| entry[key].as_f64().with_context(|| format!("no {key}"));
    let filter = Filter {
        temperature: number("temperature")? as f32,
        // Zero and below switch the filter off.
        top_k: number("top_k")?.max(0.0) as u32,
        top_p: number("top_p")? as f32,
    };
    let logits = expected.f32(text("logits")?)?;
    let wanted = expected.f32(text("probs")?)?;
    let width = expected.shape(text("logits")?)?[1];
    for (row, (logits, wanted)) in logits.chunks(width).zip(wanted.chunks(width)).enumerate() {
        let found = probabilities(logits, &filter);
        close(&format!("row {row}"), wanted, &found, PROBABILITY_TOLERANCE)?;
        let kept = entry["nonzero"][row].as_u64().context("no nonzero")? as usize;
        let found_kept = found.iter().filter(|&&p| p > 0.0).count();
        ensure!(
            found_kept == kept,
            "row {row}: {found_kept} above zero, expected {kept}"
        );
        let most = |values: &[f32]| values.iter().copied().fold(0.0, f32::max);
        if let Some(greedy) = entry["greedy"][row].as_u64() {
            ensure!(
                found[greedy as usize] == most(&found),
                "row {row}: {greedy} is not the largest"
            );
        }
    }
    Ok(())
}
