//! What the doors show of a conversation: to its customer, and in agents' lists.

use segue_core::conversation::{Conversation, Phase, State};
use segue_core::event::{AgentName, Body, Channel, Event, Fact, Role};
use segue_core::ids::{AgentId, ContactId, ConversationId, InboxId, TeamId};
use segue_core::package::shorten;
use segue_core::queue::Priority;
use segue_core::signal::Trigger;
use segue_core::time::Timestamp;
use segue_store::{Listed, Tx};
use serde::{Deserialize, Serialize};

use crate::desk::{Error, Line, Place, WaitShown, wait_shown};

/// A conversation as its customer sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ConversationView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ConversationId,
    /// Where it stands.
    pub state: State,
    /// Version of the owner.
    pub epoch: u64,
    /// Number of the last event.
    pub seq: u64,
    /// ISO 639-1.
    pub language: String,
    /// The human who answers.
    pub agent: Option<AgentName>,
    /// When it began.
    pub opened_at: Timestamp,
    /// Whether it was rated since it was last resolved.
    pub rated: bool,
    /// Whether a human was ever asked for.
    pub handed_off: bool,
    /// The wait, while there is one.
    pub wait: Option<WaitShown>,
    /// Where answers go by e-mail, or word that the turn is near, if the customer chose that.
    pub email: Option<String>,
}

/// Shows a conversation to its customer.
pub fn view(
    tx: &mut Tx<'_>,
    line: Option<&Line>,
    place: &Place,
    conversation: &Conversation,
    now: Timestamp,
) -> Result<ConversationView, Error> {
    let is_kept = conversation.wait().is_some_and(|wait| wait.kept.is_some());
    let email = if conversation.by_email || is_kept {
        tx.contact(&place.workspace.id, &conversation.contact_id)?
            .and_then(|contact| contact.person.email)
    } else {
        None
    };
    Ok(ConversationView {
        id: conversation.id.clone(),
        state: conversation.state(),
        epoch: conversation.epoch,
        seq: conversation.seq,
        language: conversation.language.clone(),
        agent: agent_of(conversation),
        opened_at: conversation.opened_at,
        rated: conversation.rated,
        handed_off: conversation.handed_off,
        wait: wait_shown(tx, line, place, conversation, now)?,
        email,
    })
}

/// A conversation in a list of the console.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Item {
    /// Which.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// Where it stands.
    pub state: State,
    /// Version of the owner; sent back when taking it.
    pub epoch: u64,
    /// Number of the last event.
    pub seq: u64,
    /// Where it came in.
    #[schema(value_type = String)]
    pub inbox_id: InboxId,
    /// The customer.
    pub contact: ContactShown,
    /// The first thing they wrote.
    pub subject: String,
    /// Why it was handed over.
    pub reasons: Vec<Trigger>,
    /// The mood at the handoff, 0..1.
    pub mood: f64,
    /// ISO 639-1.
    pub language: String,
    /// How urgent, 0 to 9.
    #[schema(value_type = u8)]
    pub priority: Priority,
    /// The team that answers for it; `None` for everybody.
    #[schema(value_type = Option<String>)]
    pub team_id: Option<TeamId>,
    /// What its agent should know.
    pub skills: Vec<String>,
    /// Its place in the list that it stands in, where that is the queue: 1 for the next.
    pub place: Option<u32>,
    /// Since when it waits.
    pub queued_at: Option<Timestamp>,
    /// Seconds waited so far.
    pub waited_s: Option<i64>,
    /// Since when the waiting customer's page is gone (P45).
    pub away_since: Option<Timestamp>,
    /// Whether words and personal data were removed (P48).
    pub erased: bool,
    /// What the customer was told.
    pub promised_minutes: Option<u32>,
    /// Whether the answer goes by e-mail.
    pub by_email: bool,
    /// By which way it began.
    #[serde(default)]
    pub channel: Channel,
    /// By which way the customer wrote last.
    #[serde(default)]
    pub heard_by: Channel,
    /// When that is due.
    pub reply_due_at: Option<Timestamp>,
    /// The agent who is being asked.
    #[schema(value_type = Option<String>)]
    pub invited_agent_id: Option<AgentId>,
    /// Until when.
    pub until: Option<Timestamp>,
    /// Who answers.
    pub agent: Option<AgentName>,
    /// Its last event's time.
    pub touched_at: Timestamp,
    /// What was said last.
    pub last_text: String,
    /// Who said it.
    pub last_role: Option<Role>,
}

/// A customer in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ContactShown {
    /// Who.
    #[schema(value_type = String)]
    pub id: ContactId,
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Their plan.
    pub plan: String,
    /// Marked as VIP.
    pub vip: bool,
    /// Whether the site's signature proves who they are; else name and address are what
    /// they say themselves.
    #[serde(default)]
    pub verified: bool,
    /// Who says that the address is theirs.
    #[serde(default)]
    pub email_proof: EmailProof,
    /// When a mail to the address came back.
    #[serde(default)]
    pub email_failed_at: Option<Timestamp>,
    /// Why, as the mail server said.
    #[serde(default)]
    pub email_failure: Option<String>,
}

/// Who says that an address is a customer's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmailProof {
    /// Only they themselves: anybody can write any address.
    #[default]
    Claimed,
    /// An answer came back from there that only its reader could write.
    Proved,
    /// The site, by its signature.
    Vouched,
}

/// Shows a conversation in a list.
pub fn item(tx: &mut Tx<'_>, listed: &Listed, now: Timestamp) -> Result<Item, Error> {
    let conversation = &listed.conversation;
    let workspace_id = &conversation.workspace_id;
    let contact = tx
        .contact(workspace_id, &conversation.contact_id)?
        .ok_or(Error::NotFound)?;
    let handoff = tx
        .handoffs(workspace_id, Some(&conversation.id), None, 1)?
        .pop();
    let subject = tx
        .first_customer_text(&conversation.workspace_id, &conversation.id)?
        .unwrap_or_default();
    let last = last_said(&tx.events(
        workspace_id,
        &conversation.id,
        conversation.seq.saturating_sub(8),
        8,
    )?);
    let address = contact.person.email.as_deref().unwrap_or_default();
    let standing = tx.address_standing(workspace_id, &contact.id, &address.to_lowercase())?;
    let email_proof = match (&contact.external_id, standing.proved_at) {
        (Some(_), _) => EmailProof::Vouched,
        (None, Some(_)) => EmailProof::Proved,
        (None, None) => EmailProof::Claimed,
    };
    let (email_failed_at, email_failure) = standing.failure.unzip();
    let wait = conversation.wait();
    let package = handoff
        .as_ref()
        .and_then(|handoff| handoff.package.as_ref());
    let reply_due_at = match &conversation.phase {
        Phase::Queued(wait) => wait.reply_due_at,
        Phase::Served { reply_due_at, .. } => *reply_due_at,
        Phase::Assisted { .. } | Phase::Resolved { .. } => None,
    };
    Ok(Item {
        conversation_id: conversation.id.clone(),
        state: conversation.state(),
        epoch: conversation.epoch,
        seq: conversation.seq,
        inbox_id: conversation.inbox_id.clone(),
        subject: package.map_or_else(
            || shorten(&subject, 120),
            |package| shorten(&package.assessment.issue, 120),
        ),
        reasons: handoff
            .as_ref()
            .map_or_else(Vec::new, |handoff| handoff.reasons.clone()),
        mood: package.map_or(0.0, |package| package.assessment.mood.strength),
        language: conversation.language.clone(),
        priority: listed.priority,
        team_id: conversation.team.clone(),
        skills: wait.map_or_else(Vec::new, |wait| wait.needs.skills.clone()),
        place: None,
        queued_at: wait.map(|wait| wait.queued_at),
        waited_s: wait.map(|wait| now.since(wait.queued_at) / 1_000),
        away_since: wait
            .and_then(|wait| wait.away.as_ref())
            .map(|away| away.since),
        erased: conversation.erased,
        promised_minutes: handoff
            .and_then(|handoff| handoff.promise)
            .map(|promise| promise.minutes),
        by_email: conversation.by_email,
        channel: conversation.channel,
        heard_by: conversation.heard_by,
        reply_due_at,
        invited_agent_id: wait
            .and_then(|wait| wait.invitation.as_ref())
            .map(|invitation| invitation.agent_id.clone()),
        until: wait
            .and_then(|wait| wait.invitation.as_ref())
            .map(|invitation| invitation.until),
        agent: agent_of(conversation),
        touched_at: listed.touched_at,
        last_text: last
            .as_ref()
            .map_or_else(String::new, |(_, text)| shorten(text, 100)),
        last_role: last.map(|(role, _)| role),
        contact: ContactShown {
            id: contact.id,
            name: contact.person.name,
            email: contact.person.email,
            plan: contact.plan,
            vip: contact.vip,
            verified: contact.external_id.is_some(),
            email_proof,
            email_failed_at,
            email_failure,
        },
    })
}

fn agent_of(conversation: &Conversation) -> Option<AgentName> {
    match &conversation.phase {
        Phase::Served { agent, .. } => Some(agent.clone()),
        Phase::Assisted { .. } | Phase::Queued(_) | Phase::Resolved { .. } => None,
    }
}

/// What was said, or the names of the files that were sent without a word.
fn words_of(body: &Body) -> Option<String> {
    let names = || body.files.iter().map(|file| file.name.as_str());
    let list = names().collect::<Vec<_>>().join(", ");
    body.text
        .clone()
        .or(Some(list).filter(|list| !list.is_empty()))
}

fn last_said(events: &[Event]) -> Option<(Role, String)> {
    events.iter().rev().find_map(|event| match &event.fact {
        Fact::MessageAdded(message) if !message.private && message.role != Role::System => {
            Some((message.role, words_of(event.body.as_ref()?)?))
        }
        _ => None,
    })
}
