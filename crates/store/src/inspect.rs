//! Looks at a database without changing it, for `segue doctor`: beside a running server as
//! well as without one.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use segue_core::conversation::Conversation;
use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::backup::faults;
use crate::error::Error;
use crate::host::Figures;
use crate::mail_settings::MailSettings;
use crate::mailboxes::Mailbox;
use crate::migrate::{self, Standing};
use crate::postgres_line::Line;
use crate::postgres_tls::Way;
use crate::sql::params;
use crate::tx::{Texts, Tx};

/// Faults that are listed; more say nothing new.
const FAULTS: usize = 5;
/// Events of one conversation that are folded again.
const EVENTS: i64 = 100_000;

/// How mail goes out and comes in, as the console keeps it.
#[derive(Clone, Debug, Default)]
pub struct MailInConsole {
    /// Servers that it goes out through.
    pub servers: Vec<MailSettings>,
    /// Mailboxes that it comes in by.
    pub mailboxes: Vec<Mailbox>,
}

/// What an embedded database looks like.
#[derive(Clone, Debug)]
pub struct EmbeddedReport {
    /// How far it has come.
    pub standing: Standing,
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes of the log beside it.
    pub log_bytes: u64,
    /// What SQLite's full check finds, foreign keys among it; empty is well.
    pub faults: Vec<String>,
    /// Conversations whose events do not fold to what is stored.
    pub unlike: Vec<String>,
    /// `None` before the first migration.
    pub figures: Option<Figures>,
    /// The mail servers that were set in the console.
    pub mail: MailInConsole,
}

/// What a database on PostgreSQL looks like.
#[derive(Clone, Debug)]
pub struct PostgresReport {
    /// How far it has come.
    pub standing: Standing,
    /// The server's version as a number, 150004 for 15.4.
    pub version: i64,
    /// `synchronous_commit`.
    pub synchronous_commit: String,
    /// Whether `fsync` is on.
    pub fsync: bool,
    /// Whether `full_page_writes` is on.
    pub full_page_writes: bool,
    /// `server_encoding`.
    pub encoding: String,
    /// Whether it only follows another server.
    pub is_standby: bool,
    /// Connections that it allows, and that are there now.
    pub connections: (i64, i64),
    /// Bytes of the database.
    pub bytes: u64,
    /// The server's clock.
    pub now: Timestamp,
    /// `None` before the first migration.
    pub figures: Option<Figures>,
    /// The mail servers that were set in the console.
    pub mail: MailInConsole,
}

/// Looks at the database in a folder; `None` if there is none.
pub fn inspect_sqlite(folder: &Path) -> Result<Option<EmbeddedReport>, Error> {
    let Some(connection) = open_to_look(folder)? else {
        return Ok(None);
    };
    let size = |name: &str| {
        let found = std::fs::metadata(folder.join(name));
        found.map_or(0, |metadata| metadata.len())
    };
    let mut report = EmbeddedReport {
        standing: migrate::standing_of_sqlite(&connection)?,
        bytes: size("segue.db"),
        log_bytes: size("segue.db-wal"),
        faults: faults(&connection, "pragma integrity_check(5)")?,
        unlike: vec![],
        figures: None,
        mail: MailInConsole::default(),
    };
    report.faults.extend(lost_keys(&connection)?);
    if report.standing.found > 0 && report.standing.found <= report.standing.known {
        // One moment for all of it: events and what they were folded to.
        connection.execute_batch("begin")?;
        let mut texts = Texts::new();
        let mut tx = Tx::sqlite(&connection, &mut texts);
        report.figures = Some(tx.figures()?);
        report.unlike = tx.unlike()?;
        report.mail = tx.mail_in_console(&report.standing)?;
    }
    Ok(Some(report))
}

/// Where the database in a folder stands among the migrations; `None` if there is none.
pub fn standing_of_folder(folder: &Path) -> Result<Option<Standing>, Error> {
    open_to_look(folder)?
        .map(|connection| migrate::standing_of_sqlite(&connection))
        .transpose()
}

/// What SQLite's quick check finds in the database of a folder, where its file has at most
/// `most_bytes`; nothing where all is well.
pub fn quick_check(folder: &Path, most_bytes: u64) -> Result<Vec<String>, Error> {
    let length = std::fs::metadata(folder.join("segue.db")).map_or(0, |found| found.len());
    match open_to_look(folder)? {
        Some(connection) if length <= most_bytes => faults(&connection, "pragma quick_check(5)"),
        _ => Ok(vec![]),
    }
}

fn open_to_look(folder: &Path) -> Result<Option<Connection>, Error> {
    let file = folder.join("segue.db");
    if !file.exists() {
        return Ok(None);
    }
    let connection = Connection::open_with_flags(
        &file,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(Duration::from_secs(5))?;
    Ok(Some(connection))
}

/// Rows that name one which is not there.
fn lost_keys(connection: &Connection) -> Result<Vec<String>, Error> {
    let read = || -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare("pragma foreign_key_check")?;
        let found = statement.query_map([], |row| {
            let (table, named): (String, String) = (row.get(0)?, row.get(2)?);
            Ok(format!(
                "a row of {table} names a row of {named} that is not there"
            ))
        })?;
        found.take(FAULTS).collect()
    };
    match read().map_err(Error::from) {
        Err(Error::Damaged(fault)) => Ok(vec![fault]),
        other => other,
    }
}

impl Tx<'_> {
    /// What every workspace has set; nothing before today's tables are there.
    fn mail_in_console(&mut self, standing: &Standing) -> Result<MailInConsole, Error> {
        let mut found = MailInConsole::default();
        if standing.pending.is_empty() {
            for workspace in self.workspaces()? {
                found.servers.extend(self.mail_settings(&workspace.id)?);
            }
            found.mailboxes = self.mailboxes()?;
        }
        Ok(found)
    }

    /// Conversations whose events do not fold to the state that is stored.
    fn unlike(&mut self) -> Result<Vec<String>, Error> {
        let all = self.rows(
            "select id, workspace_id from conversations order by id",
            params![],
        )?;
        let mut unlike = Vec::new();
        for row in all {
            let (id, workspace_id) = (row.text(0)?.to_string(), row.id::<_>(1)?);
            if unlike.len() < FAULTS && !self.folds(&id, &workspace_id) {
                unlike.push(id);
            }
        }
        Ok(unlike)
    }

    /// Whether a conversation's events fold to what is stored; one that does not read does not.
    fn folds(&mut self, id: &str, workspace_id: &WorkspaceId) -> bool {
        let Some(id) = ConversationId::parse(id) else {
            return false;
        };
        let stored = self.conversation(workspace_id, &id);
        let events = self.events(workspace_id, &id, 0, EVENTS);
        let (Ok(Some(stored)), Ok(events)) = (stored, events) else {
            return false;
        };
        let is_gap_free = events.iter().zip(1..).all(|(event, seq)| event.seq == seq);
        is_gap_free
            && Conversation::replay(id, workspace_id.clone(), &events)
                .is_some_and(|folded| folded == stored)
    }
}

/// Looks at a database on PostgreSQL.
pub fn inspect_postgres(url: &str) -> Result<PostgresReport, Error> {
    on_a_line(url, inspect)
}

/// Where a database on PostgreSQL stands among the migrations.
pub fn standing_of_postgres(url: &str) -> Result<Standing, Error> {
    on_a_line(url, migrate::standing_of_postgres)
}

/// A connection blocks on a runtime of its own, which must not stand inside another.
fn on_a_line<T: Send + 'static>(
    url: &str,
    look: fn(&mut Line) -> Result<T, Error>,
) -> Result<T, Error> {
    let way = Way::read(url)?;
    std::thread::spawn(move || look(&mut Line::connect(&way)?))
        .join()
        .unwrap_or_else(|_| Err(Error::Unavailable("looking at PostgreSQL panicked".into())))
}

fn inspect(line: &mut Line) -> Result<PostgresReport, Error> {
    let standing = migrate::standing_of_postgres(line)?;
    let found = line.rows(
        "select current_setting('server_version_num')::bigint, current_setting('synchronous_commit'),
           current_setting('fsync'), current_setting('full_page_writes'), current_setting('server_encoding'),
           pg_is_in_recovery()::int::bigint, current_setting('max_connections')::bigint,
           (select count(*) from pg_stat_activity where backend_type = 'client backend'),
           pg_database_size(current_database()), (extract(epoch from clock_timestamp()) * 1000)::bigint",
        &[],
    )?;
    let row = found
        .first()
        .ok_or_else(|| Error::corrupt("the server says nothing of itself"))?;
    let mut report = PostgresReport {
        version: row.int(0)?,
        synchronous_commit: row.text(1)?.into(),
        fsync: row.text(2)? == "on",
        full_page_writes: row.text(3)? == "on",
        encoding: row.text(4)?.into(),
        is_standby: row.truth(5)?,
        connections: (row.int(6)?, row.int(7)?),
        bytes: row.int(8)?.unsigned_abs(),
        now: row.at(9)?,
        standing,
        figures: None,
        mail: MailInConsole::default(),
    };
    if report.standing.found > 0 && report.standing.found <= report.standing.known {
        let mut tx = Tx::postgres(line);
        report.figures = Some(tx.figures()?);
        report.mail = tx.mail_in_console(&report.standing)?;
    }
    Ok(report)
}
