//! Agents on several nodes reach for the same conversation at the same moment.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::database::Database;
use crate::node::{Limit, Node, ask, call, now};
use crate::people::{Agent, Customer, company, program};

/// How often an agent's console shows that it is there.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

/// Attack case 81.
#[test]
fn of_two_agents_who_claim_at_once_on_two_nodes_one_wins_and_the_other_is_told_who() {
    race(200, &Limit::none());
}

/// Attack case 81, as often as it asks for.
#[test]
#[ignore = "minutes; `make soak` runs it"]
fn soak_ten_thousand_races_have_one_winner_each() {
    let mut told = race(10_000, &Limit::of_soak());
    told.sort_unstable();
    let at = |share: f64| told[((told.len() as f64 * share) as usize).max(1) - 1];
    println!(
        "soak: {} races with one winner each, losers told after {:?} (median), {:?} (99 %)",
        told.len(),
        at(0.5),
        at(0.99)
    );
    assert!(at(0.5) <= Duration::from_millis(100));
}

/// Runs so many races; how long each loser waited for its answer.
fn race(rounds: usize, limit: &Limit) -> Vec<Duration> {
    let database = Database::fresh();
    company(&database, &["maya", "jonas"]);
    let nodes = [Node::start(&database), Node::start(&database)];
    let agents = [
        Agent::sign_in(&nodes[0].host, "maya"),
        Agent::sign_in(&nodes[1].host, "jonas"),
    ];
    let names = ["maya", "jonas"];
    let mut told = Vec::with_capacity(rounds);
    let mut seen: Option<Instant> = None;
    for round in (0..rounds).take_while(|_| !limit.is_over()) {
        // A sign of life now and then, as a console's socket gives it: whoever gives none
        // is taken for gone, and their conversations go back to the queue.
        if seen.is_none_or(|at| at.elapsed() >= SIGN_OF_LIFE) {
            seen = Some(now());
            for agent in &agents {
                agent.go_online(&nodes[0].host);
            }
        }
        let (customer, view) = Customer::waiting(&nodes[round % 2].host);
        let epoch = view["epoch"].as_u64().unwrap();
        let start = Barrier::new(2);
        let answers: Vec<(u16, serde_json::Value, Duration)> = thread::scope(|scope| {
            let claims: Vec<_> = agents
                .iter()
                .zip(&nodes)
                .map(|(agent, node)| {
                    let (start, customer) = (&start, &customer);
                    scope.spawn(move || {
                        start.wait();
                        let begin = now();
                        let (status, answer) = agent.accept(&node.host, &customer.id, epoch);
                        (status, answer, begin.elapsed())
                    })
                })
                .collect();
            claims
                .into_iter()
                .map(|claim| claim.join().unwrap())
                .collect()
        });
        let winner = answers.iter().position(|(status, ..)| *status == 200);
        let winner = winner.unwrap_or_else(|| panic!("round {round}: nobody won: {answers:?}"));
        let (status, answer, waited) = &answers[1 - winner];
        assert_eq!(
            (*status, &answer["code"]),
            (409, &json!("taken")),
            "round {round}"
        );
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(names[winner]), "{detail}");
        told.push(*waited);
        // The winner's place becomes free for the next round.
        let taken = &answers[winner].1;
        let path = format!("/api/console/conversations/{}/resolve", customer.id);
        let end = json!({ "epoch": taken["view"]["epoch"], "disposition": "solved" });
        ask(
            &nodes[winner].host,
            "POST",
            &path,
            &agents[winner].who,
            &end,
        );
    }
    let busy: i64 = database
        .client()
        .query_one("select sum(busy)::bigint from agents", &[])
        .unwrap()
        .get(0);
    assert_eq!(busy, 0, "no place was lost or won");
    told
}

/// Two programs change a customer at once, each at its own node: nothing of either is lost.
#[test]
fn what_two_nodes_change_of_a_customer_at_once_both_stands() {
    let database = Database::fresh();
    company(&database, &["maya"]);
    let nodes = [Node::start(&database), Node::start(&database)];
    let new = json!({ "name": "Ada" });
    let made = ask(
        &nodes[0].host,
        "POST",
        "/api/v1/contacts",
        &program("ada"),
        &new,
    );
    let path = format!(
        "/api/v1/contacts/{}/attributes",
        made["id"].as_str().unwrap()
    );
    thread::scope(|scope| {
        for (n, node) in nodes.iter().enumerate() {
            let path = &path;
            scope.spawn(move || {
                for round in 0..20 {
                    let change = json!({ "attributes": { format!("field {n} {round}"): "yes" } });
                    let who = program(&format!("change-{n}-{round}"));
                    ask(&node.host, "PATCH", path, &who, &change);
                }
            });
        }
    });
    let path = path.trim_end_matches("/attributes");
    let who = &program("look")[..1];
    let shown = ask(&nodes[0].host, "GET", path, who, &json!(null));
    let kept = shown["attributes"].as_object().unwrap().len();
    assert_eq!(kept, 40, "{shown}");
}

/// A customer who writes and begins anew while they are forgotten, at another node: whatever was
/// said is gone with them, or was refused.
#[test]
fn nothing_stays_of_a_customer_who_writes_while_they_are_forgotten() {
    let database = Database::fresh();
    company(&database, &["maya"]);
    let nodes = [Node::start(&database), Node::start(&database)];
    for round in 0..10 {
        let customer = Customer::arrive(&nodes[0].host);
        let (start, host) = (Barrier::new(2), &nodes[0].host);
        thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                for n in 0..10 {
                    let text = format!("canary {round} {n}");
                    let line = json!({ "client_message_id": format!("message-{n}"), "text": text });
                    let path = format!("/api/widget/conversations/{}/messages", customer.id);
                    call(host, "POST", &path, &customer.who, &line);
                    let anew = json!({ "language": "en" });
                    let path = "/api/widget/conversations";
                    call(host, "POST", path, &customer.who, &anew);
                }
            });
            start.wait();
            let found = "select contact_id from conversations where id = $1";
            let row = database.client().query_one(found, &[&customer.id]);
            let contact: String = row.unwrap().get(0);
            let path = format!("/api/v1/contacts/{contact}");
            let who = program(&format!("forget-{round}"));
            ask(&nodes[1].host, "DELETE", &path, &who, &json!({}));
        });
    }
    let left = |sql: &str| {
        let row = database.client().query_one(sql, &[]).unwrap();
        row.get::<_, i64>(0)
    };
    let words = "select count(*) from events where body like '%canary%'";
    let begun = "select count(*) from conversations join contacts on contacts.id = contact_id
        where erased_at is not null and erased = 0";
    assert_eq!((left(words), left(begun)), (0, 0));
}
