//! `strata models convert`: an installed model in another precision.

use serde::Serialize;
use strata_engine::library::{
    Precision,
    convert::{self, Converted, Settings},
    hub::Cancel,
    remove,
};

use super::{
    super::{Output, Result, Studio, sample::interrupt},
    folder_of,
    import::Kept,
    progress::{Bar, size},
    unfinished,
};

/// Its arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The model, as `strata models` lists it.
    id: String,
    /// What the transformer's matrices are to be kept in: f32, bf16, q8_0 (8 bits) or q4_0 (4 bits).
    #[arg(long, value_name = "NAME", default_value = "q8_0")]
    precision: Precision,
    /// Which of the transformer's weights, where the file holds their running average (EMA) too.
    #[arg(long, value_name = "trained|averaged", default_value = "trained")]
    weights: Kept,
    /// The same of the tokenizer's.
    #[arg(long, value_name = "trained|averaged", default_value = "trained")]
    tokenizer_weights: Kept,
    /// Remove what it was converted from, once that is done.
    #[arg(long)]
    remove_original: bool,
}

#[derive(Serialize)]
struct Outcome<'a> {
    id: &'a str,
    #[serde(flatten)]
    converted: &'a Converted,
    /// Bytes that removing the originals freed.
    freed: u64,
}

/// Converts the model; says what it takes now.
///
/// # Errors
/// When its files cannot be read or written.
pub fn run(args: &Args, studio: &dyn Studio, out: &mut Output) -> Result<()> {
    let folder = folder_of(studio, &args.id)?;
    let models = studio.models_folder();
    let cancel = Cancel::from(interrupt::watch()?);
    let settings = Settings {
        precision: args.precision,
        transformer: args.weights.into(),
        tokenizer: args.tokenizer_weights.into(),
    };
    let bar = Bar::start(&[], out.is_json());
    let tell = &mut |progress| bar.show(&progress);
    let converted = convert::convert(models, &folder, &settings, &cancel, tell);
    bar.finish();
    let mut converted = converted.map_err(unfinished)?;
    let mut freed = 0;
    if args.remove_original {
        freed = remove::remove_originals(models, &folder)?.bytes;
        converted.originals = 0;
    }
    let outcome = Outcome {
        id: &args.id,
        converted: &converted,
        freed,
    };
    out.outcome(&outcome, || {
        let files = converted.files.iter();
        let files: Vec<String> = files
            .map(|(name, bytes)| format!("{name} ({})", size(*bytes)))
            .collect();
        let originals = match (converted.originals, freed) {
            (0, 0) => String::new(),
            (0, freed) => format!("\n{} were freed.", size(freed)),
            (left, _) => format!(
                "\nWhat it was converted from takes {}; `strata models remove {} --original --yes` frees them.",
                size(left),
                args.id
            ),
        };
        format!(
            "{} is in {} now: {}{originals}",
            args.id,
            converted.precision,
            files.join(", ")
        )
    })
}
