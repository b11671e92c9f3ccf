//! How far a download is, on standard error: a bar in a terminal, now and then a line elsewhere, nothing with
//! JSON.

use std::{
    cell::Cell,
    collections::BTreeMap,
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use strata_engine::library::{
    download::{Phase, Progress},
    hub::RemoteFile,
};

/// How often a line is written where there is no terminal.
const PAUSE: Duration = Duration::from_secs(30);

/// Shows progress somewhere, or not.
pub struct Bar {
    way: Way,
    /// Of each file by its name on the hub, how many bytes come before it, in the order of fetching.
    before: BTreeMap<String, u64>,
    total: u64,
}

enum Way {
    Bar(ProgressBar),
    Lines(Cell<Instant>),
    Silent,
}

impl Bar {
    /// Of these files; of one task after the other, each with a bar of its own, where none are given.
    pub fn start(files: &[(String, RemoteFile)], json: bool) -> Self {
        let mut total = 0;
        let mut before = BTreeMap::new();
        for (_, file) in files {
            before.insert(file.name().to_owned(), total);
            total += file.size;
        }
        let way = if json {
            Way::Silent
        } else if std::io::stderr().is_terminal() {
            Way::Bar(bar(total))
        } else {
            Way::Lines(Cell::new(Instant::now()))
        };
        Self { way, before, total }
    }

    /// Shows how far it is.
    pub fn show(&self, progress: &Progress) {
        match &self.way {
            Way::Bar(bar) => {
                let before = self.before.get(&progress.name).copied().unwrap_or(0);
                if self.before.is_empty() {
                    bar.set_length(progress.total);
                }
                bar.set_position(before + progress.done);
                bar.set_message(line(progress));
            }
            Way::Lines(last) => {
                if last.get().elapsed() >= PAUSE {
                    last.set(Instant::now());
                    // Progress is a courtesy: nothing depends on standard error.
                    let line = line(progress);
                    let _ = match self.total {
                        0 => writeln!(std::io::stderr(), "{line}"),
                        total => writeln!(std::io::stderr(), "{line} ({} in all)", size(total)),
                    };
                }
            }
            Way::Silent => {}
        }
    }

    /// Clears the bar away.
    pub fn finish(&self) {
        if let Way::Bar(bar) = &self.way {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total);
    // A template is data to indicatif; were it refused, its own style would do.
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}

/// What is being done, how far it is, how fast, how long still.
fn line(progress: &Progress) -> String {
    let doing = match progress.phase {
        Phase::Fetching => "fetching",
        Phase::Checking => "checking",
        Phase::Copying => "copying",
        Phase::Converting => "converting",
        Phase::Drawing => return format!("trying {}", progress.name),
    };
    let mut line = format!(
        "{doing} {}: {} of {}",
        progress.name,
        size(progress.done),
        size(progress.total)
    );
    if let Some(rate) = progress.rate {
        line += &format!(", {}/s", size(rate as u64));
    }
    if let Some(left) = progress.left {
        line += &format!(", about {} left", time(left));
    }
    line
}

/// Bytes as people read them.
pub fn size(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        0.0..1e6 => format!("{:.0} kB", bytes / 1e3),
        1e6..1e9 => format!("{:.0} MB", bytes / 1e6),
        _ => format!("{:.2} GB", bytes / 1e9),
    }
}

fn time(left: Duration) -> String {
    let seconds = left.as_secs_f64().ceil() as u64;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_rate_and_time_left() {
        let mut progress = Progress {
            name: "xxl_model.pt".into(),
            phase: Phase::Fetching,
            done: 1_500_000_000,
            total: 5_740_000_000,
            rate: None,
            left: None,
        };
        let early = "fetching xxl_model.pt: 1.50 GB of 5.74 GB";
        assert_eq!(line(&progress), early);
        progress.rate = Some(20e6);
        progress.left = Some(Duration::from_secs(212));
        assert_eq!(
            line(&progress),
            format!("{early}, 20 MB/s, about 4 min left")
        );
        assert_eq!(time(Duration::from_millis(1500)), "2 s");
        assert_eq!(time(Duration::from_secs(10_000)), "3 h");
    }
}
