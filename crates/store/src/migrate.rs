//! Migrations, in pairs under one number. A released one is never edited. A database
//! that a newer version made is refused.

use crate::error::Error;
use crate::postgres_line::Line;
use crate::sql::params;

struct Migration {
    number: i64,
    sqlite: &'static str,
    postgres: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        sqlite: include_str!("../migrations/0001_begin.sqlite.sql"),
        postgres: include_str!("../migrations/0001_begin.postgres.sql"),
    },
    Migration {
        number: 2,
        sqlite: include_str!("../migrations/0002_identity.sqlite.sql"),
        postgres: include_str!("../migrations/0002_identity.postgres.sql"),
    },
    Migration {
        number: 3,
        sqlite: include_str!("../migrations/0003_nodes.sqlite.sql"),
        postgres: include_str!("../migrations/0003_nodes.postgres.sql"),
    },
    Migration {
        number: 4,
        sqlite: include_str!("../migrations/0004_audit.sqlite.sql"),
        postgres: include_str!("../migrations/0004_audit.postgres.sql"),
    },
    Migration {
        number: 5,
        sqlite: include_str!("../migrations/0005_files.sqlite.sql"),
        postgres: include_str!("../migrations/0005_files.postgres.sql"),
    },
];

const MAKE_TABLE: &str = "create table if not exists migrations (number bigint primary key)";
const FIND_LAST: &str = "select coalesce(max(number), 0) from migrations";

pub(crate) fn sqlite(connection: &mut rusqlite::Connection) -> Result<(), Error> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute_batch(MAKE_TABLE)?;
    let found: i64 = transaction.query_row(FIND_LAST, [], |row| row.get(0))?;
    for migration in missing(found)? {
        transaction.execute_batch(migration.sqlite)?;
        transaction.execute(
            "insert into migrations (number) values (?1)",
            [migration.number],
        )?;
    }
    transaction.commit()?;
    Ok(())
}

pub(crate) fn postgres(line: &mut Line) -> Result<(), Error> {
    // Nodes that start together wait for each other here, as long as it takes.
    line.batch(
        "set lock_timeout = 0; set statement_timeout = 0; select pg_advisory_lock(7340001)",
    )?;
    // Where it fails the connection is given up, and the lock with it.
    migrate_postgres(line)?;
    line.batch("select pg_advisory_unlock(7340001)")
}

fn migrate_postgres(line: &mut Line) -> Result<(), Error> {
    line.batch("begin")?;
    line.batch(MAKE_TABLE)?;
    let found = line.rows(FIND_LAST, &[])?.remove(0).int(0)?;
    for migration in missing(found)? {
        line.batch(migration.postgres)?;
        line.execute(
            "insert into migrations (number) values ($1)",
            params![migration.number],
        )?;
    }
    line.batch("commit")
}

fn missing(found: i64) -> Result<impl Iterator<Item = &'static Migration>, Error> {
    let known = MIGRATIONS[MIGRATIONS.len() - 1].number;
    if found > known {
        return Err(Error::Newer { found, known });
    }
    Ok(MIGRATIONS
        .iter()
        .filter(move |migration| migration.number > found))
}
