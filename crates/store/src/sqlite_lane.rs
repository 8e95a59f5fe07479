//! The embedded database. One thread writes: it takes every verb that waits, runs
//! them in one transaction, commits once and answers all (group commit). A few threads
//! read beside it, and one carries the log over into the database file, so that no
//! verb waits for that.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::backup::complete_restore;
use crate::bell::{Bell, Ring};
use crate::error::{Error, failed_sync};
use crate::faults::Faults;
use crate::kill_point::kill_point;
use crate::lane::{Lane, LaneEnd, Work};
use crate::migrate;
use crate::sqlite_log::{LogState, examine_log};
use crate::tx::{Texts, Tx};

/// Verbs in one commit. More gains little and makes the first wait for the last.
const GROUP: usize = 128;
/// Connections that read.
const READERS: usize = 3;
/// How often it is looked whether the log is to be carried over.
const LOOK: Duration = Duration::from_millis(250);
/// Verbs after which it is, if nothing else: each carrying over holds commits up for some
/// milliseconds, because the disk does one thing at a time.
const MANY_VERBS: u64 = 4_000;
/// Pages of the log from which on the writer must begin it anew: 64 MiB.
const LONG_LOG: i64 = 16_384;
/// How long the writer waits for readers to leave the log before it goes on with the long
/// one. A backup reads for minutes, and nobody's message may wait for it.
const LEAVE_LOG: Duration = Duration::from_millis(20);
/// How long a connection waits for another one's lock.
const BUSY: Duration = Duration::from_secs(5);
/// Statements that a connection keeps prepared.
const PREPARED: usize = 256;

pub(crate) fn open(folder: &Path, bell: Bell) -> Result<(Lane, Lane), Error> {
    make_folder(folder).map_err(|error| {
        Error::Unavailable(format!(
            "could not make the folder {}: {error}",
            folder.display()
        ))
    })?;
    complete_restore(folder).map_err(|error| Error::Unavailable(error.to_string()))?;
    look_at_log(folder)?;
    let file = folder.join("segue.db");
    let mut writer = Connection::open(&file)?;
    // FULL: an acknowledged write survives a power cut, not only a crash. What is deleted
    // is overwritten: erased words must not stand in free pages (P48).
    writer.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
         pragma busy_timeout = 5000; pragma cache_size = -16000; pragma temp_store = memory;
         pragma wal_autocheckpoint = 0; pragma secure_delete = on;",
    )?;
    let before = migrate::sqlite(&mut writer)?;
    migrate::tell(before);

    configure(&writer)?;
    if writer.is_readonly("main")? {
        let problem = format!("{} cannot be written; look at its owner", file.display());
        return Err(Error::Unavailable(problem));
    }
    begin_afresh(&writer)?;
    let (writers, end) = Lane::new();
    let log = Arc::new(Log::default());
    let checkpointer = Connection::open_with_flags(
        &file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    checkpointer.execute_batch("pragma synchronous = full; pragma busy_timeout = 5000;")?;
    let (watched, faults) = (Arc::downgrade(&log), end.faults.clone());
    spawn("segue-checkpoint", move || {
        let (mut carried, mut before) = (0, 0);
        while let Some(log) = watched.upgrade() {
            let written = log.verbs.load(Ordering::Relaxed);
            let is_quiet = written == before && written != carried;
            let is_due = is_quiet || written - carried >= MANY_VERBS;
            if is_due && faults.is_broken().is_none() {
                carry_over(&checkpointer, &log, &faults);
                carried = written;
            }
            before = written;
            drop(log);
            thread::sleep(LOOK);
        }
    });

    spawn("segue-write", move || {
        serve_writes(&writer, &end, &bell, &log)
    });

    let (readers, end) = Lane::new();
    for _ in 0..READERS {
        let reader = Connection::open_with_flags(
            &file,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        configure(&reader)?;
        reader.execute_batch(
            "pragma query_only = on; pragma busy_timeout = 5000; pragma cache_size = -4000;",
        )?;
        let receiver = end.receiver.clone();
        spawn("segue-read", move || {
            let mut texts = Texts::new();
            for mut work in receiver.iter() {
                let read = read_one(&reader, &mut texts, &mut *work);
                work.answer(read);
            }
        });
    }
    Ok((writers, readers))
}

/// Refuses a log that was damaged: SQLite would read it up to there and say nothing. Where a
/// server runs, it has looked, and its log changes too quickly to be looked at.
fn look_at_log(folder: &Path) -> Result<(), Error> {
    if is_served(folder) {
        return Ok(());
    }
    let cannot = |error: std::io::Error| {
        Error::Unavailable(format!(
            "could not read the log in {}: {error}",
            folder.display()
        ))
    };
    let mut state = examine_log(folder).map_err(cannot)?;
    if matches!(state, LogState::Damaged { .. }) {
        // A command that began the log anew while this one read it looks the same, once.
        state = examine_log(folder).map_err(cannot)?;
    }
    match state {
        LogState::Empty | LogState::Whole { .. } => Ok(()),
        LogState::Unfinished { commits } => {
            tracing::warn!(
                commits,
                "the log ends in the middle of a commit, which was acknowledged to nobody; all before it is kept"
            );
            Ok(())
        }
        LogState::Damaged {
            commits: 0,
            lost: 0,
        } => Err(Error::Damaged(
            "the head of its log segue.db-wal does not read, so that nothing in the log does"
                .into(),
        )),
        LogState::Damaged { commits, lost } => Err(Error::Damaged(format!(
            "after {commits} commits its log segue.db-wal does not read, and {lost} commits stand behind that"
        ))),
    }
}

/// Whether a server holds the folder.
pub fn is_served(folder: &Path) -> bool {
    let lock = std::fs::File::open(folder.join("segue.lock"));
    lock.is_ok_and(|lock| {
        matches!(
            lock.try_lock_shared(),
            Err(std::fs::TryLockError::WouldBlock)
        )
    })
}

/// Carries all that reads of the log over into the file and empties it: at the end of a
/// process, or to go on without what stands behind a damage.
pub fn carry_over_all(folder: &Path) -> Result<(), Error> {
    let connection = Connection::open(folder.join("segue.db"))?;
    connection.execute_batch("pragma synchronous = full; pragma busy_timeout = 5000;")?;
    checkpoint(&connection, "pragma wal_checkpoint(truncate)")?;
    Ok(())
}

/// Makes the folder if needed, for its owner alone: customers' words are in it.
pub fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut maker = std::fs::DirBuilder::new();
    maker.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
    maker.create(folder)
}

pub(crate) fn spawn(name: &str, body: impl FnOnce() + Send + 'static) {
    thread::Builder::new()
        .name(name.into())
        .spawn(body)
        .expect("the system can start a thread");
}

/// Runs a query in a transaction, so that all that it reads is of one moment.
fn read_one(connection: &Connection, texts: &mut Texts, work: &mut dyn Work) -> Result<(), Error> {
    if !connection.is_autocommit() {
        connection.execute_batch("rollback")?;
    }
    connection.prepare_cached("begin")?.execute([])?;
    work.run(&mut Tx::sqlite(connection, texts));
    connection.prepare_cached("commit")?.execute([])?;
    Ok(())
}

/// What the writer and the one who carries its log over tell each other.
#[derive(Default)]
struct Log {
    /// Verbs committed so far.
    verbs: AtomicU64,
    /// Whether the writer should begin the log anew.
    is_long: AtomicBool,
    /// Whether the log holds words that were erased, and must be emptied.
    holds_erased: AtomicBool,
}

/// Statements stay prepared, whatever is bound to them: without the planner's stability
/// guarantee SQLite prepares a range query again for each new bound.
fn configure(connection: &Connection) -> Result<(), Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    Ok(())
}

/// Copies what the log holds into the database file, beside the writer. The log begins
/// anew by itself once all of it was copied; while it is written without a pause that
/// never comes, so the writer is asked to.
fn carry_over(connection: &Connection, log: &Log, faults: &Faults) {
    kill_point("checkpoint.before");
    match checkpoint(connection, "pragma wal_checkpoint(passive)") {
        Ok((pages, copied)) => {
            let is_long = copied < pages && pages > LONG_LOG;
            log.is_long.store(is_long, Ordering::Relaxed);
        }
        Err(error) => {
            tracing::warn!(%error, "could not carry the log over; it grows until that works");
            let error = Error::from(error);
            if matches!(error, Error::Broken(_)) {
                faults.note(&error);
            }
        }
    }
    kill_point("checkpoint.after");
}

/// Carries over what the process before us left in the log, so that nothing is added to it.
/// If that process ended because a sync had failed, the log may hold more in memory than on
/// disk; this writes all of it anew, into the database file, and waits for the disk.
fn begin_afresh(connection: &Connection) -> Result<(), Error> {
    match checkpoint(connection, "pragma wal_checkpoint(passive)").map_err(Error::from) {
        // A full disk must not keep anybody from reading.
        Err(Error::Unavailable(why)) => {
            tracing::warn!(why, "could not carry the old log over; it stays as it is");
            Ok(())
        }
        done => done.map(|_| ()),
    }
}

/// Pages in the log, and how many of them stand in the database file.
fn checkpoint(connection: &Connection, sql: &str) -> rusqlite::Result<(i64, i64)> {
    connection.query_row(sql, [], |row| Ok((row.get(1)?, row.get(2)?)))
}

/// Nearly all of the log was copied, so this takes little, unless somebody reads an old
/// moment: then the log stays long until they are done.
fn begin_log_anew(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(LEAVE_LOG)?;
    let done = checkpoint(connection, "pragma wal_checkpoint(restart)");
    connection.busy_timeout(BUSY)?;
    done.map(drop)
}

fn serve_writes(connection: &Connection, end: &LaneEnd, bell: &Bell, log: &Log) {
    let mut texts = Texts::new();
    let mut is_failing = false;
    while let Ok(first) = end.receiver.recv() {
        if let Some(broken) = end.faults.is_broken() {
            first.answer(Err(broken));
            continue;
        }
        if log.is_long.swap(false, Ordering::Relaxed)
            && let Err(error) = begin_log_anew(connection)
        {
            tracing::warn!(%error, "could not begin the log anew; it grows until that works");
        }
        let waiting = std::iter::once(first)
            .chain(end.receiver.try_iter())
            .take(GROUP);
        let (count, committed) = write_group(connection, &mut texts, waiting, end, bell, log);
        log.verbs.fetch_add(count, Ordering::Relaxed);
        is_failing = tell(is_failing, count, &committed);
    }
}

/// Tells the operator when commits begin to fail and when they work again, not each time
/// between: a full disk holds the log as well. Whether they fail now.
fn tell(was_failing: bool, verbs: u64, committed: &Result<(), Error>) -> bool {
    match committed {
        Err(error @ Error::Broken(_)) => {
            tracing::error!(%error, "nothing more is written, and segue ends; start it anew once the disk is looked at");
        }
        Err(error) if !was_failing => {
            tracing::error!(%error, verbs, "could not commit to the embedded database; nothing of this group was kept. Nothing more is said until it works again");
        }
        Err(error) => tracing::debug!(%error, verbs, "could not commit"),
        Ok(()) if was_failing => tracing::warn!("the embedded database takes writes again"),
        Ok(()) => {}
    }
    committed.is_err()
}

/// What the verbs of a group ask to be done once it is committed.
#[derive(Default)]
struct Asked {
    rings: Vec<Ring>,
    begin_log_anew: bool,
}

/// Copies all of the log into the database file and cuts it to nothing. Readers of an older
/// moment can keep that from happening; then the next group tries again.
fn empty_log(connection: &Connection, log: &Log) {
    // As with a long log: a backup may read an old moment for minutes.
    let wait = |span| connection.busy_timeout(span);
    let emptied = wait(LEAVE_LOG).and_then(|()| {
        connection.query_row("pragma wal_checkpoint(truncate)", [], |row| {
            row.get::<_, i64>(0)
        })
    });
    if let Err(error) = wait(BUSY) {
        tracing::warn!(%error, "could not set how long the writer waits for a lock");
    }
    match emptied {
        Ok(0) => log.holds_erased.store(false, Ordering::Relaxed),
        Ok(_) => tracing::warn!("the log still holds erased words; the next write empties it"),
        Err(error) => {
            tracing::warn!(%error, "could not empty the log of erased words; the next write tries again")
        }
    }
}

/// Runs the verbs in one transaction. If it cannot be committed every one of them
/// fails, and none rings. The number of verbs, and what became of them.
fn write_group(
    connection: &Connection,
    texts: &mut Texts,
    waiting: impl Iterator<Item = Box<dyn Work>>,
    end: &LaneEnd,
    bell: &Bell,
    log: &Log,
) -> (u64, Result<(), Error>) {
    let mut verbs: Vec<_> = waiting.collect();
    let mut asked = Asked::default();
    let committed = run_group(connection, texts, &mut verbs, &mut asked).and_then(|()| {
        kill_point("commit.before");
        if end.faults.commit_fails() {
            return Err(Error::Unavailable(
                "the disk is full (a test says so)".into(),
            ));
        }
        if end.faults.sync_fails() {
            return Err(failed_sync().into());
        }
        connection.execute_batch("commit")?;
        Ok(())
    });
    let committed = match committed {
        Ok(()) => {
            kill_point("commit.after");
            if asked.begin_log_anew {
                log.holds_erased.store(true, Ordering::Relaxed);
            }
            bell.ring(asked.rings);
            kill_point("ring.after");
            Ok(())
        }
        Err(error) => {
            end.faults.note(&error);
            // Nothing to do if even this fails: the next `begin` will say so.
            let _ = roll_back(connection);
            Err(error)
        }
    };
    if log.holds_erased.load(Ordering::Relaxed) {
        empty_log(connection, log);
    }
    let count = verbs.len() as u64;
    end.tally.count(count, committed.is_ok());
    for verb in verbs {
        verb.answer(committed.clone());
        kill_point("answer.after");
    }
    (count, committed)
}

/// Begins a transaction and runs the verbs in it; what they ask to ring. A savepoint copies
/// every page that its verb writes, and hardly any verb takes back what it wrote: so they
/// run without, and only if one does is the group undone and run again with savepoints.
fn run_group(
    connection: &Connection,
    texts: &mut Texts,
    verbs: &mut [Box<dyn Work>],
    asked: &mut Asked,
) -> Result<(), Error> {
    begin(connection)?;
    if run_bare(connection, texts, verbs, asked)? {
        return Ok(());
    }
    roll_back(connection)?;
    begin(connection)?;
    *asked = Asked::default();
    run_in_savepoints(connection, texts, verbs, asked)
}

fn begin(connection: &Connection) -> Result<(), Error> {
    connection.prepare_cached("begin immediate")?.execute([])?;
    Ok(())
}

fn roll_back(connection: &Connection) -> Result<(), Error> {
    if !connection.is_autocommit() {
        connection.execute_batch("rollback")?;
    }
    Ok(())
}

/// Runs the verbs; `false` as soon as one has written something and wants nothing kept.
fn run_bare(
    connection: &Connection,
    texts: &mut Texts,
    verbs: &mut [Box<dyn Work>],
    asked: &mut Asked,
) -> Result<bool, Error> {
    for verb in verbs {
        let changes_before = connection.total_changes();
        let is_kept = run_verb(connection, texts, &mut **verb, asked)?;
        if !is_kept && connection.total_changes() != changes_before {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Runs the verbs, and takes back what one wrote that wants nothing kept.
fn run_in_savepoints(
    connection: &Connection,
    texts: &mut Texts,
    verbs: &mut [Box<dyn Work>],
    asked: &mut Asked,
) -> Result<(), Error> {
    for verb in verbs {
        connection.prepare_cached("savepoint verb")?.execute([])?;
        if !run_verb(connection, texts, &mut **verb, asked)? {
            connection.prepare_cached("rollback to verb")?.execute([])?;
        }
        connection.prepare_cached("release verb")?.execute([])?;
    }
    Ok(())
}

/// Whether the verb wants to be kept; only then are its rings. An error means that SQLite
/// has rolled back the whole transaction (disk full, IO error), so that nothing of the
/// group is left.
fn run_verb(
    connection: &Connection,
    texts: &mut Texts,
    verb: &mut dyn Work,
    asked: &mut Asked,
) -> Result<bool, Error> {
    let mut tx = Tx::sqlite(connection, texts);
    let is_kept = verb.run(&mut tx);
    kill_point("verb.after");
    let failure = tx.failure().cloned();
    let (rings, begin_log_anew) = (tx.take_rings(), tx.begins_log_anew());
    if connection.is_autocommit() {
        return Err(
            failure.unwrap_or_else(|| Error::Unavailable("the transaction was rolled back".into()))
        );
    }
    if is_kept {
        asked.rings.extend(rings);
        asked.begin_log_anew |= begin_log_anew;
    }
    Ok(is_kept)
}
