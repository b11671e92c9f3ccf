//! One sentence and one next step for everything that can go wrong.
//!
//! The headless commands print them as `error` and `hint`, the window shows them side by side. What
//! went wrong is decided elsewhere; here it only gets its words.

use std::{fmt, io::ErrorKind, path::Path};

use serde::Serialize;
use strata_engine::{
    Error,
    library::{hub::Trouble, identify::About},
};

use crate::classes::ClassError;

/// What went wrong and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// What happened: one sentence, without a full stop.
    #[serde(rename = "error")]
    pub sentence: String,
    /// What to do: one sentence, with a full stop.
    #[serde(rename = "hint")]
    pub next_step: String,
}

impl Explained {
    /// From the two texts.
    pub fn new(sentence: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            next_step: next_step.into(),
        }
    }

    /// An operating-system error about `path` while trying to `action` (an infinitive) it.
    pub fn file(action: &'static str, path: &Path, error: &std::io::Error) -> Self {
        Error::file(action, path, error).into()
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Explained {}

impl From<ClassError> for Explained {
    fn from(error: ClassError) -> Self {
        let next_step = match &error {
            ClassError::Unclear { .. } => "Name the one that is meant by its number or WordNet id.",
            ClassError::Unknown { near, .. } if !near.is_empty() => {
                "Use one of these by its number or name, or look others up with `strata classes SEARCH`."
            }
            ClassError::Unknown { .. } => {
                "Look classes up with `strata classes SEARCH`; numbers go from 0 to 999."
            }
        };
        Self::new(error.to_string(), next_step)
    }
}

impl From<Error> for Explained {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<&Error> for Explained {
    fn from(error: &Error) -> Self {
        Self {
            sentence: one_line(&error.to_string()),
            next_step: next_step(error),
        }
    }
}

/// Messages of the operating system or a panic may hold line breaks; a sentence does not.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

fn next_step(error: &Error) -> String {
    match error {
        Error::File { path, kind, .. } => file_step(*kind, path),
        Error::Malformed { format, .. } => malformed_step(format).into(),
        Error::Refused { .. } => {
            "Do not use this file; get the model again from a source that you trust.".into()
        }
        Error::MissingTensor { .. } | Error::ExtraTensors { .. } | Error::WrongShape { .. } => {
            "Correct the sizes in model.toml, or use the weights that they describe.".into()
        }
        Error::WrongType { .. } => {
            "Save the weights as 32-bit or 16-bit floating-point numbers, or in GGUF as Q8_0 or Q4_0."
                .into()
        }
        Error::NotFinite { .. } => {
            "Get the file again or take an earlier checkpoint; these weights cannot make a picture."
                .into()
        }
        Error::Mismatch {
            what: "weights", ..
        } => "Install the weights that made the picture, or draw it anew without their hash.".into(),
        Error::Mismatch { second, .. } if second == "the checkpoint" => {
            "Correct the sizes in the model's model.toml, or put the weights that it describes beside it.".into()
        }
        Error::Mismatch { .. } => {
            "Put a transformer and a tokenizer that were trained together into the model's folder."
                .into()
        }
        Error::Config(_) => "Correct the sizes in the model's model.toml or config.yaml.".into(),
        Error::UnknownModel { installed, .. } if installed.is_empty() => {
            "No model is installed: put a folder with a model.toml into the models folder.".into()
        }
        Error::UnknownModel { installed, .. } => format!(
            "Installed are {} (`strata models` lists them); or put the model's folder among them.",
            installed.join(", ")
        ),
        Error::NotPublished { .. } => {
            "Choose an id that `strata models catalogue` lists, or add it to catalogue.toml in the config folder."
                .into()
        }
        Error::UnknownFamily { .. } => {
            "Choose a model that `strata models catalogue` does not mark, or use a newer Strata.".into()
        }
        Error::Endpoint { .. } => {
            "Give an address such as https://huggingface.co with --endpoint or in HF_ENDPOINT.".into()
        }
        Error::Remote { trouble, .. } => remote_step(trouble).into(),
        Error::Choice { candidates, .. } if candidates.is_empty() => {
            "Its publishers may have moved it; look at its page on the hub, and try another --revision.".into()
        }
        Error::Choice {
            part: "transformer", ..
        } => "Name the one that is meant with --file.".into(),
        Error::Choice { .. } => "Name the one that is meant with --tokenizer-file.".into(),
        Error::NoRoom { needed, free, .. } => format!(
            "Free at least {:.1} GB on that disk, then do the same again; what is there already is kept.",
            needed.saturating_sub(*free) as f64 / 1e9
        ),
        Error::Fetching { .. } => {
            "Wait until the other Strata is done with it, or stop that one first.".into()
        }
        Error::Cancelled => "Do the same again; a download goes on where it stopped.".into(),
        Error::Outside { .. } => {
            "Only folders in the models folder are removed; delete this one yourself if it is yours.".into()
        }
        Error::Altered { .. } => {
            "Get or import the model again: the file may be damaged, or was changed by another program.".into()
        }
        Error::Incomplete { .. } => {
            "Choose it together with the other files, or install a model that has it.".into()
        }
        Error::Unanswered { about } | Error::Answer { about, .. } => answer_step(*about).into(),
        Error::TooLarge { .. } => "Convert it to bf16 or f32, which hold any number.".into(),
        Error::Converted { .. } => "Choose another precision; `strata models` lists the present ones.".into(),
        Error::UnknownSubject { .. } => {
            "Choose a class that this model knows, or a model that knows the class (`strata models`)."
                .into()
        }
        Error::Recipe { field, expected, .. } => format!("Set {field} to {expected}."),
        Error::NoRecipe { .. } => {
            "Only pictures that Strata made carry one; choose such a PNG, unchanged by other programs."
                .into()
        }
        Error::Picture(_) => {
            "Sample it again; if it happens again, report it with this message.".into()
        }
        Error::Backend { .. } => {
            "Try again with a smaller batch; if it happens again, report it with this message.".into()
        }
        Error::OutOfMemory { .. } => {
            "Draw fewer pictures at a time, choose a smaller format (--format q8_0), or use the processor (--device cpu).".into()
        }
        Error::DeviceLost { .. } => {
            "Try again; if it is lost again, update the card's driver or use the processor (--device cpu)."
                .into()
        }
        Error::Died(_) => {
            "Try again: everything finished is kept; if it happens again, report it with this message."
                .into()
        }
        Error::ShutDown => "Start Strata again; everything finished is kept.".into(),
        _ => "Try again; if it happens again, report it with this message.".into(),
    }
}

fn answer_step(about: About) -> &'static str {
    match about {
        About::Tokenizer => "Choose one of the tokenizers that fit (--tokenizer).",
        About::HeadLayers => {
            "Give the layers that its publishers name as head positions, such as 39,47 (--head-layers)."
        }
        About::AttentionHeads => {
            "Give the number that it was trained with; its publishers name it (--attention-heads)."
        }
        About::Grid => "Give 16 for pictures of 256 pixels, 24 for 384 (--grid).",
        About::Unconditional => {
            "Say yes if it was trained with class dropout, else no (--unconditional)."
        }
        About::TransformerWeights => "Choose the trained or the averaged ones (--weights).",
        About::TokenizerWeights => "Choose the trained or the averaged ones (--tokenizer-weights).",
    }
}

fn file_step(kind: ErrorKind, path: &Path) -> String {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "Free some space or choose a folder on another disk, then do the same again; everything finished is kept."
                .into()
        }
        ErrorKind::PermissionDenied => {
            "Choose a folder that you may use, or change its permissions.".into()
        }
        ErrorKind::ReadOnlyFilesystem => "Choose a folder on a disk that can be written.".into(),
        ErrorKind::NotFound => match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() && !folder.exists() => {
                format!("Check the path: there is no folder {}.", folder.display())
            }
            _ => "Check the path: nothing is there.".into(),
        },
        ErrorKind::AlreadyExists => "Choose another name, or remove what is there.".into(),
        ErrorKind::IsADirectory => "Name a file, not a folder.".into(),
        ErrorKind::NotADirectory => "Name a folder; a part of this path is a file.".into(),
        _ => "Check the path and the disk, then try again.".into(),
    }
}

fn remote_step(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::Unreachable(_) => {
            "Check the connection, then do the same again: what came is kept; --endpoint names a mirror."
        }
        Trouble::Stalled | Trouble::CutOff | Trouble::Busy(_) => {
            "Do the same again a little later: what came is kept; --endpoint names a mirror."
        }
        Trouble::Insecure(_) => {
            "Check the clock and the network, or choose another server with --endpoint."
        }
        Trouble::SignIn => {
            "Put a token of your hub account into HF_TOKEN, or correct the one that is there."
        }
        Trouble::Gated => {
            "Accept the conditions on the model's page, put a token of that account into HF_TOKEN, then try again."
        }
        Trouble::Forbidden => {
            "Use a token that may read this model in HF_TOKEN, or choose another server with --endpoint."
        }
        Trouble::NotFound => {
            "Its publishers may have moved it; look at its page on the hub, and try another --revision."
        }
        Trouble::Length { .. } | Trouble::Digest { .. } | Trouble::Changed => {
            "Do the same again; if it happens again, choose another server with --endpoint."
        }
        _ => "Check --endpoint: this server does not answer as the hub does.",
    }
}

fn malformed_step(format: &str) -> &'static str {
    match format {
        "catalogue" => "Correct the catalogue at the place named.",
        "model.toml" => "Correct the manifest at the place named.",
        "tokenizer config" => {
            "Use the config.yaml that was published with the tokenizer's weights."
        }
        "PNG" => {
            "Use the PNG as Strata wrote it; other programs may drop or change what it carries."
        }
        _ => "Get the file again: it may be damaged, cut off, or of another kind.",
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use strata_engine::library::Precision;

    use super::*;

    fn every_kind() -> Vec<Error> {
        let path = PathBuf::from("folder/file");
        let tensor = String::from("norm.0.weight");
        vec![
            Error::File {
                path: path.clone(),
                action: "write",
                kind: ErrorKind::StorageFull,
                message: "No space left\n on device".into(),
            },
            Error::malformed("PNG", &path, "cut off"),
            Error::malformed("torch checkpoint", &path, "cut off"),
            Error::refused(&path, "it calls a function"),
            Error::MissingTensor {
                path: path.clone(),
                tensor: tensor.clone(),
                expected: vec![1],
            },
            Error::ExtraTensors {
                path: path.clone(),
                tensors: vec![tensor.clone()],
            },
            Error::WrongShape {
                path: path.clone(),
                tensor: tensor.clone(),
                expected: vec![1],
                found: vec![2],
            },
            Error::WrongType {
                path: path.clone(),
                tensor: tensor.clone(),
                found: "i64".into(),
            },
            Error::NotFinite {
                path: path.clone(),
                tensor,
                found: "NaN".into(),
                index: 3,
            },
            Error::Mismatch {
                model: "m".into(),
                what: "grid",
                first: "a".into(),
                expected: "1".into(),
                second: "b".into(),
                found: "2".into(),
            },
            Error::Config("no layers".into()),
            Error::UnknownModel {
                id: "m".into(),
                installed: Vec::new(),
            },
            Error::UnknownModel {
                id: "m".into(),
                installed: vec!["illustrations".into()],
            },
            Error::NotPublished {
                id: "m".into(),
                known: vec!["n".into()],
            },
            Error::UnknownFamily {
                id: "m".into(),
                family: "gan".into(),
            },
            Error::Endpoint {
                reason: "it is empty".into(),
            },
            Error::Choice {
                part: "transformer",
                folder: "a/b".into(),
                candidates: vec!["c.pt".into(), "d.pt".into()],
            },
            Error::Choice {
                part: "tokenizer",
                folder: "a/b".into(),
                candidates: Vec::new(),
            },
            Error::NoRoom {
                path: path.clone(),
                needed: 2,
                free: 1,
            },
            Error::Fetching { path: path.clone() },
            Error::Cancelled,
            Error::UnknownSubject {
                model: "m".into(),
                subject: "class 3".into(),
                reason: "it makes pages".into(),
            },
            Error::Recipe {
                field: "top-p",
                found: "2".into(),
                expected: "a number from 0 to 1".into(),
            },
            Error::Outside {
                path: path.clone(),
                models: path.clone(),
            },
            Error::Altered { path: path.clone() },
            Error::Incomplete {
                what: "a tokenizer".into(),
            },
            Error::Unanswered {
                about: About::HeadLayers,
            },
            Error::Answer {
                about: About::Grid,
                found: "0".into(),
                expected: "16 or 24".into(),
            },
            Error::TooLarge {
                path: path.clone(),
                tensor: "w".into(),
                found: "1e30".into(),
                format: "q8_0",
            },
            Error::Converted {
                model: "m".into(),
                precision: Precision::Q8_0,
            },
            Error::NoRecipe { path },
            Error::Picture("no pixels".into()),
            Error::Backend {
                device: "cpu",
                operation: "attend",
                message: "out of memory".into(),
            },
            Error::OutOfMemory { bytes: 1 << 30 },
            Error::DeviceLost {
                message: "reset".into(),
            },
            Error::Died("index out of bounds".into()),
            Error::ShutDown,
        ]
    }

    fn every_trouble() -> impl Iterator<Item = Error> {
        let troubles = vec![
            Trouble::Unreachable("no connection".into()),
            Trouble::Insecure("the certificate has expired".into()),
            Trouble::SignIn,
            Trouble::Gated,
            Trouble::Forbidden,
            Trouble::NotFound,
            Trouble::Busy(429),
            Trouble::Status(451),
            Trouble::Stalled,
            Trouble::CutOff,
            Trouble::Length {
                expected: 2,
                found: 1,
            },
            Trouble::Digest {
                expected: "sha256:00".into(),
                found: "sha256:01".into(),
            },
            Trouble::Changed,
            Trouble::Redirect("nowhere".into()),
            Trouble::Garbled("no list of files".into()),
        ];
        let remote = |trouble| Error::remote("owner/model/a.pt", trouble);
        troubles.into_iter().map(remote)
    }

    #[test]
    fn everything_is_one_sentence_and_one_step() {
        for error in every_kind().into_iter().chain(every_trouble()) {
            let explained = Explained::from(&error);
            let Explained {
                sentence,
                next_step,
            } = &explained;
            assert!(!sentence.contains('\n'), "{sentence}");
            assert!(!sentence.ends_with('.'), "{sentence}");
            assert!(next_step.ends_with('.'), "{next_step}");
            assert!(next_step.len() > 20, "{next_step}");
        }
    }

    #[test]
    fn the_step_names_what_helps() {
        let step = |error: Error| Explained::from(error).next_step;
        let full = std::io::Error::from(ErrorKind::StorageFull);
        assert!(step(Error::file("write", "a.png", &full)).contains("Free some space"));
        let denied = std::io::Error::from(ErrorKind::PermissionDenied);
        assert!(step(Error::file("write", "a.png", &denied)).contains("may use"));
        let missing = std::io::Error::from(ErrorKind::NotFound);
        assert!(step(Error::file("read", "nowhere/at/all.png", &missing)).contains("nowhere/at"));
        assert!(
            step(Error::UnknownModel {
                id: "x".into(),
                installed: vec!["illustrations".into(), "typewriter".into()],
            })
            .contains("illustrations, typewriter")
        );
        assert!(
            step(Error::Recipe {
                field: "temperature",
                found: "-1".into(),
                expected: "a number from 0 to 100".into(),
            })
            .contains("Set temperature to a number from 0 to 100")
        );
    }

    #[test]
    fn json_has_error_and_hint() {
        let json = serde_json::to_string(&Explained::new("it broke", "Mend it.")).ok();
        assert_eq!(
            json.as_deref(),
            Some(r#"{"error":"it broke","hint":"Mend it."}"#)
        );
    }
}
