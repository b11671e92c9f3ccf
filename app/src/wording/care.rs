//! Words of the dialogs about a model's files: what was found in files from elsewhere, checking, converting, removing.

use std::path::Path;

use strata_engine::{
    Error, ModelCard,
    checkpoint::Variant,
    library::{
        Precision,
        identify::{About, Missing, Part, Transformer, Value, What},
        verify::{Check, Finding, Verdict},
    },
};

use super::{library, sampling::bytes};

// Buttons of a card
/// Looks whether a model is what it should be.
pub const CHECK: &str = "Check";
/// Asks for another precision.
pub const CONVERT: &str = "Convert\u{2026}";
/// Removes a model.
pub const REMOVE: &str = "Remove\u{2026}";

/// Removes what a model was converted from.
pub fn drop_originals(bytes_freed: u64) -> String {
    format!("Delete original ({})\u{2026}", bytes(bytes_freed))
}

// Facts
/// Its files.
pub const ON_DISK: &str = "On disk";
/// Inside the program.
pub const SHIPPED: &str = "inside the program";

/// Its files, in which numbers, and of which family.
pub fn on_disk(size: u64, precision: Option<Precision>, family: &str, shipped: bool) -> String {
    let mut words = vec![bytes(size)];
    words.extend(shipped.then(|| SHIPPED.to_owned()));
    words.extend(precision.map(|own| precision_words(own).to_owned()));
    words.push(library::family(family).to_owned());
    words.join(", ")
}

/// A precision.
pub fn precision_words(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "32-bit numbers",
        Precision::F16 => "16-bit numbers",
        Precision::Bf16 => "16-bit numbers (bfloat16)",
        Precision::Q8_0 => "8-bit blocks",
        Precision::Q4_0 => "4-bit blocks",
    }
}

/// What a precision is good for.
pub fn precision_tip(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "What trainers write: exact, and the largest.",
        Precision::F16 | Precision::Bf16 => "Half the size; pictures hardly differ.",
        Precision::Q8_0 => {
            "A quarter of the size; what large models are drawn with anyway. Pictures hardly differ."
        }
        Precision::Q4_0 => {
            "An eighth of the size and the quickest; pictures differ and may be worse."
        }
    }
}

/// Bits that a weight takes, its share of a block's scale included.
fn bits(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => 32.0,
        Precision::F16 | Precision::Bf16 => 16.0,
        Precision::Q8_0 => 8.5,
        Precision::Q4_0 => 4.5,
    }
}

/// About the bytes of so many weights.
pub fn room(weights: u64, precision: Precision) -> u64 {
    (weights as f64 * bits(precision) / 8.0) as u64
}

/// About the bytes of a model's files after a conversion. Its tokenizer's stay as they are, but it is much smaller.
pub fn room_after(card: &ModelCard, precision: Precision) -> u64 {
    let now = card.bytes.saturating_sub(card.originals) as f64;
    let from = bits(card.precision.unwrap_or(Precision::F32));
    (now * bits(precision) / from) as u64
}

// Files from elsewhere
/// Heading of the dialog.
pub const IMPORT_HEADING: &str = "Import a model";
/// Heads what was found.
pub const FOUND: &str = "Found";
/// Heads the choice of one of several models.
pub const WHICH_MODEL: &str = "Model";
/// The field of the name.
pub const NAME: &str = "Name";
/// The choice of precision.
pub const PRECISION: &str = "Keep it in";
/// Makes the model.
pub const IMPORT: &str = "Import";
/// Copies a folder that is a model already.
pub const COPY_FOLDER: &str = "Copy it into the models folder";
/// Closes a dialog.
pub const CLOSE: &str = "Close";
/// Before an answer is given.
pub const NO_ANSWER: &str = "choose\u{2026}";
/// Nothing of what was found is a model.
pub const NOT_A_MODEL: &str = "These files are no whole model yet.";

/// Weights as they are.
pub fn as_they_are(precision: Option<Precision>) -> String {
    match precision {
        Some(own) => format!("as it is: {}", precision_words(own)),
        None => "as it is".into(),
    }
}

/// A part, as it was understood.
pub fn part(part: &Part) -> String {
    let name = file_name(&part.path);
    let size = bytes(part.bytes);
    match &part.what {
        What::Transformer(own) => format!("{name}: {}, {size}", transformer(own)),
        What::Tokenizer(own) => format!(
            "{name}: a tokenizer of {}, {}, {size}",
            library::family(own.family),
            codes(own.depth, own.codebook)
        ),
        What::Config(own) => {
            let [rows, columns, depth] = own.sizes.codes;
            let grid = super::grid([rows, columns], depth);
            format!("{name}: the configuration of a tokenizer, {grid}")
        }
    }
}

fn transformer(own: &Transformer) -> String {
    let size = own
        .preset
        .map_or(String::new(), |preset| format!(" {preset}"));
    format!(
        "a {}{size} transformer, {}, {}",
        library::family(own.family),
        codes(own.depth, own.codebook),
        library::parameters(own.parameters)
    )
}

fn codes(depth: usize, codebook: usize) -> String {
    match depth {
        1 => format!("one code of {codebook} a position"),
        _ => format!("{depth} codes of {codebook} a position"),
    }
}

/// A folder that is a model already.
pub fn folder(path: &Path) -> String {
    format!("{}: a model that is ready to use", file_name(path))
}

/// A file that was not understood.
pub fn refused(path: &Path, error: &Error) -> String {
    // The error names the file by its whole path; most do so first.
    let text = error.to_string();
    let words = text.replace(&path.display().to_string(), &file_name(path));
    super::sentence(&words)
}

/// What is missing, and where it is to be had; `name_of` names entries of the catalogue.
pub fn missing(missing: &Missing, name_of: &dyn Fn(&str) -> String) -> String {
    match missing {
        Missing::Transformer => "A transformer is missing: add the file with its weights.".into(),
        Missing::Tokenizer {
            family,
            depth,
            codebook,
            published,
        } => {
            let what = format!(
                "A {} tokenizer with {} is missing: add its file",
                library::family(family),
                codes(*depth, *codebook)
            );
            let names: Vec<String> = published.iter().map(|id| name_of(id)).collect();
            match names.is_empty() {
                true => format!("{what}."),
                false => format!("{what}, or download {} first.", names.join(" or ")),
            }
        }
        Missing::Config { tokenizer } => format!(
            "The config.yaml of {} is missing: it lies beside the weights where they were published.",
            file_name(tokenizer)
        ),
    }
}

/// What only a person can tell.
pub fn question(about: About) -> &'static str {
    match about {
        About::Tokenizer => "Tokenizer",
        About::HeadLayers => "Heads after layers",
        About::AttentionHeads => "Attention heads",
        About::Grid => "Grid",
        About::Unconditional => "Last class means none",
        About::TransformerWeights => "Transformer's weights",
        About::TokenizerWeights => "Tokenizer's weights",
    }
}

/// The field where another answer than those offered is typed.
pub fn typed(question: &str) -> String {
    format!("{question}, typed")
}

/// Inside that field.
pub const TYPED_HINT: &str = "another answer";

/// Why it is asked.
pub fn question_tip(about: About) -> &'static str {
    match about {
        About::Tokenizer => {
            "Several tokenizers fit. Only the one that it was trained with makes pictures."
        }
        About::HeadLayers => {
            "No shape tells after which layers the codes of each depth are read. It stands in the model's description; layers are counted from 0."
        }
        About::AttentionHeads => {
            "No shape tells how many heads a block has. It stands in the model's description."
        }
        About::Grid => "Models for 256 and for 384 pixels have the same shapes.",
        About::Unconditional => {
            "If the last row of the class table stands for no class, the model can be guided."
        }
        About::TransformerWeights | About::TokenizerWeights => {
            "The file holds the weights as trained and their running average (EMA), which mostly draws better."
        }
    }
}

/// An answer; `tokenizer` names one of the tokenizers, `name_of` entries of the catalogue.
pub fn answer(
    value: &Value,
    published: &[String],
    tokenizer: &dyn Fn(usize) -> String,
    name_of: &dyn Fn(&str) -> String,
) -> String {
    let words = match value {
        Value::Tokenizer(at) => tokenizer(*at),
        Value::Grid(side) => format!("{side} \u{d7} {side} positions"),
        Value::Unconditional(true) => "yes".into(),
        Value::Unconditional(false) => "no".into(),
        Value::Weights(Variant::Trained) => "as trained".into(),
        Value::Weights(Variant::Averaged) => "their running average".into(),
        Value::HeadLayers(_) | Value::AttentionHeads(_) => value.to_string(),
    };
    let names: Vec<String> = published.iter().map(|id| name_of(id)).collect();
    match names.is_empty() {
        true => words,
        false => format!("{words} (as {})", names.join(", ")),
    }
}

/// A tokenizer of the library.
pub fn installed_tokenizer(id: &str) -> String {
    format!("that of {id}")
}

/// The file's name alone.
pub fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

// Checking
/// Nothing is wrong.
pub const SOUND: &str = "It is as it should be.";
/// Something is.
pub const UNSOUND: &str = "Something is wrong with it.";

/// What was looked at and is good, or could not be compared; what is wrong has the words of its error.
pub fn finding(finding: &Finding) -> String {
    let file = finding.file.as_deref().unwrap_or("the file");
    match (finding.check, finding.verdict) {
        (Check::Manifest, _) => "The manifest can be read and makes sense.".into(),
        (Check::Hash, Verdict::Unknown) => {
            format!("{file} was put here by hand: there is no hash to compare it with.")
        }
        (Check::Hash, _) => format!("{file} has not changed since it came here."),
        (Check::Tensors, _) => format!("{file} holds all tensors that are needed, and no other."),
        (Check::Numbers, _) => format!("Every number in {file} is finite."),
        (Check::Pairing, _) => "Transformer and tokenizer belong together.".into(),
        (Check::Drawing, _) => "A few positions were drawn on trial, and became a picture.".into(),
    }
}

// Converting
/// Makes it.
pub const CONVERT_DO: &str = "Convert";
/// Takes the running average.
pub const AVERAGED: &str = "Take the running average of the weights (EMA)";

/// Heading of the dialog.
pub fn convert_heading(name: &str) -> String {
    format!("Convert {name}")
}

/// What a conversion takes and what it may free.
pub fn convert_text(needed: u64, original: u64) -> String {
    format!(
        "The new file takes {}. The present one ({}) is kept until you delete it from the card. A conversion that is cancelled leaves the model as it is.",
        library::about(needed),
        bytes(original)
    )
}

/// A model is in another precision, and what may be freed.
pub fn converted(name: &str, precision: Precision, originals: u64) -> (String, String) {
    let words = precision_words(precision);
    let step = match originals {
        0 => "The next picture is drawn with it.".into(),
        originals => format!(
            "The next picture is drawn with it. Deleting the original frees {}.",
            bytes(originals)
        ),
    };
    (format!("{name} is in {words} now."), step)
}

// Removing
/// Removes a model.
pub const REMOVE_DO: &str = "Remove";
/// Removes the original.
pub const DROP_DO: &str = "Delete";

/// Heading of the dialog.
pub fn remove_heading(name: &str) -> String {
    format!("Remove {name}?")
}

/// What goes and what stays.
pub fn remove_text(folder: &Path, size: u64) -> String {
    format!(
        "Its folder {} is deleted for good, which frees {}. The pictures that were made with it stay.",
        folder.display(),
        bytes(size)
    )
}

/// Why it cannot be removed now.
pub fn still_drawing(pictures: usize) -> String {
    match pictures {
        1 => "A picture is still being made with it: wait for it, or cancel it.".into(),
        _ => format!(
            "{pictures} pictures are still to be made with it: wait for them, or cancel them."
        ),
    }
}

/// Heading of the dialog.
pub fn drop_heading(name: &str) -> String {
    format!("Delete the original of {name}?")
}

/// What goes and what stays.
pub fn drop_text(size: u64) -> String {
    format!(
        "The file that the model was converted from is deleted for good, which frees {}. The model itself stays; converting it to a precision of more bits then needs the original again.",
        bytes(size)
    )
}

/// The original is gone.
pub fn dropped(name: &str, freed: u64) -> (String, String) {
    let sentence = format!("The original of {name} is deleted.");
    (sentence, format!("{} are free again.", bytes(freed)))
}

/// The model is gone.
pub fn removed(name: &str, freed: u64) -> (String, String) {
    let step = format!(
        "{} are free again. Its pictures are still there.",
        bytes(freed)
    );
    (format!("{name} is removed."), step)
}
