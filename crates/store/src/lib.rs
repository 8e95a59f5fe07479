//! The only place with SQL. SQLite and PostgreSQL behind one [`Store`]; a verb is a
//! plain function over a [`Tx`] and does not know which it runs on.
//!
//! `write` runs a verb in a transaction and answers after the commit is on disk.
//! Rings that the verb asked for go out after that, never before.

mod absence;
mod agents;
mod answers;
mod articles;
mod attempts;
mod audit;
mod backup;
mod bell;
mod canned;
mod cases;
mod contact_events;
mod contacts;
mod conversations;
mod erasure;
mod error;
mod events;
mod faults;
mod files;
mod found_contacts;
mod gaps;
mod handoffs;
mod host;
mod identity_keys;
mod inboxes;
mod inspect;
mod jobs;
mod kill_point;
mod lane;
mod leases;
mod leaving;
mod links;
mod look_ups;
mod mail_settings;
mod mailboxes;
mod mails;
mod measure_cells;
mod measures;
mod migrate;
mod milestones;
mod past;
mod policies;
mod postgres_bell;
mod postgres_lane;
mod postgres_line;
mod postgres_tls;
mod presences;
mod queue;
mod retention;
mod search;
mod sessions;
mod sql;
mod sqlite_lane;
mod sqlite_log;
mod standings;
mod teams;
mod trials;
mod turns;
mod tx;
mod waits;
mod webhooks;
mod workspaces;

pub use agents::{Agent, NewAgent, Presence};
pub use answers::StoredAnswer;
pub use articles::Article;
pub use attempts::StoredDecision;
pub use audit::{AuditEntry, AuditFilter, NewAuditEntry};
pub use backup::{BackupError, Seal, back_up, check_backup, complete_restore, restore};
pub use bell::Ring;
pub use canned::{CannedReply, SharedWith};
pub use cases::SolvedCase;
pub use contact_events::ContactEvent;
pub use contacts::{Contact, Person, Told, VisitorKey};
pub use conversations::{Behind, Listed, Open, View};
pub use error::Error;
pub use events::EventPlace;
pub use files::{Sender, StoredFile};
pub use found_contacts::Kept;
pub use gaps::Gap;
pub use handoffs::{Handoff, HandoffEnd};
pub use host::Figures;
pub use identity_keys::{IdentityKey, IdentitySecret};
pub use inboxes::Inbox;
pub use inspect::{
    EmbeddedReport, MailInConsole, PostgresReport, inspect_postgres, inspect_sqlite, quick_check,
    standing_of_folder, standing_of_postgres,
};
pub use jobs::{Job, Lot};
pub use kill_point::kill_point;
pub use leases::Lease;
pub use links::{Link, LinkKind};
pub use look_ups::{LookUp, LookUpAnswer, LookUpHeader};
pub use mail_settings::{MailSecurity, MailSettings};
pub use mailboxes::{Mailbox, MailboxServer, Progress};
pub use mails::{AddressStanding, MailKey, MailOutcome, TakenMail};
pub use measures::{CaseStanding, CasesAsked, KeptCase, MeasureMark, Taken, TakenAsked};
pub use migrate::Standing;
pub use milestones::Sighting;
pub use past::{PastCourse, PastHandoff};
pub use policies::PolicyVersion;
pub use presences::Stay;
pub use retention::{Aged, Retention};
pub use search::{Findable, MOST_GROUPS, Sought};
pub use sessions::{ApiToken, Session};
pub use sqlite_lane::{carry_over_all, is_served, make_folder};
pub use sqlite_log::{LogState, examine_log};
pub use standings::{JobsStanding, Standings};
pub use teams::Team;
pub use trials::{Shadow, ShadowDecision, Trial, TrialKind, TrialState};
pub use turns::on_behalf_of;
pub use tx::Tx;
pub use waits::{Course, HeldNow, ToldWait};
pub use webhooks::{Delivery, DeliveryOutcome, Webhook, WebhookSecret, WebhookState};
pub use workspaces::{Settings, Workspace};

use std::path::Path;
use std::sync::Arc;

use bell::Bell;
use lane::Lane;
use turns::Turns;

/// A database, opened and migrated. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writers: Lane,
    readers: Lane,
    writing: Turns,
    reading: Turns,
    bell: Bell,
    kind: Kind,
}

/// Figures of a database since the process began, and what waits for it now.
#[derive(Clone, Copy, Debug, Default)]
pub struct LaneFigures {
    /// Verbs that wait for a connection that writes.
    pub waiting_to_write: usize,
    /// Queries that wait for a connection that reads.
    pub waiting_to_read: usize,
    /// Transactions that were committed.
    pub commits: u64,
    /// Verbs in them: over `commits`, the size of a group.
    pub verbs: u64,
    /// Transactions that failed as a whole.
    pub failures: u64,
}

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Embedded, one file.
    Sqlite,
    /// A server that many nodes share.
    Postgres,
}

impl Store {
    /// Opens `segue.db` in a folder, making both if needed.
    pub fn open_sqlite(folder: &Path) -> Result<Self, Error> {
        let bell = Bell::new();
        let (writers, readers) = sqlite_lane::open(folder, bell.clone())?;
        Ok(Self {
            inner: Arc::new(Inner {
                writers,
                readers,
                writing: Turns::default(),
                reading: Turns::default(),
                bell,
                kind: Kind::Sqlite,
            }),
        })
    }

    /// Connects to PostgreSQL 13 or newer, `postgres://user:password@host:port/name`;
    /// `?sslmode=verify-full` and the like say how safe the way must be.
    pub fn open_postgres(url: &str) -> Result<Self, Error> {
        let bell = Bell::new();
        let (writers, readers) = postgres_lane::open(url, bell.clone())?;
        Ok(Self {
            inner: Arc::new(Inner {
                writers,
                readers,
                writing: Turns::default(),
                reading: Turns::default(),
                bell,
                kind: Kind::Postgres,
            }),
        })
    }

    /// Runs a verb in a transaction; `Ok` means that it is committed to disk. The verb
    /// may run again if the database asks for it, so it must not act on the outside.
    /// It runs to its end even if the caller goes away.
    pub async fn write<T, E>(
        &self,
        verb: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let _turn = self.inner.writing.take().await;
        self.inner.writers.run(false, verb).await
    }

    /// Runs a query on a connection that cannot write. All that it reads is of one moment.
    pub async fn read<T, E>(
        &self,
        query: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let _turn = self.inner.reading.take().await;
        self.inner.readers.run(false, query).await
    }

    /// Runs a query that reads once, or several things that need not be of one moment.
    /// On PostgreSQL it costs one round trip and no transaction.
    pub async fn glance<T, E>(
        &self,
        query: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let _turn = self.inner.reading.take().await;
        self.inner.readers.run(true, query).await
    }

    /// Hears of every commit, on this node and on others. A receiver that lags must
    /// look at everything it cares for again.
    pub fn listen(&self) -> tokio::sync::broadcast::Receiver<Ring> {
        self.inner.bell.listen()
    }

    /// How often queue, agents or lists of a workspace have changed, as far as this node
    /// heard. What was read after this number was taken holds while the number stays, but
    /// for changes on other nodes whose wake-up is still on its way.
    pub fn floor_changes(&self, workspace_id: &segue_core::ids::WorkspaceId) -> u64 {
        self.inner.bell.floor_changes(workspace_id)
    }

    /// What happened so far, and what waits now.
    pub fn lane_figures(&self) -> LaneFigures {
        let (writers, readers) = (&self.inner.writers, &self.inner.readers);
        let (commits, verbs, failures) = writers.tally();
        LaneFigures {
            waiting_to_write: writers.waiting(),
            waiting_to_read: readers.waiting(),
            commits,
            verbs,
            failures: failures + readers.tally().2,
        }
    }

    /// Which database it is.
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// Transactions that could not be committed so far. Whoever judges others by what they
    /// wrote down must know whether anything could be.
    pub fn failed_commits(&self) -> u64 {
        self.inner.writers.faults().failed_commits()
    }

    /// Ends, with the reason, when this process must not go on with the database: what it
    /// holds in memory and what is on disk may differ. Until the process ends, every write
    /// is refused.
    pub async fn broken(&self) -> String {
        self.inner.writers.faults().broken().await
    }

    /// Why this process must not go on with the database, if so.
    pub fn is_broken(&self) -> Option<String> {
        self.inner
            .writers
            .faults()
            .is_broken()
            .map(|error| error.to_string())
    }

    /// Makes the next commits of the embedded database fail, as a full disk would.
    #[doc(hidden)]
    pub fn fail_commits(&self, count: u32) {
        self.inner.writers.faults().fail_commits(count);
    }

    /// From now on each read and write takes exactly two polls of its caller, whatever the
    /// threads do: a simulation can repeat itself.
    #[doc(hidden)]
    pub fn take_turns(&self) {
        self.inner.writers.faults().take_turns();
        self.inner.readers.faults().take_turns();
    }

    /// Makes the next commit of the embedded database end as if the disk had not kept what
    /// it was told to keep.
    #[doc(hidden)]
    pub fn fail_sync(&self) {
        self.inner.writers.faults().fail_sync();
    }

    /// Makes the next commits on PostgreSQL happen without anybody hearing of it, as a
    /// connection that dies in that moment would.
    #[doc(hidden)]
    pub fn lose_commits(&self, count: u32) {
        self.inner.writers.faults().lose_commits(count);
    }

    /// Makes the next wake-ups for other nodes get lost.
    #[doc(hidden)]
    pub fn lose_rings(&self, count: u32) {
        self.inner.writers.faults().lose_rings(count);
    }
}
