//! W5: a queue of ten thousand, five hundred agents, eight skills. What it costs to enter
//! it, to take somebody out of it, to leave it, to find out who is asked, and to tell
//! everybody their place. On the embedded database, with the statements that the desk
//! sends; the disk's own share stands beside it.

use std::path::PathBuf;
use std::time::Duration;

use segue_core::access::Role;
use segue_core::conversation::Conversation;
use segue_core::event::AgentName;
use segue_core::ids::{
    AgentId, ContactId, ConversationId, HandoffId, Id, InboxId, TeamId, WorkspaceId,
};
use segue_core::policy::{Policy, Timings};
use segue_core::queue::{self, Needs, Priority};
use segue_core::route::{self, Routing};
use segue_core::time::{Hours, SECOND_MS, Timestamp};
use segue_store::{
    Contact, Error, Inbox, NewAgent, Person, Presence, Settings, Store, Team, Tx, Workspace,
};

use crate::{Failed, fsync_probe, now, quantile};

const SKILLS: [&str; 8] = [
    "billing", "refunds", "tax", "delivery", "login", "app", "legal", "quotes",
];
const TEAMS: u64 = 8;
const START: i64 = 1_800_000_000_000;
/// Steps of each kind that are measured.
const STEPS: usize = 1_000;
/// Looks at the whole queue.
const LOOKS: usize = 20;

struct Floor {
    store: Store,
    folder: PathBuf,
    workspace_id: WorkspaceId,
    inbox_id: InboxId,
    agents: Vec<AgentId>,
    teams: Vec<TeamId>,
    ids: u128,
}

impl Drop for Floor {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Measures and prints.
pub async fn run(waiting: usize, agents: usize) -> Result<(), Failed> {
    let mut floor = Floor::open(agents).await?;
    let (fsync_p50, fsync_p99) = fsync_probe(&floor.folder)?;
    println!(
        "W5: {waiting} waiting, {agents} agents, {} skills, {TEAMS} teams; SQLite, synchronous=full, one after the other",
        SKILLS.len()
    );
    println!("  fsync alone          p50 {fsync_p50:6.2} ms  p99 {fsync_p99:6.2} ms");
    let mut line: Vec<ConversationId> = Vec::with_capacity(waiting);
    let mut spans = Vec::new();
    for n in 0..waiting + STEPS {
        let begun = now();
        line.push(floor.enqueue(n).await?);
        if n >= waiting {
            spans.push(begun.elapsed());
        }
    }
    told("enqueue", &mut spans, fsync_p50);

    let (mut reads, mut asks) = (Vec::new(), Vec::new());
    let mut asked = 0;
    for _ in 0..LOOKS {
        let id = floor.workspace_id.clone();
        let begun = now();
        let read = floor.store.read(move |tx| {
            let at = Timestamp::from_millis(START);
            let people = tx.floor(&id, at, at)?;
            let mut queue = tx.waiting(&id)?;
            queue::order(&mut queue);
            let places = queue::places(&queue, &people, at);
            assert_eq!(places.len(), queue.len(), "everybody has a place");
            Ok::<_, Error>((queue, people))
        });
        let (queue, people) = read.await?;
        reads.push(begun.elapsed());
        let begun = now();
        asked = route::invitations(&queue, &people, Timestamp::from_millis(START)).len();
        asks.push(begun.elapsed());
    }
    told("every place, read", &mut reads, 0.0);
    told("who is asked", &mut asks, 0.0);
    println!("  ({asked} invitations at once for {agents} idle agents)");

    let mut spans = Vec::new();
    for n in 0..STEPS {
        let (id, agent) = (line.remove(0), floor.agents[n % floor.agents.len()].clone());
        let begun = now();
        floor.claim(id, agent).await?;
        spans.push(begun.elapsed());
    }
    told("claim", &mut spans, fsync_p50);
    let mut spans = Vec::new();
    for _ in 0..STEPS {
        let id = line.remove(line.len() / 2);
        let begun = now();
        floor.cancel(id).await?;
        spans.push(begun.elapsed());
    }
    told("cancel", &mut spans, fsync_p50);
    Ok(())
}

fn told(what: &str, spans: &mut [Duration], disk_ms: f64) {
    spans.sort_unstable();
    let (p50, p99) = (quantile(spans, 0.5), quantile(spans, 0.99));
    let beyond = if disk_ms > 0.0 {
        format!("  p50 beyond the disk {:5.2} ms", (p50 - disk_ms).max(0.0))
    } else {
        String::new()
    };
    println!("  {what:20} p50 {p50:6.2} ms  p99 {p99:6.2} ms{beyond}");
}

impl Floor {
    async fn open(agents: usize) -> Result<Self, Failed> {
        let folder = std::env::temp_dir().join(format!("segue-w5-{}", std::process::id()));
        let store = Store::open_sqlite(&folder)?;
        let mut floor = Self {
            store,
            folder,
            workspace_id: WorkspaceId::new(Timestamp::from_millis(START), 1),
            inbox_id: InboxId::new(Timestamp::from_millis(START), 2),
            agents: vec![],
            teams: vec![],
            ids: 10,
        };
        floor.agents = (0..agents).map(|_| floor.id()).collect();
        floor.teams = (0..TEAMS).map(|_| floor.id()).collect();
        let (workspace_id, inbox_id) = (floor.workspace_id.clone(), floor.inbox_id.clone());
        let (ids, teams) = (floor.agents.clone(), floor.teams.clone());
        let made = floor.store.write(move |tx| {
            let at = Timestamp::from_millis(START);
            tx.add_workspace(
                &Workspace {
                    id: workspace_id.clone(),
                    name: "Bench".into(),
                    settings: Settings::default(),
                },
                at,
            )?;
            tx.add_inbox(&Inbox {
                id: inbox_id.clone(),
                workspace_id: workspace_id.clone(),
                name: "Site".into(),
                site_key: "bench".into(),
                policy: Policy::default(),
                hours: Hours::always(),
                closed_at: None,
            })?;
            for (n, id) in ids.iter().enumerate() {
                add_agent(tx, &workspace_id, id, n)?;
            }
            for (n, id) in teams.iter().enumerate() {
                let team = Team {
                    id: id.clone(),
                    workspace_id: workspace_id.clone(),
                    name: format!("Team {n}"),
                    overflow: None,
                };
                tx.add_team(&team, at)?;
                let members: Vec<AgentId> = ids
                    .iter()
                    .skip(n)
                    .step_by(TEAMS as usize)
                    .cloned()
                    .collect();
                tx.set_team_members(&workspace_id, id, &members)?;
            }
            Ok::<_, Error>(())
        });
        made.await?;
        Ok(floor)
    }

    fn id<K: segue_core::ids::Kind>(&mut self) -> Id<K> {
        self.ids += 1;
        Id::new(Timestamp::from_millis(START), self.ids)
    }

    /// A conversation is handed over: half of them to a team, each with a skill.
    async fn enqueue(&mut self, n: usize) -> Result<ConversationId, Failed> {
        let (id, contact_id): (ConversationId, ContactId) = (self.id(), self.id());
        let handoff_id: HandoffId = self.id();
        let at = Timestamp::from_millis(START - 3_600 * SECOND_MS + n as i64 * 100);
        let needs = Needs {
            priority: Priority::new(u8::from(n.is_multiple_of(12))),
            team: n
                .is_multiple_of(2)
                .then(|| self.teams[n / 2 % self.teams.len()].clone()),
            skills: vec![SKILLS[n % SKILLS.len()].into()],
            ..Needs::default()
        };
        let (workspace_id, inbox_id, made) =
            (self.workspace_id.clone(), self.inbox_id.clone(), id.clone());
        let contact = Contact {
            id: contact_id.clone(),
            workspace_id: workspace_id.clone(),
            person: Person::default(),
            plan: "team".into(),
            vip: false,
            signed_up_at: None,
            created_at: at,
            external_id: None,
        };
        let (mut conversation, first) =
            Conversation::start(id, workspace_id.clone(), inbox_id, contact_id, "en", at);
        self.store
            .write(move |tx| {
                tx.add_contact(&contact)?;
                tx.add_conversation(&conversation, &Timings::default(), at)?;
                tx.add_event(&workspace_id, &conversation.id, &first)?;
                let fact = conversation.hand_off(handoff_id.clone(), vec![], None, needs.clone());
                let event = conversation.record(at, fact.map_err(|_| Error::Conflict)?, None);
                store(tx, &conversation, &event)
            })
            .await?;
        Ok(made)
    }

    async fn claim(&self, id: ConversationId, agent_id: AgentId) -> Result<(), Failed> {
        let workspace_id = self.workspace_id.clone();
        let at = Timestamp::from_millis(START);
        self.store
            .write(move |tx| {
                let found = tx.conversation_for_update(&workspace_id, &id)?;
                let mut conversation = found.ok_or(Error::Conflict)?;
                tx.agent(&workspace_id, &agent_id)?;
                let agent = AgentName {
                    id: agent_id.clone(),
                    name: "Agent".into(),
                };
                let epoch = conversation.epoch;
                let fact = conversation.accept(agent, epoch, &Routing::default());
                tx.take_units(&workspace_id, &agent_id, (2, 2), at)?;
                let event = conversation.record(at, fact.map_err(|_| Error::Conflict)?, None);
                store(tx, &conversation, &event)
            })
            .await?;
        Ok(())
    }

    async fn cancel(&self, id: ConversationId) -> Result<(), Failed> {
        let workspace_id = self.workspace_id.clone();
        let at = Timestamp::from_millis(START);
        self.store
            .write(move |tx| {
                let found = tx.conversation_for_update(&workspace_id, &id)?;
                let mut conversation = found.ok_or(Error::Conflict)?;
                let fact = conversation.cancel_handoff().map_err(|_| Error::Conflict)?;
                let event = conversation.record(at, fact, None);
                store(tx, &conversation, &event)
            })
            .await?;
        Ok(())
    }
}

fn add_agent(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    id: &AgentId,
    n: usize,
) -> Result<(), Error> {
    let at = Timestamp::from_millis(START);
    tx.add_agent(
        &NewAgent {
            id: id.clone(),
            workspace_id: workspace_id.clone(),
            email: format!("{n}@bench.example"),
            name: format!("Agent {n}"),
            role: Role::Agent,
            password_hash: String::new(),
            capacity: 3,
        },
        at,
    )?;
    tx.set_presence(workspace_id, id, Presence::Online, None, at)?;
    if let Some(mut agent) = tx.agent(workspace_id, id)? {
        let theirs = [n, n + 3].map(|at| SKILLS[at % SKILLS.len()].to_string());
        agent.skills = theirs.to_vec();
        tx.update_agent(&agent)?;
    }
    Ok(())
}

fn store(
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    event: &segue_core::event::Event,
) -> Result<(), Error> {
    let workspace_id = &conversation.workspace_id;
    tx.update_conversation(conversation, &Timings::default(), event.at)?;
    tx.add_event(workspace_id, &conversation.id, event)?;
    tx.ring(&conversation.id, conversation.seq);
    tx.ring_floor(workspace_id);
    Ok(())
}
