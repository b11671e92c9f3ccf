//! `strata models remove`: an installed model, or only what it was converted from.

use strata_engine::library::remove;

use super::{
    super::{Output, Result, Studio},
    folder_of,
    progress::size,
};
use crate::explain::Explained;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The model, as `strata models` lists it.
    id: String,
    /// Only what it was converted from; the model stays.
    #[arg(long)]
    original: bool,
    /// Yes, remove it. Without this it is only said what would be removed.
    #[arg(long)]
    yes: bool,
}

/// Removes the model; says what that freed.
///
/// # Errors
/// Without `--yes`; when the model is inside the program, or the files cannot be removed.
pub fn run(args: &Args, studio: &dyn Studio, out: &mut Output) -> Result<()> {
    let folder = folder_of(studio, &args.id)?;
    let models = studio.models_folder();
    let what = match args.original {
        true => format!("what {} was converted from", args.id),
        false => args.id.clone(),
    };
    if !args.yes {
        let bytes = match args.original {
            true => remove::originals(&folder)?
                .iter()
                .map(|(_, bytes)| bytes)
                .sum(),
            false => remove::size(&folder),
        };
        return Err(Explained::new(
            format!(
                "{what} takes {} in {}, and removing it cannot be undone",
                size(bytes),
                folder.display()
            ),
            "Add --yes to remove it.",
        ));
    }
    let removed = match args.original {
        true => remove::remove_originals(models, &folder)?,
        false => remove::remove(models, &folder)?,
    };
    out.outcome(&removed, || match removed.paths.is_empty() {
        true => format!("There was nothing to remove of {what}."),
        false => format!("Removed {what}: {} are free.", size(removed.bytes)),
    })
}
