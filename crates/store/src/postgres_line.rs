//! One connection to PostgreSQL: a blocking face over the asynchronous client. What
//! begins a transaction, and statements whose outcome nobody waits for, go out together
//! with the next one that somebody waits for, so that a verb pays for few round trips.

use std::collections::HashMap;
use std::error::Error as _;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use futures_util::TryStreamExt;
use futures_util::future::{join_all, join3};
use tokio::runtime::Runtime;
use tokio_postgres::error::{Severity, SqlState};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, SimpleQueryMessage, Statement};

use crate::error::Error;
use crate::postgres_tls::Way;
use crate::sql::{Row, Value};

/// What every connection is told first. A statement that runs longer is stuck; a row
/// that stays locked longer is held by somebody who is stuck; and a node that stands
/// still in the middle of a transaction (a paused process, a lost network) gives its
/// locks back, so that the others can go on without it.
const SETTINGS: &str = "set statement_timeout = '15s'; set lock_timeout = '10s'; \
    set idle_in_transaction_session_timeout = '4s'; \
    select pg_backend_pid()::text, gen_random_uuid()::text";
/// Statements that go out at once at most. The client keeps their order up to 30.
const AT_ONCE: usize = 24;

pub(crate) struct Line {
    runtime: Runtime,
    client: Client,
    statements: HashMap<&'static str, Statement>,
    /// What begins the transaction, until something is sent in it.
    opening: Option<&'static str>,
    /// Whether a transaction was begun.
    is_open: bool,
    /// Sent with the next statement that somebody waits for.
    put_off: Vec<Ask>,
    /// Nothing can be said on it any more.
    is_lost: bool,
    /// The server's process on the other end.
    pub(crate) backend: i32,
    /// Tells this connection from every other that was ever made.
    name: String,
    receipts: u64,
}

struct Ask {
    statement: Statement,
    values: Vec<Value>,
}

#[derive(Default)]
struct Answer {
    rows: Vec<Row>,
    changed: u64,
}

impl Line {
    pub(crate) fn connect(way: &Way) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::Unavailable(format!("could not make a runtime: {error}")))?;
        let connected = runtime.block_on(async {
            let (client, connection) = way.config.connect(way.tls.clone()).await?;
            tokio::spawn(async move {
                // What went wrong is told to whoever waits for an answer.
                let _ = connection.await;
            });
            let told = client.simple_query(SETTINGS).await?;
            Ok::<_, tokio_postgres::Error>((client, told))
        });
        let (client, told) = connected?;
        let row = told.into_iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let column = |n: usize| row.as_ref().and_then(|row| row.get(n)).unwrap_or_default();
        let (backend, name) = (column(0).parse().unwrap_or(0), column(1).to_string());
        Ok(Self {
            runtime,
            client,
            statements: HashMap::new(),
            opening: None,
            is_open: false,
            put_off: vec![],
            is_lost: false,
            backend,
            name,
            receipts: 0,
        })
    }

    /// Whether the connection still stands, as far as is known.
    pub(crate) fn is_well(&self) -> bool {
        !self.is_lost && !self.client.is_closed()
    }

    /// A name for one commit that no other commit has.
    pub(crate) fn receipt(&mut self) -> String {
        self.receipts += 1;
        format!("{} {}", self.name, self.receipts)
    }

    /// Begins a transaction with the next statement.
    pub(crate) fn begin(&mut self, opening: &'static str) {
        self.put_off.clear();
        self.opening = Some(opening);
        self.is_open = true;
    }

    /// Runs a statement; the number of rows it changed.
    pub(crate) fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64, Error> {
        let ask = self.ask(sql, values)?;
        Ok(self.exchange(vec![ask], None)?.remove(0).changed)
    }

    /// Runs a statement whose outcome nobody waits for: an error comes with a later one,
    /// with the commit at the latest.
    pub(crate) fn execute_later(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<(), Error> {
        let ask = self.ask(sql, values)?;
        self.put_off.push(ask);
        if self.put_off.len() >= AT_ONCE {
            self.exchange(vec![], None)?;
        }
        Ok(())
    }

    /// Runs a query; every row it found.
    pub(crate) fn rows(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, Error> {
        let ask = self.ask(sql, values)?;
        Ok(self.exchange(vec![ask], None)?.remove(0).rows)
    }

    /// Runs queries in this order without waiting in between; the rows of each.
    pub(crate) fn rows_of_each(
        &mut self,
        asked: &[(&'static str, &[Value])],
    ) -> Result<Vec<Vec<Row>>, Error> {
        let mut found = Vec::with_capacity(asked.len());
        for some in asked.chunks(AT_ONCE) {
            let asks = some
                .iter()
                .map(|(sql, values)| self.ask(sql, values))
                .collect::<Result<Vec<_>, _>>()?;
            if self.put_off.len() + asks.len() > AT_ONCE {
                self.exchange(vec![], None)?;
            }
            let answers = self.exchange(asks, None)?;
            found.extend(answers.into_iter().map(|answer| answer.rows));
        }
        Ok(found)
    }

    /// Runs statements without values, by the simple protocol.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), Error> {
        self.exchange(vec![], None)?;
        let done = self.runtime.block_on(self.client.batch_execute(sql));
        self.note(done)
    }

    /// Commits. Without anything sent there is nothing to commit.
    pub(crate) fn commit(&mut self) -> Result<(), Error> {
        self.is_open = false;
        if self.opening.is_some() && self.put_off.is_empty() {
            self.opening = None;
            return Ok(());
        }
        self.exchange(vec![], Some("commit")).map(|_| ())
    }

    /// Ends a transaction in which nothing is to be kept, without waiting for the answer.
    pub(crate) fn leave(&mut self) {
        self.put_off.clear();
        let is_begun = std::mem::take(&mut self.is_open) && self.opening.take().is_none();
        if !is_begun || self.is_lost {
            return;
        }
        let client = &self.client;
        self.runtime.block_on(async {
            let mut ending = pin!(client.batch_execute("rollback"));
            poll_fn(|ctx| Poll::Ready(ending.as_mut().poll(ctx).is_ready())).await;
            // The connection's own task puts it on the wire.
            tokio::task::yield_now().await;
        });
    }

    fn ask(&mut self, sql: &'static str, values: &[Value]) -> Result<Ask, Error> {
        let statement = match self.statements.get(sql) {
            Some(statement) => statement.clone(),
            None => {
                let prepared = self.runtime.block_on(self.client.prepare(sql));
                let statement = self.note(prepared)?;
                self.statements.insert(sql, statement.clone());
                statement
            }
        };
        Ok(Ask {
            statement,
            values: values.to_vec(),
        })
    }

    /// Sends what begins the transaction, what was put off, these, and what ends it; the
    /// answers to these. The first thing that went wrong counts: what comes after it in
    /// the transaction is refused by the server.
    fn exchange(
        &mut self,
        asks: Vec<Ask>,
        closing: Option<&'static str>,
    ) -> Result<Vec<Answer>, Error> {
        let opening = self.opening.take();
        let mut all = std::mem::take(&mut self.put_off);
        let waited_for = all.len();
        all.extend(asks);
        let client = &self.client;
        let (opened, answers, closed) = self.runtime.block_on(join3(
            say(client, opening),
            join_all(all.iter().map(|ask| answer(client, ask))),
            say(client, closing),
        ));
        self.note(opened)?;
        let mut found = Vec::with_capacity(answers.len());
        for answer in answers {
            found.push(self.note(answer)?);
        }
        self.note(closed)?;
        found.drain(..waited_for);
        Ok(found)
    }

    fn note<T>(&mut self, done: Result<T, tokio_postgres::Error>) -> Result<T, Error> {
        done.map_err(|error| {
            self.is_lost |= ends_the_line(&error);
            error.into()
        })
    }
}

async fn say(client: &Client, sql: Option<&'static str>) -> Result<(), tokio_postgres::Error> {
    match sql {
        Some(sql) => client.batch_execute(sql).await,
        None => Ok(()),
    }
}

async fn answer(client: &Client, ask: &Ask) -> Result<Answer, tokio_postgres::Error> {
    let found = client.query_raw(&ask.statement, ask.values.iter()).await?;
    let mut found = pin!(found);
    let mut answer = Answer::default();
    while let Some(row) = found.try_next().await? {
        answer.rows.push(values(&row)?);
    }
    answer.changed = found.rows_affected().unwrap_or(0);
    Ok(answer)
}

fn values(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    let mut read = Vec::with_capacity(row.len());
    for (column, described) in row.columns().iter().enumerate() {
        let value = match *described.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(column)?.into(),
            Type::INT4 => row.try_get::<_, Option<i32>>(column)?.map(i64::from).into(),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(column)?.into(),
            _ => row.try_get::<_, Option<String>>(column)?.into(),
        };
        read.push(value);
    }
    Ok(Row(read))
}

/// Whether nothing can be said on the connection after this.
fn ends_the_line(error: &tokio_postgres::Error) -> bool {
    let Some(told) = error.as_db_error() else {
        let broke = error
            .source()
            .is_some_and(|source| source.is::<std::io::Error>());
        return error.is_closed() || broke;
    };
    let is_fatal = matches!(
        told.parsed_severity(),
        Some(Severity::Fatal | Severity::Panic)
    );
    is_fatal || *told.code() == SqlState::ADMIN_SHUTDOWN
}
