//! Migrations, in pairs under one number. A released one is never edited. A database
//! that a newer version made is refused.

use crate::error::Error;

struct Migration {
    number: i64,
    sqlite: &'static str,
    postgres: &'static str,
}

const MIGRATIONS: [Migration; 2] = [
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

pub(crate) fn postgres(client: &mut postgres::Client) -> Result<(), Error> {
    // Nodes that start together wait for each other here.
    client.batch_execute("select pg_advisory_lock(7340001)")?;
    let done = migrate_postgres(client);
    client.batch_execute("select pg_advisory_unlock(7340001)")?;
    done
}

fn migrate_postgres(client: &mut postgres::Client) -> Result<(), Error> {
    let mut transaction = client.transaction()?;
    transaction.batch_execute(MAKE_TABLE)?;
    let found: i64 = transaction.query_one(FIND_LAST, &[])?.get(0);
    for migration in missing(found)? {
        transaction.batch_execute(migration.postgres)?;
        transaction.execute(
            "insert into migrations (number) values ($1)",
            &[&migration.number],
        )?;
    }
    transaction.commit()?;
    Ok(())
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
