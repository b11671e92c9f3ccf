//! The settings' file: read with forbearance, written whole or not at all.
//!
//! A file of an older version is brought up to date step by step. What a newer version added is kept;
//! what it changed so that it cannot be understood is left out, alone, and a copy of the file stays.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use strata_engine::{Error, picture::atomic};
use toml::{Table, Value};

use super::Preferences;
use crate::explain::Explained;

/// One step from a version to the next: changes the file's contents in place.
type Migration = fn(&mut Table);

/// The step from version `n` is at `n - 1`. Version 1 is the first.
const MIGRATIONS: &[Migration] = &[];
/// The version that is written.
pub const VERSION: u32 = MIGRATIONS.len() as u32 + 1;
/// Longest file that is read.
const MAX_BYTES: u64 = 16 << 20;

/// What was found at the start.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The choices.
    pub preferences: Preferences,
    /// What to tell a person, if anything.
    pub trouble: Option<Trouble>,
}

/// Why settings are not as they were left.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// The file is no TOML; it lies here now, and everything is as at the first start.
    SetAside {
        /// Where.
        copy: PathBuf,
        /// What is wrong with it, and where in it.
        reason: String,
    },
    /// Some of it could not be understood and is as at the first start; the file as it was lies here.
    PartlyRead {
        /// Where.
        copy: PathBuf,
        /// What was wrong first.
        reason: String,
    },
    /// The file could not be read or written.
    File(Error),
}

impl Trouble {
    /// In words, with the next step.
    pub fn explained(&self) -> Explained {
        let look = |copy: &Path| {
            let name = copy.display();
            format!("The old file is kept as {name}; settings can be copied from it by hand.")
        };
        match self {
            Self::SetAside { copy, reason } => Explained::new(
                format!(
                    "The settings could not be read, so they are as at the first start: {reason}"
                ),
                look(copy),
            ),
            Self::PartlyRead { copy, reason } => Explained::new(
                format!("A part of the settings could not be read: {reason}"),
                look(copy),
            ),
            Self::File(error) => error.into(),
        }
    }
}

/// Reads the settings. Always gives some; a missing file is the first start.
pub fn load(file: &Path) -> Loaded {
    match read(file) {
        Ok(Some(bytes)) => understand(file, &bytes, MIGRATIONS),
        Ok(None) => Loaded {
            preferences: Preferences::default(),
            trouble: None,
        },
        Err(error) => Loaded {
            preferences: Preferences::default(),
            trouble: Some(Trouble::File(Error::file("read", file, &error))),
        },
    }
}

/// Writes the settings, whole or not at all. With a secret in them, no other account may read the file.
///
/// # Errors
/// [`Error::File`] when the folder cannot be made or written; the old file is then untouched.
pub fn save(file: &Path, preferences: &Preferences) -> Result<(), Error> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|error| Error::file("create", folder, &error))?;
    }
    // By way of a table, which puts plain values before tables, as TOML wants them.
    let text = Table::try_from(preferences).and_then(|table| toml::to_string_pretty(&table));
    let text = text.map_err(|error| Error::malformed("settings", file, error))?;
    let draft = atomic::Draft::create(file)?;
    let mut writer = draft.writer()?;
    if preferences.hub.token.is_some() {
        make_private(writer.get_ref()).map_err(|error| Error::file("protect", file, &error))?;
    }
    let written = writer
        .write_all(text.as_bytes())
        .and_then(|()| writer.flush());
    written.map_err(|error| Error::file("write", file, &error))?;
    drop(writer);
    draft.commit()
}

/// Takes from other accounts what they may do with a file. Elsewhere than on Unix the config folder is the
/// user's own already.
fn make_private(file: &fs::File) -> io::Result<()> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        file.set_permissions(mode)?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

fn read(file: &Path) -> io::Result<Option<Vec<u8>>> {
    use io::Read;

    let opened = match fs::File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut bytes = Vec::new();
    opened.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

fn understand(file: &Path, bytes: &[u8], migrations: &[Migration]) -> Loaded {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return set_aside(file, "it is not text in UTF-8".into());
    };
    let mut table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => return set_aside(file, one_line(&error)),
    };
    migrate(&mut table, migrations);
    let whole = Value::Table(table);
    let reason = match whole.clone().try_into() {
        Ok(preferences) => {
            return Loaded {
                preferences,
                trouble: None,
            };
        }
        Err(error) => one_line(&error),
    };
    let fits = |value: &Value| value.clone().try_into::<Preferences>().is_ok();
    let rest = salvage(&whole, &fits).and_then(|value| value.try_into().ok());
    let trouble = match free_name(file).and_then(|copy| fs::copy(file, &copy).map(|_| copy)) {
        Ok(copy) => Trouble::PartlyRead { copy, reason },
        Err(error) => Trouble::File(Error::file("copy", file, &error)),
    };
    Loaded {
        preferences: rest.unwrap_or_default(),
        trouble: Some(trouble),
    }
}

fn set_aside(file: &Path, reason: String) -> Loaded {
    let moved = free_name(file).and_then(|copy| fs::rename(file, &copy).map(|()| copy));
    Loaded {
        preferences: Preferences::default(),
        trouble: Some(match moved {
            Ok(copy) => Trouble::SetAside { copy, reason },
            Err(error) => Trouble::File(Error::file("rename", file, &error)),
        }),
    }
}

/// A name beside the file that no earlier copy has.
fn free_name(file: &Path) -> io::Result<PathBuf> {
    (1..1000)
        .map(|number| file.with_extension(format!("toml.old-{number}")))
        .find(|copy| !copy.exists())
        .ok_or_else(|| io::Error::other("a thousand old files lie there already"))
}

/// Brings a file up to date. One of a newer version stays as it is, its version too, so that the newer
/// program knows it again.
fn migrate(table: &mut Table, migrations: &[Migration]) {
    let newest = migrations.len() as i64 + 1;
    let version = table.get("version").and_then(Value::as_integer);
    let version = version.filter(|version| *version >= 1).unwrap_or(1);
    for migration in migrations.iter().skip((version - 1) as usize) {
        migration(table);
    }
    table.insert("version".into(), Value::Integer(version.max(newest)));
}

/// The largest part of a value that fits: entries of tables and lists that do not are left out.
fn salvage(value: &Value, fits: &dyn Fn(&Value) -> bool) -> Option<Value> {
    if fits(value) {
        return Some(value.clone());
    }
    let rest = match value {
        Value::Table(table) => {
            let entry = |(key, value): (&String, &Value)| {
                let alone = |value: &Value| {
                    let entry = [(key.clone(), value.clone())];
                    fits(&Value::Table(Table::from_iter(entry)))
                };
                Some((key.clone(), salvage(value, &alone)?))
            };
            Value::Table(table.iter().filter_map(entry).collect())
        }
        Value::Array(list) => {
            let alone = |value: &Value| fits(&Value::Array(vec![value.clone()]));
            let rest = list.iter().filter_map(|value| salvage(value, &alone));
            Value::Array(rest.collect())
        }
        _ => return None,
    };
    fits(&rest).then_some(rest)
}

/// What is wrong and where, without the line itself, which may be a secret.
fn one_line(error: &toml::de::Error) -> String {
    let (text, message) = (error.to_string(), error.message());
    let place = text.lines().next().filter(|_| error.span().is_some());
    let lines = place.into_iter().chain([message]);
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ")
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
