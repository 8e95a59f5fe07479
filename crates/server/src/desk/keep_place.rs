//! The kept place (P31): a customer who waits leaves and keeps the place, is told by mail when
//! the turn is near, and comes back by a link that opens this one conversation, or answers the
//! mail. Only where mail can really be sent.

use std::sync::Arc;

use ring::hmac;
use segue_core::conversation::{Conversation, Phase};
use segue_core::event::Body;
use segue_core::ids::{ContactId, ConversationId, HandoffId, WorkspaceId};
use segue_core::time::{DAY_MS, MINUTE_MS, Timestamp};
use segue_store::{MailKey, Tx, VisitorKey};

use super::absence::mail_back;
use super::choose_email::{check_reachable, give_email};
use super::scene::Scene;
use super::wait::{Staffing, needs_of, staffing};
use super::{Desk, Error, Keep, Place, load_place};
use crate::edge::{Moment, hash_of, secret};

/// How long the key counts that a link was turned into.
const BACK_MS: i64 = DAY_MS;
/// How many are called in one round; the others in the next.
const MOST: usize = 50;
/// The same paths as in what is told anew.
const SEED: u64 = 1;
/// Letters of an id without its prefix.
const ID_LETTERS: usize = 26;
/// Letters of the signature: 128 bits.
const SIGNATURE_LETTERS: usize = 32;

impl Desk {
    /// Keeps the place of a customer who leaves, to be told at an address.
    pub async fn keep_place(
        &self,
        place: Arc<Place>,
        id: ConversationId,
        contact_id: ContactId,
        email: String,
    ) -> Result<Conversation, Error> {
        check_reachable(&place, &email)?;
        self.verb(move |tx, moment| keep_place(tx, &place, moment, &id, &contact_id, &email))
            .await
    }

    /// Writes to those of the kept workspace who keep a place from afar and whose turn is
    /// near. Returns how many.
    pub async fn call_near(&self, keep: &Keep) -> Result<usize, Error> {
        let (now, workspace_id) = (self.clock.now(), keep.workspace_id.clone());
        let line = self.line(&workspace_id, None).await?;
        let Some(outlook) = line.outlook.as_ref() else {
            return Ok(0);
        };
        let kept = line.queue.iter().filter(|waiting| waiting.kept);
        let next = kept.filter_map(|waiting| {
            let id = &waiting.conversation_id;
            let turn = Turn {
                position: line.place(id)?.position,
                agents: outlook.agents_for(id)?,
                wait_ms: outlook.wait(id, SEED),
            };
            (turn.agents > 0).then(|| (id.clone(), turn))
        });
        let next: Vec<_> = next.collect();
        if next.is_empty() {
            return Ok(0);
        }
        let read = self.store.read(move |tx| {
            let mut near = Vec::new();
            for (id, turn) in &next {
                let Some(found) = tx.conversation(&workspace_id, id)? else {
                    continue;
                };
                let inbox = tx.inbox(&workspace_id, &found.inbox_id)?;
                let is_near = inbox.is_some_and(|inbox| {
                    inbox.hours.is_open(now) && turn.is_near(inbox.policy.timings.keep_place_ms)
                });
                if is_near {
                    near.push((id.clone(), found.inbox_id));
                }
            }
            Ok::<_, Error>(near)
        });
        let (mail, mut called) = (self.mail, 0);
        for (id, inbox_id) in read.await?.into_iter().take(MOST) {
            let keep = keep.clone();
            called += self
                .verb(move |tx, moment| {
                    keep.check(tx)?;
                    let place = load_place(tx, &keep.workspace_id, &inbox_id, mail)?;
                    call(tx, &place, moment, &id)
                })
                .await?;
        }
        Ok(called)
    }

    /// A customer comes back by the link of a mail: a key to this one conversation, and which
    /// it is. The link holds as long as this handoff goes on, and proves no more than that
    /// somebody reads the mailbox.
    pub async fn come_back(
        &self,
        place: Arc<Place>,
        link: &str,
    ) -> Result<(ConversationId, ContactId, String), Error> {
        let id = id_in(link).ok_or(Error::NotFound)?;
        let keys = self.mail_keys(&place.workspace.id).await?;
        let (key, link) = (secret("sgv"), link.to_string());
        let hash = hash_of(&key);
        let (conversation_id, contact_id) = self
            .verb(move |tx, moment| {
                let workspace_id = &place.workspace.id;
                let found = tx.conversation(workspace_id, &id)?;
                let found = found.filter(|it| !it.erased && it.inbox_id == place.inbox.id);
                let found = found.ok_or(Error::NotFound)?;
                let handoff_id = handoff_of(&found).ok_or(Error::NotFound)?;
                let holds = |key: &MailKey| {
                    let right = link_of(workspace_id, &id, handoff_id, key);
                    subtle::ConstantTimeEq::ct_eq(right.as_bytes(), link.as_bytes()).into()
                };
                if !keys.iter().any(holds) {
                    return Err(Error::NotFound);
                }
                let key = VisitorKey {
                    workspace_id: workspace_id.clone(),
                    inbox_id: place.inbox.id.clone(),
                    contact_id: found.contact_id.clone(),
                    expires_at: Some(moment.now.plus(BACK_MS)),
                    only: Some(id.clone()),
                };
                tx.add_visitor_token(&hash, &key, moment.now)?;
                Ok((id.clone(), found.contact_id))
            })
            .await?;
        Ok((conversation_id, contact_id, key))
    }
}

/// How near somebody's turn is.
#[derive(Clone, Copy, Debug)]
struct Turn {
    position: u32,
    /// Agents there who are asked for it.
    agents: u32,
    /// Nine tenths of such waits are shorter; `None` where too little is known.
    wait_ms: Option<i64>,
}

impl Turn {
    /// As near as the place is then kept; where no wait can be foreseen, when each agent takes
    /// one more before it.
    fn is_near(self, keep_place_ms: i64) -> bool {
        let by_place = match self.wait_ms {
            Some(wait_ms) => wait_ms <= keep_place_ms,
            None => self.position <= self.agents,
        };
        self.position == 1 || by_place
    }
}

fn keep_place(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    id: &ConversationId,
    contact_id: &ContactId,
    email: &str,
) -> Result<Conversation, Error> {
    let mut scene = Scene::load(tx, place, moment, id)?;
    give_email(&mut scene, contact_id, email)?;
    let fact = scene.conversation.keep_place()?;
    let body = Body {
        email: Some(email.to_string()),
        ..Body::default()
    };
    scene.record(fact, Some(body));
    scene.say("handoff.place_kept", &[("email", email)]);
    scene.finish()
}

fn call(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    id: &ConversationId,
) -> Result<usize, Error> {
    let mut scene = Scene::load(tx, place, moment, id)?;
    let needs = needs_of(&scene.conversation);
    if staffing(scene.tx, place, &needs, moment.now)? != Staffing::Open {
        return Ok(0);
    }
    // Somebody else may have been quicker: the customer, an agent, another round.
    if !call_back(&mut scene)? {
        return Ok(0);
    }
    scene.finish()?;
    Ok(1)
}

/// Writes to whom keeps the place from afar and was not called yet that the turn is near;
/// `false` where nobody is to be called.
pub(super) fn call_back(scene: &mut Scene<'_, '_>) -> Result<bool, Error> {
    let keep_ms = scene.place.inbox.policy.timings.keep_place_ms;
    let Ok(fact) = scene.conversation.call(scene.moment.now.plus(keep_ms)) else {
        return Ok(false);
    };
    scene.record(fact, None);
    let minutes = (keep_ms / MINUTE_MS).max(1).to_string();
    scene.say("handoff.turn_near", &[("minutes", &minutes)]);
    mail_back(scene)?;
    Ok(true)
}

/// Until when the place of a customer stands who left it to be kept and was not called yet.
pub(super) fn stands_until(scene: &Scene<'_, '_>) -> Option<Timestamp> {
    let wait = scene.conversation.wait()?;
    let longest_ms = scene.place.inbox.policy.timings.longest_wait_ms;
    wait.is_to_be_called().then(|| wait.limit(longest_ms))
}

/// The handoff that a conversation is in.
fn handoff_of(conversation: &Conversation) -> Option<&HandoffId> {
    match &conversation.phase {
        Phase::Queued(wait) => Some(&wait.handoff_id),
        Phase::Served { handoff_id, .. } => Some(handoff_id),
        Phase::Assisted { .. } | Phase::Resolved { .. } => None,
    }
}

/// What stands in the link back to a conversation that is handed over; `None` where it is not.
pub(crate) fn link_back(conversation: &Conversation, key: &MailKey) -> Option<String> {
    let handoff_id = handoff_of(conversation)?;
    let workspace_id = &conversation.workspace_id;
    Some(link_of(workspace_id, &conversation.id, handoff_id, key))
}

fn link_of(
    workspace_id: &WorkspaceId,
    id: &ConversationId,
    handoff_id: &HandoffId,
    key: &MailKey,
) -> String {
    let signed = format!("back {workspace_id} {id} {handoff_id} {}", key.number);
    let secret = hmac::Key::new(hmac::HMAC_SHA256, key.secret.as_bytes());
    let tag = hmac::sign(&secret, signed.as_bytes());
    let tag = tag.as_ref().iter().take(SIGNATURE_LETTERS / 2);
    let signature: String = tag.map(|byte| format!("{byte:02x}")).collect();
    let letters = id.as_str().trim_start_matches("conv_");
    format!("{letters}{signature}")
}

fn id_in(link: &str) -> Option<ConversationId> {
    let (letters, signature) = link.split_at_checked(ID_LETTERS)?;
    let is_whole = signature.len() == SIGNATURE_LETTERS;
    ConversationId::parse(&format!("conv_{letters}")).filter(|_| is_whole)
}
