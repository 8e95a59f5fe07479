//! One transaction, whichever the database. The nouns of the store (`contacts`,
//! `events`, …) add their queries to it, each in a file of its own.

use std::collections::HashMap;

use segue_core::ids::{ConversationId, WorkspaceId};

use crate::bell::Ring;
use crate::error::Error;
use crate::sql::{Row, Value, for_sqlite};

/// One transaction. Everything done through it becomes durable together or not at all.
pub struct Tx<'a> {
    connection: Connection<'a>,
    rings: Vec<Ring>,
    /// The first thing the database refused; the transaction cannot be committed then.
    failed: Option<Error>,
}

enum Connection<'a> {
    Sqlite(&'a rusqlite::Connection, &'a mut Texts),
    Postgres(&'a mut postgres::Client, &'a mut Statements),
}

/// SQL as SQLite wants it, translated once.
pub(crate) type Texts = HashMap<&'static str, String>;
/// Statements that a PostgreSQL connection has prepared.
pub(crate) type Statements = HashMap<&'static str, postgres::Statement>;

impl<'a> Tx<'a> {
    pub(crate) fn sqlite(connection: &'a rusqlite::Connection, texts: &'a mut Texts) -> Self {
        Self {
            connection: Connection::Sqlite(connection, texts),
            rings: vec![],
            failed: None,
        }
    }

    pub(crate) fn postgres(
        client: &'a mut postgres::Client,
        statements: &'a mut Statements,
    ) -> Self {
        Self {
            connection: Connection::Postgres(client, statements),
            rings: vec![],
            failed: None,
        }
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
        let done = match &mut self.connection {
            Connection::Sqlite(connection, texts) => {
                let text = texts.entry(sql).or_insert_with(|| for_sqlite(sql));
                connection
                    .prepare_cached(text)
                    .and_then(|mut statement| statement.execute(rusqlite::params_from_iter(values)))
                    .map(|changed| changed as u64)
                    .map_err(Error::from)
            }
            Connection::Postgres(client, statements) => {
                prepared(client, statements, sql).and_then(|statement| {
                    client
                        .execute(&statement, &borrowed(values))
                        .map_err(Error::from)
                })
            }
        };
        self.note(done)
    }

    /// Runs a query; every row it found.
    pub(crate) fn rows(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, Error> {
        let found = match &mut self.connection {
            Connection::Sqlite(connection, texts) => {
                let text = texts.entry(sql).or_insert_with(|| for_sqlite(sql));
                sqlite_rows(connection, text, values)
            }
            Connection::Postgres(client, statements) => prepared(client, statements, sql)
                .and_then(|statement| postgres_rows(client, &statement, values)),
        };
        self.note(found)
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

fn borrowed(values: &[Value]) -> Vec<&(dyn postgres::types::ToSql + Sync)> {
    values
        .iter()
        .map(|value| value as &(dyn postgres::types::ToSql + Sync))
        .collect()
}

fn prepared(
    client: &mut postgres::Client,
    statements: &mut Statements,
    sql: &'static str,
) -> Result<postgres::Statement, Error> {
    if let Some(statement) = statements.get(sql) {
        return Ok(statement.clone());
    }
    let statement = client.prepare(sql)?;
    statements.insert(sql, statement.clone());
    Ok(statement)
}

fn postgres_rows(
    client: &mut postgres::Client,
    statement: &postgres::Statement,
    values: &[Value],
) -> Result<Vec<Row>, Error> {
    use postgres::fallible_iterator::FallibleIterator;
    use postgres::types::Type;
    let mut found = client.query_raw(statement, values.iter())?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let mut read = Vec::with_capacity(row.len());
        for (column, described) in row.columns().iter().enumerate() {
            let value = match *described.type_() {
                Type::INT8 => row.try_get::<_, Option<i64>>(column)?.into(),
                Type::INT4 => row.try_get::<_, Option<i32>>(column)?.map(i64::from).into(),
                _ => row.try_get::<_, Option<String>>(column)?.into(),
            };
            read.push(value);
        }
        rows.push(Row(read));
    }
    Ok(rows)
}
