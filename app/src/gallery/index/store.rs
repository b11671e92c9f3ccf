//! The rows on the disk: one SQLite file for one pictures folder. Only what can be read again from the
//! folder is in it, so whatever is wrong with the file is answered by setting it aside and starting
//! anew. Nothing here opens a picture.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OptionalExtension, Row as SqlRow, params};
use strata_engine::Subject;

use super::row::{Content, Facts, Found, Identity, Reading, Row};

/// "Stra": marks a database of ours.
const APPLICATION: i32 = 0x5374_7261;
/// The version of the tables.
const VERSION: i32 = 1;
/// How long to wait for another Strata that writes.
const PATIENCE: Duration = Duration::from_secs(2);

const TABLES: &str = "
    CREATE TABLE pictures (
        path TEXT PRIMARY KEY NOT NULL,
        bytes INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        error TEXT,
        identity BLOB,
        width INTEGER, height INTEGER,
        mode TEXT, model TEXT, class INTEGER,
        seed INTEGER, number INTEGER, depth INTEGER,
        guidance REAL, temperature REAL,
        complete INTEGER,
        recipe TEXT
    ) STRICT;
    CREATE TABLE folder (path TEXT NOT NULL) STRICT;";

const COLUMNS: &str = "path, bytes, modified, kind, error, identity, width, height, model, class, \
    seed, number, depth, guidance, temperature, complete";

/// Values of the column `kind`.
mod kind {
    pub const PICTURE: i64 = 0;
    pub const FOREIGN: i64 = 1;
    pub const UNREADABLE: i64 = 2;
}

/// The database's error.
pub type Result<T, E = rusqlite::Error> = std::result::Result<T, E>;

/// Why an index was not used as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restart {
    /// It was damaged or not ours and lies beside the new one.
    SetAside(PathBuf),
    /// No file can be written there; the index is in memory and lost at the end.
    InMemory(String),
}

/// An open index.
pub struct Store {
    connection: Connection,
    file: PathBuf,
}

/// What is wrong with a file at opening.
enum Unfit {
    /// Damaged, foreign or of another version: to be replaced.
    Replace(String),
    /// The system does not let it be opened or written.
    Refused(String),
}

impl From<rusqlite::Error> for Unfit {
    fn from(error: rusqlite::Error) -> Self {
        match is_damage(&error) {
            true => Self::Replace(error.to_string()),
            false => Self::Refused(error.to_string()),
        }
    }
}

/// Whether an error says that the file, and not the moment, is wrong.
pub fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => {
            matches!(
                failure.code,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::TypeMismatch
            ) || failure.code == ErrorCode::Unknown
        }
        // A table or column that should be there is not, or holds something else.
        rusqlite::Error::SqlInputError { .. }
        | rusqlite::Error::QueryReturnedNoRows
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::Utf8Error(..)
        | rusqlite::Error::InvalidColumnType(..) => true,
        _ => false,
    }
}

/// The index file of a pictures folder, below the cache folder: SQLite's locks are not to be trusted
/// on network and synchronised folders, where pictures may well lie.
pub fn file_of(cache: &Path, folder: &Path) -> PathBuf {
    use sha2::{Digest, Sha256};

    let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    let name: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    cache.join("gallery").join(format!("{name}.sqlite"))
}

impl Store {
    /// Opens the index of `folder` at `file`, or begins one. Always gives an index; what had to be done
    /// for it is told.
    ///
    /// # Errors
    /// When not even memory takes a database.
    pub fn open(file: &Path, folder: &Path) -> Result<(Self, Option<Restart>)> {
        let made = file.parent().map_or(Ok(()), fs::create_dir_all);
        let reason = match made.map_err(|error| Unfit::Refused(error.to_string())) {
            Ok(()) => match connect(file, folder) {
                Ok(store) => return Ok((store, None)),
                Err(reason) => reason,
            },
            Err(reason) => reason,
        };
        let reason = match reason {
            Unfit::Refused(reason) => reason,
            Unfit::Replace(reason) => {
                tracing::warn!(file = %file.display(), reason, "the index is begun anew");
                match set_aside(file) {
                    Err(error) => error.to_string(),
                    Ok(aside) => match connect(file, folder) {
                        Ok(store) => return Ok((store, Some(Restart::SetAside(aside)))),
                        Err(Unfit::Refused(reason) | Unfit::Replace(reason)) => reason,
                    },
                }
            }
        };
        tracing::warn!(file = %file.display(), reason, "the index is kept in memory");
        let connection = Connection::open_in_memory()?;
        create(&connection, folder)?;
        let store = Self {
            connection,
            file: PathBuf::new(),
        };
        Ok((store, Some(Restart::InMemory(reason))))
    }

    /// Gives up a file that turned out to be damaged while it was in use, and begins anew.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn restart(self, folder: &Path) -> Result<(Self, Option<Restart>)> {
        let Self { connection, file } = self;
        drop(connection);
        let aside = set_aside(&file);
        let (store, restart) = Self::open(&file, folder)?;
        let aside = aside.ok().map(Restart::SetAside);
        Ok((store, restart.or(aside)))
    }

    /// All rows, in no order.
    ///
    /// # Errors
    /// When the database is damaged or busy.
    pub fn rows(&self) -> Result<Vec<Row>> {
        let mut statement = self
            .connection
            .prepare(&format!("SELECT {COLUMNS} FROM pictures"))?;
        let rows = statement.query_map((), row)?;
        rows.collect()
    }

    /// Inserts or replaces rows and removes paths, all or nothing.
    ///
    /// # Errors
    /// As [`Self::rows`], or when the disk is full.
    pub fn change(&mut self, put: &[Reading], remove: &[String]) -> Result<()> {
        let transaction = self.connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached(&format!(
                "INSERT OR REPLACE INTO pictures ({COLUMNS}, mode, recipe) VALUES
                 (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
            ))?;
            for reading in put {
                insert_row(&mut insert, reading)?;
            }
            let mut delete = transaction.prepare_cached("DELETE FROM pictures WHERE path = ?1")?;
            for path in remove {
                delete.execute([path])?;
            }
        }
        transaction.commit()
    }

    /// The recipe's JSON of a picture.
    ///
    /// # Errors
    /// As [`Self::rows`].
    pub fn recipe(&self, path: &str) -> Result<Option<String>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT recipe FROM pictures WHERE path = ?1")?;
        let recipe: Option<Option<String>> =
            statement.query_row([path], |row| row.get(0)).optional()?;
        Ok(recipe.flatten())
    }
}

fn connect(file: &Path, folder: &Path) -> Result<Store, Unfit> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(PATIENCE)?;
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    match (number("application_id")?, number("user_version")?, tables) {
        (0, 0, 0) => create(&connection, folder)?,
        (APPLICATION, VERSION, _) => check(&connection, folder)?,
        (APPLICATION, other, _) => {
            let reason = format!("its tables have version {other}, this Strata uses {VERSION}");
            return Err(Unfit::Replace(reason));
        }
        _ => return Err(Unfit::Replace("another program made it".into())),
    }
    // Readers and the writer do not wait for each other, and a commit does not wait for the disk: what
    // a power cut loses is read again from the folder.
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    // A file that could not be read may be readable for this version of the program.
    connection.execute("DELETE FROM pictures WHERE kind = ?1", [kind::UNREADABLE])?;
    Ok(Store {
        connection,
        file: file.to_owned(),
    })
}

/// Damage is found now rather than in the middle of a listing.
fn check(connection: &Connection, folder: &Path) -> Result<(), Unfit> {
    let verdict: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if verdict != "ok" {
        return Err(Unfit::Replace(verdict));
    }
    let of: String = connection.query_row("SELECT path FROM folder", (), |row| row.get(0))?;
    match of == folder.to_string_lossy() {
        true => Ok(()),
        false => Err(Unfit::Replace(format!("it is the index of {of}"))),
    }
}

fn create(connection: &Connection, folder: &Path) -> Result<()> {
    connection.execute_batch(&format!("BEGIN IMMEDIATE; {TABLES}"))?;
    connection.execute("INSERT INTO folder VALUES (?1)", [folder.to_string_lossy()])?;
    connection.execute_batch(&format!(
        "PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}; COMMIT;"
    ))
}

/// Moves a database out of the way; an earlier one that lies there is replaced.
fn set_aside(file: &Path) -> io::Result<PathBuf> {
    let with = |ending: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let aside = with(".aside");
    fs::rename(file, &aside)?;
    for rest in ["-wal", "-shm"] {
        if let Err(error) = fs::remove_file(with(rest))
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
    }
    Ok(aside)
}

fn insert_row(insert: &mut rusqlite::CachedStatement<'_>, reading: &Reading) -> Result<()> {
    let file = &reading.row.file;
    let (kind, error, facts) = match &reading.row.content {
        Content::Picture(facts) => (kind::PICTURE, None, Some(facts)),
        Content::Foreign => (kind::FOREIGN, None, None),
        Content::Unreadable(error) => (kind::UNREADABLE, Some(error), None),
    };
    let mode = facts.map(|facts| match facts.mode() {
        strata_engine::Mode::Classes => "classes",
        strata_engine::Mode::Documents => "documents",
    });
    insert.execute(params![
        file.path,
        file.bytes as i64,
        file.modified_nanos,
        kind,
        error,
        facts.map(|facts| facts.identity.0),
        facts.map(|facts| facts.width),
        facts.map(|facts| facts.height),
        facts.map(|facts| &facts.model),
        facts.and_then(Facts::class),
        // SQLite has no unsigned numbers: the same 64 bits, read back the same way.
        facts.map(|facts| facts.seed as i64),
        facts.map(|facts| facts.index),
        facts.map(|facts| facts.depth),
        facts.map(|facts| facts.guidance),
        facts.map(|facts| facts.temperature),
        facts.map(|facts| facts.complete),
        mode,
        reading.recipe,
    ])?;
    Ok(())
}

fn row(row: &SqlRow<'_>) -> Result<Row> {
    let file = Found {
        path: row.get(0)?,
        bytes: row.get::<_, i64>(1)? as u64,
        modified_nanos: row.get(2)?,
    };
    let content = match row.get(3)? {
        kind::PICTURE => Content::Picture(Facts {
            identity: Identity(row.get(5)?),
            width: row.get(6)?,
            height: row.get(7)?,
            model: row.get(8)?,
            subject: match row.get(9)? {
                Some(class) => Subject::Class(class),
                None => Subject::Page,
            },
            seed: row.get::<_, i64>(10)? as u64,
            index: row.get(11)?,
            depth: row.get(12)?,
            guidance: row.get(13)?,
            temperature: row.get(14)?,
            complete: row.get(15)?,
        }),
        kind::FOREIGN => Content::Foreign,
        _ => Content::Unreadable(row.get::<_, Option<String>>(4)?.unwrap_or_default()),
    };
    Ok(Row::new(file, content))
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
