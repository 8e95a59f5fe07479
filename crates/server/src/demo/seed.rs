//! The company's people and some of its history word for word, entered as it would have been
//! recorded then.

use std::collections::BTreeMap;

use segue_core::access::Role;
use segue_core::attempt::{Attempt, Outcome};
use segue_core::conversation::Conversation;
use segue_core::event::{AgentName, Body, Disposition, Fact, Message, ResolvedBy, Role as Speaker};
use segue_core::ids::{AgentId, ContactId, ConversationId, HandoffId};
use segue_core::package::{CustomerCard, Package, Sources, Turn, build};
use segue_core::policy::Timings;
use segue_core::queue::{Needs, Priority};
use segue_core::route::Routing;
use segue_core::signal::Trigger;
use segue_core::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp};
use segue_store::{Contact, Handoff, NewAgent, Person, Tx, Workspace};
use serde::Deserialize;

use super::{PASSWORD, read_json};
use crate::desk::{Desk, Error};
use crate::edge::Moment;
use crate::http::hash_password;

#[derive(Deserialize)]
struct DemoAgent {
    name: String,
    email: String,
    role: Role,
    capacity: i64,
}

/// A conversation of the weeks before.
#[derive(Deserialize)]
struct Past {
    contact_name: String,
    contact_email: String,
    days_ago: i64,
    handled_by: String,
    csat: Option<u8>,
    repeated: Option<bool>,
    first_reply_seconds: Option<i64>,
    disposition: Disposition,
    triggers: Vec<Trigger>,
    messages: Vec<PastMessage>,
}

#[derive(Deserialize)]
struct PastMessage {
    role: Speaker,
    text: String,
}

/// Names the company and enters its agents and its history.
pub(super) async fn seed_people(desk: &Desk, workspace: Workspace) -> Result<(), Error> {
    let agents: Vec<DemoAgent> = read_json("agents.json")?;
    let history: Vec<Past> = read_json("history.json")?;
    let password_hash = tokio::task::spawn_blocking(|| hash_password(PASSWORD))
        .await
        .unwrap_or_default();
    let moment = desk.clock.moment();
    desk.store
        .write(move |tx| {
            let moment = moment.again();
            let mut workspace = workspace.clone();
            workspace.name = "Fernhill Outfitters".into();
            workspace.settings.brand_color = "#1f6f54".into();
            tx.update_workspace(&workspace)?;
            let mut names = Vec::new();
            for agent in &agents {
                let id: AgentId = moment.id();
                names.push(AgentName {
                    id: id.clone(),
                    name: agent.name.clone(),
                });
                let new = NewAgent {
                    id,
                    workspace_id: workspace.id.clone(),
                    email: agent.email.clone(),
                    name: agent.name.clone(),
                    role: agent.role,
                    password_hash: password_hash.clone(),
                    capacity: agent.capacity,
                };
                tx.add_agent(&new, moment.now)?;
            }
            for (n, past) in history.iter().enumerate() {
                seed_past(tx, &workspace, &moment, past, &names[n % names.len()])?;
            }
            tx.search_anew(&workspace.id)?;
            Ok(())
        })
        .await
}

/// Enters a conversation of the past as it would have been recorded then.
fn seed_past(
    tx: &mut Tx<'_>,
    workspace: &Workspace,
    moment: &Moment,
    past: &Past,
    agent: &AgentName,
) -> Result<(), Error> {
    let inbox = tx
        .inboxes(&workspace.id)?
        .into_iter()
        .next()
        .ok_or(Error::NotFound)?;
    let began = moment.now.plus(-past.days_ago * DAY_MS - 3 * HOUR_MS);
    let contact_id = contact_of(
        tx,
        workspace,
        moment,
        &past.contact_name,
        &past.contact_email,
        began,
    )?;
    let id: ConversationId = moment.id();
    let (mut conversation, first) = Conversation::start(
        id.clone(),
        workspace.id.clone(),
        inbox.id.clone(),
        contact_id,
        "en",
        began,
    );
    let mut events = vec![first];
    let mut attempts = Vec::new();
    let mut at = began;
    let mut handoff: Option<Handoff> = None;
    for said in &past.messages {
        at = at.plus(20 * SECOND_MS);
        if said.role == Speaker::Agent && handoff.is_none() {
            let waited_ms = past.first_reply_seconds.unwrap_or(120) * SECOND_MS;
            let handoff_id: HandoffId = moment.id();
            events.push(conversation.record(
                at,
                conversation.hand_off(
                    handoff_id.clone(),
                    past.triggers.clone(),
                    None,
                    Needs::default(),
                )?,
                None,
            ));
            let accepted =
                conversation.accept(agent.clone(), conversation.epoch, &Routing::default())?;
            events.push(conversation.record(at.plus(waited_ms * 2 / 3), accepted, None));
            handoff = Some(Handoff {
                id: handoff_id,
                workspace_id: workspace.id.clone(),
                conversation_id: id.clone(),
                inbox_id: inbox.id.clone(),
                at,
                reasons: past.triggers.clone(),
                package: None,
                promise: None,
                accepted_at: Some(at.plus(waited_ms * 2 / 3)),
                agent_id: Some(agent.id.clone()),
                first_reply_at: Some(at.plus(waited_ms)),
                ended_at: None,
                outcome: None,
                team_id: None,
                priority: Priority::NORMAL,
                told_until: None,
            });
            at = at.plus(waited_ms);
        }
        let attempt_id = (said.role == Speaker::Assistant).then(|| moment.id());
        let message = Message {
            message_id: moment.id(),
            role: said.role,
            agent: (said.role == Speaker::Agent).then(|| agent.clone()),
            private: false,
            template: None,
            client_message_id: None,
            attempt_id: attempt_id.clone(),
            offers_person: false,
            channel: Default::default(),
        };
        if let Some(attempt_id) = attempt_id {
            attempts.push(Attempt {
                id: attempt_id,
                message_id: message.message_id.clone(),
                at,
                suggestion: said.text.clone(),
                article_id: None,
                article_title: None,
                outcome: if past.handled_by == "assistant" {
                    Outcome::Helped
                } else {
                    Outcome::DidNotHelp
                },
                outcome_words: None,
            });
        }
        events.push(conversation.record(at, Fact::MessageAdded(message), Body::text(&*said.text)));
    }
    at = at.plus(2 * MINUTE_MS);
    let by = match &handoff {
        Some(_) => ResolvedBy::Agent {
            agent: agent.clone(),
        },
        None => ResolvedBy::Customer,
    };
    let disposition = handoff.is_some().then_some(past.disposition);
    events.push(conversation.record(at, conversation.resolve(by, disposition)?, None));
    if let Some(score) = past.csat {
        events.push(conversation.record(at, conversation.rate(score, past.repeated)?, None));
    }
    tx.add_conversation(&conversation, &Timings::default(), at)?;
    for event in &events {
        tx.add_event(&workspace.id, &id, event)?;
    }
    for attempt in &attempts {
        tx.add_attempt(&workspace.id, &id, attempt)?;
    }
    if let Some(mut handoff) = handoff {
        handoff.ended_at = Some(at);
        handoff.package = Some(package_of(past, &handoff, &attempts, &conversation));
        let name = serde_json::to_value(past.disposition).unwrap_or_default();
        handoff.outcome = name.as_str().map(str::to_string);
        tx.add_handoff(&handoff)?;
    }
    if let Some(score) = past.csat {
        let served_by = if conversation.handed_off {
            "handoff"
        } else {
            "assistant"
        };
        tx.add_rating(&workspace.id, &id, score, past.repeated, served_by, at)?;
    }
    Ok(())
}

/// What the agent received then: what was said, and what the assistant had tried.
fn package_of(
    past: &Past,
    handoff: &Handoff,
    attempts: &[Attempt],
    conversation: &Conversation,
) -> Package {
    let said = past.messages.iter();
    let turns: Vec<Turn> = said
        .take_while(|said| said.role != Speaker::Agent)
        .filter(|said| said.role == Speaker::Customer)
        .enumerate()
        .map(|(n, said)| Turn {
            message_id: None,
            text: said.text.clone(),
            mood: 0.0,
            tells_issue: n == 0,
        })
        .collect();
    build(
        Sources {
            handoff_id: &handoff.id,
            conversation_id: &conversation.id,
            through_seq: conversation.seq,
            language: &conversation.language,
            turns: &turns,
            decision: None,
            answerable: None,
            attempts,
            customer: CustomerCard {
                name: Some(past.contact_name.clone()),
                email: Some(past.contact_email.clone()),
                ..CustomerCard::default()
            },
            suggestions: &[],
            files: vec![],
            customer_from: BTreeMap::new(),
            open: &[],
            similar: vec![],
            look_up: None,
        },
        handoff.at,
    )
}

fn contact_of(
    tx: &mut Tx<'_>,
    workspace: &Workspace,
    moment: &Moment,
    name: &str,
    email: &str,
    created_at: Timestamp,
) -> Result<ContactId, Error> {
    if let Some(contact) = tx.contacts(&workspace.id, Some(email), None, 1)?.pop() {
        return Ok(contact.id);
    }
    let contact = Contact {
        id: moment.id(),
        workspace_id: workspace.id.clone(),
        person: Person {
            name: Some(name.into()),
            email: Some(email.into()),
            ..Person::default()
        },
        plan: "free".into(),
        vip: false,
        signed_up_at: Some(created_at.plus(-90 * DAY_MS)),
        created_at,
        external_id: None,
    };
    tx.add_contact(&contact)?;
    Ok(contact.id)
}
