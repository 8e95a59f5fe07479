//! What can go wrong below the desk. Absence is `None`, a refusal is the desk's; this
//! is only the database.

use std::error::Error as _;

/// The database did not do it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else did it first: a unique key is taken. Look again, then decide.
    #[error("a row with that key exists already")]
    Conflict,
    /// It is down, full, or cut off; nothing was written. Trying again may help.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The disk did not keep what it was told to keep: what is in memory and what is on disk
    /// may differ, so this process must not go on with it. Starting anew repairs it.
    #[error("the disk did not keep what was written: {0}")]
    Broken(String),
    /// Two verbs got in each other's way; the lane runs them again.
    #[error("the database was too contended; try again")]
    Contended,
    /// A stored row does not read back: a bug or a damaged file.
    #[error("a stored row does not read back: {0}")]
    Corrupt(String),
    /// The file or its log was changed by something else than SQLite: a failing disk, a copy
    /// that was cut off.
    #[error(
        "the database is damaged: {0}; stop segue, keep a copy of the folder, look closer with `segue doctor`, and take a backup back with `segue restore`"
    )]
    Damaged(String),
    /// The database was made by a newer Segue.
    #[error(
        "the database has migration {found}, this version knows {known}; start the newer version, or take back a backup from before the upgrade"
    )]
    Newer {
        /// The highest migration in it.
        found: i64,
        /// The highest one we have.
        known: i64,
    },
}

impl Error {
    pub(crate) fn corrupt(what: impl std::fmt::Display) -> Self {
        Error::Corrupt(what.to_string())
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::{ErrorCode, ffi};
        // After a failed sync the system forgets that it owes the pages to the disk; the
        // next sync succeeds and says nothing of them (docs/decisions/0008).
        let failed_syncs = [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC];
        match error.sqlite_error() {
            Some(failure) if failed_syncs.contains(&failure.extended_code) => {
                Error::Broken(error.to_string())
            }
            Some(failure) => match failure.code {
                ErrorCode::ConstraintViolation => Error::Conflict,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                    Error::Damaged(error.to_string())
                }
                _ => Error::Unavailable(error.to_string()),
            },
            None => Error::Unavailable(error.to_string()),
        }
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        use tokio_postgres::error::SqlState;
        match error.code() {
            Some(code) if *code == SqlState::UNIQUE_VIOLATION => Error::Conflict,
            Some(code)
                if *code == SqlState::T_R_SERIALIZATION_FAILURE
                    || *code == SqlState::T_R_DEADLOCK_DETECTED
                    || *code == SqlState::LOCK_NOT_AVAILABLE =>
            {
                Error::Contended
            }
            _ => {
                // "error connecting to server" says little without its cause.
                let detail = match (error.as_db_error(), error.source()) {
                    (Some(told), _) => told.message().to_string(),
                    (None, Some(cause)) => format!("{error}: {cause}"),
                    (None, None) => error.to_string(),
                };
                Error::Unavailable(detail)
            }
        }
    }
}

/// What SQLite says when a sync fails, for tests.
pub(crate) fn failed_sync() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC),
        None,
    )
}
