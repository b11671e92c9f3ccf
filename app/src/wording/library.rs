//! Words of the published models, of long work on models, and of the dialogs about both.

use super::sampling::{bytes, duration};
pub use super::steps::explained;
use crate::{
    library::{Progress, Step},
    state::WorkStage,
};

// Published models
/// Heading of what may be had.
pub const PUBLISHED: &str = "Published";
/// What that is.
pub const PUBLISHED_TEXT: &str = "Models that were published with the papers. They are fetched from the Hugging Face hub, checked against its hashes, and then run on this machine alone.";
/// While the catalogue is being read.
pub const LOOKING: &str = "Looking at the models\u{2026}";
/// All of it is installed.
pub const NOTHING_LEFT: &str = "Everything in the catalogue is installed.";
/// What they are for.
pub const TOKENIZERS_TEXT: &str = "A tokenizer turns pictures into codes and back. It draws nothing by itself; a model above brings its own.";
/// What there is to fetch.
pub const DOWNLOAD_SIZE: &str = "Download";
/// The published score.
pub const SCORE: &str = "Score";
/// The paper.
pub const PAPER: &str = "Paper";
/// The page of the hub.
pub const PAGE: &str = "Page";
/// Weights.
pub const WEIGHTS: &str = "Weights";
/// A model of a family that this version does not run.
pub const NOT_RUN: &str = "This version of Strata cannot run this family of models yet.";
/// A size that the catalogue does not know.
pub const SIZE_UNKNOWN: &str = "size not known before the hub is asked";

// Buttons
/// Fetches a model.
pub const DOWNLOAD: &str = "Download";
/// Goes on with a download.
pub const RESUME: &str = "Resume";
/// Lets a download rest.
pub const PAUSE: &str = "Pause";
/// Ends a download, or other work.
pub const CANCEL: &str = "Cancel";
/// Does it once more.
pub const AGAIN: &str = "Try again";
/// Asks which file is meant.
pub const WHICH_FILE: &str = "Choose the file\u{2026}";
/// Puts words away.
pub const PUT_AWAY: &str = "Put away";

// Server and token
/// Opens the fields.
pub const SERVER: &str = "Server and token";
/// What they are for.
pub const SERVER_TEXT: &str = "Some models ask to sign in: make a token in the settings of your account on the hub, and put it here. It is kept in Strata's settings, which only you can read, and is sent to this server alone.";
/// The address.
pub const ENDPOINT: &str = "Hub or mirror";
/// The token.
pub const TOKEN: &str = "Token";
/// A token is there.
pub const TOKEN_KEPT: &str = "a token is kept; type another to replace it";
/// No token is there.
pub const TOKEN_NONE: &str = "none: published models mostly need none";
/// Keeps what was typed.
pub const KEEP: &str = "Keep";
/// Takes the token away.
pub const FORGET_TOKEN: &str = "Forget the token";
/// Closes the fields.
pub const CLOSE: &str = "Close";
/// The token cannot be one.
pub const NO_TOKEN: &str = "The token holds a blank or a character that no token has";
/// What to do about it.
pub const NO_TOKEN_STEP: &str = "Copy it again from the settings of your hub account.";

// Which file
/// Heading of the dialog.
pub const FILE_HEADING: &str = "Which file is meant?";

/// What there is to choose from.
pub fn file_text(part: &str, folder: &str) -> String {
    format!("The folder {folder} on the hub holds several files that could be the {part}.")
}

/// Unfolds tokenizers that are published alone.
pub fn tokenizers(count: usize) -> String {
    format!("Tokenizers alone ({count})")
}

/// Names a button of a model.
pub fn of(button: &str, name: &str) -> String {
    format!("{} {name}", button.trim_end_matches('\u{2026}'))
}

/// What there is to fetch, and what is here already.
pub fn download_size(all: Option<u64>, kept: u64) -> String {
    let size = all.map_or(SIZE_UNKNOWN.to_owned(), |all| {
        format!("about {}", bytes(all))
    });
    match kept {
        0 => size,
        kept => format!("{size}, of which {} are here", bytes(kept)),
    }
}

/// Weights of a model.
pub fn parameters(count: u64) -> String {
    let count = count as f64;
    match count {
        few if few < 1e6 => format!("{:.0} thousand weights", (few / 1e3).max(1.0)),
        many if many < 9.995e8 => format!("{:.0} million weights", many / 1e6),
        many => format!("{:.1} billion weights", many / 1e9),
    }
}

/// The memory that a model needs against what the machine has.
pub fn memory(needed: u64, machine: Option<u64>) -> String {
    let needed = format!("{} with one picture in work", bytes(needed));
    match machine {
        Some(machine) => format!("{needed}; this machine has {}", bytes(machine)),
        None => needed,
    }
}

/// So many bytes, said to be no exact figure.
pub(super) fn about(room: u64) -> String {
    match room {
        0..1_000_000 => bytes(room),
        _ => format!("about {}", bytes(room)),
    }
}

/// Something with the room that it takes.
pub fn with_room(words: &str, room: u64) -> String {
    format!("{words}, {}", about(room))
}

/// A time that was not measured.
pub fn estimate(secs: f64) -> String {
    let time = duration(secs);
    format!("{time} a picture, estimated from how fast this machine reads memory")
}

/// Said under a model that is too large for the machine.
pub const TOO_LARGE: &str = "This machine has too little memory for it: it would work very slowly, or not at all. A smaller precision needs less.";

/// The paper of a family: its name and its address.
pub fn paper(family: &str) -> Option<(&'static str, &'static str)> {
    match family {
        "dnd" => Some((
            "A Spark of Vision-Language Intelligence: 2-Dimensional Autoregressive Transformer (arXiv 2410.01912)",
            "https://arxiv.org/abs/2410.01912",
        )),
        "llamagen" => Some((
            "Autoregressive Model Beats Diffusion: LlamaGen (arXiv 2406.06525)",
            "https://arxiv.org/abs/2406.06525",
        )),
        _ => None,
    }
}

/// The name of a family.
pub fn family(name: &str) -> &str {
    match name {
        "dnd" => "DnD-Transformer",
        "llamagen" => "LlamaGen",
        other => other,
    }
}

// Work
/// What is being done, in a few words.
pub fn step(step: Step) -> &'static str {
    match step {
        Step::Asking => "Asking the hub",
        Step::Fetching => "Downloading",
        Step::Checking => "Checking",
        Step::Copying => "Copying",
        Step::Converting => "Converting",
        Step::Drawing => "Drawing on trial",
    }
}

/// How work stands.
pub fn work(stage: &WorkStage, progress: &Progress) -> String {
    let amount = || match progress.step.counts_bytes() {
        true => format!("{} of {}", bytes(progress.done), bytes(progress.total)),
        false => super::percent(progress.fraction()),
    };
    match stage {
        WorkStage::LettingGo => "Waits until no picture needs it".into(),
        WorkStage::Waiting => "Waits until other work on models is done".into(),
        WorkStage::Stopping { .. } => "Stopping".into(),
        WorkStage::Paused if progress.total == 0 => "Paused".into(),
        WorkStage::Paused => format!("Paused at {}", amount()),
        WorkStage::Asking(_) => "Several files could be meant".into(),
        WorkStage::Failed(_) => "It did not work".into(),
        WorkStage::Running => {
            let mut words = vec![step(progress.step).to_owned()];
            if progress.total > 0 {
                words.push(amount());
            }
            words.extend(progress.rate.map(rate));
            words.extend(progress.left_secs.map(super::time_left));
            words.join(" \u{b7} ")
        }
    }
}

/// Bytes a second.
fn rate(rate: f64) -> String {
    match rate {
        slow if slow < 1e6 => format!("{:.0} kB/s", slow / 1e3),
        fast => format!("{:.1} MB/s", fast / 1e6),
    }
}

// Files from elsewhere
/// Chooses files.
pub const IMPORT: &str = "Import\u{2026}";
/// What that does.
pub const IMPORT_TIP: &str = "Make a model of weights on this machine: .pt, .pth, .safetensors or .gguf, with the tokenizer's config.yaml. They may be dropped on the window, too.";
/// Chooses a folder.
pub const IMPORT_FOLDER: &str = "Import a folder\u{2026}";
/// The title of the dialog for files.
pub const PICK_FILES_TITLE: &str = "Files of a model";
/// The title of the dialog for a folder.
pub const PICK_FOLDER_TITLE: &str = "The folder of a model";
/// The kind of files.
pub const PICK_FILTER: &str = "Weights and configurations";
/// While files are being looked at.
pub const LOOKING_AT_FILES: &str = "Looking at the files\u{2026}";
/// Nothing in them is of a model.
pub const NO_MODEL_FOUND: &str =
    "There are no weights and no configuration of a model among these files.";
/// What to do about it.
pub const NO_MODEL_STEP: &str =
    "Choose files that end in .pt, .pth, .safetensors or .gguf, and the tokenizer's config.yaml.";

/// A model was made of files, and what to do with it.
pub fn imported(name: &str) -> (String, String) {
    let step = "It has copies of its own in the models folder: the files that it was made of are no longer needed.";
    (format!("{name} is imported."), step.into())
}

/// A published model has come, and what to do with it.
pub fn got(name: &str, is_model: bool) -> (String, String) {
    let step = match is_model {
        true => "Choose what to draw, and press Generate.",
        false => "Models that you import and that need it will find it.",
    };
    (format!("{name} is installed."), step.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_every_size_are_said() {
        let said = [87, 41_320, 9_173_760, 999_600_000, 1_436_140_032].map(parameters);
        let expected = [
            "1 thousand weights",
            "41 thousand weights",
            "9 million weights",
            "1.0 billion weights",
            "1.4 billion weights",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn work_is_said_with_rate_and_time_left() {
        let progress = Progress {
            step: Step::Fetching,
            done: 1_500_000_000,
            total: 6_600_000_000,
            rate: Some(12_345_678.0),
            left_secs: Some(413.0),
        };
        let words = work(&WorkStage::Running, &progress);
        let expected =
            "Downloading \u{b7} 1.5 GB of 6.6 GB \u{b7} 12.3 MB/s \u{b7} 6 min 53 s left";
        assert_eq!(words, expected);
        assert_eq!(
            work(&WorkStage::Paused, &progress),
            "Paused at 1.5 GB of 6.6 GB"
        );
        assert_eq!(
            work(&WorkStage::Running, &Progress::BEGIN),
            "Asking the hub"
        );
    }
}
