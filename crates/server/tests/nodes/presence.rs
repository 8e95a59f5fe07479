//! Who is there is there for every node: an agent who is online at one is invited by
//! another that keeps the queue, and one who vanishes with their node is missed by it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::database::Database;
use crate::node::{Node, ask, until, until_within};
use crate::people::{Agent, Customer, company};

/// Longer than the grace time of agents, which begins anew with each start.
const GRACE: Duration = Duration::from_secs(150);

fn invitations(host: &str, agent: &Agent) -> Vec<Value> {
    let floor = ask(host, "GET", "/api/console/floor", &agent.who, &Value::Null);
    floor["invitations"].as_array().unwrap().clone()
}

#[test]
fn an_agent_at_one_node_is_invited_and_missed_by_another() {
    let database = Database::fresh();
    company(&database, &["maya"]);
    let keeping = Node::start(&database);
    let (customer, _) = Customer::waiting(&keeping.host);
    let keeper = until("the first node keeps the queue", || database.keeper());
    let mut theirs = Node::start(&database);
    let maya = Agent::sign_in(&theirs.host, "maya");

    // Nobody at the keeping node has heard of her but by the database.
    assert_eq!(invitations(&theirs.host, &maya), Vec::<Value>::new());
    maya.go_online(&theirs.host);
    let asked = until("she is invited", || invitations(&theirs.host, &maya).pop());
    assert_eq!(asked["conversation_id"], json!(customer.id));
    let epoch = asked["epoch"].as_u64().unwrap();
    let (status, taken) = maya.accept(&theirs.host, &customer.id, epoch);
    assert_eq!(status, 200, "{taken}");
    let state = |host: &str| {
        let view = ask(host, "GET", &customer.path(""), &customer.who, &Value::Null);
        view["state"].as_str().unwrap().to_string()
    };
    assert_eq!(state(&keeping.host), "with_agent");

    // Her node dies, and she says nothing to another.
    theirs.kill();
    until_within(GRACE, "the keeping node misses her", || {
        (state(&keeping.host) == "queued").then_some(())
    });
    let said = customer.events(&keeping.host);
    let is_told = |event: &Value| event["template"] == "agent.dropped";
    assert!(said.iter().any(is_told), "{said:?}");
    assert_eq!(
        database.keeper(),
        Some(keeper),
        "the same node kept the queue all the time"
    );
}
