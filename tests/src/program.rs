//! The built program, run as a user would run it: its own process, its own folders.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use serde_json::Value;

/// The program, built once with the same selection of packages as the tests, so that nothing is
/// compiled twice.
///
/// # Panics
/// When it does not build.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["build", "--workspace", "--bins", "--tests", "--quiet"])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
            .status();
        assert!(
            built.is_ok_and(|status| status.success()),
            "the program does not build"
        );
        // A test lies in target/<profile>/deps, the program one folder up.
        let test = std::env::current_exe().unwrap_or_default();
        let folder = test
            .parent()
            .and_then(Path::parent)
            .unwrap_or(Path::new("."));
        folder.join(format!("strata{}", std::env::consts::EXE_SUFFIX))
    })
}

/// A user with folders of their own.
pub struct User {
    /// Everything the user has lies here.
    pub home: tempfile::TempDir,
}

impl User {
    /// A new user.
    ///
    /// # Panics
    /// When there is no room for a temporary folder.
    pub fn new() -> Self {
        match tempfile::tempdir() {
            Ok(home) => Self { home },
            Err(error) => panic!("no temporary folder: {error}"),
        }
    }

    /// A path in the user's home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Runs the program in the user's home.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = Command::new(program())
            .args(arguments)
            .current_dir(self.home.path())
            .env("STRATA_HOME", self.home.path())
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .output();
        match output {
            Ok(output) => output,
            Err(error) => panic!("{}: {error}", program().display()),
        }
    }

    /// Runs the program with `--json` and returns what it printed, if it succeeded.
    ///
    /// # Panics
    /// When it fails or prints anything but one JSON value.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        one_json(&output)
    }

    /// Runs the program with `--json`, which must fail, and returns the error and the hint.
    ///
    /// # Panics
    /// When it succeeds, or the error lacks its hint.
    pub fn refused(&self, arguments: &[&str]) -> (String, String) {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert!(!output.status.success(), "{arguments:?} should have failed");
        let value = one_json(&output);
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("panicked"), "{stderr}");
        assert!(
            !text("error").is_empty() && !text("hint").is_empty(),
            "{value}"
        );
        (text("error"), text("hint"))
    }
}

impl Default for User {
    fn default() -> Self {
        Self::new()
    }
}

fn one_json(output: &Output) -> Value {
    match serde_json::from_slice(&output.stdout) {
        Ok(value) => value,
        Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)),
    }
}
