//! The doors close while customers wait (P33): each is told once, with the next opening
//! and the way to an answer by e-mail. Their places are kept.

use segue_core::ids::ConversationId;
use segue_core::time::Timestamp;
use segue_store::{Tx, View};

use super::hand_off::opening;
use super::scene::Scene;
use super::{Desk, Error, Keep, Place, load_place};
use crate::edge::Moment;

/// Who waits is looked through so many at a time.
const MOST: i64 = 5_000;

impl Desk {
    /// Tells everybody who waits in an inbox of the kept workspace whose doors have closed.
    /// Returns how many were told.
    pub async fn tell_closing(&self, keep: &Keep) -> Result<usize, Error> {
        let (now, workspace_id) = (self.clock.now(), keep.workspace_id.clone());
        let to_tell = self
            .store
            .read(move |tx| to_tell(tx, &workspace_id, now))
            .await?;
        let mail = self.mail;
        let mut told = 0;
        for (conversation, closed_at) in to_tell {
            let keep = keep.clone();
            told += self
                .verb(move |tx, moment| {
                    keep.check(tx)?;
                    let inbox_id = &conversation.inbox_id;
                    let place = load_place(tx, &keep.workspace_id, inbox_id, mail)?;
                    tell(tx, &place, moment, &conversation.id, closed_at)
                })
                .await?;
        }
        Ok(told)
    }
}

/// Who waits behind closed doors and was not told so, with when the doors closed.
fn to_tell(
    tx: &mut Tx<'_>,
    workspace_id: &segue_core::ids::WorkspaceId,
    now: Timestamp,
) -> Result<Vec<(segue_core::conversation::Conversation, Timestamp)>, Error> {
    let closed: Vec<_> = tx
        .inboxes(workspace_id)?
        .into_iter()
        .filter_map(|inbox| Some((inbox.hours.last_closing(now)?, inbox.id)))
        .collect();
    if closed.is_empty() {
        return Ok(vec![]);
    }
    let waiting = tx.list_conversations(workspace_id, &View::Queue, None, MOST)?;
    let due = |listed: segue_store::Listed| {
        let conversation = listed.conversation;
        let (closed_at, _) = closed.iter().find(|(_, id)| *id == conversation.inbox_id)?;
        conversation.end_hours(*closed_at).ok()?;
        Some((conversation, *closed_at))
    };
    Ok(waiting.into_iter().filter_map(due).collect())
}

fn tell(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    id: &ConversationId,
    closed_at: Timestamp,
) -> Result<usize, Error> {
    let mut scene = Scene::load(tx, place, moment, id)?;
    let Ok(fact) = scene.conversation.end_hours(closed_at) else {
        return Ok(0);
    };
    scene.record(fact, None);
    let words = scene.words();
    let hours = &place.inbox.hours;
    let when = match hours.next_opening(moment.now) {
        Some(opens_at) => {
            let opens = opening(opens_at, &hours.zone, moment.now);
            words.fill("handoff.closed_now", &[("opens", &opens)])
        }
        None => words.fill("handoff.closed_now_unknown", &[]),
    };
    let text = if place.mail {
        format!("{when} {}", words.fill("handoff.or_by_email", &[]))
    } else {
        when
    };
    scene.say_text("handoff.closed_now", text);
    scene.finish()?;
    Ok(1)
}
