//! The wait as the customer is told of it: is somebody there, which place, how long.

use segue_core::conversation::Conversation;
use segue_core::forecast::{self, Promise};
use segue_core::time::{DAY_MS, Timestamp};
use segue_store::{Presence, Tx};
use serde::{Deserialize, Serialize};

use super::{Error, Place};

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
    /// The place in line, 1 for the next; only while somebody is there to answer.
    pub position: Option<u32>,
    /// Minutes that are left of those promised; `None` once they are over.
    pub minutes: Option<u32>,
    /// Whether an agent is being asked right now.
    pub invited: bool,
    /// When the doors open, if they are closed.
    pub opens_at: Option<Timestamp>,
}

/// Whether somebody is there to answer.
pub(crate) fn staffing(tx: &mut Tx<'_>, place: &Place, now: Timestamp) -> Result<Staffing, Error> {
    if !place.inbox.hours.is_open(now) {
        return Ok(Staffing::Closed(place.inbox.hours.next_opening(now)));
    }
    let seen_after = now.plus(-place.inbox.policy.timings.agent_grace_ms);
    let there = tx
        .agents(&place.workspace.id)?
        .iter()
        .any(|agent| agent.presence == Presence::Online && agent.seen_at >= seen_after);
    Ok(if there {
        Staffing::Open
    } else {
        Staffing::NobodyOnline
    })
}

/// The wait that can be promised now; `None` when nobody is there or too little is known.
pub(super) fn promise(
    tx: &mut Tx<'_>,
    place: &Place,
    staffing: Staffing,
    now: Timestamp,
) -> Result<Option<Promise>, Error> {
    if staffing != Staffing::Open {
        return Ok(None);
    }
    let recent = tx.recent_waits(&place.workspace.id, now.plus(-28 * DAY_MS), 200)?;
    Ok(forecast::promise(&recent, now))
}

/// The wait of a conversation as its customer sees it; `None` while it does not wait.
pub fn wait_shown(
    tx: &mut Tx<'_>,
    place: &Place,
    conversation: &Conversation,
    now: Timestamp,
) -> Result<Option<WaitShown>, Error> {
    let Some(wait) = conversation.wait() else {
        return Ok(None);
    };
    let (status, opens_at) = match staffing(tx, place, now)? {
        Staffing::Open => ("waiting", None),
        Staffing::NobodyOnline => ("nobody_online", None),
        Staffing::Closed(opens_at) => ("closed", opens_at),
    };
    let is_live = status == "waiting" && wait.reply_due_at.is_none();
    let promise = tx
        .handoff(&place.workspace.id, &wait.handoff_id)?
        .and_then(|handoff| handoff.promise);
    Ok(Some(WaitShown {
        status: status.into(),
        position: if is_live {
            tx.position(conversation)?
        } else {
            None
        },
        minutes: promise
            .filter(|_| is_live)
            .and_then(|promise| forecast::remaining_minutes(&promise, now)),
        invited: wait.invitation.is_some(),
        opens_at,
    }))
}
