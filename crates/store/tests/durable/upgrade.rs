//! A database of version 0001 with data in it, upgraded to today's, on both databases; and
//! one of a later version, refused in words. Attack case 77, with the tests in `migrate.rs`.

use segue_store::{
    Error, Figures, Store, inspect_postgres, inspect_sqlite, standing_of_folder,
    standing_of_postgres,
};

use crate::ground::{Folder, dice, on_a_runtime};

const DATA: &str = include_str!("../fixtures/0001.sql");

fn old_folder() -> Folder {
    let folder = Folder::new("old");
    let connection = rusqlite::Connection::open(folder.0.join("segue.db")).unwrap();
    connection
        .execute_batch("create table migrations (number bigint primary key)")
        .unwrap();
    connection
        .execute_batch(include_str!("../../migrations/0001_begin.sqlite.sql"))
        .unwrap();
    connection.execute_batch(DATA).unwrap();
    folder
}

/// The URL of a database on PostgreSQL in which `begin` was done.
fn on_postgres(begin: String) -> String {
    let server = std::env::var("SEGUE_TEST_POSTGRES")
        .expect("SEGUE_TEST_POSTGRES is not set; run this through scripts/with-postgres");
    let name = format!("segue_old_{}_{:x}", std::process::id(), dice());
    let (base, _) = server.rsplit_once('/').unwrap();
    let url = format!("{base}/{name}");
    let opened = url.clone();
    std::thread::spawn(move || {
        let connect = |url: &str| postgres::Client::connect(url, postgres::NoTls).unwrap();
        connect(&server)
            .batch_execute(&format!("create database {name}"))
            .unwrap();
        connect(&opened).batch_execute(&begin).unwrap();
    })
    .join()
    .unwrap();
    url
}

fn old_postgres() -> String {
    let tables = include_str!("../../migrations/0001_begin.postgres.sql");
    on_postgres(format!(
        "create table migrations (number bigint primary key); {tables}; {DATA}"
    ))
}

/// What stood in the old database, by today's queries.
async fn check_content(store: &Store) {
    let seen: Result<_, Error> = store
        .read(|tx| {
            let workspace = tx.first_workspace()?.expect("there was a company");
            let agents = tx.agents(&workspace.id)?;
            let articles = tx.articles(&workspace.id)?;
            Ok((
                workspace.name,
                agents.len(),
                agents[0].name.clone(),
                articles.len(),
                tx.figures()?,
            ))
        })
        .await;
    let (company, agents, agent, articles, figures) = seen.unwrap();
    assert_eq!(
        (company.as_str(), agents, agent.as_str(), articles),
        ("Your company", 1, "Maya", 2)
    );
    let Figures {
        given_up,
        waiting,
        last_given_up,
        ..
    } = figures;
    assert_eq!((given_up, waiting), (1, 1));
    assert_eq!(last_given_up.unwrap().0, "mail");
}

#[test]
fn an_embedded_database_of_version_0001_is_upgraded_with_its_data() {
    let folder = old_folder();
    let before = standing_of_folder(&folder.0)
        .unwrap()
        .expect("there is one");
    assert_eq!(before.found, 1);
    assert_eq!(before.pending.last().unwrap().0, before.known);
    for (number, reason) in &before.pending {
        assert!(
            reason.split_whitespace().count() > 2,
            "{number} states no reason: `{reason}`"
        );
    }
    let store = Store::open_sqlite(&folder.0).unwrap();
    on_a_runtime(check_content(&store));
    let report = inspect_sqlite(&folder.0).unwrap().expect("there is one");
    assert_eq!(report.standing.found, report.standing.known);
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    assert!(report.unlike.is_empty(), "{:?}", report.unlike);
}

#[test]
fn a_database_of_version_0001_on_postgresql_is_upgraded_with_its_data() {
    let url = old_postgres();
    assert_eq!(standing_of_postgres(&url).unwrap().found, 1);
    let store = Store::open_postgres(&url).unwrap();
    on_a_runtime(check_content(&store));
    let report = inspect_postgres(&url).unwrap();
    assert_eq!(report.standing.found, report.standing.known);
    assert!(report.version >= 100_000 && report.fsync);
}

/// Attack case 77: a downgrade.
#[test]
fn a_database_of_a_later_version_is_refused_with_words_and_left_as_it_was() {
    let folder = old_folder();
    let later = "insert into migrations (number) values (998), (999)";
    rusqlite::Connection::open(folder.0.join("segue.db"))
        .unwrap()
        .execute_batch(later)
        .unwrap();
    let bytes = std::fs::read(folder.0.join("segue.db")).unwrap();
    let check = |refused: Result<Store, Error>| {
        let Err(error) = refused else {
            panic!("it was opened")
        };
        let said = error.to_string();
        assert!(
            said.contains("has migration 999") && said.contains("start the newer version"),
            "{said}"
        );
    };
    check(Store::open_sqlite(&folder.0));
    assert!(std::fs::read(folder.0.join("segue.db")).unwrap()[96..] == bytes[96..]);
    let report = inspect_sqlite(&folder.0).unwrap().expect("there is one");
    assert_eq!((report.standing.found, report.figures), (999, None));
    check(Store::open_postgres(&on_postgres(format!(
        "create table migrations (number bigint primary key); {later}"
    ))));
}
