//! Writes of the public API under an Idempotency-Key: once, whichever node they reach and
//! whatever happens to it.

use std::thread;

use serde_json::{Value, json};

use crate::database::Database;
use crate::node::{Node, call};
use crate::people::{company, program};

/// Attack case 71.
#[test]
fn a_write_under_a_key_happens_once_across_kills_and_nodes() {
    const WRITES: usize = 120;
    let database = Database::fresh();
    company(&database, &["maya"]);
    let mut first = Node::start(&database);
    let second = Node::start(&database);
    let body = |n: usize| json!({ "name": format!("Customer {n}") });
    let write = |host: &str, n: usize| {
        call(
            host,
            "POST",
            "/api/v1/contacts",
            &program(&format!("key-{n}")),
            &body(n),
        )
    };
    // Killed somewhere in the middle; some of these were answered, some were not.
    let answered: Vec<Option<(u16, Value)>> = thread::scope(|scope| {
        let (host, write) = (first.host.clone(), &write);
        let writing = scope.spawn(move || (0..WRITES).map(|n| write(&host, n)).collect());
        let count = || {
            let sql = "select count(*) from contacts";
            database
                .client()
                .query_one(sql, &[])
                .unwrap()
                .get::<_, i64>(0)
        };
        while count() < 20 {}
        first.kill();
        let answered: Vec<_> = writing.join().unwrap();
        answered
    });
    assert!(answered[0].is_some() && answered[WRITES - 1].is_none());
    for (n, answered) in answered.iter().enumerate() {
        let again = write(&second.host, n).unwrap();
        assert_eq!(again.0, 201);
        if let Some(answered) = answered {
            assert_eq!(*answered, again, "the same answer, from another node");
        }
        assert_eq!(write(&second.host, n).unwrap(), again);
    }
    let made: i64 = database
        .client()
        .query_one("select count(*) from contacts", &[])
        .unwrap()
        .get(0);
    assert_eq!(made, WRITES as i64);

    let other = call(
        &second.host,
        "POST",
        "/api/v1/contacts",
        &program("key-0"),
        &json!({ "name": "Eve" }),
    );
    assert_eq!(other.unwrap().0, 422);
}

/// Attack case 71: two requests under one key at the same moment, on two nodes.
#[test]
fn two_requests_under_one_key_at_once_get_one_answer() {
    let database = Database::fresh();
    company(&database, &["maya"]);
    let nodes = [Node::start(&database), Node::start(&database)];
    for n in 0..30 {
        let answers: Vec<(u16, Value)> = thread::scope(|scope| {
            let ask = |node: &Node| {
                let (host, key) = (node.host.clone(), format!("key-{n}"));
                scope.spawn(move || {
                    let body = json!({ "name": "Ada" });
                    call(&host, "POST", "/api/v1/contacts", &program(&key), &body).unwrap()
                })
            };
            let asked = [ask(&nodes[0]), ask(&nodes[1])];
            asked.map(|one| one.join().unwrap()).into()
        });
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0].0, 201);
    }
}
