//! Migrations, in pairs under one number. A released one is never edited. All that are
//! missing are applied in one transaction, so that an interrupted upgrade leaves the old
//! database. One that a newer version made is refused.

use crate::error::Error;
use crate::kill_point::kill_point;
use crate::postgres_line::Line;
use crate::sql::params;

/// How far a database has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The highest migration in it; 0 where it is empty.
    pub found: i64,
    /// The highest one that this version knows.
    pub known: i64,
    /// What opening it will apply: numbers with what each is for.
    pub pending: Vec<(i64, String)>,
}

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
    Migration {
        number: 6,
        sqlite: include_str!("../migrations/0006_first_hour.sqlite.sql"),
        postgres: include_str!("../migrations/0006_first_hour.postgres.sql"),
    },
    Migration {
        number: 7,
        sqlite: include_str!("../migrations/0007_people.sqlite.sql"),
        postgres: include_str!("../migrations/0007_people.postgres.sql"),
    },
    Migration {
        number: 8,
        sqlite: include_str!("../migrations/0008_teams.sqlite.sql"),
        postgres: include_str!("../migrations/0008_teams.postgres.sql"),
    },
    Migration {
        number: 9,
        sqlite: include_str!("../migrations/0009_mail.sqlite.sql"),
        postgres: include_str!("../migrations/0009_mail.postgres.sql"),
    },
    Migration {
        number: 10,
        sqlite: include_str!("../migrations/0010_promises.sqlite.sql"),
        postgres: include_str!("../migrations/0010_promises.postgres.sql"),
    },
    Migration {
        number: 11,
        sqlite: include_str!("../migrations/0011_leaving.sqlite.sql"),
        postgres: include_str!("../migrations/0011_leaving.postgres.sql"),
    },
    Migration {
        number: 12,
        sqlite: include_str!("../migrations/0012_search.sqlite.sql"),
        postgres: include_str!("../migrations/0012_search.postgres.sql"),
    },
    Migration {
        number: 13,
        sqlite: include_str!("../migrations/0013_canned.sqlite.sql"),
        postgres: include_str!("../migrations/0013_canned.postgres.sql"),
    },
    Migration {
        number: 14,
        sqlite: include_str!("../migrations/0014_policies.sqlite.sql"),
        postgres: include_str!("../migrations/0014_policies.postgres.sql"),
    },
    Migration {
        number: 15,
        sqlite: include_str!("../migrations/0015_kept_places.sqlite.sql"),
        postgres: include_str!("../migrations/0015_kept_places.postgres.sql"),
    },
    Migration {
        number: 16,
        sqlite: include_str!("../migrations/0016_measures.sqlite.sql"),
        postgres: include_str!("../migrations/0016_measures.postgres.sql"),
    },
    Migration {
        number: 17,
        sqlite: include_str!("../migrations/0017_context.sqlite.sql"),
        postgres: include_str!("../migrations/0017_context.postgres.sql"),
    },
    Migration {
        number: 18,
        sqlite: include_str!("../migrations/0018_retention.sqlite.sql"),
        postgres: include_str!("../migrations/0018_retention.postgres.sql"),
    },
    Migration {
        number: 19,
        sqlite: include_str!("../migrations/0019_gaps.sqlite.sql"),
        postgres: include_str!("../migrations/0019_gaps.postgres.sql"),
    },
    Migration {
        number: 20,
        sqlite: include_str!("../migrations/0020_webhooks.sqlite.sql"),
        postgres: include_str!("../migrations/0020_webhooks.postgres.sql"),
    },
    Migration {
        number: 21,
        sqlite: include_str!("../migrations/0021_asked_since.sqlite.sql"),
        postgres: include_str!("../migrations/0021_asked_since.postgres.sql"),
    },
    Migration {
        number: 22,
        sqlite: include_str!("../migrations/0022_presences.sqlite.sql"),
        postgres: include_str!("../migrations/0022_presences.postgres.sql"),
    },
    Migration {
        number: 23,
        sqlite: include_str!("../migrations/0023_inboxes.sqlite.sql"),
        postgres: include_str!("../migrations/0023_inboxes.postgres.sql"),
    },
    Migration {
        number: 24,
        sqlite: include_str!("../migrations/0024_found_contacts.sqlite.sql"),
        postgres: include_str!("../migrations/0024_found_contacts.postgres.sql"),
    },
    Migration {
        number: 25,
        sqlite: include_str!("../migrations/0025_shadow_by_time.sqlite.sql"),
        postgres: include_str!("../migrations/0025_shadow_by_time.postgres.sql"),
    },
    Migration {
        number: 26,
        sqlite: include_str!("../migrations/0026_in_workspace.sqlite.sql"),
        postgres: include_str!("../migrations/0026_in_workspace.postgres.sql"),
    },
    Migration {
        number: 27,
        sqlite: include_str!("../migrations/0027_cases_by_topic.sqlite.sql"),
        postgres: include_str!("../migrations/0027_cases_by_topic.postgres.sql"),
    },
];

const MAKE_TABLE: &str = "create table if not exists migrations (number bigint primary key)";
const FIND_LAST: &str = "select coalesce(max(number), 0) from migrations";

/// Brings an embedded database up to date; how far it had come before.
pub(crate) fn sqlite(connection: &mut rusqlite::Connection) -> Result<i64, Error> {
    let found = apply_sqlite(connection, MIGRATIONS)?;
    if (1..FINDS_CONTACTS).contains(&found) {
        write_small(connection)?;
    }
    Ok(found)
}

/// The migration that made contacts findable by what stands in small letters.
const FINDS_CONTACTS: i64 = 24;

/// SQLite's own `lower` knows no letters beyond English: what it left large is written small.
fn write_small(connection: &mut rusqlite::Connection) -> Result<(), Error> {
    let transaction = connection.transaction()?;
    {
        let mut read = transaction
            .prepare("select workspace_id, id, found_by from contacts where found_by <> ''")?;
        let mut write = transaction
            .prepare("update contacts set found_by = ?3 where workspace_id = ?1 and id = ?2")?;
        let mut rows = read.query([])?;
        while let Some(row) = rows.next()? {
            let (workspace_id, id, found_by): (String, String, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let small = found_by.to_lowercase();
            if small != found_by {
                write.execute((workspace_id, id, small))?;
            }
        }
    }
    transaction.commit()?;
    Ok(())
}

fn apply_sqlite(
    connection: &mut rusqlite::Connection,
    migrations: &[Migration],
) -> Result<i64, Error> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute_batch(MAKE_TABLE)?;
    let found: i64 = transaction.query_row(FIND_LAST, [], |row| row.get(0))?;
    for migration in missing(migrations, found)? {
        transaction.execute_batch(migration.sqlite)?;
        kill_point("migration.middle");
        transaction.execute(
            "insert into migrations (number) values (?1)",
            [migration.number],
        )?;
    }
    transaction.commit()?;
    kill_point("migration.after");
    Ok(found)
}

/// Brings a database on PostgreSQL up to date; how far it had come before.
pub(crate) fn postgres(line: &mut Line) -> Result<i64, Error> {
    // Nodes that start together wait for each other here, as long as it takes.
    line.batch(
        "set lock_timeout = 0; set statement_timeout = 0; select pg_advisory_lock(7340001)",
    )?;
    // Where it fails the connection is given up, and the lock with it.
    let found = apply_postgres(line, MIGRATIONS)?;
    line.batch("select pg_advisory_unlock(7340001)")?;
    Ok(found)
}

fn apply_postgres(line: &mut Line, migrations: &[Migration]) -> Result<i64, Error> {
    line.batch("begin")?;
    line.batch(MAKE_TABLE)?;
    let found = line.rows(FIND_LAST, &[])?.remove(0).int(0)?;
    for migration in missing(migrations, found)? {
        line.batch(migration.postgres)?;
        line.execute(
            "insert into migrations (number) values ($1)",
            params![migration.number],
        )?;
    }
    line.batch("commit")?;
    Ok(found)
}

fn missing(
    migrations: &[Migration],
    found: i64,
) -> Result<impl Iterator<Item = &Migration>, Error> {
    let known = newest(migrations);
    if found > known {
        return Err(Error::Newer { found, known });
    }
    Ok(migrations
        .iter()
        .filter(move |migration| migration.number > found))
}

fn newest(migrations: &[Migration]) -> i64 {
    migrations.last().map_or(0, |migration| migration.number)
}

/// The highest migration that this version knows.
pub(crate) fn newest_known() -> i64 {
    newest(MIGRATIONS)
}

/// Says in the log that an upgrade happened.
pub(crate) fn tell(before: i64) {
    let now = newest_known();
    if before > 0 && before < now {
        tracing::info!(from = before, to = now, "upgraded the database");
    }
}

/// Where an embedded database stands. Reads only.
pub(crate) fn standing_of_sqlite(connection: &rusqlite::Connection) -> Result<Standing, Error> {
    let is_begun = connection
        .prepare("select 1 from sqlite_schema where name = 'migrations'")?
        .exists([])?;
    let found = if is_begun {
        connection.query_row(FIND_LAST, [], |row| row.get(0))?
    } else {
        0
    };
    Ok(standing(found))
}

/// Where a database on PostgreSQL stands. Reads only.
pub(crate) fn standing_of_postgres(line: &mut Line) -> Result<Standing, Error> {
    let begun = line.rows("select to_regclass('migrations')::text", &[])?;
    let is_begun = begun.iter().any(|row| row.text_or_null(0).is_some());
    let found = if is_begun {
        line.rows(FIND_LAST, &[])?.remove(0).int(0)?
    } else {
        0
    };
    Ok(standing(found))
}

fn standing(found: i64) -> Standing {
    let pending = MIGRATIONS
        .iter()
        .filter(|migration| migration.number > found)
        .map(|migration| (migration.number, reason(migration.sqlite)))
        .collect();
    Standing {
        found,
        known: newest_known(),
        pending,
    }
}

/// The first sentence of what a migration says about itself.
fn reason(text: &str) -> String {
    let comment = text.lines().map_while(|line| line.strip_prefix("--"));
    let words = comment.flat_map(str::split_whitespace).collect::<Vec<_>>();
    let all = words.join(" ");
    all.split_once(". ")
        .map_or(all.as_str(), |(first, _)| first)
        .trim_end_matches('.')
        .to_string()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};

    use super::*;
    use crate::postgres_tls::Way;

    const FIRST: Migration = Migration {
        number: 1,
        sqlite: "-- The first\n-- table. And more.\ncreate table first (n integer); insert into first values (1);",
        postgres: "create table first (n integer); insert into first values (1);",
    };
    /// Half of it is done when it ends: by an error, or by the death of who does it.
    const SECOND: Migration = Migration {
        number: 2,
        sqlite: "create table second (n integer); drop table first; select no_such_function();",
        postgres: "create table second (n integer); drop table first; select pg_terminate_backend(pg_backend_pid());",
    };
    /// Goes on for ever, and writes.
    const ENDLESS: Migration = Migration {
        number: 2,
        sqlite: "create table second (text text); insert into second
                   with recursive n(i) as (select 1 union all select i + 1 from n) select hex(zeroblob(4000)) from n;",
        postgres: "",
    };

    fn file(name: &str) -> PathBuf {
        let folder = format!("segue-migrate-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder.join("segue.db")
    }

    fn open(file: &Path) -> rusqlite::Connection {
        let connection = rusqlite::Connection::open(file).unwrap();
        // A small cache, so that a long transaction reaches the log before its end.
        connection
            .execute_batch(
                "pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = 10;",
            )
            .unwrap();
        connection
    }

    fn check_old(connection: &rusqlite::Connection) {
        assert_eq!(standing_of_sqlite(connection).unwrap().found, 1);
        let tables = "select group_concat(name) from sqlite_schema where type = 'table'";
        let tables: String = connection.query_row(tables, [], |row| row.get(0)).unwrap();
        assert_eq!(tables, "migrations,first");
    }

    #[test]
    fn a_migration_that_fails_halfway_leaves_nothing_of_itself() {
        let file = file("fails");
        let mut connection = open(&file);
        apply_sqlite(&mut connection, &[FIRST]).unwrap();
        assert!(apply_sqlite(&mut connection, &[FIRST, SECOND]).is_err());
        check_old(&connection);
        std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
    }

    /// Attack case 77: `kill -9` in the middle of a migration.
    #[test]
    fn a_process_killed_in_the_middle_of_a_migration_leaves_the_old_database() {
        let file = file("killed");
        apply_sqlite(&mut open(&file), &[FIRST]).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["migrate::tests::goes_on_for_ever", "--exact", "--ignored"])
            .env("SEGUE_TEST_FILE", &file)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let log = file.with_file_name("segue.db-wal");
        let is_in_the_middle = || std::fs::metadata(&log).is_ok_and(|log| log.len() > 1 << 20);
        while !is_in_the_middle() {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let mut connection = open(&file);
        check_old(&connection);
        // The next start goes on from there.
        let second = Migration {
            sqlite: "create table second (n integer);",
            ..SECOND
        };
        assert_eq!(apply_sqlite(&mut connection, &[FIRST, second]).unwrap(), 1);
        std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
    }

    #[test]
    #[ignore = "it is the process that the test above kills"]
    fn goes_on_for_ever() {
        let file = std::env::var_os("SEGUE_TEST_FILE").expect("the test above names it");
        let _ = apply_sqlite(&mut open(Path::new(&file)), &[FIRST, ENDLESS]);
    }

    /// Attack case 77, on PostgreSQL.
    #[test]
    fn a_line_cut_in_the_middle_of_a_migration_leaves_the_old_database() {
        let server = std::env::var("SEGUE_TEST_POSTGRES")
            .expect("SEGUE_TEST_POSTGRES is not set; run this through scripts/with-postgres");
        let name = format!("segue_migrate_{}", std::process::id());
        let connect = |url: &str| Line::connect(&Way::read(url).unwrap()).unwrap();
        connect(&server)
            .batch(&format!("create database {name}"))
            .unwrap();
        let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        apply_postgres(&mut connect(&url), &[FIRST]).unwrap();
        assert!(apply_postgres(&mut connect(&url), &[FIRST, SECOND]).is_err());
        let mut line = connect(&url);
        assert_eq!(standing_of_postgres(&mut line).unwrap().found, 1);
        let tables = "select to_regclass('first')::text, to_regclass('second')::text";
        let found = line.rows(tables, &[]).unwrap();
        let names = [found[0].text_or_null(0), found[0].text_or_null(1)];
        assert_eq!(names, [Some("first"), None]);
    }

    /// SQLite does not know how the values spread: given the choice it walks a workspace.
    #[test]
    fn what_is_asked_all_the_time_is_found_by_an_index_of_its_own() {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        apply_sqlite(&mut connection, MIGRATIONS).unwrap();
        for (sql, index) in [
            (crate::conversations::SELECT_DUE, "conversations_due_in"),
            (crate::handoffs::SELECT_OF, "handoffs_of"),
            (crate::measures::SELECT_OF_CONTACT, "measure_cases_of"),
            (
                &crate::measures::SELECT_CASES_OF_TOPIC,
                "measure_cases_by_topic",
            ),
        ] {
            let mut asked = connection
                .prepare(&format!("explain query plan {sql}"))
                .unwrap();
            // What is bound does not matter: nothing is, and nothing is read.
            let plan: Vec<String> = asked
                .raw_query()
                .mapped(|row| row.get(3))
                .map(Result::unwrap)
                .collect();
            let step = format!("USING INDEX {index} (");
            assert!(plan.iter().any(|one| one.contains(&step)), "{plan:?}");
            assert!(
                !plan.iter().any(|one| one.contains("TEMP B-TREE")),
                "{plan:?}"
            );
        }
    }

    #[test]
    fn whoever_was_there_before_contacts_could_be_found_is_found_in_any_alphabet() {
        let mut connection = open(&file("small"));
        let before = MIGRATIONS.iter().position(|it| it.number == FINDS_CONTACTS);
        apply_sqlite(&mut connection, &MIGRATIONS[..before.unwrap()]).unwrap();
        connection
            .execute_batch(
                r#"insert into workspaces (id, name, settings, created_at) values ('w', 'Shop', '{}', 1);
                insert into contacts (id, workspace_id, person, plan, vip, created_at, email)
                values ('c', 'w', '{"name":"Zoë Ångström"}', '', 0, 1, 'ZOE@x.example')"#,
            )
            .unwrap();
        sqlite(&mut connection).unwrap();
        let found: String = connection
            .query_row(
                "select found_by from contacts where workspace_id = 'w'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(found, "zoe@x.example  zoë ångström");
    }

    #[test]
    fn every_migration_has_a_higher_number_and_says_what_it_is_for() {
        // A number may have been given away and never used; none comes twice or too late.
        assert!(MIGRATIONS.is_sorted_by(|a, b| a.number < b.number));
        for migration in MIGRATIONS {
            let number = migration.number;
            for text in [migration.sqlite, migration.postgres] {
                assert!(
                    text.starts_with("-- "),
                    "{number} does not open with its reason"
                );
            }
        }
        assert_eq!(reason(FIRST.sqlite), "The first table");
    }
}
