//! The world of one seed: the database, the desk on it, everybody who comes there, and what
//! they were told. It does one step after the other and looks at the rules after each.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use segue_core::access::Role;
use segue_core::conversation::{Conversation, Owner};
use segue_core::event::{Event, Fact};
use segue_core::ids::{ContactId, ConversationId, InboxId, TeamId, WorkspaceId};
use segue_core::policy::{Policy, Timings};
use segue_core::signal::Trigger;
use segue_core::time::{HOUR_MS, Hours, MINUTE_MS, SECOND_MS, Timestamp};
use segue_server::channels::Mailer;
use segue_server::desk::{Actor, Desk, Error, NewContact, TeamWanted};
use segue_server::edge::Clock;
use segue_server::jobs::{Sweeper, Tools, work_one};
use segue_server::live::Hub;
use segue_store::{
    Error as StoreError, Inbox, NewAgent, Person, Presence, Ring, Settings, Store, Workspace,
};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use crate::deeds::{self, Deed, Effect, Ground, Report};
use crate::dice::Dice;
use crate::plan::{Step, What};
use crate::post::{PLACES, Post};
use crate::rules;
use crate::turns::now;

const BEGINS: Timestamp = Timestamp::from_millis(1_800_000_000_000);
/// Deeds under way at once.
const AT_ONCE: usize = 5;
/// Between two looks of the living at everything.
pub const BEAT_MS: i64 = 8 * SECOND_MS;
/// Steps between two looks at the whole database.
const WHOLE_LOOK: usize = 20;
const ARTICLES: [(&str, &str); 2] = [
    (
        "delivery.md",
        "---\ntitle: Delivery times\n---\nStandard delivery takes 3 to 5 working days.\n",
    ),
    (
        "returns.md",
        "---\ntitle: Return something\n---\nYou can return unused goods within 60 days.\n",
    ),
];

pub struct Customer {
    pub contact_id: ContactId,
    pub conversations: Vec<ConversationId>,
}

pub struct Agent {
    pub actor: Actor,
    /// Whether their console shows signs of life.
    pub is_connected: bool,
    /// When one was last written down.
    seen_at: Option<Timestamp>,
    /// How often they have left by their own will.
    pub leaves: u32,
    /// What they hold and under which epoch, as far as they know.
    pub holds: Vec<(ConversationId, u64)>,
}

/// Who wrote a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    Customer(usize),
    /// An agent under an epoch, or a note.
    Agent(usize, Option<u64>),
}

/// Something that somebody writes, perhaps more than once.
#[derive(Clone)]
pub struct Line {
    pub by: Speaker,
    pub conversation_id: ConversationId,
    pub client_message_id: String,
    pub text: String,
    /// Its number, once that was said to its sender.
    pub acknowledged: Option<u64>,
}

pub struct World {
    pub customers: Vec<Customer>,
    pub agents: Vec<Agent>,
    pub lines: Vec<Line>,
    pub tools: Tools,
    /// A second process on the same database, as far as it invites agents.
    pub other_node: Desk,
    pub sweeper: Option<Sweeper>,
    pub post: Post,
    pub workspace_id: WorkspaceId,
    /// The team that wishes for a person go to.
    pub team_id: TeamId,
    pub story: Vec<String>,
    inbox_id: InboxId,
    clock: Clock,
    dice: Dice,
    home: Home,
    bell: Receiver<Ring>,
    under_way: VecDeque<(usize, String, Deed)>,
    /// What a socket that misses some rings has shown of each conversation.
    shown: BTreeMap<ConversationId, u64>,
    /// What was looked at of each.
    looked_at: BTreeMap<ConversationId, u64>,
    begun: usize,
    steps: usize,
    begins: Timestamp,
}

/// The folder of the database; a process that dies leaves what it had on disk to the next.
struct Home {
    base: PathBuf,
    lives: u32,
}

impl Home {
    fn folder(&self) -> PathBuf {
        self.base.join(self.lives.to_string())
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.base);
    }
}

/// Half of the handoffs have a team, and some need a skill.
fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.teams.insert(Trigger::RequestHuman, "Support".into());
    policy.skills.insert(Trigger::Complaint, "refunds".into());
    policy
        .skills
        .insert(Trigger::Cancellation, "refunds".into());
    policy
}

/// A disk in memory where there is one: nothing here is about power cuts.
fn home() -> Home {
    let memory = Path::new("/dev/shm");
    let base = if memory.is_dir() {
        memory.to_path_buf()
    } else {
        std::env::temp_dir()
    };
    Home {
        base: base.join(segue_server::edge::secret("segue-simulation")),
        lives: 0,
    }
}

impl World {
    pub fn open(seed: u64) -> Self {
        let mut dice = Dice::new(!seed);
        let clock = Clock::seeded(BEGINS, seed);
        let home = home();
        let store = open(&home.folder());
        let fates = Dice::new(seed ^ 0x6d61_696c);
        let post = Post::open(move |n| {
            let mut dice = Dice::new(fates.clone().roll().wrapping_add(n));
            if dice.chance(40) {
                dice.pick(&PLACES).copied()
            } else {
                None
            }
        });
        let moment = clock.moment();
        let (workspace_id, inbox_id) = (moment.id(), moment.id());
        let mut world = Self {
            customers: vec![],
            agents: vec![],
            lines: vec![],
            sweeper: None,
            tools: tools(&store, &clock, &post),
            other_node: Desk::new(store.clone(), clock.clone(), true),
            bell: store.listen(),
            post,
            team_id: moment.id(),
            workspace_id,
            inbox_id,
            story: vec![],
            clock,
            home,
            under_way: VecDeque::new(),
            shown: BTreeMap::new(),
            looked_at: BTreeMap::new(),
            begun: 0,
            steps: 0,
            begins: BEGINS,
            dice: dice.clone(),
        };
        world.found();
        for n in 0..2 + dice.below(4) {
            world.meet(n);
        }
        for name in ["Maya", "Jonas", "Ines"].iter().take(1 + dice.below(3)) {
            world.hire(name, 1 + dice.below(3) as i64);
        }
        world.make_team();
        world.wake();
        world
    }

    pub fn ground(&self) -> Ground {
        Ground {
            desk: self.tools.desk.clone(),
            workspace_id: self.workspace_id.clone(),
            inbox_id: self.inbox_id.clone(),
        }
    }

    fn store(&self) -> &Store {
        &self.tools.desk.store
    }

    fn found(&self) {
        let workspace = Workspace {
            id: self.workspace_id.clone(),
            name: "Fernhill".into(),
            settings: Settings::default(),
        };
        let inbox = Inbox {
            id: self.inbox_id.clone(),
            workspace_id: self.workspace_id.clone(),
            name: "Site".into(),
            site_key: "site".into(),
            policy: policy(),
            hours: Hours::always(),
        };
        let founded: Result<(), StoreError> = now(self.store().write(move |tx| {
            tx.add_workspace(&workspace, BEGINS)?;
            tx.add_inbox(&inbox)
        }));
        founded.unwrap();
        let articles = ARTICLES.map(|(name, text)| (name.to_string(), text.as_bytes().to_vec()));
        let desk = &self.tools.desk;
        now(desk.import(&self.workspace_id, articles.into(), |_, _| {})).unwrap();
    }

    /// The first agent is a team; others may join it, or take its place.
    fn make_team(&mut self) {
        let actor = self.agents[0].actor.clone();
        let wanted = TeamWanted {
            name: "Support".into(),
            members: vec![actor.id.clone()],
            overflow: None,
        };
        self.team_id = now(self.tools.desk.add_team(actor, wanted)).unwrap();
    }

    fn meet(&mut self, n: usize) {
        let new = NewContact {
            person: Person {
                name: Some(format!("Customer {n}")),
                ..Person::default()
            },
            plan: "team".into(),
            vip: n == 1,
            signed_up_at: None,
        };
        let desk = &self.tools.desk;
        let met = desk.meet(self.workspace_id.clone(), new, segue_server::desk::Plain);
        let met = now(met).unwrap();
        self.customers.push(Customer {
            contact_id: met.id,
            conversations: vec![],
        });
    }

    fn hire(&mut self, name: &str, capacity: i64) {
        let moment = self.clock.moment();
        let agent = NewAgent {
            id: moment.id(),
            workspace_id: self.workspace_id.clone(),
            email: format!("{name}@fernhill.example"),
            name: name.into(),
            role: Role::Agent,
            password_hash: String::new(),
            capacity,
        };
        let actor = Actor {
            id: agent.id.clone(),
            workspace_id: self.workspace_id.clone(),
            name: name.into(),
        };
        now(self.store().write(move |tx| tx.add_agent(&agent, BEGINS))).unwrap();
        self.agents.push(Agent {
            actor,
            is_connected: false,
            seen_at: None,
            leaves: 0,
            holds: vec![],
        });
    }

    /// The process begins to work. The articles are read first, as in a real start: of two
    /// who need them one reads and the other waits, and nobody here may wait for another.
    fn wake(&mut self) {
        self.clock.read_anew();
        let desk = &self.tools.desk;
        now(desk.resume_clock()).unwrap();
        now(desk.knowledge.index(&self.workspace_id)).unwrap();
        self.sweeper = Some(Sweeper::new(desk.clone()));
        self.begins = self.clock.now();
    }

    /// One step of the plan. `Err`: a rule is broken.
    pub fn step(&mut self, step: &Step) -> Result<(), String> {
        self.steps += 1;
        let mut dice = Dice::new(step.chance);
        match step.what {
            What::LifeGoesOn => {
                for _ in 0..=dice.below(8) {
                    self.live(BEAT_MS)?;
                }
            }
            What::ClockJumps => {
                let spans = [MINUTE_MS, 11 * MINUTE_MS, HOUR_MS, 25 * HOUR_MS];
                self.jump(*dice.pick(&spans).unwrap());
            }
            What::ClockIsSetBack => self.jump(-HOUR_MS),
            What::DiskIsFull => {
                self.tell("the disk is full for a moment".into());
                self.store().fail_commits(1 + dice.below(2) as u32);
            }
            What::Crash => self.crash()?,
            what => {
                if let Some((name, deed)) = deeds::begin(self, what, &mut dice) {
                    self.begin(name, deed)?;
                }
            }
        }
        for _ in 0..step.turns {
            let at = dice.below(self.under_way.len());
            self.turn(at)?;
        }
        self.look()
    }

    pub fn tell(&mut self, what: String) {
        let since = self.clock.now().as_millis() - BEGINS.as_millis();
        let seconds = since / SECOND_MS;
        let (minutes, seconds) = (seconds.div_euclid(60), seconds.rem_euclid(60));
        self.story
            .push(format!("{minutes:>5}:{seconds:02}  {what}"));
    }

    fn begin(&mut self, name: String, deed: Deed) -> Result<(), String> {
        while self.under_way.len() >= AT_ONCE {
            self.turn(0)?;
        }
        self.begun += 1;
        self.under_way.push_back((self.begun, name, deed));
        Ok(())
    }

    /// One turn for something under way.
    fn turn(&mut self, at: usize) -> Result<(), String> {
        let Some((_, _, deed)) = self.under_way.get_mut(at) else {
            return Ok(());
        };
        let Some(report) = deed.turn() else {
            return Ok(());
        };
        let (n, name, _) = self.under_way.remove(at).expect("it was just there");
        self.learn(&format!("#{n} {name}"), report)
    }

    /// Everything under way comes to its end.
    pub fn finish(&mut self) -> Result<(), String> {
        while !self.under_way.is_empty() {
            self.turn(0)?;
        }
        Ok(())
    }

    /// Does one thing from its beginning to its end, between the turns of the others.
    pub fn at_once(&mut self, name: &str, deed: Deed) -> Result<(), String> {
        let report = deed.run();
        self.learn(name, report)
    }

    fn learn(&mut self, name: &str, report: Report) -> Result<(), String> {
        let is_idle = report.said.starts_with("nothing to") || report.said == "swept";
        if !is_idle {
            self.tell(format!("{name}: {}", report.said));
        }
        if let Some(error) = &report.error {
            self.check_error(error)?;
        }
        match report.effect {
            Effect::Nothing => {}
            Effect::Opened(who, id) => self.customers[who].conversations.push(id),
            Effect::Heard(n, seq) => {
                let before = self.lines[n].acknowledged.replace(seq);
                if before.is_some_and(|before| before != seq) {
                    return Err(format!("line {n} is {seq}, and was {before:?}"));
                }
            }
            Effect::Asked(owner) => {
                if !matches!(owner, Owner::Queue | Owner::Agent(_)) {
                    return Err(format!("who asked for a person got {owner:?}"));
                }
            }
            Effect::Holds(who, id, epoch) => {
                let agent = &mut self.agents[who];
                agent.holds.retain(|(held, _)| *held != id);
                agent.holds.push((id, epoch));
            }
            Effect::Shows(who, presence) => {
                let agent = &mut self.agents[who];
                agent.seen_at = Some(self.clock.now());
                agent.is_connected &= presence != Presence::Offline;
            }
            Effect::Swept(sweeper) => self.sweeper = Some(sweeper),
        }
        Ok(())
    }

    /// A refusal is an answer; what says that something is wrong on our side is not.
    fn check_error(&self, error: &Error) -> Result<(), String> {
        let is_fine = match error {
            Error::Refused(_)
            | Error::Taken { .. }
            | Error::AtCapacity
            | Error::Offline
            | Error::NotKeeper
            | Error::OpenConversations { .. } => true,
            Error::Store(StoreError::Unavailable(_)) => self.store().failed_commits() > 0,
            _ => false,
        };
        if is_fine {
            Ok(())
        } else {
            Err(format!("a deed ended with “{error}” ({error:?})"))
        }
    }

    /// Time passes as it does: everybody who is there is heard, jobs run, and the clock's
    /// hand moves.
    pub fn live(&mut self, span_ms: i64) -> Result<(), String> {
        self.clock.advance(span_ms);
        for who in 0..self.agents.len() {
            if !self.agents[who].is_connected {
                continue;
            }
            let (desk, actor) = (self.tools.desk.clone(), self.agents[who].actor.clone());
            match now(desk.see(actor.workspace_id, actor.id)) {
                Ok(()) => self.agents[who].seen_at = Some(self.clock.now()),
                Err(error) => self.check_error(&error)?,
            }
        }
        if let Some((name, deed)) = deeds::begin(self, What::Sweep, &mut Dice::new(0)) {
            self.at_once(&name, deed)?;
        }
        self.work()?;
        self.look()
    }

    /// Runs every job that is ready.
    pub fn work(&mut self) -> Result<(), String> {
        loop {
            match now(work_one(&self.tools)) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => return self.check_error(&error.into()),
            }
        }
    }

    fn jump(&mut self, span_ms: i64) {
        self.clock.set_by(span_ms);
        self.tell(format!("the clock jumps by {} min", span_ms / MINUTE_MS));
    }

    /// The process dies where it stands. What it had committed is what the next one finds;
    /// who waited for an answer gets none.
    fn crash(&mut self) -> Result<(), String> {
        let lost = self.under_way.len();
        self.under_way.clear();
        self.tell(format!("the process dies with {lost} under way"));
        let (from, to) = {
            let from = self.home.folder();
            self.home.lives += 1;
            (from, self.home.folder())
        };
        std::fs::create_dir_all(&to).unwrap();
        // The log last: what is carried over meanwhile stands in it too.
        for name in ["segue.db", "segue.db-wal"] {
            std::fs::copy(from.join(name), to.join(name)).unwrap();
        }
        let store = open(&to);
        self.bell = store.listen();
        self.tools = tools(&store, &self.clock, &self.post);
        self.other_node = Desk::new(store, self.clock.clone(), true);
        std::fs::remove_dir_all(&from).unwrap();
        self.wake();
        self.look_at_all()
    }

    /// After each step: the conversations that were rung, and the floor.
    fn look(&mut self) -> Result<(), String> {
        if self.steps.is_multiple_of(WHOLE_LOOK) {
            self.look_at_all()?;
        }
        let (mut rung, mut heard) = (BTreeMap::new(), BTreeSet::new());
        loop {
            match self.bell.try_recv() {
                Ok(Ring::Conversation { id, seq }) => {
                    // Some rings never arrive.
                    if !self.dice.chance(30) {
                        heard.insert(id.clone());
                    }
                    rung.insert(id, seq);
                }
                Ok(_) => {}
                Err(TryRecvError::Empty) => break,
                Err(error) => return Err(format!("the bell says {error}")),
            }
        }
        if rung.is_empty() {
            return Ok(());
        }
        let workspace_id = self.workspace_id.clone();
        let looked_at = self.looked_at.clone();
        let seen = now(self.store().read(move |tx| {
            let (mut faults, mut news) = (Vec::new(), Vec::new());
            for (id, seq) in &rung {
                let Some(conversation) = tx.conversation(&workspace_id, id)? else {
                    faults.push(format!("{id} was rung and is not there"));
                    continue;
                };
                if *seq > conversation.seq {
                    faults.push(format!("{id} was rung before its commit"));
                }
                rules::conversation_faults(tx, &conversation, &mut faults)?;
                let after = looked_at.get(id).copied().unwrap_or(0);
                news.push((id.clone(), tx.events(&workspace_id, id, after, 10_000)?));
            }
            let all =
                tx.list_conversations(&workspace_id, &segue_store::View::All, None, 10_000)?;
            let all: Vec<Conversation> = all.into_iter().map(|it| it.conversation).collect();
            rules::floor_faults(tx, &workspace_id, &all, &mut faults)?;
            Ok::<_, StoreError>((faults, news))
        }));
        let (faults, news) = seen.unwrap();
        for (id, events) in news {
            self.take_in(&id, &events)?;
            if heard.contains(&id) {
                self.show(&id)?;
            }
        }
        refuse(faults)
    }

    /// What is new in a conversation: nobody who was heard is dropped.
    fn take_in(&mut self, id: &ConversationId, events: &[Event]) -> Result<(), String> {
        for event in events {
            self.looked_at.insert(id.clone(), event.seq);
            let Fact::Dropped { agent: dropped } = &event.fact else {
                continue;
            };
            let who = self.agents.iter_mut().find(|it| it.actor.id == dropped.id);
            let agent = who.expect("only our agents are here");
            agent.holds.retain(|(held, _)| held != id);
            let grace_ms = Timings::default().agent_grace_ms;
            let silent = |at: Timestamp| event.at.since(at) >= grace_ms;
            let was_silent = agent.seen_at.is_none_or(silent) && silent(self.begins);
            if !was_silent && agent.leaves == 0 {
                return Err(format!(
                    "{} was heard at {:?} and dropped at {}; the process began at {}",
                    agent.actor.name, agent.seen_at, event.at, self.begins
                ));
            }
        }
        Ok(())
    }

    /// A socket that continues where it stands, by the number alone.
    fn show(&mut self, id: &ConversationId) -> Result<(), String> {
        let after = self.shown.get(id).copied().unwrap_or(0);
        let (workspace_id, asked) = (self.workspace_id.clone(), id.clone());
        let read = self
            .store()
            .read(move |tx| tx.events(&workspace_id, &asked, after, 10_000));
        let events: Result<_, StoreError> = now(read);
        for event in events.unwrap() {
            let shown = self.shown.entry(id.clone()).or_insert(0);
            if event.seq != *shown + 1 {
                return Err(format!("a socket is shown {} after {shown}", event.seq));
            }
            *shown = event.seq;
        }
        Ok(())
    }

    /// Everything in the database, and whether what was acknowledged is there, once.
    pub fn look_at_all(&mut self) -> Result<(), String> {
        let workspace_id = self.workspace_id.clone();
        let seen = now(self.store().read(move |tx| {
            let mut events = BTreeMap::new();
            let all =
                tx.list_conversations(&workspace_id, &segue_store::View::All, None, 10_000)?;
            for listed in all {
                let id = listed.conversation.id;
                let of_it = tx.events(&workspace_id, &id, 0, 10_000)?;
                events.insert(id, of_it);
            }
            Ok::<_, StoreError>((rules::faults(tx, &workspace_id)?, events))
        }));
        let (mut faults, events) = seen.unwrap();
        for (n, line) in self.lines.iter().enumerate() {
            let in_it = events
                .get(&line.conversation_id)
                .map_or(&[][..], Vec::as_slice);
            let is_it = |event: &&Event| {
                matches!(&event.fact, Fact::MessageAdded(message)
                    if message.client_message_id.as_ref() == Some(&line.client_message_id))
            };
            let found: Vec<&Event> = in_it.iter().filter(is_it).collect();
            let says = |event: &Event| {
                let text = event.body.as_ref().and_then(|body| body.text.as_ref());
                text == Some(&line.text)
            };
            let is_right = match (line.acknowledged, found.as_slice()) {
                (None, []) => true,
                (None, [event]) => says(event),
                (Some(seq), [event]) => event.seq == seq && says(event),
                _ => false,
            };
            if !is_right {
                faults.push(format!(
                    "line {n}, acknowledged as {:?}, is there {} times",
                    line.acknowledged,
                    found.len()
                ));
            }
        }
        refuse(faults)
    }

    /// A number for all that happened: the story and every event.
    pub fn fingerprint(&self) -> u64 {
        let workspace_id = self.workspace_id.clone();
        let read = self.store().read(move |tx| {
            let place = segue_store::EventPlace::default();
            tx.workspace_events(
                &workspace_id,
                &place,
                Timestamp::from_millis(i64::MAX),
                100_000,
            )
        });
        let events: Result<_, StoreError> = now(read);
        let mut told = self.story.join("\n");
        for (id, event) in events.unwrap() {
            told += &format!("\n{id} {}", serde_json::to_string(&event).unwrap());
        }
        // FNV-1a.
        told.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    pub fn add_line(&mut self, by: Speaker, id: ConversationId, text: String) -> (usize, Line) {
        let n = self.lines.len();
        let line = Line {
            by,
            conversation_id: id,
            client_message_id: format!("line-{n:04}"),
            text,
            acknowledged: None,
        };
        self.lines.push(line.clone());
        (n, line)
    }

    pub fn lines_where(&self, is_meant: impl Fn(&Line) -> bool) -> Vec<(usize, Line)> {
        let numbered = self.lines.iter().cloned().enumerate();
        numbered.filter(|(_, line)| is_meant(line)).collect()
    }

    /// A conversation by its customer and number.
    pub fn label(&self, id: &ConversationId) -> String {
        for (who, customer) in self.customers.iter().enumerate() {
            if let Some(n) = customer.conversations.iter().position(|it| it == id) {
                return format!("{who}/{n}");
            }
        }
        "?".into()
    }
}

fn open(folder: &Path) -> Store {
    let store = Store::open_sqlite(folder).unwrap();
    store.take_turns();
    store
}

pub fn refuse(faults: Vec<String>) -> Result<(), String> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n  "))
    }
}

fn tools(store: &Store, clock: &Clock, post: &Post) -> Tools {
    Tools {
        desk: Desk::new(store.clone(), clock.clone(), true),
        hub: Hub::new(),
        mailer: Some(Arc::new(
            Mailer::new(post.url(), "help@fernhill.example").unwrap(),
        )),
        fetcher: Default::default(),
        model: None,
    }
}
