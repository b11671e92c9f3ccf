//! What Strata asks of the desktop around it: show a file, choose a folder or a picture. Behind a trait, so that
//! tests open no windows. Its calls may take long and are made off the window's thread.

use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::wording;

/// How the names of picture files end that can be read.
pub const PICTURE_ENDINGS: [&str; 4] = ["png", "jpg", "jpeg", "webp"];

/// How the names of files end that models are made of.
pub const MODEL_ENDINGS: [&str; 6] = ["pt", "pth", "safetensors", "gguf", "yaml", "yml"];

/// The desktop.
pub trait Desktop: Send + Sync {
    /// Shows a file in its folder, or opens a folder.
    ///
    /// # Errors
    /// When no file manager could be started.
    fn reveal(&self, path: &Path) -> io::Result<()>;

    /// Lets a person choose a folder; `None` when they did not.
    fn pick_folder(&self, from: &Path) -> Option<PathBuf>;

    /// Lets a person choose a PNG to write, `name` unless they say otherwise; `None` when they did not.
    fn save_file(&self, from: &Path, name: &str) -> Option<PathBuf>;

    /// Lets a person choose a picture file; `None` when they did not.
    fn pick_picture(&self, from: &Path) -> Option<PathBuf>;

    /// Lets a person choose files of a model; none when they did not.
    fn pick_model_files(&self) -> Vec<PathBuf>;

    /// Lets a person choose a folder with a model in it; `None` when they did not.
    fn pick_model_folder(&self) -> Option<PathBuf>;

    /// Shows a message outside the window.
    ///
    /// # Errors
    /// When the desktop shows no messages.
    fn notify(&self, heading: &str, words: &str) -> io::Result<()>;
}

/// The desktop that the program runs on.
pub struct SystemDesktop;

impl Desktop for SystemDesktop {
    fn reveal(&self, path: &Path) -> io::Result<()> {
        let folder = path.is_dir();
        if folder {
            return open_folder(path);
        }
        select_file(path).or_else(|_| open_folder(path.parent().unwrap_or(path)))
    }

    fn pick_folder(&self, from: &Path) -> Option<PathBuf> {
        rfd::FileDialog::new()
            .set_title(wording::CHOOSE_FOLDER_TITLE)
            .set_directory(from)
            .pick_folder()
    }

    fn save_file(&self, from: &Path, name: &str) -> Option<PathBuf> {
        rfd::FileDialog::new()
            .set_directory(from)
            .set_file_name(name)
            .add_filter("PNG", &["png"])
            .save_file()
    }

    fn pick_picture(&self, from: &Path) -> Option<PathBuf> {
        rfd::FileDialog::new()
            .set_title(wording::branch::PICK_TITLE)
            .add_filter(wording::branch::PICK_FILTER, &PICTURE_ENDINGS)
            .set_directory(from)
            .pick_file()
    }

    fn pick_model_files(&self) -> Vec<PathBuf> {
        let picked = rfd::FileDialog::new()
            .set_title(wording::library::PICK_FILES_TITLE)
            .add_filter(wording::library::PICK_FILTER, &MODEL_ENDINGS)
            .pick_files();
        picked.unwrap_or_default()
    }

    fn pick_model_folder(&self) -> Option<PathBuf> {
        rfd::FileDialog::new()
            .set_title(wording::library::PICK_FOLDER_TITLE)
            .pick_folder()
    }

    fn notify(&self, heading: &str, words: &str) -> io::Result<()> {
        let shown = notify_rust::Notification::new()
            .appname(wording::TITLE)
            .summary(heading)
            .body(words)
            .show();
        shown.map(drop).map_err(io::Error::other)
    }
}

fn run(program: &str, arguments: &[&std::ffi::OsStr]) -> io::Result<()> {
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    match status.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!("{program} gave up: {status}"))),
    }
}

#[cfg(target_os = "windows")]
fn select_file(path: &Path) -> io::Result<()> {
    // The file manager's exit status means nothing on this system.
    let mut select = std::ffi::OsString::from("/select,");
    select.push(path);
    Command::new("explorer").arg(select).spawn().map(drop)
}

#[cfg(target_os = "windows")]
fn open_folder(folder: &Path) -> io::Result<()> {
    Command::new("explorer").arg(folder).spawn().map(drop)
}

#[cfg(target_os = "macos")]
fn select_file(path: &Path) -> io::Result<()> {
    run("open", &["-R".as_ref(), path.as_os_str()])
}

#[cfg(target_os = "macos")]
fn open_folder(folder: &Path) -> io::Result<()> {
    run("open", &[folder.as_os_str()])
}

/// File managers of the free desktops share this interface:
/// <https://www.freedesktop.org/wiki/Specifications/file-manager-interface/>.
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
fn select_file(path: &Path) -> io::Result<()> {
    let files = format!("array:string:{}", file_url(&std::path::absolute(path)?));
    let arguments = [
        "--session",
        "--print-reply",
        "--reply-timeout=3000",
        "--dest=org.freedesktop.FileManager1",
        "/org/freedesktop/FileManager1",
        "org.freedesktop.FileManager1.ShowItems",
        files.as_str(),
        "string:",
    ];
    run("dbus-send", &arguments.map(std::ffi::OsStr::new))
}

#[cfg(not(any(target_os = "windows", target_os = "macos")))]
fn open_folder(folder: &Path) -> io::Result<()> {
    run("xdg-open", &[folder.as_os_str()])
}

/// A path as a `file:` URL: every byte that is not plainly allowed is percent-encoded. A comma would
/// part the entries of dbus-send's array, so it is encoded too.
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
fn file_url(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;

    let mut url = String::from("file://");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                url.push(char::from(*byte));
            }
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    url
}

#[cfg(all(test, not(any(target_os = "windows", target_os = "macos"))))]
mod tests {
    use super::*;

    #[test]
    fn urls_hold_no_byte_that_would_be_misread() {
        assert_eq!(
            file_url(Path::new("/a b/c,d/ü.png")),
            "file:///a%20b/c%2Cd/%C3%BC.png"
        );
    }
}
