//! The embedded database copied into one file, and taken back from it. A copy is of one
//! moment, is made beside a running server without holding it up, and ends in a seal that
//! says what made it and carries a checksum: `database | seal as JSON | its length | a mark`.
//!
//! Taking it back changes the folder in one step: what was there before goes to
//! `before-restore`, and a process that is killed in the middle leaves the old database or
//! the new one.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use segue_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::migrate;
use crate::sqlite_lane::make_folder;
use crate::tx::{Texts, Tx};

/// Pages that are copied before the writer gets the disk again: 2 MiB.
const PAGES: i32 = 512;
/// How long it gets it for.
const PAUSE: Duration = Duration::from_millis(2);
/// The file's last bytes. Whatever was cut off does not end in them.
const MARK: &[u8; 8] = b"SEGUEBK1";
/// A seal is a few hundred bytes; more is something else.
const LONGEST_SEAL: u32 = 64 * 1024;

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The version of Segue that made it.
    pub version: String,
    /// The newest migration in it.
    pub migration: i64,
    /// When it was made.
    pub made_at: Timestamp,
    /// Bytes of the database.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: String,
}

/// Why there is no backup, or why it cannot be taken back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to copy.
    #[error("there is no database in {}; name its folder with --data", .0.display())]
    NoDatabase(PathBuf),
    /// The file is taken.
    #[error("{} is there already; name another file with --to", .0.display())]
    Exists(PathBuf),
    /// What was copied is damaged.
    #[error(
        "the database is damaged, so no backup was kept: {0}; look closer with `segue doctor`, and keep the backups that you have"
    )]
    Damaged(String),
    /// It does not end as a backup does.
    #[error("{} is not a whole backup of Segue: it was cut off, or is something else", .0.display())]
    NotWhole(PathBuf),
    /// It is not what was written.
    #[error("{} was changed after it was made: its SHA-256 is {found}, not {expected}; take another backup", file.display())]
    Changed {
        /// The backup.
        file: PathBuf,
        /// What it has.
        found: String,
        /// What its seal says.
        expected: String,
    },
    /// It needs a newer Segue.
    #[error(
        "the backup was made by segue {version} and has migration {found}, this version knows {known}; install that version or a newer one"
    )]
    Newer {
        /// The version that made it.
        version: String,
        /// Its newest migration.
        found: i64,
        /// The newest one we have.
        known: i64,
    },
    /// There is a database already, and nobody said that it may go.
    #[error(
        "there is a database in {} already; with --replace it goes to {}/before-restore and the backup takes its place", .0.display(), .0.display()
    )]
    WouldReplace(PathBuf),
    /// A file could not be read or written.
    #[error("could not {what} {}: {source}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database did not do it.
    #[error(transparent)]
    Database(#[from] Error),
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        BackupError::Database(error.into())
    }
}

/// Turns a system's error into one that names the file.
fn at<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> BackupError + use<'a> {
    move |source| BackupError::File {
        what,
        path: path.into(),
        source,
    }
}

/// Copies the database of a folder into `file`, which must not exist; `version` is the
/// running program's. Works beside a server, which goes on writing.
pub fn back_up(
    folder: &Path,
    file: &Path,
    version: &str,
    now: Timestamp,
) -> Result<Seal, BackupError> {
    let database = folder.join("segue.db");
    if !database.exists() {
        return Err(BackupError::NoDatabase(folder.into()));
    }
    if file.exists() {
        return Err(BackupError::Exists(file.into()));
    }
    let unfinished = Unfinished::beside(file)?;
    let migration = copy(&database, &unfinished.0)?;
    let (bytes, sha256) = fingerprint(&unfinished.0)?;
    let seal = Seal {
        version: version.into(),
        migration,
        made_at: now,
        bytes,
        sha256,
    };
    append(&seal, &unfinished.0).map_err(at("write", &unfinished.0))?;
    fs::rename(&unfinished.0, file).map_err(at("write", file))?;
    sync_folder_of(file)?;
    Ok(seal)
}

/// Copies the database page by page, looks whether the copy is sound, and says which
/// migration it has.
fn copy(database: &Path, to: &Path) -> Result<i64, BackupError> {
    {
        let source = Connection::open_with_flags(
            database,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        source.busy_timeout(Duration::from_secs(5))?;
        // The open transaction holds the moment: without it a copy begins anew whenever
        // somebody writes, which beside a busy server is for ever.
        source.execute_batch("begin")?;
        let _: i64 =
            source.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))?;
        let mut copy = Connection::open(to)?;
        // It is synced as a whole at the end.
        copy.execute_batch("pragma journal_mode = off; pragma synchronous = off;")?;
        let steps = Backup::new(&source, &mut copy)?;
        while steps.step(PAGES)? != StepResult::Done {
            std::thread::sleep(PAUSE);
        }
    }
    let copy = Connection::open(to)?;
    // A file of its own, without a log beside it.
    let _: String = copy.query_row("pragma journal_mode = delete", [], |row| row.get(0))?;
    match faults(&copy, "pragma integrity_check(5)")?.first() {
        Some(fault) => Err(BackupError::Damaged(fault.clone())),
        None => Ok(migrate::standing_of_sqlite(&copy)?.found),
    }
}

/// What `pragma integrity_check` or `quick_check` finds; nothing where all is well.
pub(crate) fn faults(connection: &Connection, check: &str) -> Result<Vec<String>, Error> {
    let read = || -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare(check)?;
        let found = statement.query_map([], |row| row.get::<_, String>(0))?;
        found.filter(|line| line.as_deref() != Ok("ok")).collect()
    };
    match read().map_err(Error::from) {
        // Too damaged even to be checked.
        Err(Error::Damaged(fault)) => Ok(vec![fault]),
        other => other,
    }
}

fn append(seal: &Seal, file: &Path) -> io::Result<()> {
    let mut file = File::options().append(true).open(file)?;
    let text = serde_json::to_vec(seal)?;
    file.write_all(&text)?;
    file.write_all(&(text.len() as u32).to_le_bytes())?;
    file.write_all(MARK)?;
    file.sync_all()
}

/// Reads a backup through: its seal, if the checksum holds and this version can open it.
pub fn check_backup(file: &Path) -> Result<Seal, BackupError> {
    let seal = seal_of(file)?;
    let known = migrate::newest_known();
    if seal.migration > known {
        return Err(BackupError::Newer {
            version: seal.version,
            found: seal.migration,
            known,
        });
    }
    let read = File::open(file)
        .map(|file| file.take(seal.bytes))
        .and_then(|database| hash(database, &mut io::sink()));
    let (_, found) = read.map_err(at("read", file))?;
    if found != seal.sha256 {
        return Err(BackupError::Changed {
            file: file.into(),
            found,
            expected: seal.sha256,
        });
    }
    Ok(seal)
}

fn seal_of(file: &Path) -> Result<Seal, BackupError> {
    let not_whole = || BackupError::NotWhole(file.into());
    let mut opened = File::open(file).map_err(at("read", file))?;
    let length = opened.metadata().map_err(at("read", file))?.len();
    let mut read = |from_end: u64, bytes: &mut [u8]| -> Result<(), BackupError> {
        let place = length.checked_sub(from_end).ok_or_else(not_whole)?;
        opened
            .seek(SeekFrom::Start(place))
            .and_then(|_| opened.read_exact(bytes))
            .map_err(at("read", file))
    };
    let mut end = [0; 12];
    read(12, &mut end)?;
    let [a, b, c, d, mark @ ..] = end;
    let seal_bytes = u32::from_le_bytes([a, b, c, d]);
    if mark != *MARK || seal_bytes > LONGEST_SEAL {
        return Err(not_whole());
    }
    let mut text = vec![0; seal_bytes as usize];
    read(12 + u64::from(seal_bytes), &mut text)?;
    let seal: Seal = serde_json::from_slice(&text).map_err(|_| not_whole())?;
    if seal.bytes + u64::from(seal_bytes) + 12 != length {
        return Err(not_whole());
    }
    Ok(seal)
}

/// Puts a backup into a folder that no process serves, in place of a database that is there
/// if `replace` says so. It is checked as a whole, upgraded, and settled first: see
/// [`Tx::settle_restored`].
pub fn restore(file: &Path, folder: &Path, replace: bool) -> Result<Seal, BackupError> {
    make_folder(folder).map_err(at("make the folder", folder))?;
    complete_restore(folder)?;
    if folder.join("segue.db").exists() && !replace {
        return Err(BackupError::WouldReplace(folder.into()));
    }
    let seal = check_backup(file)?;
    let restoring = folder.join("restoring");
    // What an earlier restore left that did not come so far as to change anything.
    remove(&restoring)?;
    make_folder(&restoring).map_err(at("make the folder", &restoring))?;
    let database = restoring.join("segue.db");
    unpack(file, &seal, &database)?;
    prepare(&database)?;
    let before = folder.join("before-restore");
    if before.exists() {
        let kept = first_free(&before);
        fs::rename(&before, &kept).map_err(at("move", &before))?;
    }
    make_folder(&before).map_err(at("make the folder", &before))?;
    sync_folder_of(&database)?;
    // From here on the backup is what counts, whatever happens to this process.
    fs::rename(&restoring, folder.join("restored")).map_err(at("move", &restoring))?;
    sync_folder(folder)?;
    complete_restore(folder)?;
    Ok(seal)
}

fn unpack(file: &Path, seal: &Seal, database: &Path) -> Result<(), BackupError> {
    let source = File::open(file).map_err(at("read", file))?;
    let mut target = File::create(database).map_err(at("write", database))?;
    let (_, found) = hash(source.take(seal.bytes), &mut target).map_err(at("write", database))?;
    target.sync_all().map_err(at("write", database))?;
    // What was written is what was checked.
    if found != seal.sha256 {
        return Err(BackupError::Changed {
            file: file.into(),
            found,
            expected: seal.sha256.clone(),
        });
    }
    Ok(())
}

/// Upgrades what was unpacked and makes it true again in a world that went on without it.
fn prepare(database: &Path) -> Result<(), BackupError> {
    let mut connection = Connection::open(database)?;
    connection.execute_batch("pragma synchronous = full; pragma foreign_keys = on;")?;
    if let Some(fault) = faults(&connection, "pragma integrity_check(5)")?.first() {
        return Err(BackupError::Damaged(fault.clone()));
    }
    migrate::sqlite(&mut connection)?;
    let transaction = connection.transaction()?;
    Tx::sqlite(&transaction, &mut Texts::new()).settle_restored()?;
    transaction.commit()?;
    Ok(())
}

/// Ends a restore that was interrupted after it counted: moves what is old aside and what is
/// new into place. Does nothing where there is none.
pub fn complete_restore(folder: &Path) -> Result<(), BackupError> {
    let restored = folder.join("restored");
    if !restored.exists() {
        return Ok(());
    }
    // Two commands that start together must not move the new one aside.
    let lock = folder.join("restore.lock");
    let held = File::create(&lock).map_err(at("write", &lock))?;
    held.lock().map_err(at("hold", &lock))?;
    let before = folder.join("before-restore");
    make_folder(&before).map_err(at("make the folder", &before))?;
    // The log goes with its database; the order matters: as long as the new one is not in
    // place, this begins again.
    if restored.join("segue.db").exists() {
        for name in ["segue.db-wal", "segue.db-shm", "segue.db"] {
            move_if_there(&folder.join(name), &before.join(name))?;
        }
        sync_folder(&before)?;
        move_if_there(&restored.join("segue.db"), &folder.join("segue.db"))?;
        sync_folder(folder)?;
    }
    remove(&restored)?;
    sync_folder(folder)?;
    // Nothing was there before: a first restore on a new machine.
    let _ = fs::remove_dir(&before);
    let _ = fs::remove_file(&lock);
    Ok(())
}

fn move_if_there(from: &Path, to: &Path) -> Result<(), BackupError> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at("move", from)(error)),
        _ => Ok(()),
    }
}

fn remove(folder: &Path) -> Result<(), BackupError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at("remove", folder)(error)),
        _ => Ok(()),
    }
}

/// `name.1`, `name.2` …: the first that does not exist.
fn first_free(path: &Path) -> PathBuf {
    let with = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    let mut numbers = 1..;
    numbers
        .find_map(|number| Some(with(number)).filter(|path| !path.exists()))
        .unwrap_or_else(|| path.into())
}

/// A file under another name until it is whole; removed if it never is.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(file: &Path) -> Result<Self, BackupError> {
        let mut name = file.as_os_str().to_owned();
        name.push(".unfinished");
        let path = PathBuf::from(name);
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        // Customers' words are in it.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path).map_err(at("write", &path))?;
        Ok(Self(path))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It was renamed, or there is nobody to tell.
        let _ = fs::remove_file(&self.0);
    }
}

fn fingerprint(file: &Path) -> Result<(u64, String), BackupError> {
    File::open(file)
        .and_then(|file| hash(file, &mut io::sink()))
        .map_err(at("read", file))
}

/// Copies while hashing: bytes and their SHA-256.
fn hash(mut from: impl Read, to: &mut impl Write) -> io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            let digest = hasher.finalize();
            return Ok((
                bytes,
                digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            ));
        }
        hasher.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        bytes += read as u64;
    }
}

/// Makes a renaming survive a power cut.
fn sync_folder(folder: &Path) -> Result<(), BackupError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(at("sync", folder))
}

fn sync_folder_of(file: &Path) -> Result<(), BackupError> {
    match file.parent() {
        Some(parent) if parent != Path::new("") => sync_folder(parent),
        _ => sync_folder(Path::new(".")),
    }
}
