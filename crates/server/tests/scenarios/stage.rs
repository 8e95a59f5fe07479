//! The stage of a scenario: the real desk on a database of its own, with a clock that
//! only the scenario moves. Here it is opened and what was given happens.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use segue_core::access::Role;
use segue_core::ids::{ContactId, ConversationId, InboxId, TeamId, WorkspaceId};
use segue_core::time::{DAY_MS, MINUTE_MS, Timestamp};
use segue_server::channels::Mailer;
use segue_server::desk::{Actor, Desk, Inbound, NewContact, Place, Reply};
use segue_server::edge::{Clock, secret};
use segue_server::jobs::{Tools, sweep_once, work_one};
use segue_server::live::Hub;
use segue_store::{Inbox, NewAgent, Person, Presence, Settings, Store, Workspace};

use super::given::{AgentGiven, Given, MONDAY};
use super::mailbox::Mailbox;

pub const COMPANY: &str = "Fernhill";

pub struct Stage {
    pub desk: Desk,
    pub workspace_id: WorkspaceId,
    pub agents: BTreeMap<String, Agent>,
    pub customers: BTreeMap<String, Customer>,
    pub teams: BTreeMap<String, TeamId>,
    /// The customer last named: whose conversation is spoken of.
    pub table: Option<String>,
    /// What the last step was refused with, until the scenario mentions it.
    pub refused: Option<String>,
    pub assistant_is_down: bool,
    pub mailbox: Mailbox,
    tools: Tools,
    inbox_id: InboxId,
    folder: PathBuf,
    messages: u32,
}

pub struct Agent {
    pub actor: Actor,
    /// Whether their console shows signs of life.
    pub connected: bool,
    /// The epoch in which they began to write.
    pub composer: Option<u64>,
}

pub struct Customer {
    pub contact_id: ContactId,
    pub language: &'static str,
    pub conversation: Option<ConversationId>,
    /// Whether their page gives signs of life.
    pub page_open: bool,
    /// Numbers of the messages that the scenario has mentioned.
    pub read: BTreeSet<u64>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Stage {
    /// Opens a stage, imports the articles and lets the past happen.
    pub async fn open(given: &Given, articles: Vec<(String, Vec<u8>)>) -> Self {
        let begins = MONDAY.plus(given.begins_min * MINUTE_MS);
        let folder = std::env::temp_dir().join(format!("segue-scenario-{}", secret("t")));
        let store = Store::open_sqlite(&folder).unwrap();
        let desk = Desk::new(store, Clock::standing_at(begins), given.mail);
        let mailbox = Mailbox::default();
        let mailer = || Mailer::new(&mailbox.open(), "help@fernhill.example").unwrap();
        let tools = Tools {
            desk: desk.clone(),
            hub: Hub::new(),
            mailer: given.mail.then(|| Arc::new(mailer())),
            fetcher: Default::default(),
            model: None,
        };
        let moment = desk.clock.moment();
        let mut stage = Stage {
            workspace_id: moment.id(),
            inbox_id: moment.id(),
            desk,
            tools,
            mailbox,
            folder,
            agents: BTreeMap::new(),
            customers: BTreeMap::new(),
            teams: BTreeMap::new(),
            table: None,
            refused: None,
            assistant_is_down: false,
            messages: 0,
        };
        stage.found(given).await;
        let imported = stage.desk.import(&stage.workspace_id, articles, |_, _| {});
        assert_eq!(imported.await.unwrap().faults, []);
        stage.meet(given, begins).await;
        stage.live_through_the_past(given, begins).await;
        stage.to(begins);
        for agent in &given.agents {
            stage.hire(agent).await;
            if agent.online {
                stage.shows(&agent.name, Presence::Online).await;
            }
        }
        stage.share_out(&given.routing).await;
        stage.refused = None;
        stage
    }

    async fn found(&self, given: &Given) {
        let workspace = Workspace {
            id: self.workspace_id.clone(),
            name: COMPANY.into(),
            settings: Settings {
                routing: given.routing.routing(),
                ..Settings::default()
            },
        };
        let inbox = Inbox {
            id: self.inbox_id.clone(),
            workspace_id: self.workspace_id.clone(),
            name: "Site".into(),
            site_key: "site".into(),
            policy: given.routing.policy(),
            hours: given.hours.clone(),
            closed_at: None,
        };
        let now = self.desk.clock.now();
        let founded: Result<(), segue_store::Error> = self
            .desk
            .store
            .write(move |tx| {
                tx.add_workspace(&workspace, now)?;
                tx.add_inbox(&inbox)
            })
            .await;
        founded.unwrap();
    }

    pub async fn hire(&mut self, given: &AgentGiven) {
        let moment = self.desk.clock.moment();
        let agent = NewAgent {
            id: moment.id(),
            workspace_id: self.workspace_id.clone(),
            email: format!("{}@fernhill.example", given.name.to_lowercase()),
            name: given.name.clone(),
            role: if given.leads { Role::Lead } else { Role::Agent },
            password_hash: String::new(),
            capacity: given.capacity,
        };
        let actor = Actor {
            id: agent.id.clone(),
            workspace_id: self.workspace_id.clone(),
            name: given.name.clone(),
        };
        let store = &self.desk.store;
        let hired = store.write(move |tx| tx.add_agent(&agent, moment.now));
        hired.await.unwrap();
        let agent = Agent {
            actor,
            connected: false,
            composer: None,
        };
        self.agents.insert(given.name.clone(), agent);
    }

    async fn meet(&mut self, given: &Given, begins: Timestamp) {
        for customer in &given.customers {
            let new = NewContact {
                person: Person {
                    name: Some(customer.name.clone()),
                    email: customer.email.clone(),
                    ..Person::default()
                },
                plan: customer.plan.clone(),
                vip: customer.vip,
                signed_up_at: customer
                    .signed_up_days
                    .map(|days| begins.plus(-days * DAY_MS)),
            };
            let met = self
                .desk
                .meet(self.workspace_id.clone(), new, segue_server::desk::Plain);
            let contact_id = met.await.unwrap().id;
            let customer_on_stage = Customer {
                contact_id,
                language: customer.language,
                conversation: None,
                page_open: true,
                read: BTreeSet::new(),
            };
            self.customers
                .insert(customer.name.clone(), customer_on_stage);
        }
    }

    /// What an agent says of themselves; offline they are told to give back first.
    pub async fn shows(&mut self, name: &str, presence: Presence) {
        self.leaves(name, presence, false).await;
    }

    pub async fn leaves(&mut self, name: &str, presence: Presence, gives_back: bool) {
        let agent = self.agents.get_mut(name).unwrap();
        agent.connected = true;
        let said = self
            .desk
            .set_presence(agent.actor.clone(), presence, gives_back);
        let said = said.await;
        if said.is_ok() {
            agent.connected = presence != Presence::Offline;
        }
        self.refused = said.err().map(|error| error.to_string());
    }

    /// Everything happens that is ready to happen at this instant.
    pub async fn settle(&self) {
        for agent in self.agents.values().filter(|agent| agent.connected) {
            let seen = self
                .desk
                .see(self.workspace_id.clone(), agent.actor.id.clone());
            seen.await.unwrap();
        }
        for customer in self
            .customers
            .values()
            .filter(|customer| customer.page_open)
        {
            if let Some(id) = &customer.conversation {
                let seen = self.desk.see_customer(self.place().await, id.clone());
                seen.await.unwrap();
            }
        }
        while !self.assistant_is_down && work_one(&self.tools).await.unwrap() {}
        sweep_once(&self.desk).await.unwrap();
    }

    pub async fn place(&self) -> Arc<Place> {
        let place = self.desk.place(&self.workspace_id, &self.inbox_id);
        place.await.unwrap()
    }

    pub fn inbound(&mut self, id: &ConversationId, contact_id: &ContactId, text: &str) -> Inbound {
        Inbound {
            conversation_id: id.clone(),
            contact_id: contact_id.clone(),
            client_message_id: self.message_id(),
            text: text.into(),
            files: vec![],
        }
    }

    pub fn reply(&mut self, id: &ConversationId, epoch: Option<u64>, text: &str) -> Reply {
        Reply {
            conversation_id: id.clone(),
            epoch,
            client_message_id: self.message_id(),
            text: text.into(),
            files: vec![],
        }
    }

    fn message_id(&mut self) -> String {
        self.messages += 1;
        format!("message-{}", self.messages)
    }

    pub fn to(&self, at: Timestamp) {
        let clock = &self.desk.clock;
        clock.advance(at.as_millis() - clock.now().as_millis());
    }
}
