//! The desk: what can be done with a conversation, one verb a file. Every write is the
//! same four beats: load, decide, record, ring. A verb is a synchronous function over
//! a transaction; the methods of [`Desk`] read the text before it and open it.

mod absence;
mod accept;
mod advise;
mod answer;
mod answer_once;
mod arrive;
mod ask;
mod assign;
mod attach;
pub mod audit;
mod brief;
mod cancel;
mod candidate;
mod change_agent;
mod check_draft;
mod choose_email;
mod closing_time;
mod delete_workspace;
mod draft_article;
mod edit_article;
mod effects;
mod erase;
mod error;
mod export;
mod fall_due;
mod foretell;
mod gaps;
mod give_way;
mod grant;
mod hand_back;
mod hand_off;
mod identify;
mod import;
mod join;
mod judge;
mod keep;
mod keep_place;
mod know;
mod leave;
mod line;
mod look_up;
mod lore;
mod mail_failed;
mod make_findable;
mod meet;
mod milestones;
mod overhear;
mod presence;
mod rate;
mod receive;
mod replay;
mod reply;
mod reset_password;
mod resolve;
mod resume_clock;
mod retain;
mod retell;
mod retry_given_up;
mod return_to;
mod roll_up;
mod scene;
mod search;
mod set_canned;
mod set_company;
mod set_dedicated;
mod set_hours;
mod set_inboxes;
mod set_look_up;
mod set_mail;
mod set_mailbox;
mod set_policy;
mod set_retention;
mod set_routing;
mod set_teams;
mod set_tone;
mod set_up;
mod set_webhooks;
mod settle_restored;
mod shadow;
mod sign_in;
mod similar;
mod speech;
mod take_mail;
mod take_over;
mod tell;
mod transfer;
mod try_question;
mod verdicts;
mod wait;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use segue_core::ids::{AgentId, InboxId, WebhookId, WorkspaceId};
use segue_core::time::{SECOND_MS, Timestamp};
use segue_core::webhook::Topic;
use segue_sense::read::Reader;
use segue_store::{Inbox, Shadow, Store, Tx, Workspace};
use tokio::time::Instant;
use tracing::Instrument;

pub use absence::SIGN_EVERY_MS;
pub(crate) use absence::{aimed_response_hours, stated_response_hours};
pub use advise::{Advice, Case, Transcript, advise};
pub use answer_once::{AnswerKey, Answered, Plain, Telling};
pub use ask::AskOrder;
pub use attach::{Begun, FILE_BYTES, Unnamed, Upload};
pub use brief::Brief;
pub use change_agent::AgentChange;
pub use check_draft::{ReplyChecked, Warned};
pub use draft_article::{WordOrder, Wording};
pub use edit_article::Written;
pub use effects::{Effects, QueueEffect, WaitsShown};
pub use erase::Erased;
pub use error::Error;
pub use export::{Export, ExportedLookUp};
pub use fall_due::Judging;
pub use gaps::{AskedAgain, GapExample, GapFound};
pub use import::{FileFault, FolderRead, Imported, read_folder, read_one, read_sources};
pub use join::{LinkMade, LinkOrder};
pub use keep::Keep;
pub(crate) use keep_place::link_back;
pub use know::{ATTRIBUTES, EVENTS_KEPT};
pub use leave::{Leave, Left};
pub use line::{Line, may_see, sees};
pub use look_up::{Better, BetterOrder, LookUpOrder, LookUpResult, LookUpWanted};
pub(crate) use lore::has_left;
pub use meet::NewContact;
pub use milestones::{FirstHour, Milestone, Step};
pub use overhear::OverhearOrder;
pub use receive::{AnswerOrder, ByMail, Inbound, Received};
pub use replay::{MOST_REPLAYED, ReplayOrder, Replayed};
pub use reply::{MailOrder, Reply, Sent};
pub use resolve::WrapUp;
pub use roll_up::RolledUp;
pub use search::{OfTeam, Search, SearchHit, SearchPage};
pub use set_canned::{CannedWanted, has_ready, may_write_for};
pub use set_company::Company;
pub(crate) use set_hours::hours_fault;
pub use set_inboxes::InboxChange;
pub(crate) use set_inboxes::first_open;
pub use set_look_up::LookUpChange;
pub use set_mail::MailServer;
pub use set_mailbox::MailboxChange;
pub use set_policy::live_policy;
pub use set_retention::{LEAST_DAYS, MOST_DAYS};
pub use set_teams::TeamWanted;
pub(crate) use set_up::SETUP;
pub use set_up::SetUp;
pub use set_webhooks::WebhookChange;
pub use shadow::shadow_report;
pub use sign_in::SessionKeys;
pub use similar::{SimilarShown, learn, similar};
pub use speech::Speech;
pub use take_mail::{MailHome, MailPlace, NewMail};
pub use tell::{TellOrder, ToTell, Went};
pub use transfer::{PassTo, Transfer};
pub use try_question::Tried;
pub use verdicts::Verdicts;
pub(crate) use wait::staffing;
pub use wait::{Staffing, WaitShown, wait_shown};

pub use crate::identity::Happened;

use crate::assistant::Knowledge;
use crate::edge::{Clock, Count, Moment, secret};
use crate::trace;

/// The desk of this process.
#[derive(Clone)]
pub struct Desk {
    /// The database.
    pub store: Store,
    /// Where time and chance come from.
    pub clock: Clock,
    /// What the assistant knows.
    pub knowledge: Knowledge,
    /// Whether the command line says how mail is sent; what the console says counts where
    /// it does not (P32 is offered only where mail can be sent).
    pub mail: bool,
    /// Whether a language model is there to better what the package says.
    pub has_model: bool,
    /// Where browsers find us, `https://help.example.com`, if the operator said so.
    pub public_url: Option<Arc<str>>,
    places: Arc<Mutex<Places>>,
    /// The name of this process among all that use the database.
    node: Arc<str>,
    lines: line::Lines,
    /// What was learned of how long things take.
    lores: lore::Lores,
    /// The leases of workspaces as this node last saw them change.
    leases: Arc<Mutex<HashMap<WorkspaceId, keep::Seen>>>,
    in_no_hurry: Arc<give_way::InNoHurry>,
}

/// Places that are remembered, and since when.
type Places = HashMap<InboxId, (Timestamp, Arc<Place>)>;

/// An inbox with its workspace: what a verb must know of its surroundings.
#[derive(Clone, Debug)]
pub struct Place {
    /// Whose.
    pub workspace: Workspace,
    /// Where, with policy and hours.
    pub inbox: Inbox,
    /// Whether mail can be sent.
    pub mail: bool,
    /// A candidate that runs beside the inbox's policy.
    pub shadow: Option<Shadow>,
    /// Who else is told what happens.
    pub webhooks: Vec<Listener>,
}

impl Place {
    /// Refuses what would begin in an inbox that is closed.
    fn takes_new(&self) -> Result<(), Error> {
        match self.inbox.closed_at {
            Some(_) => Err(Error::InboxClosed),
            None => Ok(()),
        }
    }
}

/// A webhook that is told, and of what.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Which.
    pub id: WebhookId,
    /// What it hears of.
    pub topics: Vec<Topic>,
}

/// How long a place may be remembered; a changed policy counts after that.
const PLACE_KEPT_MS: i64 = 2 * SECOND_MS;

impl Desk {
    /// A desk over a database.
    pub fn new(store: Store, clock: Clock, mail: bool) -> Self {
        Self::with_reader(store, clock, mail, Reader::lexical())
    }

    /// A desk that reads texts with sentence vectors too.
    pub fn with_reader(store: Store, clock: Clock, mail: bool, reader: Reader) -> Self {
        let knowledge = Knowledge::new(store.clone(), reader);
        Self {
            store,
            clock,
            knowledge,
            mail,
            has_model: false,
            public_url: None,
            places: Arc::default(),
            node: secret("node").into(),
            lines: line::Lines::default(),
            lores: Arc::default(),
            leases: Arc::default(),
            in_no_hurry: Arc::default(),
        }
    }

    /// A desk that knows where browsers find it; without a slash at the end.
    pub fn with_public_url(self, url: Option<&str>) -> Self {
        let public_url = url.map(|url| Arc::from(url.trim_end_matches('/')));
        Self { public_url, ..self }
    }

    /// The place of an inbox, remembered for a moment.
    pub async fn place(
        &self,
        workspace_id: &WorkspaceId,
        inbox_id: &InboxId,
    ) -> Result<Arc<Place>, Error> {
        let now = self.clock.now();
        let remembered = {
            let places = self
                .places
                .lock()
                .expect("nobody panics with the lock held");
            places
                .get(inbox_id)
                .filter(|(at, _)| now.since(*at) < PLACE_KEPT_MS)
                .map(|(_, place)| place.clone())
        };
        if let Some(place) = remembered.filter(|place| place.workspace.id == *workspace_id) {
            return Ok(place);
        }
        let (workspace_id, inbox_id, mail) = (workspace_id.clone(), inbox_id.clone(), self.mail);
        let place = self
            .store
            .read(move |tx| load_place(tx, &workspace_id, &inbox_id, mail))
            .await?;
        let place = Arc::new(place);
        let mut places = self
            .places
            .lock()
            .expect("nobody panics with the lock held");
        places.insert(place.inbox.id.clone(), (now, place.clone()));
        Ok(place)
    }

    /// Has every place read anew: its policy is another now.
    fn forget_places(&self) {
        let mut places = self
            .places
            .lock()
            .expect("nobody panics with the lock held");
        places.clear();
    }

    /// Runs a verb in a transaction at the present moment.
    async fn verb<T: Send + 'static>(
        &self,
        verb: impl FnMut(&mut Tx<'_>, &Moment) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (moment, begun, name) = (self.clock.moment(), Instant::now(), name_of(&verb));
        // The last run is the one that counts.
        let counted = Arc::new(Mutex::new(Vec::new()));
        let (kept, mut verb) = (counted.clone(), verb);
        let done = self.store.write(move |tx| {
            let moment = moment.again();
            let done = verb(tx, &moment);
            *kept.lock().expect("nobody panics with the lock held") = moment.counted();
            done
        });
        let done = done.instrument(trace::verb(name)).await;
        metrics::histogram!("segue_verb_seconds", "verb" => name)
            .record(begun.elapsed().as_secs_f64());
        if done.is_ok() {
            let counted = std::mem::take(&mut *counted.lock().expect("the verb is over"));
            for count in counted {
                tell(count);
            }
        }
        done
    }
}

/// A verb's name, for its figures: that of the file that it stands in.
fn name_of<F>(_: &F) -> &'static str {
    let path = std::any::type_name::<F>();
    let within = path.split_once("::desk::").map_or(path, |(_, rest)| rest);
    within.split("::").next().unwrap_or(within)
}

/// Adds to the figures.
fn tell(count: Count) {
    match count {
        Count::One(name, (label, value)) => {
            metrics::counter!(name, label => value).increment(1);
        }
        Count::Seconds(name, seconds) => metrics::histogram!(name).record(seconds),
    }
}

/// Reads the place of an inbox.
fn load_place(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    inbox_id: &InboxId,
    mail: bool,
) -> Result<Place, Error> {
    let inbox = tx.inbox(workspace_id, inbox_id)?.ok_or(Error::NotFound)?;
    let workspace = tx.workspace(workspace_id)?.ok_or(Error::NotFound)?;
    // Mail is promised once a test mail has gone out, not before.
    let is_tested = |tx: &mut Tx<'_>| {
        let settings = tx.mail_settings(workspace_id)?;
        Ok::<_, Error>(settings.is_some_and(|it| it.tested_at.is_some()))
    };
    Ok(Place {
        workspace,
        inbox,
        mail: mail || is_tested(tx)?,
        shadow: tx.shadow(workspace_id)?,
        webhooks: tell::listeners(tx, workspace_id)?,
    })
}

/// An agent who does something, as far as a verb must know.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Who.
    pub id: AgentId,
    /// Where they work.
    pub workspace_id: WorkspaceId,
    /// What customers see.
    pub name: String,
}
