//! The `parameters` text, in the form that other studios and picture sites read.
//!
//! The first line is what was drawn; the last is `Key: value` pairs with commas between them, where
//! values that hold a comma, a colon or a quote are quoted as JSON.

use super::Picture;
use crate::recipe::{PerDepth, Schedule, Subject};

/// The text of a picture. An empty title becomes "class 207" or "page".
pub(super) fn text(picture: &Picture, title: &str) -> String {
    let recipe = &picture.recipe;
    let mut pairs = vec![
        ("Steps", picture.codes.positions().to_string()),
        ("Sampler", sampler(&recipe.sampling.temperature).to_owned()),
        ("CFG scale", recipe.guidance.scale.to_string()),
    ];
    if recipe.guidance.schedule != Schedule::Constant {
        pairs.push(("CFG schedule", recipe.guidance.schedule.to_string()));
    }
    pairs.extend([
        ("Seed", recipe.seed.to_string()),
        ("Index", recipe.index.to_string()),
        (
            "Size",
            format!("{}x{}", picture.pixels.width, picture.pixels.height),
        ),
    ]);
    if let Some(weights) = &recipe.weights {
        pairs.push(("Model hash", weights.chars().take(10).collect()));
    }
    pairs.extend([
        ("Model", recipe.model.clone()),
        ("Temperature", recipe.sampling.temperature.to_string()),
        ("Top-k", recipe.sampling.top_k.to_string()),
        ("Top-p", recipe.sampling.top_p.to_string()),
        ("Version", super::document::GENERATOR.to_owned()),
    ]);
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(key, value)| format!("{key}: {}", quoted(value)))
        .collect();
    format!("{}\n{}", headline(title, recipe.subject), pairs.join(", "))
}

/// How codes are drawn, in a word.
fn sampler(temperature: &PerDepth<f32>) -> &'static str {
    if temperature.values().iter().all(|t| *t == 0.0) {
        "Greedy"
    } else {
        "Gumbel-max"
    }
}

/// The title on one line.
fn headline(title: &str, subject: Subject) -> String {
    let words: Vec<&str> = title
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    if !words.is_empty() {
        return words.join(" ");
    }
    match subject {
        Subject::Class(class) => format!("class {class}"),
        Subject::Page => "page".to_owned(),
    }
}

fn quoted(value: String) -> String {
    let awkward = |c: char| matches!(c, ',' | ':' | '"' | '\\') || c.is_control();
    if value.chars().any(awkward) {
        serde_json::Value::String(value).to_string()
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::document::tests::picture;
    use crate::recipe::Guidance;

    #[test]
    fn text_is_as_other_studios_write_it() {
        assert_eq!(
            text(&picture(), "tench"),
            "tench\nSteps: 6, Sampler: Gumbel-max, CFG scale: 2, Seed: 7, Index: 3, Size: 5x4, \
             Model hash: 0123456789, Model: tiny, Temperature: \"1,0.7\", Top-k: 0, Top-p: 0.9, \
             Version: Strata 0.1.0"
                .replace("0.1.0", env!("CARGO_PKG_VERSION"))
        );
    }

    #[test]
    fn title_is_one_line_and_never_empty() {
        let first = |picture: &Picture, title| {
            text(picture, title)
                .lines()
                .next()
                .map(str::to_owned)
                .unwrap_or_default()
        };
        let mut picture = picture();
        assert_eq!(first(&picture, " a\nb\u{0} c\r\n"), "a b c");
        assert_eq!(first(&picture, " \n"), "class 207");
        picture.recipe.subject = Subject::Page;
        assert_eq!(first(&picture, ""), "page");
        assert_eq!(text(&picture, "a\nb").lines().count(), 2);
    }

    #[test]
    fn awkward_values_are_quoted() {
        let mut picture = picture();
        picture.recipe.model = "a, Seed: 1".into();
        picture.recipe.guidance = Guidance {
            scale: PerDepth::Each(vec![2.0, 1.5]),
            schedule: Schedule::Interval { first: 0, last: 4 },
        };
        picture.recipe.sampling.temperature = PerDepth::Same(0.0);
        let text = text(&picture, "");
        for part in [
            "Model: \"a, Seed: 1\", ",
            "CFG scale: \"2,1.5\", CFG schedule: \"interval:0-4\", Seed",
            "Sampler: Greedy,",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
