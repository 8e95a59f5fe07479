//! PostgreSQL itself goes away and comes back.

use std::sync::mpsc;
use std::thread;

use serde_json::{Value, json};

use crate::database::Database;
use crate::node::{Node, call, until};
use crate::people::{Customer, company};

/// Attack case 78: the server crashes in the middle, twice, with commits under way.
#[test]
fn a_crash_of_postgresql_loses_and_doubles_nothing_that_was_acknowledged() {
    const CRASHES: usize = 2;
    const LINES: u64 = 150;
    let database = Database::on_own_server();
    company(&database, &["maya"]);
    let nodes = [Node::start(&database), Node::start(&database)];
    let customers: Vec<Customer> = (0..4)
        .map(|n| Customer::waiting(&nodes[n % 2].host).0)
        .collect();
    let (heard, acknowledged) = mpsc::channel();
    thread::scope(|scope| {
        for (number, customer) in customers.iter().enumerate() {
            let (heard, nodes) = (heard.clone(), &nodes);
            scope.spawn(move || {
                let mut n = 0;
                let mut turn = number;
                while n < LINES {
                    // Whatever came of it, what was not acknowledged is said again.
                    turn += 1;
                    if customer.say(&nodes[turn % 2].host, n) {
                        heard.send(()).unwrap();
                        n += 1;
                    }
                }
            });
        }
        drop(heard);
        for crash in 1..=CRASHES {
            for _ in 0..40 * crash {
                acknowledged.recv().unwrap();
            }
            database.crash();
        }
    });
    for customer in &customers {
        assert_eq!(
            customer.lines(&nodes[0].host),
            (0..LINES).collect::<Vec<_>>()
        );
    }
    let gaps = "select conversation_id from events group by conversation_id
                having count(*) <> max(seq) or min(seq) <> 1";
    assert!(database.client().query(gaps, &[]).unwrap().is_empty());
    // What is not a message happens once too: each arrival is one conversation.
    let made: i64 = database
        .client()
        .query_one("select count(*) from conversations", &[])
        .unwrap()
        .get(0);
    assert_eq!(made, customers.len() as i64);
}

/// Nodes that are up while PostgreSQL is away say so, and come back by themselves.
#[test]
fn nodes_come_back_by_themselves_and_hear_each_other_again() {
    let database = Database::on_own_server();
    company(&database, &["maya"]);
    let nodes = [Node::start(&database), Node::start(&database)];
    let (customer, _) = Customer::waiting(&nodes[0].host);
    database.crash();
    for node in &nodes {
        until("the node is ready again", || {
            let none = Vec::new();
            let (status, _) = call(&node.host, "GET", "/health/ready", &none, &Value::Null)?;
            (status == 200).then_some(())
        });
    }
    let mut line = crate::lines::Line::widget(&nodes[1].host, &customer, 0).unwrap();
    let (_, mut through) = line.events().unwrap();
    until("it is said", || {
        customer.say(&nodes[0].host, 0).then_some(())
    });
    let mut lines = Vec::new();
    while lines.is_empty() {
        let (events, next) = line.events().unwrap();
        assert!(next > through);
        through = next;
        lines.extend(events.iter().filter_map(crate::people::line_number));
    }
    assert_eq!(json!(lines), json!([0]));
}
