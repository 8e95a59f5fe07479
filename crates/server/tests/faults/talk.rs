//! People who talk to a process until it dies, and remember what it had acknowledged.

use std::net::TcpStream;

use serde_json::{Value, json};

use crate::ground::{AGENTS, PASSWORD, SITE_KEY};
use crate::process::{Pass, ask, call, listen};

/// Small dice; see the simulation for their source.
#[derive(Clone)]
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, count: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % count.max(1)
    }
}

pub struct Customer {
    pub token: String,
    pub conversation: String,
}

/// A customer's line, and its number once the process had said it.
pub struct Line {
    pub customer: usize,
    pub n: usize,
    pub text: String,
    pub acknowledged: Option<u64>,
}

/// Everybody who talks to one shop.
#[derive(Default)]
pub struct People {
    pub customers: Vec<Customer>,
    pub lines: Vec<Line>,
    agents: Vec<Pass>,
    held: Vec<(usize, String, u64)>,
    sockets: Vec<TcpStream>,
}

const WORDS: [&str; 5] = [
    "How long does delivery take?",
    "I want to talk to a human",
    "Can I return unused goods?",
    "That did not help",
    "My parcel has not come",
];

impl People {
    /// One more thing that somebody does; `None` if the process gave no answer.
    pub fn act(&mut self, host: &str, dice: &mut Dice) -> Option<()> {
        if self.agents.len() < AGENTS.len() {
            return self.sign_in(host);
        }
        if self.customers.is_empty() {
            return self.arrive(host);
        }
        let customer = dice.below(self.customers.len() as u64) as usize;
        match dice.below(16) {
            0 => self.arrive(host),
            1..=4 => {
                let text = WORDS[dice.below(WORDS.len() as u64) as usize];
                self.say(host, customer, text)
            }
            5 | 6 => self.post(host, customer, "handoff", json!({})),
            7 => {
                let email = format!("customer{customer}@example.com");
                self.post(host, customer, "email", json!({ "email": email }))
            }
            8 => {
                let Customer {
                    token,
                    conversation,
                } = &self.customers[customer];
                let socket = listen(host, token, conversation, 0)?;
                self.sockets.push(socket);
                Some(())
            }
            9..=11 => self.accept(host, dice.below(2) as usize),
            12 | 13 => self.reply(host, dice),
            14 => self.resolve(host, dice),
            _ => self.leave_and_come(host, dice.below(2) as usize),
        }
    }

    fn sign_in(&mut self, host: &str) -> Option<()> {
        let email = format!("{}@shop.example", AGENTS[self.agents.len()]);
        let body = json!({ "email": email, "password": PASSWORD });
        let path = "/api/console/session";
        let (status, cookie, shown) = ask(host, "POST", path, &Pass::default(), &body)?;
        if status != 200 {
            return Some(());
        }
        let csrf = shown["csrf"].as_str().unwrap();
        let pass = Pass(format!(
            "Cookie: {}\r\nX-CSRF-Token: {csrf}\r\n",
            cookie.unwrap()
        ));
        let online = json!({ "presence": "online" });
        ask(host, "POST", "/api/console/presence", &pass, &online)?;
        self.agents.push(pass);
        Some(())
    }

    pub fn arrive(&mut self, host: &str) -> Option<()> {
        let inbox = json!({ "inbox": SITE_KEY });
        let arrived = call(
            host,
            "POST",
            "/api/widget/visitors",
            &Pass::default(),
            &inbox,
        )?;
        let token = arrived["token"].as_str().unwrap().to_string();
        let path = "/api/widget/conversations";
        let language = json!({ "language": "en" });
        let view = call(host, "POST", path, &Pass::visitor(&token), &language)?;
        self.customers.push(Customer {
            token,
            conversation: view["id"].as_str().unwrap().into(),
        });
        Some(())
    }

    pub fn say(&mut self, host: &str, customer: usize, text: &str) -> Option<()> {
        let n = self.lines.len();
        self.lines.push(Line {
            customer,
            n,
            text: format!("{text} ({n})"),
            acknowledged: None,
        });
        let seq = self.send(host, n)?;
        self.lines[n].acknowledged = Some(seq);
        Some(())
    }

    /// Sends a line, perhaps once more; the number that it has.
    pub fn send(&self, host: &str, n: usize) -> Option<u64> {
        let line = &self.lines[n];
        let customer = &self.customers[line.customer];
        let path = format!(
            "/api/widget/conversations/{}/messages",
            customer.conversation
        );
        let body = json!({ "client_message_id": format!("message-{n}"), "text": line.text });
        let sent = call(host, "POST", &path, &Pass::visitor(&customer.token), &body)?;
        sent["seq"].as_u64()
    }

    pub fn post(&self, host: &str, customer: usize, what: &str, body: Value) -> Option<()> {
        let Customer {
            token,
            conversation,
        } = &self.customers[customer];
        let path = format!("/api/widget/conversations/{conversation}/{what}");
        ask(host, "POST", &path, &Pass::visitor(token), &body).map(|_| ())
    }

    fn accept(&mut self, host: &str, agent: usize) -> Option<()> {
        let pass = &self.agents[agent];
        let (_, _, floor) = ask(host, "GET", "/api/console/floor", pass, &json!({}))?;
        let invitation = &floor["invitations"][0];
        let Some(id) = invitation["conversation_id"].as_str() else {
            return Some(());
        };
        let path = format!("/api/console/conversations/{id}/accept");
        let epoch = json!({ "epoch": invitation["epoch"] });
        let (status, _, detail) = ask(host, "POST", &path, pass, &epoch)?;
        if let (200, Some(epoch)) = (status, detail["item"]["epoch"].as_u64()) {
            self.held.push((agent, id.to_string(), epoch));
        }
        Some(())
    }

    fn reply(&mut self, host: &str, dice: &mut Dice) -> Option<()> {
        if self.held.is_empty() {
            return Some(());
        }
        let at = dice.below(self.held.len() as u64) as usize;
        let (agent, id, epoch) = &self.held[at];
        let path = format!("/api/console/conversations/{id}/reply");
        let body = json!({ "epoch": epoch, "client_message_id": format!("reply-{}", dice.below(u64::MAX)),
            "text": "I am looking at it" });
        ask(host, "POST", &path, &self.agents[*agent], &body).map(|_| ())
    }

    fn resolve(&mut self, host: &str, dice: &mut Dice) -> Option<()> {
        if self.held.is_empty() {
            return Some(());
        }
        let at = dice.below(self.held.len() as u64) as usize;
        let (agent, id, epoch) = self.held.remove(at);
        let path = format!("/api/console/conversations/{id}/resolve");
        let body = json!({ "epoch": epoch, "disposition": "solved", "note": null });
        ask(host, "POST", &path, &self.agents[agent], &body).map(|_| ())
    }

    fn leave_and_come(&mut self, host: &str, agent: usize) -> Option<()> {
        let path = "/api/console/presence";
        let leave = json!({ "presence": "offline", "give_back": true });
        ask(host, "POST", path, &self.agents[agent], &leave)?;
        self.held.retain(|(by, ..)| *by != agent);
        let come = json!({ "presence": "online" });
        ask(host, "POST", path, &self.agents[agent], &come).map(|_| ())
    }

    /// What a customer's lines are as the process tells them now: text and number.
    pub fn told(&self, host: &str, customer: usize) -> Vec<(String, u64)> {
        let Customer {
            token,
            conversation,
        } = &self.customers[customer];
        let (mut told, mut after) = (Vec::new(), 0);
        loop {
            let path = format!("/api/widget/conversations/{conversation}/events?after={after}");
            let page = call(host, "GET", &path, &Pass::visitor(token), &json!({})).unwrap();
            for event in page["events"].as_array().unwrap() {
                if event["role"] == "customer" {
                    let text = event["body"]["text"].as_str().unwrap_or_default();
                    told.push((text.to_string(), event["seq"].as_u64().unwrap()));
                }
            }
            let through = page["through_seq"].as_u64().unwrap();
            if through == after {
                return told;
            }
            after = through;
        }
    }

    /// Sends every line once more and reads them back: each is there once, under the number
    /// that was acknowledged.
    pub fn check_lines(&self, host: &str) -> Result<(), String> {
        for line in &self.lines {
            let seq = self
                .send(host, line.n)
                .ok_or("a line was not taken again")?;
            if line.acknowledged.is_some_and(|before| before != seq) {
                return Err(format!(
                    "line {} is {seq}, was {:?}",
                    line.n, line.acknowledged
                ));
            }
        }
        for customer in 0..self.customers.len() {
            let told = self.told(host, customer);
            for line in self.lines.iter().filter(|line| line.customer == customer) {
                let found = told.iter().filter(|(text, _)| *text == line.text).count();
                if found != 1 {
                    return Err(format!("line {} is there {found} times", line.n));
                }
            }
        }
        Ok(())
    }
}
