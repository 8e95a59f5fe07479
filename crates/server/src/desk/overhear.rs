//! What a customer writes while a human has the conversation or is on the way is read by a
//! job, some seconds after it was recorded: the agent reads for themselves, and no message
//! waits for it. What is noticed is that the customer says something again (P35).

use segue_core::conversation::Owner;
use segue_core::event::{Event, Fact, Role};
use segue_core::guard::{Repetition, Retold};
use segue_core::ids::{ConversationId, MessageId, WorkspaceId};
use segue_core::time::{SECOND_MS, Timestamp};
use segue_sense::draft_checks::repetition;
use segue_sense::read::Reader;
use serde::{Deserialize, Serialize};

use super::check_draft::{READ_LETTERS, shortened};
use super::scene::Scene;
use super::{Desk, Error, load_place};
use crate::edge::patiently;

/// Messages of one span are read together, so that a flood of them makes one job.
const SPAN_MS: i64 = 10 * SECOND_MS;
/// How long after its span it is read: whatever was begun within it is on disk by then.
const AFTER_MS: i64 = 2 * SECOND_MS;
/// Events of a conversation within which is read. Who is still there after so many did not
/// suffer from the handoff.
const READ_EVENTS: u64 = 400;
/// Messages that are read of one span, and earlier ones that they are compared with.
const READ: usize = 8;
const COMPARED: usize = 40;

/// What the job is given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OverhearOrder {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The beginning of the span.
    pub from: Timestamp,
}

/// Has what the customer just said read in a while, if it is for a human.
pub(super) fn overhear_later(scene: &mut Scene<'_, '_>) -> Result<(), Error> {
    let is_for_human = matches!(scene.conversation.owner(), Owner::Queue | Owner::Agent(_));
    if !is_for_human || scene.conversation.seq > READ_EVENTS {
        return Ok(());
    }
    let now = scene.moment.now.as_millis();
    let from = now - now.rem_euclid(SPAN_MS);
    let order = OverhearOrder {
        conversation_id: scene.conversation.id.clone(),
        from: Timestamp::from_millis(from),
    };
    let key = format!("overhear {} {from}", order.conversation_id);
    scene.job("overhear", key, &order, from + SPAN_MS + AFTER_MS - now)
}

/// What was noticed of a message.
struct Noticed {
    message_id: MessageId,
    of: Option<MessageId>,
    how: Repetition,
    what: Retold,
}

impl Desk {
    /// Reads what a customer said within a span, and records what is noticed. Doing it again
    /// records nothing twice. While messages come in it rests most of the time: a thread that
    /// stands back still takes half of a core that two share.
    pub async fn overhear(
        &self,
        workspace_id: WorkspaceId,
        order: OverhearOrder,
    ) -> Result<(), Error> {
        let step = self.step();
        let overheard = self.overhear_now(workspace_id, order).await;
        self.give_way(step, 2).await;
        overheard
    }

    async fn overhear_now(
        &self,
        workspace_id: WorkspaceId,
        order: OverhearOrder,
    ) -> Result<(), Error> {
        let (id, ours) = (order.conversation_id.clone(), workspace_id.clone());
        let load = move |tx: &mut segue_store::Tx<'_>| tx.events(&ours, &id, 0, READ_EVENTS as i64);
        let events = self.store.read(load).await?;
        let reader = self.knowledge.reader().clone();
        let from = order.from;
        let noticed = patiently(move || notice(&reader, &events, from)).await;
        let noticed = noticed.map_err(|_| Error::Invalid("the messages could not be read"))?;
        if noticed.is_empty() {
            return Ok(());
        }
        let mail = self.mail;
        self.verb(move |tx, moment| {
            let id = &order.conversation_id;
            let found = tx.conversation(&workspace_id, id)?.ok_or(Error::NotFound)?;
            let place = load_place(tx, &workspace_id, &found.inbox_id, mail)?;
            let mut scene = Scene::load(tx, &place, moment, id)?;
            let events = scene.tx.events(&workspace_id, id, 0, READ_EVENTS as i64 * 2)?;
            for one in &noticed {
                let is_known = |event: &Event| matches!(&event.fact, Fact::CustomerRepeated { message_id, .. } if *message_id == one.message_id);
                if events.iter().any(is_known) {
                    continue;
                }
                let fact = Fact::CustomerRepeated {
                    message_id: one.message_id.clone(),
                    of: one.of.clone(),
                    how: one.how,
                    what: one.what,
                };
                scene.record(fact, None);
            }
            scene.finish().map(|_| ())
        })
        .await
    }
}

/// What the customer's messages of a span say again, compared with all they said before.
fn notice(reader: &Reader, events: &[Event], from: Timestamp) -> Vec<Noticed> {
    let said: Vec<(&MessageId, Timestamp, &str)> = events.iter().filter_map(customers).collect();
    let is_in_span = |at: Timestamp| at >= from && at < from.plus(SPAN_MS);
    let handed_off = events
        .iter()
        .find(|event| matches!(event.fact, Fact::HandedOff { .. }));
    let Some(handed_off) = handed_off else {
        return vec![];
    };
    let in_span = said
        .iter()
        .enumerate()
        .filter(|(_, (_, at, _))| is_in_span(*at) && *at >= handed_off.at);
    let mut noticed = Vec::new();
    for (number, (message_id, _, text)) in in_span.take(READ) {
        let before = &said[number.saturating_sub(COMPARED)..number];
        let texts: Vec<&str> = before.iter().map(|(_, _, text)| *text).collect();
        let repeated = repetition(reader, text, &texts);
        if before.is_empty() || !repeated.counts() {
            continue;
        }
        noticed.push(Noticed {
            message_id: (*message_id).clone(),
            of: repeated.of.map(|index| before[index].0.clone()),
            how: if repeated.is_said {
                Repetition::Said
            } else {
                Repetition::Restated
            },
            what: repeated.what,
        });
    }
    noticed
}

fn customers(event: &Event) -> Option<(&MessageId, Timestamp, &str)> {
    match &event.fact {
        Fact::MessageAdded(message) if message.role == Role::Customer => {
            let text = event.body.as_ref()?.text.as_deref()?;
            let text = shortened(text, READ_LETTERS);
            Some((&message.message_id, event.at, text))
        }
        _ => None,
    }
}
