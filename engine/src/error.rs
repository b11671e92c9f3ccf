//! What can go wrong in the engine, each with what a person needs to act on it.
//!
//! `Display` is one sentence without a full stop; the program adds the next step. Errors are plain
//! data (clonable, comparable), because they travel to other threads inside events.

use std::path::{Path, PathBuf};

use crate::library::{Precision, hub::Trouble, identify::About};

/// The engine's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong in the engine.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused something about a file.
    #[error("could not {action} {}: {message}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// A verb in the infinitive: "read", "write", "open".
        action: &'static str,
        /// The kind of refusal, for callers that react to a full disk or a missing file.
        kind: std::io::ErrorKind,
        /// The operating system's words.
        message: String,
    },
    /// A file is not of the format it should be, or is damaged.
    #[error("{} is not a readable {format} file: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// "torch checkpoint", "safetensors", "GGUF", "tokenizer config", "model.toml", "PNG".
        format: &'static str,
        /// What was expected and what was found.
        reason: String,
    },
    /// A file asks for something that Strata never does, such as running code.
    #[error("{} was refused: {reason}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What it asked for, or which limit it exceeds.
        reason: String,
    },
    /// A tensor that the configuration needs is absent.
    #[error("{} has no tensor {tensor} (expected shape {expected:?})", path.display())]
    MissingTensor {
        /// The file.
        path: PathBuf,
        /// Its name.
        tensor: String,
        /// Its shape.
        expected: Vec<usize>,
    },
    /// Tensors that the configuration has no place for.
    #[error("{} holds tensors that this model has no place for: {}", path.display(), tensors.join(", "))]
    ExtraTensors {
        /// The file.
        path: PathBuf,
        /// Their names, at most eight.
        tensors: Vec<String>,
    },
    /// A tensor has another shape than the configuration says.
    #[error("{}: tensor {tensor} has shape {found:?}, expected {expected:?}", path.display())]
    WrongShape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// The shape that the configuration says.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// A tensor has an element type that weights cannot have.
    #[error("{}: tensor {tensor} holds {found}, expected floating-point numbers", path.display())]
    WrongType {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// The type in the file.
        found: String,
    },
    /// NaN or infinity among the weights.
    #[error("{}: tensor {tensor} holds {found} at element {index}", path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// "NaN", "inf" or "-inf".
        found: String,
        /// The flat index of the first one.
        index: usize,
    },
    /// Transformer and tokenizer (or manifest and files) do not belong together.
    #[error(
        "the parts of model {model} do not match: {what} is {found} in {second} but {expected} in {first}"
    )]
    Mismatch {
        /// The model's id.
        model: String,
        /// "codebook", "grid", "depth".
        what: &'static str,
        /// The file or part that is taken as given.
        first: String,
        /// Its value.
        expected: String,
        /// The file or part that differs.
        second: String,
        /// Its value.
        found: String,
    },
    /// A configuration that no model can have.
    #[error("impossible model configuration: {0}")]
    Config(String),
    /// No model of this id is installed.
    #[error("no model named {id:?} is installed")]
    UnknownModel {
        /// The id asked for.
        id: String,
        /// The ids that are.
        installed: Vec<String>,
    },
    /// The catalogue has no entry of this id.
    #[error("the catalogue has no model named {id:?}")]
    NotPublished {
        /// The id asked for.
        id: String,
        /// The ids that it has.
        known: Vec<String>,
    },
    /// A model of the catalogue that this version cannot run.
    #[error("model {id} is of the family {family}, which this version cannot run")]
    UnknownFamily {
        /// The model's id.
        id: String,
        /// Its family.
        family: String,
    },
    /// The address of a hub is none.
    #[error("the endpoint is no address of a server: {reason}")]
    Endpoint {
        /// Why not.
        reason: String,
    },
    /// A server did not give what it should have.
    #[error("could not fetch {subject}: {trouble}")]
    Remote {
        /// The repository and what of it.
        subject: String,
        /// What is wrong.
        trouble: Trouble,
    },
    /// A folder of the hub holds no file, or several, that could be meant.
    #[error(
        "{folder} holds {} that could be the {part}{}",
        counted(candidates),
        listed(candidates)
    )]
    Choice {
        /// "transformer", "tokenizer", "tokenizer's configuration".
        part: &'static str,
        /// The repository and the folder.
        folder: String,
        /// The names of the files.
        candidates: Vec<String>,
    },
    /// A disk is too full for a download.
    #[error("{} needs {needed} bytes, but its disk has {free} free", path.display())]
    NoRoom {
        /// The file or folder that will be written.
        path: PathBuf,
        /// What is still to come, in bytes.
        needed: u64,
        /// What the disk has, in bytes.
        free: u64,
    },
    /// Another download writes to the same file.
    #[error("{} is being fetched already", path.display())]
    Fetching {
        /// The file.
        path: PathBuf,
    },
    /// Someone asked to stop.
    #[error("it was cancelled")]
    Cancelled,
    /// A folder that is no model of the library, and so is not touched.
    #[error("{} is not a folder directly in {}", path.display(), models.display())]
    Outside {
        /// The folder.
        path: PathBuf,
        /// Where models lie.
        models: PathBuf,
    },
    /// A file of a model is not what it was when it came there.
    #[error("{} has changed since it was put there", path.display())]
    Altered {
        /// The file.
        path: PathBuf,
    },
    /// What makes a model is not all there.
    #[error("{what} is missing")]
    Incomplete {
        /// What: "a tokenizer of 2 codes a position and 16384 codes".
        what: String,
    },
    /// Something that only a person can tell has not been told.
    #[error("the files do not tell {}", about.words())]
    Unanswered {
        /// What.
        about: About,
    },
    /// An answer that is none of what may be answered.
    #[error("{} is {found}, expected {expected}", about.words())]
    Answer {
        /// What was asked.
        about: About,
        /// The answer.
        found: String,
        /// What it may be.
        expected: String,
    },
    /// A number is too large for the blocks that it should be converted to.
    #[error("{}: tensor {tensor} holds {found}, which {format} cannot hold", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// The number.
        found: String,
        /// What it should be converted to.
        format: &'static str,
    },
    /// A model that is to be converted to what it is in already.
    #[error("{model} is in {precision} already")]
    Converted {
        /// The model's id.
        model: String,
        /// What it should be converted to.
        precision: Precision,
    },
    /// The model cannot draw this subject.
    #[error("model {model} cannot draw {subject}: {reason}")]
    UnknownSubject {
        /// The model's id.
        model: String,
        /// What was asked for.
        subject: String,
        /// Why not.
        reason: String,
    },
    /// A number of a recipe is outside what makes sense.
    #[error("{field} is {found}, expected {expected}")]
    Recipe {
        /// The field, in the words of the command line: "temperature", "top-p".
        field: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: String,
    },
    /// A PNG without Strata's recipe.
    #[error("{} carries no Strata recipe", path.display())]
    NoRecipe {
        /// The file.
        path: PathBuf,
    },
    /// Codes or pixels that contradict themselves and cannot be written.
    #[error("impossible picture: {0}")]
    Picture(String),
    /// A device could not carry out an operation.
    #[error("the {device} device failed in {operation}: {message}")]
    Backend {
        /// "reference", "cpu", "gpu".
        device: &'static str,
        /// The operation.
        operation: &'static str,
        /// The device's words.
        message: String,
    },
    /// A graphics card has not enough memory left.
    #[error("the graphics card has no room for {bytes} more bytes")]
    OutOfMemory {
        /// What was asked for; 0 where the driver does not say.
        bytes: u64,
    },
    /// A graphics card was taken away or reset by its driver.
    #[error("the graphics card was lost ({message})")]
    DeviceLost {
        /// The driver's words.
        message: String,
    },
    /// The engine thread panicked; its message.
    #[error("the engine stopped unexpectedly: {0}")]
    Died(String),
    /// The engine was shut down before it got to this.
    #[error("the engine has been shut down")]
    ShutDown,
}

impl Error {
    /// Whether a graphics card is the reason, so that another device may do.
    pub fn is_of_card(&self) -> bool {
        matches!(
            self,
            Self::OutOfMemory { .. }
                | Self::DeviceLost { .. }
                | Self::Backend { device: "gpu", .. }
        )
    }

    /// An operating-system error about `path` while trying to `action` it.
    pub fn file(action: &'static str, path: impl AsRef<Path>, error: &std::io::Error) -> Self {
        Self::File {
            path: path.as_ref().to_owned(),
            action,
            kind: error.kind(),
            message: error.to_string(),
        }
    }

    /// A file that is not of its format.
    pub fn malformed(
        format: &'static str,
        path: impl AsRef<Path>,
        reason: impl std::fmt::Display,
    ) -> Self {
        Self::Malformed {
            path: path.as_ref().to_owned(),
            format,
            reason: fit_to_be_read(&reason.to_string()),
        }
    }

    /// Something that a server did not give.
    pub fn remote(subject: impl Into<String>, trouble: Trouble) -> Self {
        Self::Remote {
            subject: subject.into(),
            trouble,
        }
    }

    /// A file that asks for what Strata never does.
    pub fn refused(path: impl AsRef<Path>, reason: impl std::fmt::Display) -> Self {
        Self::Refused {
            path: path.as_ref().to_owned(),
            reason: fit_to_be_read(&reason.to_string()),
        }
    }
}

/// A reason as it can be shown in a window and in a terminal. Parsers repeat what stands in a file, however long it
/// is and whatever it would do to a terminal.
fn fit_to_be_read(reason: &str) -> String {
    /// More than any message of our own has.
    const SHOWN: usize = 1500;
    shown(reason, SHOWN, |letter| matches!(letter, '\n' | '\t'))
}

/// Words from a file, made fit for a message: what cannot be printed is escaped, unless it is `kept`, and what is
/// past `most` letters is cut off.
pub(crate) fn shown(words: &str, most: usize, kept: impl Fn(char) -> bool) -> String {
    let mut shown = String::new();
    for letter in words.chars().take(most) {
        match letter {
            // Nothing in these messages is ambiguous with quotes and backslashes as they are.
            '"' | '\'' | '\\' => shown.push(letter),
            _ if kept(letter) => shown.push(letter),
            _ => shown.extend(letter.escape_debug()),
        }
    }
    if words.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}

fn counted(candidates: &[String]) -> String {
    match candidates.len() {
        0 => "no file".into(),
        count => format!("{count} files"),
    }
}

fn listed(candidates: &[String]) -> String {
    match candidates {
        [] => String::new(),
        _ => format!(": {}", candidates.join(", ")),
    }
}
