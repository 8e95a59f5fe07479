//! The customer says something, from whichever channel.

use std::sync::Arc;

use segue_core::attempt::Outcome;
use segue_core::conversation::{Owner, Phase};
use segue_core::decide::{Action, View, decide};
use segue_core::event::{Body, Channel, Event, Fact, MailHead, Message, Role};
use segue_core::ids::{ContactId, ConversationId, FileId, MessageId};
use segue_core::policy::Policy;
use segue_core::signal::{Evidence, Reading, SmallTalk, Trigger};
use segue_sense::personal::mask_cards;
use segue_sense::read::{Context, Reader};
use segue_sense::told::is_over;
use segue_store::{AddressStanding, Sender, Tx, kill_point};
use serde::{Deserialize, Serialize};

use super::advise::outcome_in;
use super::answer::speak;
use super::ask::hear_waiting;
use super::attach::{files_to_send, is_same};
use super::brief::Brief;
use super::hand_off::hand_off;
use super::overhear::overhear_later;
use super::presence::withdraw_unfit;
use super::return_to::{Return, returns_to};
use super::scene::Scene;
use super::{Desk, Error, Place, Plain, Telling};
use crate::edge::Moment;

/// A customer's message, from whichever channel.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Who writes.
    pub contact_id: ContactId,
    /// The sender's own id of the message: sending again changes nothing.
    pub client_message_id: String,
    /// What they say; may be empty where there are files.
    pub text: String,
    /// Files that they have sent for this message, in order (P46).
    pub files: Vec<FileId>,
}

/// What a message brings along that came by mail.
#[derive(Clone, Debug)]
pub struct ByMail {
    /// What stood around its words.
    pub head: MailHead,
    /// Why a person must see it whatever it says; `None` for most.
    pub needs_person: Option<&'static str>,
}

/// A message as it may be kept.
struct Heard {
    inbound: Inbound,
    mail: Option<ByMail>,
    /// Whether a card number was masked in it.
    hides_card: bool,
}

impl Heard {
    /// Whichever the door, no card number comes past here (P46).
    fn of(mut inbound: Inbound, mut mail: Option<ByMail>) -> Self {
        let masked = mask_cards(&inbound.text);
        let hides_card = masked.is_some();
        inbound.text = masked.unwrap_or(inbound.text);
        if let Some(ByMail { head, .. }) = &mut mail {
            for text in [&mut head.subject, &mut head.rest] {
                *text = mask_cards(text).unwrap_or_else(|| text.clone());
            }
        }
        Self {
            inbound,
            mail,
            hides_card,
        }
    }
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The message.
    pub message_id: MessageId,
    /// Its number.
    pub seq: u64,
    /// The epoch after it.
    pub epoch: u64,
}

/// What the answer job is given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AnswerOrder {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The epoch the message was heard in; a later one makes the order void.
    pub epoch: u64,
    /// The message to answer.
    pub seq: u64,
}

impl Desk {
    /// Whether a text, read by itself and without any model, asks for a person (P20).
    pub fn wishes_person(&self, text: &str) -> bool {
        let reading = Reader::lexical().read(text, &Context::default());
        let view = View {
            reading,
            ..View::default()
        };
        let decision = decide(&Policy::default(), &view, self.clock.now());
        decision.triggers().contains(&Trigger::RequestHuman)
    }

    /// Hears a customer's message. `Ok` means that it is on disk.
    pub async fn receive(&self, place: Arc<Place>, inbound: Inbound) -> Result<Received, Error> {
        self.receive_with(place, inbound, Plain).await
    }

    /// The same, telling what came of it otherwise.
    pub async fn receive_with<O: Telling<Received>>(
        &self,
        place: Arc<Place>,
        inbound: Inbound,
        telling: O,
    ) -> Result<O::Given, Error> {
        self.hear(place, Heard::of(inbound, None), telling).await
    }

    /// The same of a message that came by mail.
    pub async fn receive_mail(
        &self,
        place: Arc<Place>,
        inbound: Inbound,
        mail: ByMail,
    ) -> Result<Received, Error> {
        let heard = Heard::of(inbound, Some(mail));
        self.hear(place, heard, Plain).await
    }

    async fn hear<O: Telling<Received>>(
        &self,
        place: Arc<Place>,
        heard: Heard,
        telling: O,
    ) -> Result<O::Given, Error> {
        let heard = Arc::new(heard);
        // Most messages go to a human, who reads for themselves. What the owner makes it
        // worth to read is read outside the transaction, which says when that was too little.
        let mut read = Arc::new(Read::Nothing);
        for _ in 0..TURNS {
            let (here, first, told, known) =
                (place.clone(), heard.clone(), telling.clone(), read.clone());
            let done = self
                .verb(move |tx, moment| {
                    told.of(tx, moment, |tx| receive(tx, &here, moment, &first, &known))
                })
                .await;
            match done {
                Err(Error::Unread) => {}
                done => return done,
            }
            read = Arc::new(self.read_for_owner(&place, &heard.inbound).await?);
        }
        Err(Error::Unread)
    }

    async fn read_for_owner(&self, place: &Arc<Place>, inbound: &Inbound) -> Result<Read, Error> {
        let id = &inbound.conversation_id;
        Ok(match self.has_human(place, id).await? {
            Some(_) => Read::Waiting {
                is_over: is_over(&inbound.text),
            },
            None => Read::Whole(Box::new(self.brief(place, id, Some(&inbound.text)).await?)),
        })
    }
}

/// What was read of a message before the transaction.
enum Read {
    /// Nothing: enough where an agent answers.
    Nothing,
    /// Enough where the customer waits.
    Waiting {
        /// Whether they say that it is over (P31).
        is_over: bool,
    },
    /// All that the assistant and the rules need.
    Whole(Box<Brief>),
}

/// How often a message is read anew because the owner changed meanwhile.
const TURNS: usize = 4;

fn receive(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    heard: &Heard,
    read: &Read,
) -> Result<Received, Error> {
    let inbound = &heard.inbound;
    let (mut scene, sent) = Scene::load_for_message(
        tx,
        place,
        moment,
        &inbound.conversation_id,
        &inbound.client_message_id,
    )?;
    if scene.conversation.contact_id != inbound.contact_id {
        return Err(Error::NotFound);
    }
    if let Some(event) = sent {
        return heard_before(&event, inbound);
    }
    let workspace_id = &place.workspace.id;
    let files = files_to_send(
        scene.tx,
        workspace_id,
        &inbound.conversation_id,
        &Sender::Customer,
        &inbound.files,
    )?;
    let brief = match read {
        Read::Whole(brief) => Some(&**brief),
        Read::Nothing | Read::Waiting { .. } => None,
    };
    let owner = scene.conversation.owner();
    let unowned = matches!(owner, Owner::Assistant | Owner::Nobody);
    if unowned && brief.is_none() || owner == Owner::Queue && matches!(read, Read::Nothing) {
        return Err(Error::Unread);
    }
    let message = Message {
        client_message_id: Some(inbound.client_message_id.clone()),
        channel: heard.mail.as_ref().map_or(Channel::Chat, |_| Channel::Mail),
        ..scene.message(Role::Customer, None)
    };
    if let Some(mail) = heard.mail.as_ref().filter(|mail| mail.head.is_proof) {
        prove_address(&mut scene, &mail.head)?;
    }
    let message_id = message.message_id.clone();
    let is_farewell = brief.is_some_and(|brief| {
        let small_talk = brief.reading.small_talk;
        matches!(small_talk, Some(SmallTalk::Thanks | SmallTalk::Goodbye))
    });
    let was_unserved = matches!(
        scene.conversation.phase,
        Phase::Resolved { unserved: true, .. }
    );
    // A mere thanks or goodbye opens nothing again.
    let comes_back = owner == Owner::Nobody && !is_farewell;
    let returns = match brief.filter(|_| comes_back) {
        Some(brief) => Some(reopen(&mut scene, &brief.reading)?),
        None => None,
    };
    let fact = scene.conversation.hear(message);
    let body = Body::message(&inbound.text, files).map(|body| Body {
        mail: heard.mail.as_ref().map(|mail| Box::new(mail.head.clone())),
        ..body
    });
    scene.record(fact, body);
    let seq = scene.conversation.seq;
    for (place, file) in inbound.files.iter().enumerate() {
        scene
            .tx
            .send_file(workspace_id, file, (seq, place), false)?;
    }
    if heard.hides_card {
        scene.say("safety.card_hidden", &[]);
    }
    if !unowned && !inbound.text.is_empty() {
        overhear_later(&mut scene)?;
    }
    if let (Owner::Queue, Read::Waiting { is_over }) = (owner, read) {
        hear_waiting(&mut scene, &message_id, &inbound.text, *is_over)?;
    }
    if let Some(Return::Agent(agent, _)) = &returns {
        scene.say("agent.back", &[("agent", &agent.name)]);
    }
    let is_open = scene.conversation.owner() == Owner::Assistant;
    if let (true, true, Some(brief)) = (unowned, is_open, brief) {
        let needs_person = heard.mail.as_ref().and_then(|mail| mail.needs_person);
        // Whoever waited for a person until the end is not asked to convince the assistant.
        let wish = needs_person
            .or(was_unserved.then_some("unserved"))
            .or(matches!(returns, Some(Return::Queue)).then_some("came_back"));
        if inbound.text.is_empty() && wish.is_none() {
            acknowledge_files(&mut scene)?;
        } else {
            note_feedback(&mut scene, &brief.reading, &inbound.text)?;
            decide_at_once(&mut scene, brief, &message_id, seq, wish)?;
        }
    }
    let epoch = scene.finish()?.epoch;
    if let Some(Return::Agent(agent, _)) = &returns {
        // Whoever has the customer again may have no room left for what is proposed to them.
        withdraw_unfit(tx, moment, &place.workspace.id, &agent.id, place.mail)?;
    }
    kill_point("receive.recorded");
    Ok(Received {
        message_id,
        seq,
        epoch,
    })
}

/// The customer comes back; whoever has it from here on is found out.
fn reopen(scene: &mut Scene<'_, '_>, reading: &Reading) -> Result<Return, Error> {
    let (now, timings) = (scene.moment.now, &scene.place.inbox.policy.timings);
    let returns = returns_to(scene, reading)?;
    let to = match &returns {
        Return::Agent(agent, units) => Some((agent.clone(), *units)),
        Return::Queue | Return::Assistant => None,
    };
    let handoff_id = scene.conversation.last_served(now, timings);
    let handoff_id = handoff_id.map(|served| served.handoff_id.clone());
    if let (Some(_), Some(handoff_id)) = (&to, handoff_id) {
        let workspace_id = &scene.place.workspace.id;
        scene.tx.handoff_resumed(workspace_id, &handoff_id)?;
    }
    let reopened = scene.conversation.reopen(now, timings, to)?;
    scene.record(reopened, None);
    Ok(returns)
}

/// An answer that came to a conversation's own address shows that mails reach the address
/// that it is from.
fn prove_address(scene: &mut Scene<'_, '_>, head: &MailHead) -> Result<(), Error> {
    if head.by_other {
        return Ok(());
    }
    let standing = AddressStanding {
        proved_at: Some(scene.moment.now),
        failure: None,
    };
    let (workspace_id, contact_id) = (
        &scene.place.workspace.id,
        scene.conversation.contact_id.clone(),
    );
    scene
        .tx
        .note_address(workspace_id, &contact_id, &head.from, &standing)?;
    Ok(())
}

/// The assistant reads words, not files; it says so and offers somebody who can look.
fn acknowledge_files(scene: &mut Scene<'_, '_>) -> Result<(), Error> {
    let text = scene.words().fill("assistant.files", &[]);
    speak(scene, Some("assistant.files"), text, vec![], None, true)
}

fn heard_before(event: &Event, inbound: &Inbound) -> Result<Received, Error> {
    match &event.fact {
        Fact::MessageAdded(message)
            if message.role == Role::Customer && is_same(event, &inbound.text, &inbound.files) =>
        {
            Ok(Received {
                message_id: message.message_id.clone(),
                seq: event.seq,
                epoch: event.epoch,
            })
        }
        _ => Err(Error::Invalid("that id was used for something else")),
    }
}

/// What the customer says of the last answer goes into the ledger (P24).
fn note_feedback(scene: &mut Scene<'_, '_>, reading: &Reading, text: &str) -> Result<(), Error> {
    let Some(outcome) = outcome_in(reading) else {
        return Ok(());
    };
    let (workspace_id, id) = (&scene.place.workspace.id, scene.conversation.id.clone());
    let Some(last) = scene.tx.attempts(workspace_id, &id)?.pop() else {
        return Ok(());
    };
    // What was said first stands, and what comes after a human is about what they did: later
    // complaints are about something else by then.
    let is_fresh = scene
        .conversation
        .fresh_from
        .is_none_or(|from| last.at > from);
    if last.outcome == Outcome::Unknown && is_fresh {
        scene
            .tx
            .judge_attempt(workspace_id, &id, &last.id, outcome, Some(text))?;
        scene.record(
            Fact::AttemptJudged {
                attempt_id: last.id,
                outcome,
            },
            None,
        );
    }
    Ok(())
}

/// Rules that need no answer escalate now; everything else waits for one.
fn decide_at_once(
    scene: &mut Scene<'_, '_>,
    brief: &Brief,
    heard: &MessageId,
    seq: u64,
    wish: Option<&'static str>,
) -> Result<(), Error> {
    let mut view = brief.view(scene)?;
    if let Some(wish) = wish {
        view.wish(wish);
    }
    for signal in &mut view.reading.signals {
        for evidence in &mut signal.evidence {
            if let Evidence::Words { message_id, .. } = evidence {
                *message_id = Some(heard.clone());
            }
        }
    }
    let decision = decide(&scene.place.inbox.policy, &view, scene.moment.now);
    if decision.action == Action::Escalate {
        return hand_off(scene, brief, &view, &decision);
    }
    let order = AnswerOrder {
        conversation_id: scene.conversation.id.clone(),
        epoch: scene.conversation.epoch,
        seq,
    };
    let key = format!("answer {} {}", order.conversation_id, order.seq);
    scene.job("answer", key, &order, 0)
}
