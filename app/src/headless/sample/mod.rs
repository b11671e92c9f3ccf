//! `strata sample`: many pictures into a folder.
//!
//! `plan` says which pictures, purely; `kept` what is already there; `feed` drives the engine a few
//! pictures at a time; `start` and `best` are options with rules of their own; `npz` packs the folder for
//! evaluators. Here: the arguments and the order of it all.

mod best;
mod feed;
pub(super) mod interrupt;
mod kept;
mod npz;
mod plan;
mod progress;
mod report;
mod start;

use std::{
    cell::OnceCell,
    path::{Path, PathBuf},
    sync::Arc,
};

use strata_engine::{LookAhead, Mode, ModelCard, PerDepth, Schedule};

use super::{How, Output, Result, Studio, choose, device::DeviceArgs, studio::Worker};
use crate::{classes::Classes, explain::Explained};

use plan::{Plan, Shard};
use start::Parent;

/// Its arguments.
#[derive(Clone, Debug, clap::Args)]
#[command(allow_negative_numbers = true)]
pub struct Args {
    /// The model [default: with --class the first that makes pictures of classes, without it the first
    /// that makes pages; shipped models go first].
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// A class by name, synonym, WordNet id or number; may be repeated. Or `random` (each picture any
    /// class the model knows, by the seed) or `balanced` (all of them in turn).
    #[arg(long = "class", value_name = "CLASS")]
    classes: Vec<String>,
    /// Pictures of each named class; with `random`, `balanced` or pages, pictures in all. Several
    /// classes take turns, so that a larger count continues a smaller one.
    #[arg(long, value_name = "N", default_value_t = 1)]
    count: u32,
    /// The seed of the whole set; picture i differs from picture j by its number.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    start: start::Keep,
    #[command(flatten)]
    best: best::BestOf,
    /// The folder for the PNGs, made if need be. Pictures of the same recipe that are in it are kept.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Also write all pictures, in their order, as uint8 `arr_0` [N, H, W, 3] for FID evaluators.
    #[arg(long, value_name = "FILE")]
    npz: Option<PathBuf>,
    /// Make only part i of n of the set, i from 1; the parts together are the whole, bit for bit.
    #[arg(long, value_name = "i/n", default_value = "1/1")]
    shard: Shard,
    /// How many pictures grow together; changes the speed and the memory, never a picture.
    #[arg(long, value_name = "B", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=1024))]
    batch: u16,
    /// How many positions a pass tries: auto measures what is fastest, off is one, a number that many. It changes
    /// the speed, never a picture.
    #[arg(long, value_name = "auto|off|N", default_value = "auto")]
    look_ahead: LookAhead,
    #[command(flatten)]
    device: DeviceArgs,
    /// Replace pictures in DIR that have the same name and another recipe.
    #[arg(long)]
    force: bool,
}

/// Guidance and sampling; what is left out comes from the model.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Settings {
    /// Classifier-free guidance scale; 1 is none [default: the model's].
    #[arg(long, value_name = "G")]
    cfg: Option<f32>,
    /// Temperature; 0 always takes the likeliest code [default: the model's].
    #[arg(long, value_name = "T")]
    temperature: Option<f32>,
    /// Draw from the K likeliest codes; 0 from all [default: the model's].
    #[arg(long, value_name = "K")]
    top_k: Option<u32>,
    /// Draw from the likeliest codes that have this much probability together [default: the model's].
    #[arg(long, value_name = "P")]
    top_p: Option<f32>,
    /// Guidance scale per depth, such as 2,1.5; the last value goes on. Goes before --cfg.
    #[arg(long, value_name = "LIST")]
    depth_cfg: Option<PerDepth<f32>>,
    /// Temperature per depth, such as 1,0.7. Goes before --temperature.
    #[arg(long, value_name = "LIST")]
    depth_temperature: Option<PerDepth<f32>>,
    /// Top-k per depth, such as 600,0. Goes before --top-k.
    #[arg(long, value_name = "LIST")]
    depth_top_k: Option<PerDepth<u32>>,
    /// Top-p per depth, such as 0.9,1. Goes before --top-p.
    #[arg(long, value_name = "LIST")]
    depth_top_p: Option<PerDepth<f32>>,
    /// How the guidance varies over the positions: constant, interval:FIRST-LAST (only there) or
    /// ramp:FROM (from this scale at the first position to the full one at the last). LlamaGen's
    /// cfg_interval N is interval:0-(N+2) [default: the model's].
    #[arg(long, value_name = "SCHEDULE")]
    guidance_schedule: Option<Schedule>,
}

/// Makes the pictures.
///
/// # Errors
/// Whatever stops it; what is finished stays in the folder and is not made again.
pub fn run(args: &Args, studio: &dyn Studio, out: &mut Output) -> Result<()> {
    let mut args = args.clone();
    let drafts = args.best.asked(&args)?;
    if let Some((count, _)) = drafts {
        args.count = count;
    }
    let keep = args.start.clone();
    let parent = keep.read()?;
    let card = model(&args, parent.as_ref(), studio)?;
    if let Some(class) = parent.as_ref().and_then(Parent::class)
        && args.classes.is_empty()
        && card.mode == Mode::Classes
    {
        args.classes.push(class.to_string());
    }
    let plan = Plan::new(&args, Arc::clone(&card), Classes::shipped())?;
    prepare_folder(&args.out)?;
    // The engine that encodes a start is the one that samples: a model is read once.
    let engine = OnceCell::new();
    let worker = || -> Result<&dyn Worker> {
        if let Some(engine) = engine.get() {
            return Ok(Box::as_ref(engine));
        }
        let started = studio.engine(How {
            batch: usize::from(args.batch),
            device: args.device.device()?,
            look_ahead: args.look_ahead,
        })?;
        Ok(Box::as_ref(engine.get_or_init(|| started)))
    };
    let start = parent.map(|parent| parent.start(&card, worker));
    let plan = plan.starting(start.transpose()?);
    match drafts {
        Some((_, keep)) => rank(&plan, &args, keep, worker, out),
        None => fill(&plan, &args, worker, out),
    }
}

/// Makes every picture of the plan that the folder lacks.
fn fill<'e>(
    plan: &Plan,
    args: &Args,
    worker: impl FnOnce() -> Result<&'e dyn Worker>,
    out: &mut Output,
) -> Result<()> {
    if let Some(npz) = &args.npz {
        npz::check_place(npz)?;
    }
    let mut done = kept::look(plan, &args.out, args.force)?;
    let already = done.len();
    let progress = progress::Progress::start(plan, already, out.is_json());
    if already < plan.len() {
        let path = &args.out;
        let mut shelf = feed::Folder { plan, path };
        feed(plan, args, worker()?)?.run(&mut shelf, &mut done, &progress)?;
    }
    progress.finish();
    report::warn_of_other_weights(&done);
    if let Some(npz) = &args.npz {
        npz::pack(plan, &args.out, npz)?;
    }
    report::print(plan, args, &done, already, out)
}

/// Makes every picture of the plan and keeps the likeliest, those there are by then when it is stopped.
fn rank<'e>(
    plan: &Plan,
    args: &Args,
    keep: u32,
    worker: impl FnOnce() -> Result<&'e dyn Worker>,
    out: &mut Output,
) -> Result<()> {
    // Drafts of an earlier run may be replaced by their equals, other pictures not unasked.
    kept::look(plan, &args.out, args.force)?;
    let progress = progress::Progress::start(plan, 0, out.is_json());
    let mut ranking = best::Ranking::new(plan, &args.out, keep);
    let mut done = kept::AllDone::new();
    let outcome = feed(plan, args, worker()?)?.run(&mut ranking, &mut done, &progress);
    progress.finish();
    ranking.write()?;
    outcome?;
    ranking.print(out)
}

fn feed<'a>(plan: &'a Plan, args: &'a Args, worker: &'a dyn Worker) -> Result<feed::Feed<'a>> {
    Ok(feed::Feed {
        plan,
        folder: &args.out,
        worker,
        window: usize::from(args.batch) * 2,
        stopped: interrupt::watch()?,
    })
}

fn model(args: &Args, parent: Option<&Parent>, studio: &dyn Studio) -> Result<Arc<ModelCard>> {
    let own = args.model.as_deref();
    match own.or_else(|| parent.and_then(Parent::model)) {
        Some(id) => choose::named(studio, id),
        None if args.classes.is_empty() => choose::first(studio, Mode::Documents),
        None => choose::first(studio, Mode::Classes),
    }
}

/// Makes the folder and sees that it takes files, before hours of sampling.
fn prepare_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Explained::file("make the folder", folder, &error))?;
    tempfile::tempfile_in(folder)
        .map(drop)
        .map_err(|error| Explained::file("write into", folder, &error))
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
