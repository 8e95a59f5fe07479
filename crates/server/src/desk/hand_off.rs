//! From the assistant to the queue: steps without choices. The customer is told, the
//! package is built and stored, the wait is promised, all in one transaction.

use std::sync::Arc;

use segue_core::conversation::{Conversation, Owner};
use segue_core::decide::{Customer, Decision, EarlierContact, View, decide};
use segue_core::event::{Body, Event, Fact, Role};
use segue_core::forecast::{self, Promise};
use segue_core::ids::{ContactId, ConversationId};
use segue_core::package::{self, CustomerCard, EarlierConversation, Suggestion, shorten};
use segue_core::queue::Priority;
use segue_core::signal::{Evidence, Reading, Signal, Trigger};
use segue_core::time::{DAY_MS, Timestamp};
use segue_sense::read::{Context, read};
use segue_sense::retrieval::{Hit, Index};
use segue_store::{Handoff, Presence, Tx, View as ListView};
use serde::{Deserialize, Serialize};

use super::scene::Scene;
use super::{Desk, Error, Place};
use crate::edge::Moment;

/// What was found out about a conversation before the transaction: the texts read,
/// the knowledge base asked. The transaction checks that it is still wanted.
#[derive(Clone, Debug)]
pub struct Brief {
    /// What the customer's newest message says.
    pub reading: Reading,
    /// The customer's messages, oldest first, with the mood of each.
    pub turns: Vec<(String, f64)>,
    /// How well the knowledge base answers; `None` before it was asked for an answer.
    pub answerable: Option<f64>,
    /// Articles that fit, best first.
    pub suggestions: Vec<Suggestion>,
    /// How often the assistant had to abstain so far (P21).
    pub abstentions: u32,
    /// What the rules need to know of the customer.
    pub customer: Customer,
    /// What the agent will see of the customer (P25).
    pub card: CustomerCard,
}

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
    /// Minutes that were promised.
    pub minutes: Option<u32>,
    /// Whether an agent is being asked right now.
    pub invited: bool,
    /// When the doors open, if they are closed.
    pub opens_at: Option<Timestamp>,
}

impl Desk {
    /// The customer asks for a person by the button (P19). Works in every state; asking
    /// twice changes nothing.
    pub async fn request_human(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        contact_id: ContactId,
    ) -> Result<Conversation, Error> {
        let brief = self.brief(&place, &conversation_id, None).await?;
        self.verb(move |tx, moment| {
            request_human(tx, &place, moment, &conversation_id, &contact_id, &brief)
        })
        .await
    }

    /// Reads a conversation's texts and asks the knowledge base, outside any
    /// transaction. `newest` is a message that is not stored yet.
    pub(crate) async fn brief(
        &self,
        place: &Arc<Place>,
        conversation_id: &ConversationId,
        newest: Option<&str>,
    ) -> Result<Brief, Error> {
        let (id, here, now) = (conversation_id.clone(), place.clone(), self.clock.now());
        let known = self
            .store
            .read(move |tx| Known::load(tx, &here, &id, now))
            .await?;
        let index = self.knowledge.index(&place.workspace.id).await?;
        Ok(known.read(place, &index, newest))
    }
}

fn request_human(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    conversation_id: &ConversationId,
    contact_id: &ContactId,
    brief: &Brief,
) -> Result<Conversation, Error> {
    let mut scene = Scene::load(tx, place, moment, conversation_id)?;
    if scene.conversation.contact_id != *contact_id {
        return Err(Error::NotFound);
    }
    match scene.conversation.owner() {
        Owner::Queue | Owner::Agent(_) => return Ok(scene.conversation),
        Owner::Nobody => {
            scene.record(Fact::Reopened, None);
        }
        Owner::Assistant => {}
    }
    let mut view = brief.view(&mut scene)?;
    view.reading
        .signals
        .retain(|signal| signal.trigger != Trigger::RequestHuman);
    view.reading.signals.push(Signal {
        trigger: Trigger::RequestHuman,
        strength: 1.0,
        evidence: vec![Evidence::fact("used the “Talk to a person” button")],
    });
    let decision = decide(&place.inbox.policy, &view, moment.now);
    hand_off(&mut scene, brief, &view, &decision)?;
    scene.finish()
}

/// Hands the conversation over for the reasons of a decision.
pub(super) fn hand_off(
    scene: &mut Scene<'_, '_>,
    brief: &Brief,
    view: &View,
    decision: &Decision,
) -> Result<(), Error> {
    let (place, now) = (scene.place, scene.moment.now);
    let id = scene.conversation.id.clone();
    record_decision(scene, view, decision)?;

    let staffing = staffing(scene.tx, place, now)?;
    let promise = promise(scene.tx, place, staffing, now)?;
    let handoff_id = scene.moment.id();
    let attempts = scene.tx.attempts(&id)?;
    let package = package::build(
        package::Sources {
            handoff_id: &handoff_id,
            conversation_id: &id,
            through_seq: scene.conversation.seq,
            language: &scene.conversation.language,
            turns: &brief.turns,
            decision: Some(decision),
            answerable: brief.answerable,
            attempts: &attempts,
            customer: brief.card.clone(),
            suggestions: &brief.suggestions,
        },
        now,
    );
    let reasons = decision.triggers();
    let fact = scene
        .conversation
        .hand_off(handoff_id.clone(), reasons.clone(), promise.clone())?;
    scene.record(fact, None);
    tell(scene, staffing, promise.as_ref());

    scene.tx.set_priority(&id, Priority::of(&reasons))?;
    scene.tx.add_handoff(&Handoff {
        id: handoff_id,
        workspace_id: place.workspace.id.clone(),
        conversation_id: id,
        inbox_id: place.inbox.id.clone(),
        at: now,
        reasons,
        package: Some(package),
        promise,
        accepted_at: None,
        agent_id: None,
        first_reply_at: None,
        ended_at: None,
        outcome: None,
    })?;
    Ok(())
}

/// Stores a decision with its inputs and marks it in the history.
pub(super) fn record_decision(
    scene: &mut Scene<'_, '_>,
    view: &View,
    decision: &Decision,
) -> Result<(), Error> {
    let decision_id = scene.moment.id();
    let place = scene.place;
    let id = scene.conversation.id.clone();
    scene.tx.add_decision(
        &decision_id,
        &place.workspace.id,
        &id,
        view,
        decision,
        scene.moment.now,
    )?;
    let fact = Fact::Decided {
        decision_id,
        action: decision.action,
        reasons: decision.triggers(),
    };
    let body = Body {
        decision: Some(Box::new(decision.clone())),
        ..Body::default()
    };
    scene.record(fact, Some(body));
    Ok(())
}

/// Tells the customer the three things (P27): a person is coming, nothing needs
/// repeating, and how long it takes, or honestly that nobody is there (P33).
fn tell(scene: &mut Scene<'_, '_>, staffing: Staffing, promise: Option<&Promise>) {
    let words = scene.words();
    let wait = match (staffing, promise) {
        (Staffing::Open, Some(Promise { minutes: 1, .. })) => {
            words.fill("handoff.wait_minute", &[])
        }
        (Staffing::Open, Some(promise)) => words.fill(
            "handoff.wait_minutes",
            &[("minutes", &promise.minutes.to_string())],
        ),
        (Staffing::Open, None) => words.fill("handoff.wait_unknown", &[]),
        (Staffing::NobodyOnline, _) => words.fill("handoff.nobody_online", &[]),
        (Staffing::Closed(Some(opens)), _) => {
            let opens = opening(opens, &scene.place.inbox.hours.zone, scene.moment.now);
            words.fill("handoff.closed", &[("opens", &opens)])
        }
        (Staffing::Closed(None), _) => words.fill("handoff.closed_unknown", &[]),
    };
    let text = format!("{} {wait}", words.fill("handoff.connecting", &[]));
    scene.say_text("handoff.connecting", text);
}

/// An opening in figures that every language reads: `09:00` today, else with its date.
fn opening(opens: Timestamp, zone: &str, now: Timestamp) -> String {
    let time = opens.clock_time(zone);
    if opens.date(zone) == now.date(zone) {
        time
    } else {
        format!("{} {time}", opens.date(zone))
    }
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

fn promise(
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
pub(crate) fn wait_shown(
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
        minutes: promise.filter(|_| is_live).map(|promise| promise.minutes),
        invited: wait.invitation.is_some(),
        opens_at,
    }))
}

impl Brief {
    /// All that a decision on the newest message is made from.
    pub(super) fn view(&self, scene: &mut Scene<'_, '_>) -> Result<View, Error> {
        let earlier = self
            .turns
            .split_last()
            .map_or(&[][..], |(_, earlier)| earlier);
        let id = scene.conversation.id.clone();
        Ok(View {
            customer: self.customer.clone(),
            reading: self.reading.clone(),
            earlier_mood: earlier.iter().map(|(_, mood)| *mood).fold(0.0, f64::max),
            attempts: scene.tx.attempts(&id)?,
            abstentions: self.abstentions,
            clarified: scene.conversation.clarified,
            declined: scene.conversation.declined.clone(),
            answerable: None,
        })
    }
}

/// What the database knows for a brief.
struct Known {
    texts: Vec<String>,
    last_answer: Option<String>,
    abstentions: u32,
    customer: Customer,
    card: CustomerCard,
    earlier: Vec<EarlierConversation>,
}

impl Known {
    fn load(
        tx: &mut Tx<'_>,
        place: &Place,
        id: &ConversationId,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let workspace_id = &place.workspace.id;
        let conversation = tx.conversation(workspace_id, id)?.ok_or(Error::NotFound)?;
        let contact = tx
            .contact(workspace_id, &conversation.contact_id)?
            .ok_or(Error::NotFound)?;
        let events = tx.events(workspace_id, id, 0, 2_000)?;
        let since = now.plus(-place.inbox.policy.repeat_window_ms);
        let earlier = earlier(tx, place, &conversation, since)?;
        let card = CustomerCard {
            name: contact.person.name.clone(),
            email: contact.person.email.clone(),
            plan: contact.plan.clone(),
            vip: contact.vip,
            signed_up_at: contact.signed_up_at,
            attributes: contact.person.attributes.clone(),
            earlier: earlier.iter().take(5).cloned().collect(),
        };
        let customer = Customer {
            plan: contact.plan,
            vip: contact.vip,
            signed_up_at: contact.signed_up_at,
            same_issue: vec![],
        };
        Ok(Self {
            texts: said_by(&events, Role::Customer),
            last_answer: said_by(&events, Role::Assistant).pop(),
            abstentions: abstentions(&events),
            customer,
            card,
            earlier,
        })
    }

    fn read(mut self, place: &Place, index: &Index, newest: Option<&str>) -> Brief {
        self.texts.extend(newest.map(str::to_string));
        let refund_threshold_cents = place.inbox.policy.refund_threshold_cents;
        let mut turns = Vec::with_capacity(self.texts.len());
        let mut reading = Reading::default();
        for (n, text) in self.texts.iter().enumerate() {
            let is_last = n + 1 == self.texts.len();
            let last_answer = self.last_answer.as_deref().filter(|_| is_last);
            let read = read(
                text,
                &Context {
                    earlier: &self.texts[..n],
                    last_answer,
                    refund_threshold_cents,
                },
            );
            turns.push((text.clone(), read.mood()));
            if is_last {
                reading = read;
            }
        }
        let (query, hits) = best_query(index, &self.texts);
        let answerable = (!hits.is_empty()).then(|| index.answerable(query, &hits));
        // A passage that hardly fits is worse than none (P26).
        let fits = |hit: &Hit| {
            index.answerable(query, std::slice::from_ref(hit))
                >= place.inbox.policy.no_article_below
        };
        let suggestion = |hit: Hit| Suggestion {
            title: hit.title,
            passage: hit.passage,
        };
        self.customer.same_issue = same_issue(&self.earlier, query);
        Brief {
            reading,
            turns,
            answerable,
            suggestions: hits.into_iter().filter(fits).map(suggestion).collect(),
            abstentions: self.abstentions,
            customer: self.customer,
            card: self.card,
        }
    }
}

/// The customer's message that the knowledge base understands best, with what it found:
/// "nothing works!!" is not what the agent needs an article for.
fn best_query<'a>(index: &Index, texts: &'a [String]) -> (&'a str, Vec<Hit>) {
    let searched = texts
        .iter()
        .rev()
        .take(6)
        .map(|text| (text.as_str(), index.search(text, 5)));
    searched
        .max_by(|(a, found_a), (b, found_b)| {
            index
                .answerable(a, found_a)
                .total_cmp(&index.answerable(b, found_b))
        })
        .unwrap_or_default()
}

/// Earlier conversations of the same contact, newest first.
fn earlier(
    tx: &mut Tx<'_>,
    place: &Place,
    conversation: &Conversation,
    since: Timestamp,
) -> Result<Vec<EarlierConversation>, Error> {
    let view = ListView::Contact(conversation.contact_id.clone());
    let mut found = Vec::new();
    for listed in tx.list_conversations(&place.workspace.id, &view, None, 30)? {
        let earlier = listed.conversation;
        if earlier.id == conversation.id || earlier.opened_at < since {
            continue;
        }
        let Some(subject) = tx.first_customer_text(&earlier.id)? else {
            continue;
        };
        let handoff = tx
            .handoffs(&place.workspace.id, Some(&earlier.id), None, 1)?
            .pop();
        let outcome = match (handoff.and_then(|handoff| handoff.outcome), earlier.owner()) {
            (Some(outcome), Owner::Nobody) => outcome,
            (None, Owner::Nobody) => "closed".into(),
            _ => "open".into(),
        };
        found.push(EarlierConversation {
            conversation_id: earlier.id,
            subject: shorten(&subject, 120),
            opened_at: earlier.opened_at,
            outcome,
        });
    }
    Ok(found)
}

/// How alike two issues must be to count as the same (P12), 0..1.
const SAME_ISSUE: f64 = 0.45;

fn same_issue(earlier: &[EarlierConversation], query: &str) -> Vec<EarlierContact> {
    earlier
        .iter()
        .filter(|earlier| segue_sense::similar::similarity(&earlier.subject, query) >= SAME_ISSUE)
        .map(|earlier| EarlierContact {
            subject: earlier.subject.clone(),
            closed_at: earlier.opened_at,
        })
        .collect()
}

fn said_by(events: &[Event], role: Role) -> Vec<String> {
    let text = |event: &Event| match &event.fact {
        Fact::MessageAdded(message) if message.role == role && !message.private => {
            event.body.as_ref()?.text.clone()
        }
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

/// Templates by which the assistant says that it has no answer.
pub(super) const ABSTAINING: [&str; 2] = ["assistant.abstain", "assistant.missed"];

fn abstentions(events: &[Event]) -> u32 {
    let abstains = |event: &&Event| match &event.fact {
        Fact::MessageAdded(message) => message
            .template
            .as_deref()
            .is_some_and(|key| ABSTAINING.contains(&key)),
        _ => false,
    };
    events.iter().filter(abstains).count() as u32
}
