//! `segue backup`, `restore`, `migrate`, `jobs`, `doctor` and `health`, beside a server and
//! without one.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::process::{Folder, SEGUE, Server, command, said, segue};

/// Attack case 76.
#[test]
fn a_served_folder_is_backed_up_and_taken_back() {
    let folder = Folder::new("backup");
    let (data, file) = (folder.at("data"), folder.at("shop.backup"));
    let server = Server::start(&["--data", &data]);
    let (token, conversation) = server.customer(Path::new(&data));
    assert_eq!(server.say(&token, &conversation, 1, "line 1"), 200);
    let made = segue(&["backup", "--to", &file, "--data", &data]);
    assert!(
        made.status.success() && said(&made).contains("is a backup"),
        "{}",
        said(&made)
    );
    assert_eq!(server.say(&token, &conversation, 2, "line 2"), 200);
    let again = segue(&["backup", "--to", &file, "--data", &data]);
    assert!(said(&again).contains("there already"), "{}", said(&again));

    let held = segue(&["restore", &file, "--replace", "--data", &data]);
    assert!(
        !held.status.success() && said(&held).contains("serves"),
        "{}",
        said(&held)
    );
    drop(server);
    let checked = segue(&["restore", &file, "--check"]);
    assert!(
        checked.status.success() && said(&checked).contains("is whole"),
        "{}",
        said(&checked)
    );
    let refused = segue(&["restore", &file, "--data", &data]);
    assert!(
        !refused.status.success() && said(&refused).contains("--replace"),
        "{}",
        said(&refused)
    );
    let done = segue(&["restore", &file, "--replace", "--data", &data]);
    let told = said(&done);
    assert!(
        done.status.success() && told.contains("signs in anew"),
        "{told}"
    );
    assert!(told.contains("before-restore"), "{told}");
    let server = Server::start(&["--data", &data]);
    assert_eq!(server.lines(&token, &conversation), ["line 1"]);
    // The conversation goes on.
    assert_eq!(server.say(&token, &conversation, 3, "line 3"), 200);
    assert_eq!(server.lines(&token, &conversation), ["line 1", "line 3"]);
}

/// Runs a command with a password on its standard input.
fn with_password(password: &str, args: &[&str]) -> Output {
    let mut child = command(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
    child.wait_with_output().unwrap()
}

/// A database of its own on the tests' PostgreSQL.
fn postgres(name: &str) -> String {
    let server = std::env::var("SEGUE_TEST_POSTGRES")
        .expect("SEGUE_TEST_POSTGRES is not set; run this through scripts/with-postgres");
    let name = format!("segue_operator_{}_{name}", std::process::id());
    psql(&server, &format!("create database {name}"));
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

fn psql(url: &str, sql: &str) {
    let done = Command::new("psql")
        .args([url, "--quiet", "-c", sql])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", said(&done));
}

/// Runs a line of a shell with the database in its environment.
fn shell(line: &str, url: &str, folder: &Folder) -> String {
    let path = std::env::var("PATH").unwrap();
    let own = Path::new(SEGUE).parent().unwrap().display();
    let done = Command::new("sh")
        .args(["-ec", line])
        .current_dir(&folder.0)
        .env("SEGUE_DATABASE", url)
        .env("PATH", format!("{own}:{path}"))
        .output()
        .unwrap();
    assert!(done.status.success(), "{line}: {}", said(&done));
    said(&done)
}

/// Attack case 76, on PostgreSQL: the very commands that `segue backup` names.
#[test]
fn the_commands_for_postgresql_back_up_and_take_back() {
    let folder = Folder::new("pg-backup");
    let (from, to) = (postgres("from"), postgres("to"));
    let server = Server::start(&["--database", &from]);
    let added = with_password(
        "correct horse battery",
        &[
            "user",
            "add",
            "maya@shop.example",
            "--name",
            "Maya",
            "--database",
            &from,
        ],
    );
    assert!(added.status.success(), "{}", said(&added));
    let named = segue(&["backup", "--database", &from]);
    assert!(!named.status.success());
    let named = said(&named);
    let lines: Vec<&str> = named
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .collect();
    let [dump, restore, settle] = lines.as_slice() else {
        panic!("three commands were expected: {named}");
    };
    shell(dump, &from, &folder);
    drop(server);
    shell(restore, &to, &folder);
    assert!(shell(settle, &to, &folder).contains("signs in anew"));
    let agents = "do $$ begin assert (select count(*) from agents) = 1; end $$";
    psql(&to, agents);
    let server = Server::start(&["--database", &to]);
    let (status, _) = server.call("GET", "/health/ready", "", &Value::Null);
    assert_eq!(status, 200);
}

fn state(report: &Value, name: &str) -> String {
    let checks = report["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["name"] == name);
    found.map_or_else(
        || format!("no {name} in {report}"),
        |check| check["state"].as_str().unwrap().into(),
    )
}

fn doctor(args: &[&str]) -> (bool, Value) {
    let told = segue(&[&["doctor", "--json"], args].concat());
    let report = serde_json::from_slice(&told.stdout).unwrap_or_else(|_| panic!("{}", said(&told)));
    (told.status.success(), report)
}

#[test]
fn the_doctor_finds_a_sound_server_sound_and_its_port_its_own() {
    let folder = Folder::new("doctor");
    let data = folder.at("data");
    let server = Server::start(&["--data", &data]);
    let (is_well, report) = doctor(&["--data", &data, "--listen", &server.host]);
    assert!(is_well && report["ok"] == true, "{report}");
    for name in [
        "folder",
        "room",
        "database",
        "migrations",
        "jobs",
        "waiting",
        "clock",
        "port",
        "mail",
    ] {
        assert_eq!(state(&report, name), "ok", "{name}");
    }
    assert_eq!(state(&report, "sentence model"), "warn");
    assert!(std::fs::read_dir(&data).unwrap().all(|entry| {
        !entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .contains("doctor")
    }));
    drop(server);
    let told = segue(&["doctor", "--data", &data, "--listen", "127.0.0.1:0"]);
    assert!(
        told.status.success() && said(&told).contains("a write is on disk after"),
        "{}",
        said(&told)
    );
}

#[test]
fn the_doctor_names_what_is_wrong_and_what_to_do_and_ends_with_1() {
    let folder = Folder::new("doctor-ill");
    let data = folder.at("data");
    drop(Server::start(&["--data", &data]));
    segue_store::carry_over_all(Path::new(&data)).unwrap();
    let file = Path::new(&data).join("segue.db");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&file, bytes).unwrap();
    // Nothing listens there: a mail server that is down.
    let mail = [
        "--smtp",
        "smtp://127.0.0.1:1",
        "--mail-from",
        "help@shop.example",
    ];
    let (is_well, report) =
        doctor(&[&["--data", &data, "--listen", "127.0.0.1:0"], &mail[..]].concat());
    assert!(!is_well && report["ok"] == false, "{report}");
    for name in ["database", "mail"] {
        assert_eq!(state(&report, name), "fail", "{name}");
    }
    let checks = report["checks"].as_array().unwrap();
    for check in checks.iter().filter(|check| check["state"] != "ok") {
        assert!(
            check["next"].as_str().is_some_and(|next| next.len() > 8),
            "{check}"
        );
    }
    let served = segue(&["serve", "--data", &data, "--listen", "127.0.0.1:0"]);
    let told = said(&served);
    assert!(
        !served.status.success() && told.contains("is damaged") && told.contains("segue restore"),
        "{told}"
    );
}

#[test]
fn the_doctor_asks_postgresql_about_what_it_promises() {
    let url = postgres("doctor");
    drop(Server::start(&["--database", &url]));
    let (is_well, report) = doctor(&["--database", &url, "--listen", "127.0.0.1:0"]);
    assert!(is_well, "{report}");
    for name in [
        "database",
        "migrations",
        "durability",
        "encoding",
        "connections",
        "clocks",
        "jobs",
    ] {
        let expected = if name == "encoding" {
            "no encoding"
        } else {
            "ok"
        };
        assert!(
            state(&report, name).starts_with(expected),
            "{name}: {report}"
        );
    }
    psql(
        &url,
        &format!(
            "alter database {} set synchronous_commit = off",
            url.rsplit_once('/').unwrap().1
        ),
    );
    let (is_well, report) = doctor(&["--database", &url, "--listen", "127.0.0.1:0"]);
    assert!(
        !is_well && state(&report, "durability") == "fail",
        "{report}"
    );
    let (is_well, report) = doctor(&[
        "--database",
        "postgres://127.0.0.1:1/none",
        "--listen",
        "127.0.0.1:0",
    ]);
    assert!(!is_well && state(&report, "database") == "fail", "{report}");
}

#[test]
fn migrate_says_where_a_database_stands() {
    let folder = Folder::new("migrate");
    let data = folder.at("data");
    let none = segue(&["migrate", "--show", "--data", &data]);
    assert!(
        none.status.success() && said(&none).contains("no database yet"),
        "{}",
        said(&none)
    );
    assert!(!Path::new(&data).exists());
    for _ in 0..2 {
        let made = segue(&["migrate", "--data", &data]);
        assert!(
            made.status.success() && said(&made).contains("up to date"),
            "{}",
            said(&made)
        );
    }
}

#[test]
fn health_is_what_the_server_says() {
    let folder = Folder::new("health");
    let server = Server::start(&["--data", &folder.at("data")]);
    let well = segue(&["health", "--listen", &server.host]);
    assert!(
        well.status.success() && said(&well).starts_with("ready"),
        "{}",
        said(&well)
    );
    let host = server.host.clone();
    drop(server);
    let gone = segue(&["health", "--listen", &host]);
    assert_eq!(gone.status.code(), Some(1));
    assert!(said(&gone).contains("no answer at"), "{}", said(&gone));
}

#[test]
fn work_that_was_given_up_is_listed_and_tried_again() {
    let folder = Folder::new("jobs");
    let data = folder.at("data");
    drop(Server::start(&["--data", &data]));
    let store = segue_store::Store::open_sqlite(Path::new(&data)).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let given_up: Result<(), segue_store::Error> = runtime.block_on(store.write(|tx| {
        let now = segue_core::time::Timestamp::from_millis(1_800_000_000_000);
        let job = segue_store::Job {
            id: segue_core::ids::JobId::new(now, 1),
            workspace_id: tx.first_workspace()?.expect("the start makes one").id,
            kind: "mail".into(),
            key: "mail 1".into(),
            payload: "{}".into(),
            tries: 0,
        };
        tx.add_job(&job, now)?;
        tx.give_up_job(&job, "550 no such user")
    }));
    given_up.unwrap();
    drop(store);
    let listed = said(&segue(&["jobs", "list", "--data", &data]));
    assert!(
        listed.contains("mail") && listed.contains("550 no such user"),
        "{listed}"
    );
    let again = said(&segue(&["jobs", "retry", "--data", &data]));
    assert!(again.contains("1 job is tried again"), "{again}");
    let none = said(&segue(&["jobs", "list", "--data", &data]));
    assert!(none.contains("nothing was given up"), "{none}");
}

#[test]
fn agents_are_added_listed_and_given_another_password() {
    let folder = Folder::new("users");
    let data = folder.at("data");
    let server = Server::start(&["--data", &data]);
    let none = said(&segue(&["user", "list", "--data", &data]));
    assert!(none.contains("nobody yet"), "{none}");
    let add = [
        "user",
        "add",
        "Maya@shop.example",
        "--name",
        "Maya",
        "--role",
        "admin",
        "--data",
        &data,
    ];
    let added = with_password("correct horse battery", &add);
    assert!(added.status.success(), "{}", said(&added));
    let twice = with_password("correct horse battery", &add);
    assert!(said(&twice).contains("already"), "{}", said(&twice));
    let short = with_password(
        "short",
        &[
            "user",
            "reset-password",
            "maya@shop.example",
            "--data",
            &data,
        ],
    );
    assert!(
        said(&short).contains("at least 10 characters"),
        "{}",
        said(&short)
    );
    let unknown = with_password(
        "another horse",
        &["user", "reset-password", "m@shop.example", "--data", &data],
    );
    assert!(
        said(&unknown).contains("segue user list"),
        "{}",
        said(&unknown)
    );
    let listed = said(&segue(&["user", "list", "--data", &data]));
    assert_eq!(listed, "maya@shop.example  admin  Maya\n");
    let sign_in = |password: &str| {
        let body = serde_json::json!({ "email": "maya@shop.example", "password": password });
        server.call("POST", "/api/console/session", "", &body).0
    };
    assert_eq!(sign_in("correct horse battery"), 200);
    let reset = [
        "user",
        "reset-password",
        "maya@shop.example",
        "--data",
        &data,
    ];
    let done = with_password("another horse entirely", &reset);
    assert!(
        done.status.success() && said(&done).contains("sessions have ended"),
        "{}",
        said(&done)
    );
    assert_eq!(
        (
            sign_in("correct horse battery"),
            sign_in("another horse entirely")
        ),
        (401, 200)
    );
}
