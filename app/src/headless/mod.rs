//! The commands that need no window: one file (or folder) each.
//!
//! Here: the arguments, the way to the right command, and how an outcome becomes an exit status. What
//! a command does is its own file's business; how the engine does it is the engine's.

mod bench;
mod choose;
mod classes;
mod device;
mod devices;
mod export;
mod failure;
mod inspect;
mod models;
mod output;
mod reconstruct;
mod replay;
mod sample;
mod studio;

#[cfg(test)]
mod scripted;

use std::{ffi::OsString, io::Write, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{explain::Explained, places::Places};

pub use output::Output;
pub use studio::{How, Machine, Studio, Worker};

/// What a headless command comes to.
pub type Result<T, E = Explained> = std::result::Result<T, E>;

/// A desktop image studio for the DnD-Transformer. Without a command, the window opens.
#[derive(Debug, Parser)]
#[command(name = "strata", version)]
struct Cli {
    /// Print exactly one JSON value on standard output, errors too ({"error", "hint"}).
    #[arg(long, global = true)]
    json: bool,
    /// Of the window; commands have their own.
    #[command(flatten)]
    device: device::DeviceArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make pictures: of classes, or pages of text.
    Sample(Box<sample::Args>),
    /// Look up ImageNet classes by name, synonym, WordNet id or number.
    Classes(classes::Args),
    /// Turn a picture into a model's codes and back.
    Reconstruct(reconstruct::Args),
    /// Show what a PNG of Strata carries: its recipe and its codes.
    Inspect(inspect::Args),
    /// Grow a PNG again from the codes it carries, without sampling.
    Replay(replay::Args),
    /// Copy pictures into a folder, as PNGs, as animations of how they grew, or on a contact sheet.
    Export(Box<export::Args>),
    /// List the installed models; fetch, import, convert, check or remove some.
    Models(models::Args),
    /// Measure how fast a model runs here.
    Bench(bench::Args),
    /// List what models can run on: the processor, and the graphics cards.
    Devices(devices::Args),
}

/// Runs the program: the command that `arguments` name, or the window.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let stdout = &mut std::io::stdout();
    ExitCode::from(dispatch(&arguments, stdout))
}

/// The exit status: 0 done, 1 failed, 2 wrong arguments, 130 interrupted.
fn dispatch(arguments: &[OsString], stdout: &mut dyn Write) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return failure::arguments(&error, arguments, stdout),
    };
    let out = &mut Output::new(stdout, cli.json);
    let outcome = match cli.command {
        None if cli.json => Err(Explained::new(
            "the window has no JSON output",
            "Name a command, such as `strata models --json`; `strata --help` lists them.",
        )),
        None => cli.device.device().and_then(|device| {
            let device = cli.device.is_named().then_some(device);
            crate::app::run(device).map_err(failure::of_window)
        }),
        Some(_) if cli.device.is_named() => Err(Explained::new(
            "--device, --format and --threads before a command are the window's",
            "Write them after the command, as in `strata sample --threads 2`.",
        )),
        Some(command) => Places::find().and_then(|places| {
            let studio = Machine::new(places);
            run(command, &studio, out)
        }),
    };
    match outcome {
        Ok(()) => u8::from(out.is_failed()),
        Err(explained) => failure::report(&explained, out),
    }
}

fn run(command: Command, studio: &dyn Studio, out: &mut Output) -> Result<()> {
    match command {
        Command::Sample(args) => sample::run(&args, studio, out),
        Command::Classes(args) => classes::run(&args, studio, out),
        Command::Reconstruct(args) => reconstruct::run(&args, studio, out),
        Command::Inspect(args) => inspect::run(&args, studio, out),
        Command::Replay(args) => replay::run(&args, studio, out),
        Command::Export(args) => export::run(&args, studio, out),
        Command::Models(args) => models::run(&args, studio, out),
        Command::Bench(args) => bench::run(&args, studio, out),
        Command::Devices(args) => devices::run(&args, out),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::CommandFactory;

    use super::*;

    fn said(arguments: &[&str]) -> (u8, String) {
        let arguments: Vec<OsString> = std::iter::once("strata")
            .chain(arguments.iter().copied())
            .map(OsString::from)
            .collect();
        let mut stdout = Vec::new();
        let status = dispatch(&arguments, &mut stdout);
        (status, String::from_utf8(stdout).unwrap())
    }

    #[test]
    fn the_window_has_a_device_too() {
        let (status, said) = said(&["--threads", "2", "models", "--json"]);
        assert_eq!(status, 1);
        assert!(said.contains("after the command"), "{said}");
        let cli = Cli::try_parse_from(["strata", "--threads", "2", "--format", "q4_0"]).unwrap();
        assert!(cli.command.is_none() && cli.device.is_named());
    }

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn wrong_arguments_are_json_with_json() {
        for arguments in [
            &["--json", "sample"][..],
            &["sample", "--json", "--out", "x", "--count", "many"],
            &["frobnicate", "--json"],
            &["sample", "--out", "x", "--shard", "3/2", "--json"],
            &["--json"],
        ] {
            let (status, text) = said(arguments);
            assert_ne!(status, 0, "{arguments:?}");
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            let texts = |key: &str| value[key].as_str().unwrap().to_owned();
            assert!(!texts("error").is_empty() && !texts("error").contains('\n'));
            assert!(!texts("hint").is_empty(), "{arguments:?}");
            assert_eq!(value.as_object().unwrap().len(), 2);
        }
    }

    #[test]
    fn help_is_no_failure() {
        let (status, text) = said(&["sample", "--help"]);
        assert_eq!(status, 0);
        assert!(text.contains("--guidance-schedule"), "{text}");
        let (status, text) = said(&["--help", "--json"]);
        assert_eq!(status, 0);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(value["help"].as_str().unwrap().contains("sample"));
    }
}
