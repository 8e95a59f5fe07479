//! One node keeps the queue. When it dies or falls asleep another takes over; what waits
//! keeps its order and its promises, and nobody is invited twice.

use std::time::Duration;

use serde_json::{Value, json};

use crate::database::Database;
#[cfg(feature = "failpoints")]
use crate::node::until_within;
use crate::node::{Node, call, until};
use crate::people::{Agent, CAPACITY, Customer, company};

/// What the database says of those who wait: who, in which order, and what was promised.
fn waiting(database: &Database) -> Vec<(String, i64, Option<String>)> {
    let mut client = database.client();
    let rows = client
        .query(
            "select c.id, c.queued_at, h.promise from conversations c
             join handoffs h on h.conversation_id = c.id and h.ended_at is null
             where c.state = 'queued' order by c.queued_at, c.id",
            &[],
        )
        .unwrap();
    rows.iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect()
}

/// Invitations so far, by conversation.
fn invited(database: &Database) -> Vec<(String, i64)> {
    let mut client = database.client();
    let rows = client
        .query(
            "select conversation_id, count(*) from events where kind = 'invited'
             group by conversation_id order by conversation_id",
            &[],
        )
        .unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Attack case 84.
#[test]
fn a_killed_node_with_a_waiting_queue_is_taken_over_in_order() {
    let took = kill_with_waiting(12);
    println!("soak: taken over after {took:?}");
}

/// Attack case 84, with its thousand and its five seconds.
#[test]
#[ignore = "minutes; `make soak` runs it"]
fn soak_a_thousand_who_wait_are_taken_over_within_five_seconds() {
    let took = kill_with_waiting(1_000);
    println!("soak: 1,000 who waited were taken over after {took:?}");
    assert!(took <= Duration::from_secs(5), "{took:?}");
}

/// Kills the keeper of a queue of so many; how long until another invited the first.
fn kill_with_waiting(count: usize) -> Duration {
    let database = Database::fresh();
    company(&database, &["maya"]);
    let mut first = Node::start(&database);
    let customers: Vec<Customer> = (0..count)
        .map(|_| Customer::waiting(&first.host).0)
        .collect();
    until("the first node keeps the queue", || database.keeper());
    let second = Node::start(&database);
    let maya = Agent::sign_in(&second.host, "maya");
    let before = waiting(&database);
    assert_eq!(before.len(), count);

    first.kill();
    let killed = database_now(&database);
    maya.go_online(&second.host);
    until("the other node invites", || {
        (!invited(&database).is_empty()).then_some(())
    });
    let mut client = database.client();
    let took: i64 = client
        .query_one("select min(at) from events where kind = 'invited'", &[])
        .unwrap()
        .get::<_, i64>(0)
        - killed;

    assert_eq!(waiting(&database), before, "order and promises are kept");
    let asked: Vec<String> = invited(&database).into_iter().map(|(id, _)| id).collect();
    let mut next: Vec<String> = before
        .iter()
        .take(CAPACITY as usize)
        .map(|(id, ..)| id.clone())
        .collect();
    next.sort();
    assert_eq!(asked, next, "whoever waits longest is next");
    for customer in &customers {
        let view = call(
            &second.host,
            "GET",
            &customer.path(""),
            &customer.who,
            &Value::Null,
        );
        let (status, view) = view.unwrap();
        assert_eq!((status, &view["state"]), (200, &json!("queued")), "{view}");
        let place = before.iter().position(|(id, ..)| *id == customer.id);
        assert_eq!(
            view["wait"]["position"],
            json!(place.unwrap() + 1),
            "{view}"
        );
    }
    Duration::from_millis(took.max(0) as u64)
}

fn database_now(database: &Database) -> i64 {
    let sql = "select (extract(epoch from clock_timestamp()) * 1000)::bigint";
    database.client().query_one(sql, &[]).unwrap().get(0)
}

/// Attack case 85.
#[test]
fn a_node_that_was_only_asleep_finds_itself_replaced_and_does_nothing() {
    let database = Database::fresh();
    company(&database, &["maya", "jonas"]);
    let sleeper = Node::start(&database);
    for _ in 0..4 {
        Customer::waiting(&sleeper.host);
    }
    let (_, epoch) = until("the first node keeps the queue", || database.keeper());
    let other = Node::start(&database);
    let maya = Agent::sign_in(&other.host, "maya");
    let jonas = Agent::sign_in(&other.host, "jonas");

    sleeper.pause();
    let (keeper, next) = until("the other node takes over", || {
        database.keeper().filter(|(_, next)| *next > epoch)
    });
    assert_eq!(next, epoch + 1);
    maya.go_online(&other.host);
    until("the other node invites", || {
        (invited(&database).len() == CAPACITY as usize).then_some(())
    });

    // It wakes up in the belief that it keeps the queue, and has a reason to act.
    sleeper.go_on();
    jonas.go_online(&sleeper.host);
    for _ in 0..2 {
        Customer::waiting(&sleeper.host);
    }
    let all = until("everybody there is asked", || {
        Some(invited(&database)).filter(|all| all.len() == 2 * CAPACITY as usize)
    });
    assert!(all.iter().all(|(_, times)| *times == 1), "{all:?}");
    assert_eq!(
        database.keeper(),
        Some((keeper, next)),
        "there is one keeper"
    );
}

/// Attack case 85, in the middle: the keeper falls asleep inside the very transaction in
/// which it invites, with the lease's row locked. The others do not wait for it for ever,
/// and what it had begun has no effect when it wakes up and commits.
#[cfg(feature = "failpoints")]
#[test]
fn a_node_that_falls_asleep_inside_a_verb_holds_up_nobody_and_its_verb_is_void() {
    let database = Database::fresh();
    company(&database, &["maya"]);
    let sleeper = Node::start_to_sleep_at(&database, "invite.after");
    for _ in 0..2 {
        Customer::waiting(&sleeper.host);
    }
    let (_, epoch) = until("the first node keeps the queue", || database.keeper());
    let other = Node::start(&database);
    let maya = Agent::sign_in(&other.host, "maya");
    maya.go_online(&other.host);
    until("it sleeps with its invitation half made", || {
        sleeper.is_paused().then_some(())
    });
    assert_eq!(invited(&database), [], "nothing of it is to be seen");

    let patience = Duration::from_secs(120);
    let (keeper, next) = until_within(patience, "the other node takes over", || {
        database.keeper().filter(|(_, next)| *next > epoch)
    });
    let all = until_within(patience, "the other node invites", || {
        Some(invited(&database)).filter(|all| all.len() == 2)
    });
    sleeper.go_on();
    // What it does next shows that it is awake, and that its own verb is over.
    Customer::waiting(&sleeper.host);
    until("the newcomer is asked for by the keeper", || {
        (invited(&database).len() == CAPACITY as usize).then_some(())
    });
    for (id, times) in invited(&database) {
        assert_eq!(
            times, 1,
            "{id} was invited for {times} times; before: {all:?}"
        );
    }
    assert_eq!(
        database.keeper(),
        Some((keeper, next)),
        "there is one keeper"
    );
}
