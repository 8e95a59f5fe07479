//! Every query is scoped by the workspace: each SQL text of the store names
//! `workspace_id`, or stands below with the reason why it need not.

use std::fs;
use std::path::Path;

/// The beginnings of texts that have no workspace, each with its reason.
const UNSCOPED: &[(&str, &str)] = &[
    ("insert into workspaces", "it makes one"),
    ("select id, name, settings from workspaces", "it finds one"),
    ("update workspaces set", "it is one"),
    ("delete from workspaces where id", "it is one"),
    ("insert into migrations", "the schema is everybody's"),
    (
        "select coalesce(max(number), 0) from migrations",
        "the schema is everybody's",
    ),
    ("update jobs set", "the runner works for all"),
    ("select pg_", "it calls the server and reads no row"),
    ("delete from jobs where id", "the runner works for all"),
    ("select min(run_at) from jobs", "the runner works for all"),
    ("select 1 from jobs where state", "the runner works for all"),
    (
        "select state, count(*), min(run_at) from jobs",
        "the operator's figure is the host's",
    ),
    (
        "select count(*), min(queued_at) from conversations where state",
        "the operator's figure is the host's",
    ),
    (
        "select state, count(*) from conversations group",
        "the operator's figure is the host's",
    ),
    (
        "select presence, count(*) from agents",
        "the operator's figure is the host's",
    ),
    (
        "select state, count(*) from jobs",
        "the operator's figure is the host's",
    ),
    (
        "update tokens set used_at",
        "whoever holds the key may use it",
    ),
    (
        "delete from sessions where expires_at",
        "purging is for all",
    ),
    ("delete from answers where created_at", "purging is for all"),
    (
        "delete from webhook_deliveries where last_at",
        "purging is for all",
    ),
    ("delete from presences where at", "purging is for all"),
    (
        "update links set used_at",
        "whoever holds the key may use it",
    ),
    ("delete from links where expires_at", "purging is for all"),
    (
        "delete from visitor_tokens where expires_at",
        "purging is for all",
    ),
    (
        "delete from customers_seen where seen_at",
        "purging is for all",
    ),
    ("delete from receipts where at", "purging is for all"),
    (
        "delete from shadow_decisions where at",
        "purging is for all",
    ),
    ("delete from mails where at", "purging is for all"),
    (
        "delete from look_up_answers where not exists",
        "purging is for all",
    ),
    ("insert into receipts", "it is of one commit, whoever's"),
    ("select 1 from sqlite_schema", "the schema is everybody's"),
    (
        "select count(*) from sqlite_schema",
        "the schema is everybody's",
    ),
    (
        "select group_concat(name) from sqlite_schema",
        "the schema is everybody's",
    ),
    (
        "select count(*) from (select number from search_words",
        "a word's number is made of it and its workspace",
    ),
    (
        "select w.number from search_words w",
        "the rest of the text, put together behind it, asks for the workspace",
    ),
    ("select to_regclass", "the schema is everybody's"),
    ("select current_setting", "it asks the server about itself"),
    (
        "select count(*) from jobs where state = 'given_up'",
        "the operator's figure is the host's",
    ),
    (
        "select kind, coalesce(error, '') from jobs where state = 'given_up'",
        "the operator's figure is the host's",
    ),
    (
        "select count(*), min(queued_at) from conversations",
        "the operator's figure is the host's",
    ),
    (
        "select max(touched_at) from conversations",
        "the operator's figure is the host's",
    ),
    (
        "delete from sessions where true",
        "after a restore they end for everybody",
    ),
    (
        "delete from tokens where kind <> 'api'",
        "after a restore they are void for everybody",
    ),
    (
        "delete from links where used_at",
        "after a restore they are void for everybody",
    ),
];

#[test]
fn every_query_is_scoped_by_the_workspace() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = 0;
    for entry in fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for sql in texts(&text) {
            seen += 1;
            let may = UNSCOPED.iter().any(|(begin, _)| sql.starts_with(begin));
            assert!(
                may || sql.contains("workspace_id"),
                "{}: {sql}",
                path.display()
            );
        }
    }
    assert!(
        seen > 50,
        "only {seen} queries were found; does the test still read them?"
    );
}

/// The string literals of a source that are SQL, on one line each.
fn texts(source: &str) -> Vec<String> {
    let literals = source.split('"').skip(1).step_by(2);
    let verbs = ["select ", "insert into ", "update ", "delete from "];
    literals
        .map(|literal| literal.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|text| verbs.iter().any(|verb| text.starts_with(verb)))
        .collect()
}
