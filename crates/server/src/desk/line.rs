//! The line as this node saw it last: who waits, in order, with everybody's place. It is
//! read once for all who ask, and again after every change of the floor; thousands of
//! customers who are told their place at once cost one look at the queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use segue_core::access::{Permission, may};
use segue_core::conversation::{Conversation, Owner};
use segue_core::forecast::Shortage;
use segue_core::ids::{ConversationId, TeamId, WorkspaceId};
use segue_core::queue::{self, Place, Waiting};
use segue_core::route::Floor;
use segue_core::time::{SECOND_MS, Timestamp};
use segue_store::{Agent, HeldNow, Tx};
use tokio::sync::Notify;

use super::foretell::Outlook;
use super::lore::{Lores, lore};
use super::presence::seen_after;
use super::{Desk, Error};

/// Who waits in a workspace and who answers, at one moment.
#[derive(Debug)]
pub struct Line {
    /// Who waits, in order.
    pub queue: Vec<Waiting>,
    /// Teams and people.
    pub floor: Floor,
    /// What they hold.
    pub(super) held: Vec<HeldNow>,
    /// The minutes that those who wait were promised.
    pub(super) promised: HashMap<ConversationId, u32>,
    /// The waits that are foreseen; `None` where the line was read by somebody who needs none.
    pub(super) outlook: Option<Outlook>,
    shortages: OnceLock<Vec<(Option<TeamId>, Shortage)>>,
    places: HashMap<ConversationId, Place>,
    read_at: Timestamp,
    /// The store's count of changes when it was read.
    changes: u64,
}

/// The lines of this node's workspaces. Whoever finds one out of date has it read while the
/// others wait for that.
pub(super) type Lines = Arc<Mutex<HashMap<WorkspaceId, Arc<Kept>>>>;

/// The line of one workspace as it was read last.
#[derive(Default)]
pub(super) struct Kept {
    state: Mutex<Known>,
    /// Rings when a reading has ended, however it did.
    ended: Notify,
}

#[derive(Default)]
struct Known {
    line: Option<Arc<Line>>,
    is_being_read: bool,
}

/// The one reading of a line at a time. It lives on the thread that reads and ends there,
/// whether or not its caller still listens.
struct Reading(Arc<Kept>);

impl Kept {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.state.lock().expect("nobody panics with the lock held")
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.known().is_being_read = false;
        self.0.ended.notify_waiters();
    }
}

/// How long a line holds that nothing has changed: by then overflow, and the silence of
/// agents, may count otherwise.
const KEPT_MS: i64 = SECOND_MS;
/// A line longer than this …
const LONG: usize = 1_000;
/// … may be this old although something has changed: where hundreds come and go in a
/// second, nobody sees a place that is right for some milliseconds.
const LONG_KEPT_MS: i64 = 200;

impl Line {
    /// Reads the line.
    pub fn read(
        tx: &mut Tx<'_>,
        workspace_id: &WorkspaceId,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let seen_after = seen_after(tx, workspace_id, now)?;
        let floor = tx.floor(workspace_id, now, seen_after)?;
        let mut queue = tx.waiting(workspace_id)?;
        queue::order(&mut queue);
        let told = queue::places(&queue, &floor, now);
        let ids = queue.iter().map(|waiting| waiting.conversation_id.clone());
        Ok(Self {
            places: ids.zip(told).collect(),
            held: Vec::new(),
            promised: HashMap::new(),
            outlook: None,
            shortages: OnceLock::new(),
            queue,
            floor,
            read_at: now,
            changes: 0,
        })
    }

    /// Queues that are too long (P43), each with its team; `closes_in_ms` until the doors
    /// close, if they do. Found out once for all who look at this line.
    pub fn shortages(&self, closes_in_ms: Option<i64>) -> &[(Option<TeamId>, Shortage)] {
        self.shortages.get_or_init(|| {
            let seed = self.read_at.as_millis().unsigned_abs();
            let outlook = self.outlook.as_ref();
            outlook.map_or_else(Vec::new, |it| it.shortages(closes_in_ms, seed))
        })
    }

    /// Reads the line with what is needed to foresee its waits.
    fn foresee(
        tx: &mut Tx<'_>,
        lores: &Lores,
        workspace_id: &WorkspaceId,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let mut line = Self::read(tx, workspace_id, now)?;
        let lore = lore(tx, lores, workspace_id, now)?;
        line.held = tx.held_now(workspace_id)?;
        line.promised = tx.promised_minutes(workspace_id)?;
        line.outlook = Some(Outlook::of(&line, lore, now));
        Ok(line)
    }

    /// The place of a wait that may have begun since the line was read.
    pub fn place_for(&self, waiting: &Waiting, now: Timestamp) -> Place {
        let known = self.place(&waiting.conversation_id);
        known.unwrap_or_else(|| queue::place_of(waiting, &self.queue, &self.floor, now))
    }

    /// The place of a wait.
    pub fn place(&self, conversation_id: &ConversationId) -> Option<Place> {
        self.places.get(conversation_id).copied()
    }

    fn holds(&self, now: Timestamp, changes: u64, wanted: Option<&ConversationId>) -> bool {
        let age_ms = now.since(self.read_at);
        let is_known = wanted.is_none_or(|id| self.places.contains_key(id));
        let is_long = self.queue.len() > LONG && is_known;
        (0..KEPT_MS).contains(&age_ms)
            && (self.changes >= changes || is_long && age_ms < LONG_KEPT_MS)
    }
}

impl Desk {
    /// The line of a workspace as it is now. `wanted` is a conversation that the caller
    /// means to find in it, if it waits.
    pub async fn line(
        &self,
        workspace_id: &WorkspaceId,
        wanted: Option<&ConversationId>,
    ) -> Result<Arc<Line>, Error> {
        let kept = {
            let mut lines = self.lines.lock().expect("nobody panics with the lock held");
            lines.entry(workspace_id.clone()).or_default().clone()
        };
        loop {
            // Made before the look, so that no end in between is missed.
            let ended = kept.ended.notified();
            // Taken before the reading: what changes meanwhile makes it out of date.
            let (now, changes) = (self.clock.now(), self.store.floor_changes(workspace_id));
            let reading = {
                let mut known = kept.known();
                if let Some(line) = known
                    .line
                    .as_ref()
                    .filter(|it| it.holds(now, changes, wanted))
                {
                    return Ok(line.clone());
                }
                let begins = !known.is_being_read;
                known.is_being_read = true;
                begins.then(|| Reading(kept.clone()))
            };
            let Some(reading) = reading else {
                ended.await;
                continue;
            };
            let (id, lores) = (workspace_id.clone(), self.lores.clone());
            let foresee = move |tx: &mut Tx<'_>| {
                let read = Line::foresee(tx, &lores, &id, now)?;
                let line = Arc::new(Line { changes, ..read });
                reading.0.known().line = Some(line.clone());
                Ok(line)
            };
            return self.store.read(foresee).await;
        }
    }
}

/// Whether an agent sees a conversation, with the floor at hand; see [`may_see`].
pub fn sees(floor: &Floor, agent: &Agent, conversation: &Conversation, now: Timestamp) -> bool {
    let owns = conversation.owner() == Owner::Agent(agent.id.clone());
    if conversation.team.is_none() || owns || may(agent.role, Permission::SeeAllTeams) {
        return true;
    }
    // Who passed it on may take it back until somebody has it.
    let passed_on_by = conversation
        .wait()
        .and_then(|wait| wait.passed_on_by.as_ref());
    if passed_on_by == Some(&agent.id) {
        return true;
    }
    match Waiting::of(conversation) {
        Some(waiting) => floor.may_take(&agent.id, &waiting, now),
        None => floor.may_see(&agent.id, conversation.team.as_ref()),
    }
}

/// Whether an agent may see a conversation at all (attack case 19): what no team answers
/// for is everybody's; what one answers for is seen by its people, by those who help it
/// out, by whoever holds it or is asked for it, and by leads and admins.
pub fn may_see(
    tx: &mut Tx<'_>,
    agent: &Agent,
    conversation: &Conversation,
    now: Timestamp,
) -> Result<bool, Error> {
    if conversation.team.is_none() || may(agent.role, Permission::SeeAllTeams) {
        return Ok(true);
    }
    let floor = tx.floor(&conversation.workspace_id, now, now)?;
    Ok(sees(&floor, agent, conversation, now))
}
