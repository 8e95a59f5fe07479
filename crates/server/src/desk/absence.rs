//! Customers who wait and are not there (P45). Their page gives signs of life while it is
//! open; without them they count as away. The place is kept for a time; after that the
//! answer comes by e-mail where the address is known, else the conversation closes with a
//! note.

use std::sync::Arc;

use segue_core::conversation::State;
use segue_core::event::{Body, Fact};
use segue_core::ids::ConversationId;
use segue_core::response::stated_hours;
use segue_core::time::{DAY_MS, HOUR_MS, SECOND_MS, Timestamp};
use segue_store::{HandoffEnd, Tx};

use super::keep_place::stands_until;
use super::reply::MailOrder;
use super::scene::Scene;
use super::wait::{Staffing, needs_of, staffing};
use super::{Desk, Error, Keep, Place, load_place};
use crate::edge::Moment;

/// How often the page of a waiting customer says that it is there.
pub const SIGN_EVERY_MS: i64 = 15 * SECOND_MS;

/// Answers by e-mail that tell how long the next one takes: the latest of four weeks.
const RESPONSES: i64 = 200;
const RESPONSES_MS: i64 = 28 * DAY_MS;

impl Desk {
    /// The page of a waiting customer is there. Whoever was away has the place back.
    pub async fn see_customer(&self, place: Arc<Place>, id: ConversationId) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            let workspace_id = &place.workspace.id;
            tx.settles_itself();
            tx.see_customer(workspace_id, &id, moment.now)?;
            let is_away = tx
                .conversation(workspace_id, &id)?
                .is_some_and(|found| found.return_to_line().is_ok());
            if !is_away {
                return Ok(());
            }
            let mut scene = Scene::load(tx, &place, moment, &id)?;
            if let Ok(fact) = scene.conversation.return_to_line() {
                scene.record(fact, None);
                scene.finish()?;
            }
            Ok(())
        })
        .await
    }

    /// Marks as away who waits in the kept workspace and gave no sign of life for the
    /// grace time. Returns how many.
    pub async fn settle_absent(&self, keep: &Keep) -> Result<usize, Error> {
        let (now, workspace_id) = (self.clock.now(), keep.workspace_id.clone());
        // One sign may be late; the inbox's own grace time is looked at below.
        let seen_before = now.plus(-2 * SIGN_EVERY_MS);
        let gone = self
            .store
            .read(move |tx| {
                tx.customers_gone(&workspace_id, seen_before)
                    .map_err(Error::from)
            })
            .await?;
        let mail = self.mail;
        let mut left = 0;
        for (conversation, seen_at) in gone {
            let keep = keep.clone();
            left += self
                .verb(move |tx, moment| {
                    keep.check(tx)?;
                    let inbox_id = &conversation.inbox_id;
                    let place = load_place(tx, &keep.workspace_id, inbox_id, mail)?;
                    leave(tx, &place, moment, &conversation.id, seen_at)
                })
                .await?;
        }
        Ok(left)
    }
}

fn leave(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    id: &ConversationId,
    seen_at: Timestamp,
) -> Result<usize, Error> {
    let grace_ms = place.inbox.policy.timings.customer_grace_ms;
    if moment.now.since(seen_at) < grace_ms {
        return Ok(0);
    }
    let mut scene = Scene::load(tx, place, moment, id)?;
    let until = kept_until(&mut scene)?;
    // Somebody else may have been quicker: the customer themselves, or an agent.
    let Ok(fact) = scene.conversation.leave_line(until) else {
        return Ok(0);
    };
    scene.record(fact, None);
    scene.finish()?;
    Ok(1)
}

/// How long the place of an absent customer is kept. Whoever was told to come back when
/// the doors open does nothing wrong by leaving until then.
fn kept_until(scene: &mut Scene<'_, '_>) -> Result<Timestamp, Error> {
    let (place, now) = (scene.place, scene.moment.now);
    if let Some(until) = stands_until(scene) {
        return Ok(until);
    }
    let needs = needs_of(&scene.conversation);
    let from = match staffing(scene.tx, place, &needs, now)? {
        Staffing::Closed(Some(opens_at)) => opens_at,
        Staffing::Open | Staffing::NobodyOnline | Staffing::Closed(None) => now,
    };
    Ok(from.plus(place.inbox.policy.timings.keep_place_ms))
}

/// The time for which an absent customer's place was kept is over; `fact` closes the
/// conversation.
pub(super) fn give_place_up(scene: &mut Scene<'_, '_>, fact: Fact) -> Result<(), Error> {
    let (place, now) = (scene.place, scene.moment.now);
    // While nobody is there to answer, nobody loses a place by not waiting in person.
    let needs = needs_of(&scene.conversation);
    if staffing(scene.tx, place, &needs, now)? != Staffing::Open {
        let until = kept_until(scene)?;
        let kept = scene.conversation.leave_line(until)?;
        scene.record(kept, None);
        return Ok(());
    }
    let contact_id = scene.conversation.contact_id.clone();
    let email = scene
        .tx
        .contact(&place.workspace.id, &contact_id)?
        .and_then(|contact| contact.person.email)
        .filter(|_| place.mail);
    if let Some(email) = email {
        let seq = carry_on_by_email(scene, &email, "handoff.away_email", &[])?;
        return mail_line(scene, seq);
    }
    let handoff_id = scene
        .conversation
        .wait()
        .map(|wait| wait.handoff_id.clone());
    if let Some(handoff_id) = handoff_id {
        let workspace_id = &place.workspace.id;
        scene
            .tx
            .handoff_ended(workspace_id, &handoff_id, HandoffEnd::VANISHED, now)?;
    }
    scene.say("handoff.away_closed", &[]);
    scene.record(fact, None);
    Ok(())
}

/// From here on the answer comes by e-mail (P32): says so with the words of `key` and
/// returns the number of that line.
pub(super) fn carry_on_by_email(
    scene: &mut Scene<'_, '_>,
    email: &str,
    key: &str,
    values: &[(&str, &str)],
) -> Result<u64, Error> {
    await_mail(scene, email)?;
    let mut values = values.to_vec();
    values.push(("email", email));
    let text = scene.words().fill(key, &values);
    let when = response_words(scene)?;
    scene.say_text(key, format!("{text} {when}"));
    debug_assert_eq!(scene.conversation.state(), State::ByEmail);
    Ok(scene.conversation.seq)
}

/// The same without a word.
pub(super) fn await_mail(scene: &mut Scene<'_, '_>, email: &str) -> Result<(), Error> {
    let within_ms = scene.place.inbox.policy.timings.reply_by_email_ms;
    let reply_due_at = scene.moment.now.plus(within_ms);
    let fact = scene.conversation.choose_email(reply_due_at)?;
    let body = Body {
        email: Some(email.to_string()),
        ..Body::default()
    };
    scene.record(fact, Some(body));
    Ok(())
}

/// Their agent has let go of it. Who wrote last by mail waits for a mail, not in a line.
pub(super) fn tell_dropped(scene: &mut Scene<'_, '_>, agent: &str) -> Result<(), Error> {
    let agent = ("agent", agent);
    if let Some(email) = owed_by_mail(scene)? {
        let seq = carry_on_by_email(scene, &email, "agent.left_email", &[agent])?;
        return mail_line(scene, seq);
    }
    scene.say("agent.dropped", &[agent]);
    Ok(())
}

/// The address of a customer who wrote last by mail and waits for a human who owes them no
/// mail by a certain time: what was owed ended with the first answer.
pub(super) fn owed_by_mail(scene: &mut Scene<'_, '_>) -> Result<Option<String>, Error> {
    let wait = scene.conversation.wait();
    if wait.is_none_or(|wait| wait.reply_due_at.is_some()) {
        return Ok(None);
    }
    email_of_writer(scene)
}

/// Where the answer goes to whom wrote by mail: they wait for a mail, not for a chat.
pub(super) fn email_of_writer(scene: &mut Scene<'_, '_>) -> Result<Option<String>, Error> {
    if scene.conversation.heard_by.is_chat() {
        return Ok(None);
    }
    let contact_id = scene.conversation.contact_id.clone();
    let contact = scene.tx.contact(&scene.place.workspace.id, &contact_id)?;
    Ok(contact.and_then(|contact| contact.person.email))
}

/// How long an answer by e-mail takes, in words: as such answers took before, or honestly
/// that too little is known, with what the company aims at.
fn response_words(scene: &mut Scene<'_, '_>) -> Result<String, Error> {
    let (place, now) = (scene.place, scene.moment.now);
    let (key, hours) = match stated_response_hours(scene.tx, place, now)? {
        Some(hours) => ("email.time_known", hours),
        None => ("email.time_aim", aimed_response_hours(place)),
    };
    let hours = hours.to_string();
    Ok(scene.words().fill(key, &[("hours", &hours)]))
}

/// The hours within which an answer by e-mail can be expected; `None` where too few came yet.
pub(crate) fn stated_response_hours(
    tx: &mut Tx<'_>,
    place: &Place,
    now: Timestamp,
) -> Result<Option<u32>, Error> {
    let since = now.plus(-RESPONSES_MS);
    let answers = tx.email_answers(&place.workspace.id, &place.inbox.id, since, RESPONSES)?;
    Ok(stated_hours(&answers, &place.inbox.hours, now))
}

/// The hours within which the company wants to answer by e-mail.
pub(crate) fn aimed_response_hours(place: &Place) -> u32 {
    let within_ms = place.inbox.policy.timings.reply_by_email_ms.max(0);
    (within_ms as u64).div_ceil(HOUR_MS as u64) as u32
}

/// Sends a line of the conversation to the customer's mailbox too.
pub(super) fn mail_line(scene: &mut Scene<'_, '_>, seq: u64) -> Result<(), Error> {
    mail(scene, seq, false)
}

/// Sends the last line to the mailbox of a customer who keeps a place, with the way back.
pub(super) fn mail_back(scene: &mut Scene<'_, '_>) -> Result<(), Error> {
    let seq = scene.conversation.seq;
    mail(scene, seq, true)
}

fn mail(scene: &mut Scene<'_, '_>, seq: u64, back: bool) -> Result<(), Error> {
    let order = MailOrder {
        conversation_id: scene.conversation.id.clone(),
        seq,
        also: vec![],
        back,
    };
    let key = format!("mail {} {seq}", order.conversation_id);
    scene.job("mail", key, &order, 0)
}
