//! Standard output: lines for people, or exactly one JSON value.
//!
//! Warnings and progress go to standard error and do not pass through here, except `warn`.

use std::io::{ErrorKind, Write};

use serde::Serialize;

use super::Result;
use crate::explain::Explained;

/// Where a command says what came out.
pub struct Output<'a> {
    stdout: &'a mut dyn Write,
    json: bool,
    failed: bool,
}

impl<'a> Output<'a> {
    /// On `stdout`, as JSON or for people.
    pub fn new(stdout: &'a mut dyn Write, json: bool) -> Self {
        Self {
            stdout,
            json,
            failed: false,
        }
    }

    /// The outcome, which is printed as any other, is that something is wrong: the exit status tells so.
    pub fn mark_failed(&mut self) {
        self.failed = true;
    }

    /// Whether the outcome is that something is wrong.
    pub fn is_failed(&self) -> bool {
        self.failed
    }

    /// Whether JSON is wanted.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// The outcome: `value` as JSON, or else `text` for people. Called once per command.
    ///
    /// # Errors
    /// When standard output takes no more, unless its reader has simply gone.
    pub fn outcome(&mut self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
        // Written straight from the value: through `serde_json::Value` an f32 would become an f64
        // with other digits.
        let written = if self.json {
            serde_json::to_writer(&mut *self.stdout, value).map_err(std::io::Error::from)
        } else {
            self.stdout.write_all(text().trim_end().as_bytes())
        };
        let written = written
            .and_then(|()| self.stdout.write_all(b"\n"))
            .and_then(|()| self.stdout.flush());
        match written {
            // `strata classes | head`: nothing is wrong.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(Explained::new(
                format!("could not write to standard output: {error}"),
                "Check where the output goes; files already made are kept.",
            )),
            Ok(()) => Ok(()),
        }
    }
}

/// A warning on standard error; it never mixes with the outcome.
pub fn warn(explained: &Explained) {
    // When even standard error is gone there is nobody to tell.
    let _ = writeln!(
        std::io::stderr(),
        "warning: {}\n  {}",
        explained.sentence,
        explained.next_step
    );
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    struct Gone(ErrorKind);

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn json_keeps_the_digits_of_f32() {
        let mut bytes = Vec::new();
        Output::new(&mut bytes, true)
            .outcome(&[0.9_f32], || unreachable!())
            .unwrap();
        assert_eq!(bytes, b"[0.9]\n");
    }

    #[test]
    fn a_reader_that_left_is_no_error_but_a_full_disk_is() {
        for json in [false, true] {
            let mut gone = Gone(ErrorKind::BrokenPipe);
            assert!(
                Output::new(&mut gone, json)
                    .outcome(&1, || "1".into())
                    .is_ok()
            );
            let mut full = Gone(ErrorKind::StorageFull);
            assert!(
                Output::new(&mut full, json)
                    .outcome(&1, || "1".into())
                    .is_err()
            );
        }
    }
}
