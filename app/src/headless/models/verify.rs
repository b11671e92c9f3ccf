//! `strata models verify`: is an installed model what it should be.

use strata_engine::library::{
    hub::Cancel,
    verify::{self, Check, Finding, Report, Verdict},
};

use super::{
    super::{Output, Result, Studio, device::DeviceArgs, sample::interrupt},
    progress::Bar,
    unfinished,
};
use crate::explain::Explained;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The model, as `strata models` lists it, or the name of its folder.
    id: String,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Prints what was found; the exit status is 1 when something is wrong.
///
/// # Errors
/// When there is no such model.
pub fn run(args: &Args, studio: &dyn Studio, out: &mut Output) -> Result<()> {
    let cancel = Cancel::from(interrupt::watch()?);
    let bar = Bar::start(&[], out.is_json());
    let tell = &mut |progress| bar.show(&progress);
    let device = args.device.device()?;
    let (library, cache) = (studio.library(), studio.cache());
    let report = verify::verify(library, &args.id, &device, cache, &cancel, tell);
    bar.finish();
    let report = report.map_err(unfinished)?;
    if !report.sound {
        out.mark_failed();
    }
    out.outcome(&report, || describe(&report))
}

fn describe(report: &Report) -> String {
    let mut lines: Vec<String> = report.findings.iter().map(finding).collect();
    lines.push(match report.sound {
        true => format!("{} is sound.", report.model),
        false => format!("{} is not as it should be.", report.model),
    });
    lines.join("\n")
}

fn finding(finding: &Finding) -> String {
    let what = match finding.check {
        Check::Manifest => "manifest",
        Check::Hash => "bytes as they came",
        Check::Tensors => "tensors and their shapes",
        Check::Numbers => "finite numbers",
        Check::Pairing => "transformer and tokenizer belong together",
        Check::Drawing => "a few positions drawn, a picture decoded",
    };
    let verdict = match finding.verdict {
        Verdict::Good => "good   ",
        Verdict::Unknown => "unknown",
        Verdict::Bad => "BAD    ",
    };
    let file = finding.file.as_ref();
    let file = file.map_or(String::new(), |file| format!(", {file}"));
    let mut line = format!("{verdict}  {what}{file}");
    if let Some(error) = &finding.error {
        let Explained {
            sentence,
            next_step,
        } = Explained::from(error);
        line += &format!("\n         {sentence}\n         {next_step}");
    } else if finding.verdict == Verdict::Unknown {
        line += ": there is no note of what it was when it came";
    }
    line
}
