//! Sockets to a node. They break, resume at another node, and get each event once and
//! in order.

use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};

use crate::database::Database;
use crate::node::{Limit, Node, PATIENCE};
use crate::people::{Agent, Customer, company, line_number};

/// A socket.
pub struct Line(WebSocket<TcpStream>);

impl Line {
    /// `None` where the node is gone.
    fn dial(host: &str, path: &str, headers: &[(&'static str, &str)]) -> Option<Self> {
        let stream = TcpStream::connect(host).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut request = format!("ws://{host}{path}").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        client(request, stream).ok().map(|(socket, _)| Self(socket))
    }

    /// A customer's, from a cursor on.
    pub fn widget(host: &str, customer: &Customer, after: u64) -> Option<Self> {
        let mut line = Self::dial(host, "/api/widget/socket", &[])?;
        line.say(&json!({ "type": "hello", "token": customer.token,
            "conversation": customer.id, "after": after }))?;
        Some(line)
    }

    /// An agent's, that listens to a conversation.
    pub fn console(host: &str, agent: &Agent, id: &str, after: u64) -> Option<Self> {
        let headers = [("cookie", agent.cookie.as_str())];
        let mut line = Self::dial(host, "/api/console/socket", &headers)?;
        line.say(&json!({ "type": "subscribe", "conversation": id, "after": after }))?;
        Some(line)
    }

    fn say(&mut self, frame: &Value) -> Option<()> {
        self.0.send(Message::text(frame.to_string())).ok()
    }

    /// The next frame; `None` once the line is broken.
    pub fn hear(&mut self) -> Option<Value> {
        loop {
            match self.0.read().ok()? {
                Message::Text(text) => return serde_json::from_str(&text).ok(),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// The next events.
    pub fn events(&mut self) -> Option<(Vec<Value>, u64)> {
        loop {
            let frame = self.hear()?;
            assert_ne!(frame["type"], "resync", "no cursor here is wrong");
            if frame["type"] == "events" {
                let events = frame["events"].as_array().unwrap().clone();
                return Some((events, frame["through_seq"].as_u64().unwrap()));
            }
        }
    }
}

/// A small generator: where things break is the same for one seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % limit
    }
}

/// Attack case 66, on several nodes: lines come in over all of them at once.
#[test]
fn what_one_node_writes_the_sockets_of_the_others_hear_once_and_in_order() {
    const LINES: u64 = 60;
    let database = Database::fresh();
    company(&database, &["maya"]);
    let nodes: Vec<Node> = (0..3).map(|_| Node::start(&database)).collect();
    let (customer, view) = Customer::waiting(&nodes[0].host);
    let maya = Agent::sign_in(&nodes[1].host, "maya");
    maya.go_online(&nodes[1].host);
    let epoch = view["epoch"].as_u64().unwrap();
    let (status, detail) = maya.accept(&nodes[2].host, &customer.id, epoch);
    assert_eq!(status, 200, "{detail}");
    let before = detail["through_seq"].as_u64().unwrap();

    let mut widget = Line::widget(&nodes[0].host, &customer, before).unwrap();
    let mut console = Line::console(&nodes[1].host, &maya, &customer.id, before).unwrap();
    thread::scope(|scope| {
        for (number, node) in nodes.iter().enumerate() {
            let customer = &customer;
            scope.spawn(move || {
                for n in (number as u64..LINES).step_by(3) {
                    assert!(customer.say(&node.host, n));
                }
            });
        }
        for line in [&mut widget, &mut console] {
            scope.spawn(move || {
                let (mut seqs, mut lines) = (Vec::new(), Vec::new());
                while lines.len() < LINES as usize {
                    let (events, _) = line.events().expect("the line holds");
                    seqs.extend(events.iter().map(|event| event["seq"].as_u64().unwrap()));
                    lines.extend(events.iter().filter_map(line_number));
                }
                let last = *seqs.last().unwrap();
                assert_eq!(seqs, (before + 1..=last).collect::<Vec<_>>());
                lines.sort_unstable();
                assert_eq!(lines, (0..LINES).collect::<Vec<_>>());
            });
        }
    });
}

/// Attack case 69.
#[test]
fn a_cursor_that_the_database_does_not_know_is_told_to_begin_anew() {
    let database = Database::fresh();
    company(&database, &["maya"]);
    let node = Node::start(&database);
    let (customer, view) = Customer::waiting(&node.host);
    let maya = Agent::sign_in(&node.host, "maya");
    let end = view["seq"].as_u64().unwrap();
    let anew = |mut line: Line, first: u64| {
        while line.hear().unwrap()["type"] != "resync" {}
        let (events, through) = line.events().unwrap();
        let shown = events.first().unwrap()["seq"].as_u64().unwrap();
        assert!((first..=end).contains(&shown) && through == end);
    };
    // Beyond the end, as after a restored backup.
    anew(Line::widget(&node.host, &customer, end + 5).unwrap(), 1);
    anew(
        Line::console(&node.host, &maya, &customer.id, end + 5).unwrap(),
        1,
    );
    // Older than what is kept.
    let mut client = database.client();
    client
        .execute("delete from events where seq <= 3", &[])
        .unwrap();
    anew(Line::widget(&node.host, &customer, 1).unwrap(), 4);
    anew(
        Line::console(&node.host, &maya, &customer.id, 1).unwrap(),
        4,
    );
    // Whoever has all that was deleted misses nothing.
    let mut line = Line::widget(&node.host, &customer, 3).unwrap();
    assert_eq!(line.events().unwrap().1, end);
}

/// Attack case 68.
#[test]
fn sockets_that_break_resume_at_other_nodes_and_miss_and_double_nothing() {
    break_and_resume(300, 2, &Limit::none());
}

/// Attack case 68, as often as it asks for.
#[test]
#[ignore = "minutes; `make soak` runs it"]
fn soak_ten_thousand_broken_sockets_miss_and_double_nothing() {
    break_and_resume(10_000, 40, &Limit::of_soak());
}

/// Customers talk over three nodes while their sockets break again and again, in all so
/// many times, and nodes are killed and come back in between.
fn break_and_resume(disconnects: u64, kills: u64, limit: &Limit) {
    const CUSTOMERS: u64 = 4;
    let database = Database::fresh();
    company(&database, &["maya"]);
    let nodes: Vec<Mutex<Node>> = (0..3).map(|_| Mutex::new(Node::start(&database))).collect();
    let hosts: Vec<String> = nodes
        .iter()
        .map(|node| node.lock().unwrap().host.clone())
        .collect();
    let customers: Vec<Customer> = (0..CUSTOMERS)
        .map(|_| Customer::waiting(&hosts[0]).0)
        .collect();
    let broken = AtomicU64::new(0);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let killing = scope.spawn(|| {
            let mut dice = Dice(11);
            for kill in 1..=kills {
                // Spread over the whole, by the count of broken lines.
                while broken.load(Ordering::Relaxed) < disconnects * kill / (kills + 1) {
                    if limit.is_over() {
                        return kill - 1;
                    }
                    thread::sleep(Duration::from_millis(5));
                }
                let mut node = nodes[dice.below(3) as usize].lock().unwrap();
                node.kill();
                let host = node.host.clone();
                *node = Node::start_on(&database, &host);
            }
            kills
        });
        let talking: Vec<_> = customers
            .iter()
            .map(|customer| {
                let (hosts, is_over) = (&hosts, &is_over);
                scope.spawn(move || {
                    let mut dice = Dice(7);
                    let mut n = 0;
                    while !is_over.load(Ordering::Relaxed) {
                        // A line that was not acknowledged is said again, elsewhere.
                        n += u64::from(customer.say(&hosts[dice.below(3) as usize], n));
                    }
                    // The last one that was under way is settled too.
                    while !customer.say(&hosts[dice.below(3) as usize], n) {}
                    n + 1
                })
            })
            .collect();
        let listening: Vec<_> = customers
            .iter()
            .enumerate()
            .map(|(number, customer)| {
                let (hosts, broken) = (&hosts, &broken);
                scope.spawn(move || {
                    let mut dice = Dice(number as u64 + 3);
                    let (mut heard, mut after) = (Vec::new(), 0);
                    while broken.fetch_add(1, Ordering::Relaxed) < disconnects && !limit.is_over() {
                        let host = &hosts[dice.below(3) as usize];
                        let Some(mut line) = Line::widget(host, customer, after) else {
                            thread::sleep(Duration::from_millis(20));
                            continue;
                        };
                        for _ in 0..=dice.below(3) {
                            let Some((events, through)) = line.events() else {
                                break;
                            };
                            heard.extend(events);
                            after = through;
                        }
                    }
                    (heard, after)
                })
            })
            .collect();
        let heard: Vec<_> = listening
            .into_iter()
            .map(|one| one.join().unwrap())
            .collect();
        let killed = killing.join().unwrap();
        is_over.store(true, Ordering::Relaxed);
        let said: Vec<u64> = talking.into_iter().map(|one| one.join().unwrap()).collect();
        for ((customer, (mut heard, mut after)), said) in customers.iter().zip(heard).zip(said) {
            // What came after the last break is read to the end.
            let all = customer.events(&hosts[0]);
            let end = all.last().unwrap()["seq"].as_u64().unwrap();
            if after < end {
                let mut line = Line::widget(&hosts[1], customer, after).unwrap();
                while after < end {
                    let (events, through) = line.events().unwrap();
                    heard.extend(events);
                    after = through;
                }
            }
            heard.truncate(all.len());
            assert_eq!(heard, all, "each event once and in order");
            let lines: Vec<u64> = all.iter().filter_map(line_number).collect();
            assert_eq!(lines, (0..said).collect::<Vec<_>>(), "each line once");
        }
        println!(
            "soak: {} lines broke, {killed} nodes were killed, nothing lost or doubled",
            broken.load(Ordering::Relaxed).min(disconnects)
        );
    });
}
