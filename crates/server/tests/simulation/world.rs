//! The world of one seed: the database, the desk on it, everybody who comes there, and what
//! they were told. It does one step after the other and looks at the rules after each.

mod company;
mod look;

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
