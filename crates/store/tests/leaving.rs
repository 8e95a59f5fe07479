//! A deleted workspace leaves no row in any table, on either database. The test knows no
//! table by name: it fills whatever the migrations made, so that a new table counts from
//! the day it is made. Attack case 21.

#![expect(clippy::unwrap_used, reason = "a test may unwrap, its helpers too")]

use segue_core::ids::WorkspaceId;
use segue_core::time::Timestamp;
use segue_store::{Error, Store};

/// Every id of a workspace's rows is the workspace's own, so that all references hold.
const GONE: &str = "ws_00000000000000000000000001";
const STAYS: &str = "ws_00000000000000000000000002";
/// Tables that are of no workspace, and `search_words`, whose rows are numbers: that they go
/// is tested in `both_databases`.
const NOBODYS: [&str; 3] = ["migrations", "receipts", "search_words"];

/// A table with its columns, each with what a row of `owner` has there.
struct Table {
    name: String,
    columns: Vec<(String, String)>,
}

impl Table {
    fn insert(&self, owner: &str) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        let values = self.columns.iter().map(|(_, kind)| match kind.as_str() {
            "text" => format!("'{owner}'"),
            "blob" => "x'00'".into(),
            "bytea" => "'\\x00'".into(),
            // Not the time of a deletion: the audit log of a live workspace stays.
            _ => "1".into(),
        });
        let values: Vec<String> = names
            .iter()
            .zip(values)
            .map(|(name, value)| match *name {
                "deleted_at" => "null".into(),
                _ => value,
            })
            .collect();
        let (name, names, values) = (&self.name, names.join(", "), values.join(", "));
        format!("insert into {name} ({names}) values ({values});")
    }

    /// Counts the rows that have the owner's id anywhere.
    fn count(&self, owner: &str) -> String {
        let texts = self.columns.iter().filter(|(_, kind)| kind == "text");
        let holds: Vec<String> = texts
            .map(|(name, _)| format!("{name} = '{owner}'"))
            .collect();
        format!(
            "select count(*) from {} where {}",
            self.name,
            holds.join(" or ")
        )
    }
}

fn of_somebody(tables: Vec<Table>) -> Vec<Table> {
    let mut tables = tables;
    tables.retain(|table| !NOBODYS.contains(&table.name.as_str()));
    assert!(
        tables.len() >= 25,
        "only {} tables were found",
        tables.len()
    );
    tables
}

fn fill(tables: &[Table]) -> String {
    let rows = |owner| tables.iter().map(move |table| table.insert(owner));
    rows(GONE).chain(rows(STAYS)).collect()
}

fn delete(store: &Store) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let id = WorkspaceId::parse(GONE).unwrap();
    let delete = || {
        let id = id.clone();
        let done = store.write(move |tx| tx.delete_workspace(&id, Timestamp::from_millis(2)));
        let gone: Result<_, Error> = runtime.block_on(done);
        gone.unwrap()
    };
    let gone = delete();
    assert!(gone.iter().all(|(_, rows)| *rows == 1), "{gone:?}");
    assert_eq!(delete(), vec![], "it is gone already");
}

fn check(table: &str, gone: i64, stays: i64) {
    assert_eq!(
        (gone, stays),
        (0, 1),
        "rows of the deleted and of the other in `{table}`"
    );
}

#[test]
fn a_deleted_workspace_leaves_no_row_in_the_embedded_database() {
    let folder = std::env::temp_dir().join(format!("segue-leaving-{}", std::process::id()));
    let store = Store::open_sqlite(&folder).unwrap();
    let raw = rusqlite::Connection::open(folder.join("segue.db")).unwrap();
    raw.execute_batch("pragma foreign_keys = off; pragma busy_timeout = 5000;")
        .unwrap();
    let mut found = raw
        .prepare(
            "select t.name, c.name, lower(c.type) from sqlite_schema t, pragma_table_info(t.name) c
             where t.type = 'table' order by t.name, c.cid",
        )
        .unwrap();
    let rows = found
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    let tables = of_somebody(tables(rows.map(Result::unwrap)));
    raw.execute_batch(&fill(&tables)).unwrap();
    delete(&store);
    for table in &tables {
        let count = |owner| {
            raw.query_row(&table.count(owner), [], |row| row.get(0))
                .unwrap()
        };
        check(&table.name, count(GONE), count(STAYS));
    }
    drop(store);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_deleted_workspace_leaves_no_row_on_postgresql() {
    let server = std::env::var("SEGUE_TEST_POSTGRES")
        .expect("SEGUE_TEST_POSTGRES is not set; run this through scripts/with-postgres");
    let name = format!("segue_leaving_{}", std::process::id());
    let connect = |url: &str| postgres::Client::connect(url, postgres::NoTls).unwrap();
    connect(&server)
        .batch_execute(&format!("create database {name}"))
        .unwrap();
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let store = Store::open_postgres(&url).unwrap();
    let mut raw = connect(&url);
    let found = raw
        .query(
            "select table_name::text, column_name::text, data_type::text from information_schema.columns
             where table_schema = 'public' order by table_name, ordinal_position",
            &[],
        )
        .unwrap();
    let tables = of_somebody(tables(
        found.iter().map(|row| (row.get(0), row.get(1), row.get(2))),
    ));
    // References are not looked at while the rows are made, in whatever order.
    raw.batch_execute("set session_replication_role = replica")
        .unwrap();
    raw.batch_execute(&fill(&tables)).unwrap();
    delete(&store);
    for table in &tables {
        let mut count = |owner| raw.query_one(&table.count(owner), &[]).unwrap().get(0);
        check(&table.name, count(GONE), count(STAYS));
    }
}

fn tables(columns: impl Iterator<Item = (String, String, String)>) -> Vec<Table> {
    let mut tables: Vec<Table> = vec![];
    for (name, column, kind) in columns {
        match tables.last_mut().filter(|table| table.name == name) {
            Some(table) => table.columns.push((column, kind)),
            None => tables.push(Table {
                name,
                columns: vec![(column, kind)],
            }),
        }
    }
    tables
}
