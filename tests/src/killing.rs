//! Programs that are killed at a random moment. A test plays the program: its executable is started once
//! more for that test alone, and tells the one that kills it, line by line, what it has done.

use std::{
    ffi::OsStr,
    io::{self, BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread::JoinHandle,
    time::{Duration, SystemTime},
};

/// Before what the program says, in contrast to what the test runner does.
const SAID: &str = "said: ";

/// What the slowest machine needs for anything.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The program: tells a line. Ends the process when no one listens any longer.
pub fn say(line: &str) {
    let mut out = io::stdout();
    if writeln!(out, "{SAID}{line}")
        .and_then(|()| out.flush())
        .is_err()
    {
        std::process::exit(0);
    }
}

/// A running program.
pub struct Victim {
    process: Child,
    heard: Receiver<String>,
    listening: JoinHandle<()>,
}

impl Victim {
    /// Starts `test` of this executable as a program, with `variables` in its environment: by these it
    /// knows that it plays the program.
    ///
    /// # Panics
    /// When the system starts no process.
    pub fn start(test: &str, variables: &[(&str, &OsStr)]) -> Self {
        let process = std::env::current_exe().and_then(|program| {
            Command::new(program)
                .args([test, "--exact", "--nocapture", "--test-threads", "1"])
                .envs(variables.iter().copied())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
        });
        let mut process = process.unwrap_or_else(|error| panic!("{test} does not start: {error}"));
        let (sender, heard) = channel();
        let out = process.stdout.take();
        let listening = std::thread::spawn(move || {
            let lines = out.into_iter().flat_map(|out| BufReader::new(out).lines());
            for line in lines.map_while(Result::ok) {
                if let Some((_, line)) = line.split_once(SAID) {
                    let _ = sender.send(line.to_owned());
                }
            }
        });
        Self {
            process,
            heard,
            listening,
        }
    }

    /// The next line, once it is said.
    ///
    /// # Panics
    /// When the program says nothing more.
    pub fn line(&self) -> String {
        match self.heard.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(error) => panic!("the program says nothing: {error}"),
        }
    }

    /// Kills the program; gives the lines it said since the last one that was asked for.
    ///
    /// # Panics
    /// When it had ended by itself, or cannot be killed.
    pub fn kill(mut self) -> Vec<String> {
        let ended = self.process.try_wait();
        assert!(
            matches!(ended, Ok(None)),
            "not killed, but ended: {ended:?}"
        );
        let killed = self.process.kill().and_then(|()| self.process.wait());
        assert!(killed.is_ok(), "not killed: {killed:?}");
        assert!(self.listening.join().is_ok(), "the listener fell");
        self.heard.try_iter().collect()
    }
}

/// Numbers that differ from run to run; a failing run names the seed.
pub struct Dice {
    /// Gives the same numbers again.
    pub seed: u64,
    generator: fastrand::Rng,
}

impl Dice {
    /// Dice of a seed taken from the clock.
    pub fn thrown() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let seed = now.map_or(0, |now| now.as_nanos() as u64);
        Self {
            seed,
            generator: fastrand::Rng::with_seed(seed),
        }
    }

    /// A number below `most`.
    pub fn below(&mut self, most: u64) -> u64 {
        self.generator.u64(..most)
    }

    /// A time shorter than `longest`.
    pub fn time(&mut self, longest: Duration) -> Duration {
        longest.mul_f64(self.generator.f64())
    }
}
