//! Agents on several nodes reach for the same conversation at the same moment.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::database::Database;
use crate::node::{Limit, Node, ask, now};
use crate::people::{Agent, Customer, company};

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
