//! What waiting customers were told follows the live queue (P30): where it goes quicker the
//! shown wait shrinks without a word; where it takes longer they are told so, with the
//! reason, at most once in five minutes. It never grows otherwise.

use segue_core::forecast::{Announcement, Longer, TELL_APART_MS, announce};
use segue_core::ids::ConversationId;
use segue_core::time::{MINUTE_MS, Timestamp};
use segue_store::{ToldWait, Tx};

use super::scene::Scene;
use super::wait::{Staffing, staffing};
use super::{Desk, Error, Keep, Place, load_place};
use crate::edge::Moment;

/// How many are told in one round; the others in the next.
const MOST: usize = 50;
/// The same paths in every round, so that what changes is the line and not the dice.
const SEED: u64 = 1;

/// What is to be told to whom.
#[derive(Clone, Copy, Debug, PartialEq)]
struct News {
    minutes: u32,
    why: Option<Longer>,
}

impl Desk {
    /// Tells those who wait live in the kept workspace what has changed of their wait.
    /// Returns how many were told in words.
    pub async fn retell_waits(&self, keep: &Keep) -> Result<usize, Error> {
        let (now, workspace_id) = (self.clock.now(), keep.workspace_id.clone());
        let line = self.line(&workspace_id, None).await?;
        let Some(outlook) = line.outlook.as_ref().filter(|it| !it.lore().is_thin()) else {
            return Ok(0);
        };
        if line.queue.is_empty() {
            return Ok(0);
        }
        let read = self.store.read(move |tx| {
            let inboxes = tx.inboxes(&workspace_id)?.into_iter();
            let open: Vec<_> = inboxes.filter(|it| it.hours.is_open(now)).collect();
            let mut told = tx.told_waits(&workspace_id)?;
            // Of closed doors they are told otherwise, and of none is a wait foreseen.
            told.retain(|told| open.iter().any(|inbox| inbox.id == told.inbox_id));
            Ok::<_, Error>(told)
        });
        let mut due = Vec::new();
        for told in read.await? {
            let Some(basis) = &told.promise.basis else {
                continue;
            };
            let id = &told.conversation_id;
            let (Some(p90_ms), Some(agents), Some(place)) = (
                outlook.wait(id, SEED),
                outlook.agents_for(id).filter(|agents| *agents > 0),
                line.place(id),
            ) else {
                continue;
            };
            let until = told.told_until.unwrap_or(told.promise.until());
            let why = if told.was_served {
                Longer::AgentLeft
            } else {
                Longer::since(basis, agents, place.urgent_ahead)
            };
            let news = match announce(until.since(now), p90_ms, why) {
                Announcement::Holds(_) => continue,
                Announcement::Shorter(minutes) => News { minutes, why: None },
                Announcement::Longer(..) if !is_time(&told, why, now) => continue,
                Announcement::Longer(minutes, why) => News {
                    minutes,
                    why: Some(why),
                },
            };
            due.push((told.conversation_id, until, news));
        }
        let (mail, mut said) = (self.mail, 0);
        for (id, until, news) in due.into_iter().take(MOST) {
            let keep = keep.clone();
            said += self
                .verb(move |tx, moment| {
                    keep.check(tx)?;
                    let found = tx.conversation(&keep.workspace_id, &id)?;
                    let Some(found) = found else {
                        return Ok(0);
                    };
                    let place = load_place(tx, &keep.workspace_id, &found.inbox_id, mail)?;
                    tell(tx, &place, moment, &id, (until, news))
                })
                .await?;
        }
        Ok(said)
    }
}

/// Whether a customer may be troubled again: five minutes after the last word, or at once
/// for an agent who left, which they are told of otherwise by nobody.
fn is_time(told: &ToldWait, why: Longer, now: Timestamp) -> bool {
    let last = match (told.told_at, why) {
        (Some(told_at), _) => told_at,
        (None, Longer::AgentLeft) => return true,
        (None, Longer::UrgentAhead | Longer::SlowerThanUsual) => told.promise.at,
    };
    now.since(last) >= TELL_APART_MS
}

fn tell(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    id: &ConversationId,
    (until, news): (Timestamp, News),
) -> Result<usize, Error> {
    let mut scene = Scene::load(tx, place, moment, id)?;
    let Some(wait) = scene.conversation.wait() else {
        return Ok(0);
    };
    let is_live = wait.reply_due_at.is_none() && wait.invitation.is_none() && wait.away.is_none();
    let (handoff_id, needs) = (wait.handoff_id.clone(), wait.needs.clone());
    if !is_live || staffing(scene.tx, place, &needs, moment.now)? != Staffing::Open {
        return Ok(0);
    }
    // Somebody else may have told them since.
    let handoff = scene.tx.handoff(&place.workspace.id, &handoff_id)?;
    let is_news = handoff.is_some_and(|it| {
        let promised = it.promise.map(|promise| promise.until());
        it.told_until.or(promised) == Some(until)
    });
    if !is_news {
        return Ok(0);
    }
    let waits_until = moment.now.plus(i64::from(news.minutes) * MINUTE_MS);
    scene.tx.handoff_told(
        &place.workspace.id,
        &handoff_id,
        waits_until,
        news.why.map(|_| moment.now),
    )?;
    let Some(why) = news.why else {
        return Ok(0);
    };
    let key = match why {
        Longer::AgentLeft => "handoff.longer_agent_left",
        Longer::UrgentAhead => "handoff.longer_urgent",
        Longer::SlowerThanUsual => "handoff.longer_slow",
    };
    let text = scene
        .words()
        .fill(key, &[("minutes", &news.minutes.to_string())]);
    scene.say_text(key, text);
    scene.finish()?;
    Ok(1)
}
