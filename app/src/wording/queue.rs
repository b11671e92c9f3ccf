//! Words of the queue: its panel, what is told at the end of work, and pictures that an earlier run left.

use strata_engine::Mode;

use super::{TITLE, amount, percent, time_left};

/// The button that opens the panel.
pub const QUEUE: &str = "Queue";
/// Heading of the panel.
pub const HEADING: &str = "Jobs";
/// What the button does.
pub const QUEUE_TIP: &str = "Show what is being made and what waits";
/// The panel without jobs.
pub const EMPTY: &str = "Nothing is waiting. What you generate appears here.";
/// Lets everything rest.
pub const PAUSE: &str = "Pause";
/// What that does.
pub const PAUSE_TIP: &str = "Rest after the position at hand; nothing is lost";
/// Ends the rest, and goes on with what an earlier run left.
pub const GO_ON: &str = "Go on";
/// What ending the rest does.
pub const GO_ON_TIP: &str = "Go on where the pictures stopped";
/// Stops every job.
pub const CANCEL_ALL: &str = "Cancel all";
/// What that does.
pub const CANCEL_ALL_TIP: &str = "Stop every job; unfinished pictures stay on the canvas";
/// The choice to look ahead.
pub const LOOK_AHEAD: &str = "Look ahead where that is faster";
/// What looking ahead is.
pub const LOOK_AHEAD_TIP: &str = "Guesses the next positions and keeps those that come out as they would one by one. \
     No picture changes by it.";

/// How many positions a pass brings.
pub fn kept_a_pass(kept: f32) -> String {
    format!("{kept:.1} a pass")
}

/// The choice to be called.
pub const NOTIFY: &str = "Call me when a job is done";
/// What being called is.
pub const NOTIFY_TIP: &str =
    "A message of the desktop, and a mark in the taskbar, while Strata's window is behind others";
/// Lets go of what an earlier run left.
pub const LEAVE: &str = "Leave them";

/// The button that opens the panel.
pub fn button(jobs: usize) -> String {
    match jobs {
        0 => QUEUE.into(),
        _ => format!("{QUEUE} ({jobs})"),
    }
}

/// What a job draws: the first few names.
pub fn title(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).into(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}

/// How far a job is.
pub fn job(done: usize, all: usize, mode: Mode) -> String {
    match (done, all) {
        (0, _) => amount(all, mode),
        _ => format!("{done} of {} done", amount(all, mode)),
    }
}

/// What came of a job that ended.
pub fn ended(done: usize, failed: usize, mode: Mode) -> String {
    let mut words = match done {
        0 => String::new(),
        _ => format!("{} done", amount(done, mode)),
    };
    if failed > 0 {
        let join = if done > 0 { ", " } else { "" };
        words.push_str(&format!("{join}{} failed", amount(failed, mode)));
    }
    words
}

/// Under a job that has not begun.
pub const WAITING: &str = "waiting";
/// Under a job that has begun while the queue rests.
pub const PAUSED: &str = "paused";

/// Under a job: how far it is, its model, and what it does now.
pub fn details(job: &str, model: &str, now: &str) -> String {
    format!("{job} \u{b7} {model} \u{b7} {now}")
}

/// A job, for those who do not see it.
pub fn row(place: usize, title: &str, details: &str) -> String {
    format!("Job {place}: {title}, {details}")
}

/// Moves a job.
pub fn earlier(title: &str) -> String {
    format!("Make {title} earlier")
}

/// Moves a job.
pub fn later(title: &str) -> String {
    format!("Make {title} later")
}

/// Stops a job.
pub fn cancel(title: &str) -> String {
    format!("Cancel the job {title}")
}

/// In the status line while the queue rests.
pub fn resting(words: &str) -> String {
    format!("Paused, {words}")
}

/// Saves what was cancelled half-way.
pub fn keep_unfinished(count: usize, mode: Mode) -> String {
    match (count, mode) {
        (1, Mode::Classes) => "Save the unfinished picture".into(),
        (1, Mode::Documents) => "Save the unfinished page".into(),
        (_, Mode::Classes) => format!("Save {count} unfinished pictures"),
        (_, Mode::Documents) => format!("Save {count} unfinished pages"),
    }
}

/// The window's title while work goes on.
pub fn window_title(fraction: f32, paused: bool, left_secs: Option<f64>) -> String {
    let fraction = percent(fraction);
    match (paused, left_secs) {
        (true, _) => format!("{fraction}, {PAUSED} \u{2013} {TITLE}"),
        (false, Some(secs)) => format!("{fraction}, {} \u{2013} {TITLE}", time_left(secs)),
        (false, None) => format!("{fraction} \u{2013} {TITLE}"),
    }
}

/// Pictures that an earlier run left.
pub fn left(count: usize) -> String {
    match count {
        1 => "Strata ended before a picture was finished.".into(),
        _ => format!("Strata ended before {count} pictures were finished."),
    }
}

/// What can be done about them; `missing` more need a model that is not there.
pub fn left_hint(missing: usize) -> String {
    let hint = "Go on at the same position and get the very pictures they would have been.";
    match missing {
        0 => hint.into(),
        1 => format!("{hint} One more waits for a model that is not installed."),
        _ => format!("{hint} {missing} more wait for models that are not installed."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_named_after_its_first_classes() {
        let names = ["fox", "owl", "pizza", "volcano"];
        assert_eq!(title(&names[..1]), "fox");
        assert_eq!(title(&names[..2]), "fox and owl");
        assert_eq!(title(&names[..3]), "fox, owl and pizza");
        assert_eq!(title(&names), "fox, owl and 2 more");
    }

    #[test]
    fn the_title_says_how_long() {
        assert_eq!(window_title(0.25, false, None), "25 % \u{2013} Strata");
        let told = window_title(0.25, false, Some(12.0));
        assert_eq!(told, "25 %, 12 seconds left \u{2013} Strata");
        let told = window_title(0.25, true, Some(12.0));
        assert_eq!(told, "25 %, paused \u{2013} Strata");
    }
}
