//! From a failure to what is printed and the exit status.

use std::{ffi::OsString, io::Write};

use serde::Serialize;

use super::Output;
use crate::explain::Explained;

/// The sentence of an interrupted run starts with this; see [`status`].
pub const INTERRUPTED: &str = "stopped by Ctrl-C";

/// Prints a failure: `{"error", "hint"}` with JSON, else two lines on standard error.
pub fn report(explained: &Explained, out: &mut Output) -> u8 {
    if out.is_json() {
        // A failure to say so cannot be said either; the status still tells.
        let _ = out.outcome(explained, String::new);
    } else {
        let _ = writeln!(
            std::io::stderr(),
            "error: {}\n  {}",
            explained.sentence,
            explained.next_step
        );
    }
    status(explained)
}

fn status(explained: &Explained) -> u8 {
    // What shells give a program that Ctrl-C ended.
    if explained.sentence.starts_with(INTERRUPTED) {
        130
    } else {
        1
    }
}

/// What the window's failure is, in our words where it has them.
pub fn of_window(error: anyhow::Error) -> Explained {
    error.downcast::<Explained>().unwrap_or_else(|error| {
        let words = format!("{error:#}");
        let words: Vec<&str> = words.split_whitespace().collect();
        Explained::new(
            format!("the window could not open: {}", words.join(" ")),
            "To make pictures without a window, see `strata sample --help`.",
        )
    })
}

/// Wrong arguments, or a request for help.
pub fn arguments(error: &clap::Error, arguments: &[OsString], stdout: &mut dyn Write) -> u8 {
    let json = arguments.iter().any(|argument| argument == "--json");
    if !json {
        // Help goes to standard output, mistakes to standard error; clap knows which.
        return if error.use_stderr() {
            let _ = error.print();
            2
        } else {
            let _ = write!(stdout, "{}", error.render());
            0
        };
    }
    let out = &mut Output::new(stdout, true);
    let text = error.render().to_string();
    if error.use_stderr() {
        let _ = out.outcome(&explain_arguments(&text), String::new);
        2
    } else {
        let _ = out.outcome(&Help { help: &text }, String::new);
        0
    }
}

#[derive(Serialize)]
struct Help<'a> {
    help: &'a str,
}

/// clap's message is paragraphs: what is wrong, tips, the usage.
fn explain_arguments(text: &str) -> Explained {
    let mut paragraphs = text
        .split("\n\n")
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|paragraph| !paragraph.is_empty());
    let first = paragraphs.next().unwrap_or_default();
    let sentence = first.strip_prefix("error: ").unwrap_or(&first).to_owned();
    let rest: Vec<String> = paragraphs
        .filter(|paragraph| !paragraph.starts_with("For more information"))
        .map(|paragraph| paragraph.trim_end_matches('.').to_owned() + ".")
        .collect();
    if rest.is_empty() {
        Explained::new(sentence, "See `strata --help`.")
    } else {
        Explained::new(sentence, rest.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clap_paragraphs_become_sentence_and_hint() {
        let explained = explain_arguments(
            "error: unexpected argument '--fo' found\n\n  tip: a similar argument exists: '--out'\n\nUsage: strata sample --out <DIR>\n\nFor more information, try '--help'.\n",
        );
        assert_eq!(explained.sentence, "unexpected argument '--fo' found");
        assert_eq!(
            explained.next_step,
            "tip: a similar argument exists: '--out'. Usage: strata sample --out <DIR>."
        );
        assert_eq!(explain_arguments("").next_step, "See `strata --help`.");
    }

    #[test]
    fn interrupted_has_its_own_status() {
        assert_eq!(status(&Explained::new(INTERRUPTED, "Again.")), 130);
        assert_eq!(status(&Explained::new("no", "Again.")), 1);
    }

    #[test]
    fn the_window_keeps_its_own_words() {
        let own = Explained::new("there is no display", "Get one.");
        assert_eq!(of_window(anyhow::Error::new(own.clone())), own);
        let other = of_window(anyhow::anyhow!("first\nsecond"));
        assert!(other.sentence.ends_with("first second"));
        assert!(other.next_step.contains("strata sample"));
    }
}
