//! One transaction, whichever the database. The nouns of the store (`contacts`,
//! `events`, …) add their queries to it, each in a file of its own.

use std::collections::HashMap;

use segue_core::ids::{ConversationId, WorkspaceId};

use crate::bell::Ring;
use crate::error::Error;
use crate::postgres_line::Line;
use crate::sql::{Row, Value, for_sqlite};

/// One transaction. Everything done through it becomes durable together or not at all.
pub struct Tx<'a> {
    connection: Connection<'a>,
    rings: Vec<Ring>,
    /// The first thing the database refused; the transaction cannot be committed then.
    failed: Option<Error>,
    settles_itself: bool,
    wrote: bool,
    begins_log_anew: bool,
}

enum Connection<'a> {
    Sqlite(&'a rusqlite::Connection, &'a mut Texts),
    Postgres(&'a mut Line),
}

/// SQL as SQLite wants it, translated once.
pub(crate) type Texts = HashMap<&'static str, String>;

impl<'a> Tx<'a> {
    pub(crate) fn sqlite(connection: &'a rusqlite::Connection, texts: &'a mut Texts) -> Self {
        Self::on(Connection::Sqlite(connection, texts))
    }

    pub(crate) fn postgres(line: &'a mut Line) -> Self {
        Self::on(Connection::Postgres(line))
    }

    fn on(connection: Connection<'a>) -> Self {
        Self {
            connection,
            rings: vec![],
            failed: None,
            settles_itself: false,
            wrote: false,
            begins_log_anew: false,
        }
    }

    /// Says that running this verb again finds out by itself whether it has happened, by
    /// its sender's own id. Otherwise its transaction carries a receipt for that.
    pub fn settles_itself(&mut self) {
        self.settles_itself = true;
    }

    /// After the commit: empty the embedded database's log, in which older words stand.
    pub(crate) fn begin_log_anew(&mut self) {
        self.begins_log_anew = true;
    }

    pub(crate) fn begins_log_anew(&self) -> bool {
        self.begins_log_anew
    }

    pub(crate) fn needs_receipt(&self) -> bool {
        !self.settles_itself
    }

    /// Whether there is anything to commit.
    pub(crate) fn has_written(&self) -> bool {
        self.wrote
    }

    /// After the commit: tell everybody that this conversation has events up to `seq`.
    pub fn ring(&mut self, conversation_id: &ConversationId, seq: u64) {
        self.rings.push(Ring::Conversation {
            id: conversation_id.clone(),
            seq,
        });
    }

    /// After the commit: tell consoles that queue, agents or lists changed.
    pub fn ring_floor(&mut self, workspace_id: &WorkspaceId) {
        let ring = Ring::Floor {
            workspace_id: workspace_id.clone(),
        };
        if !self.rings.contains(&ring) {
            self.rings.push(ring);
        }
    }

    /// After the commit: have open sockets of agents look at their sessions again.
    pub fn ring_access(&mut self, workspace_id: &WorkspaceId) {
        let ring = Ring::Access {
            workspace_id: workspace_id.clone(),
        };
        if !self.rings.contains(&ring) {
            self.rings.push(ring);
        }
    }

    /// After the commit: end every socket of a workspace that is no more.
    pub(crate) fn ring_gone(&mut self, workspace_id: &WorkspaceId) {
        self.rings.push(Ring::Gone {
            workspace_id: workspace_id.clone(),
        });
    }

    /// After the commit: wake the job runner.
    pub(crate) fn ring_jobs(&mut self) {
        if !self.rings.contains(&Ring::Jobs) {
            self.rings.push(Ring::Jobs);
        }
    }

    pub(crate) fn take_rings(&mut self) -> Vec<Ring> {
        std::mem::take(&mut self.rings)
    }

    pub(crate) fn failure(&self) -> Option<&Error> {
        self.failed.as_ref()
    }

    /// Runs a statement; the number of rows it changed.
    pub(crate) fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64, Error> {
        self.wrote = true;
        let done = match &mut self.connection {
            Connection::Sqlite(connection, texts) => {
                let text = texts.entry(sql).or_insert_with(|| for_sqlite(sql));
                connection
                    .prepare_cached(text)
                    .and_then(|mut statement| statement.execute(rusqlite::params_from_iter(values)))
                    .map(|changed| changed as u64)
                    .map_err(Error::from)
            }
            Connection::Postgres(line) => line.execute(sql, values),
        };
        self.note(done)
    }

    /// Runs a statement whose outcome the verb does not wait for. What goes wrong fails
    /// a later statement, or the commit.
    pub(crate) fn execute_later(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<(), Error> {
        self.wrote = true;
        if let Connection::Postgres(line) = &mut self.connection {
            let sent = line.execute_later(sql, values);
            return self.note(sent);
        }
        self.execute(sql, values).map(|_| ())
    }

    /// Runs a query; every row it found.
    pub(crate) fn rows(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, Error> {
        self.wrote |= !only_reads(sql);
        let found = match &mut self.connection {
            Connection::Sqlite(connection, texts) => {
                let text = texts.entry(sql).or_insert_with(|| for_sqlite(sql));
                sqlite_rows(connection, text, values)
            }
            Connection::Postgres(line) => line.rows(sql, values),
        };
        self.note(found)
    }

    /// Runs queries in this order, on PostgreSQL in one round trip; the rows of each.
    pub(crate) fn rows_of_each(
        &mut self,
        asked: &[(&'static str, &[Value])],
    ) -> Result<Vec<Vec<Row>>, Error> {
        if let Connection::Postgres(line) = &mut self.connection {
            let found = line.rows_of_each(asked);
            return self.note(found);
        }
        let found = asked.iter().map(|(sql, values)| self.rows(sql, values));
        found.collect()
    }

    /// Runs a query that finds one row or none.
    pub(crate) fn row(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Option<Row>, Error> {
        Ok(self.rows(sql, values)?.into_iter().next())
    }

    /// The clause that keeps a row from changing until the commit. SQLite has one
    /// writer and needs none.
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.connection, Connection::Postgres(..))
    }

    fn note<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &result {
            self.failed.get_or_insert_with(|| error.clone());
        }
        result
    }
}

/// Whether a statement of ours only reads.
fn only_reads(sql: &str) -> bool {
    let writes = || {
        ["insert into", "update ", "delete from"]
            .iter()
            .any(|word| sql.contains(word))
    };
    sql.starts_with("select") || sql.starts_with("with ") && !writes()
}

fn sqlite_rows(
    connection: &rusqlite::Connection,
    text: &str,
    values: &[Value],
) -> Result<Vec<Row>, Error> {
    use rusqlite::types::ValueRef;
    let mut statement = connection.prepare_cached(text)?;
    let columns = statement.column_count();
    let mut found = statement.query(rusqlite::params_from_iter(values))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let mut read = Vec::with_capacity(columns);
        for column in 0..columns {
            read.push(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::Int(number),
                ValueRef::Text(text) => Value::Text(
                    std::str::from_utf8(text)
                        .map_err(Error::corrupt)?
                        .to_string(),
                ),
                ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
                other => {
                    return Err(Error::corrupt(format!(
                        "column {column} is {:?}",
                        other.data_type()
                    )));
                }
            });
        }
        rows.push(Row(read));
    }
    Ok(rows)
}
