//! The wait as the customer is told of it: is somebody there, which place, how long.

use segue_core::conversation::{Conversation, Phase};
use segue_core::forecast::{self, Promise};
use segue_core::queue::{Needs, Waiting};
use segue_core::route::Floor;
use segue_core::time::{MINUTE_MS, Timestamp};
use segue_store::Tx;
use serde::{Deserialize, Serialize};

use super::presence::seen_after;
use super::{Error, Line, Place};

/// Whether somebody is there to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staffing {
    /// Within hours, and an agent is online.
    Open,
    /// Within hours, but nobody is online.
    NobodyOnline,
    /// Out of hours, until the given opening.
    Closed(Option<Timestamp>),
}

/// A wait as the customer sees it (P30, P33).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WaitShown {
    /// `waiting`, `nobody_online` or `closed`.
    pub status: String,
    /// The place in line, 1 for the next; only while somebody is there to answer. One more
    /// than the conversations before it that the same team answers.
    pub position: Option<u32>,
    /// Of those before, how many came later and are more urgent.
    #[serde(default)]
    pub urgent_ahead: u32,
    /// Minutes that are left of those promised; `None` once they are over.
    pub minutes: Option<u32>,
    /// Whether an agent is being asked right now.
    pub invited: bool,
    /// Whether it is too long to be sat out (over 15 minutes, or past closing): the other ways
    /// come first then.
    #[serde(default)]
    pub slow: bool,
    /// Whether the customer keeps the place from afar and is told when the turn is near.
    #[serde(default)]
    pub kept: bool,
    /// Whether such a customer was told that the turn is near.
    #[serde(default)]
    pub called: bool,
    /// When the doors open, if they are closed.
    pub opens_at: Option<Timestamp>,
}

/// A longer wait than this need not be sat out (P43).
pub(super) const SLOW_MS: i64 = 15 * MINUTE_MS;

/// When the doors close, if they do before a wait of `wait_ms` is over.
pub(super) fn closes_within(place: &Place, wait_ms: i64, now: Timestamp) -> Option<Timestamp> {
    let closes_at = place.inbox.hours.next_closing(now)?;
    (closes_at < now.plus(wait_ms)).then_some(closes_at)
}

/// Whether somebody is there to answer.
pub(crate) fn staffing(
    tx: &mut Tx<'_>,
    place: &Place,
    needs: &Needs,
    now: Timestamp,
) -> Result<Staffing, Error> {
    let seen_after = seen_after(tx, &place.workspace.id, now)?;
    let floor = tx.floor(&place.workspace.id, now, seen_after)?;
    Ok(staffing_on(&floor, place, needs, now))
}

fn staffing_on(floor: &Floor, place: &Place, needs: &Needs, now: Timestamp) -> Staffing {
    if !place.inbox.hours.is_open(now) {
        Staffing::Closed(place.inbox.hours.next_opening(now))
    } else if floor.is_staffed_for(needs) {
        Staffing::Open
    } else {
        Staffing::NobodyOnline
    }
}

/// Whom a conversation needs that waits or is served.
pub(super) fn needs_of(conversation: &Conversation) -> Needs {
    match &conversation.phase {
        Phase::Queued(wait) => wait.needs.clone(),
        Phase::Served { needs, .. } => needs.clone(),
        Phase::Assisted { .. } | Phase::Resolved { .. } => Needs::default(),
    }
}

/// The wait that can be promised now to who needs somebody, in a language; `None` when
/// nobody is there or too little is known.
pub(super) fn promise(
    line: Option<&Line>,
    (needs, language): (&Needs, &str),
    staffing: Staffing,
    now: Timestamp,
) -> Option<Promise> {
    if staffing != Staffing::Open {
        return None;
    }
    let line = line?;
    let outlook = line.outlook.as_ref()?;
    // The instant is chance enough, and on record: the same handoff has the same paths.
    let seed = now.as_millis().unsigned_abs();
    outlook.promise(line, needs, language, seed, now)
}

/// The wait of a conversation as its customer sees it; `None` while it does not wait. Where
/// the caller has no line, it is read.
pub fn wait_shown(
    tx: &mut Tx<'_>,
    line: Option<&Line>,
    place: &Place,
    conversation: &Conversation,
    now: Timestamp,
) -> Result<Option<WaitShown>, Error> {
    let Some(wait) = conversation.wait() else {
        return Ok(None);
    };
    let read;
    let line = match line {
        Some(line) => line,
        None => {
            read = Line::read(tx, &place.workspace.id, now)?;
            &read
        }
    };
    let (status, opens_at) = match staffing_on(&line.floor, place, &wait.needs, now) {
        Staffing::Open => ("waiting", None),
        Staffing::NobodyOnline => ("nobody_online", None),
        Staffing::Closed(opens_at) => ("closed", opens_at),
    };
    let is_live = status == "waiting" && wait.reply_due_at.is_none();
    let told = tx.handoff(&place.workspace.id, &wait.handoff_id)?;
    let left_ms = told.and_then(|handoff| {
        let promise = handoff.promise?;
        Some(handoff.told_until.unwrap_or(promise.until()).since(now))
    });
    let waiting = Waiting::of(conversation).filter(|_| is_live);
    let told = waiting.map(|waiting| line.place_for(&waiting, now));
    Ok(Some(WaitShown {
        status: status.into(),
        position: told.map(|place| place.position),
        urgent_ahead: told.map_or(0, |place| place.urgent_ahead),
        minutes: left_ms
            .filter(|left_ms| is_live && *left_ms > 0)
            .map(forecast::spoken_minutes),
        invited: wait.invitation.is_some(),
        slow: is_live
            && left_ms.is_some_and(|left_ms| {
                left_ms > SLOW_MS || closes_within(place, left_ms, now).is_some()
            }),
        kept: wait.kept.is_some(),
        called: wait
            .kept
            .as_ref()
            .is_some_and(|kept| kept.called_at.is_some()),
        opens_at,
    }))
}
