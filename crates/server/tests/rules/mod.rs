//! What must be true of a database at any moment, whatever happened to the processes on it.
//! The invariants of ARCHITECTURE.md, read from the rows: the owner and the mail of a
//! conversation are worked out here once more, from its facts alone, so that a fold that is
//! wrong does not agree with itself.

use std::collections::{BTreeMap, BTreeSet};

use segue_core::conversation::{Conversation, Owner};
use segue_core::event::{Event, Fact, Message, Role};
use segue_core::ids::{ConversationId, HandoffId, MessageId, WorkspaceId};
use segue_core::policy::Timings;
use segue_core::queue::{self, Waiting};
use segue_core::time::Timestamp;
use segue_store::{Error, Tx, View};

/// Later than anything that is due.
const FAR: Timestamp = Timestamp::from_millis(i64::MAX / 2);
/// More than any test makes.
const ALL: i64 = 1_000_000;

/// Everything that is wrong with a workspace.
pub fn faults(tx: &mut Tx<'_>, workspace_id: &WorkspaceId) -> Result<Vec<String>, Error> {
    let mut faults = Vec::new();
    let listed = tx.list_conversations(workspace_id, &View::All, None, ALL)?;
    let conversations: Vec<Conversation> = listed.into_iter().map(|it| it.conversation).collect();
    for conversation in &conversations {
        conversation_faults(tx, conversation, &mut faults)?;
    }
    floor_faults(tx, workspace_id, &conversations, &mut faults)?;
    due_faults(tx, workspace_id, &conversations, &mut faults)?;
    Ok(faults)
}

/// What is wrong with the agents and with the order of those who wait.
pub fn floor_faults(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    conversations: &[Conversation],
    faults: &mut Vec<String>,
) -> Result<(), Error> {
    for agent in tx.agents(workspace_id)? {
        let owned = |it: &&Conversation| it.owner() == Owner::Agent(agent.id.clone());
        let held: BTreeSet<_> = conversations
            .iter()
            .filter(owned)
            .map(|it| &it.id)
            .collect();
        let view = View::Agent(agent.id.clone());
        let listed = tx.list_conversations(workspace_id, &view, None, ALL)?;
        let listed: BTreeSet<_> = listed.iter().map(|it| &it.conversation.id).collect();
        if held.len() as i64 != agent.busy {
            faults.push(format!(
                "{} holds {} conversations and counts {}",
                agent.name,
                held.len(),
                agent.busy
            ));
        }
        let units: i64 = conversations
            .iter()
            .filter(owned)
            .map(Conversation::held_units)
            .sum();
        if units != agent.busy_units {
            faults.push(format!(
                "{} holds {units} units and counts {}",
                agent.name, agent.busy_units
            ));
        }
        if held != listed {
            faults.push(format!(
                "{}'s list shows {listed:?}, not {held:?}",
                agent.name
            ));
        }
    }
    let mut waiting = tx.waiting(workspace_id)?;
    let mut queued: Vec<Waiting> = conversations.iter().filter_map(Waiting::of).collect();
    queue::order(&mut queued);
    queue::order(&mut waiting);
    if queued != waiting {
        faults.push(format!("the queue shows {waiting:?}, not {queued:?}"));
    }
    invitation_faults(tx, workspace_id, &waiting, faults)
}

/// Nobody is asked for more than they can take, and nobody whose account is closed or who
/// is away is asked at all.
fn invitation_faults(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    waiting: &[Waiting],
    faults: &mut Vec<String>,
) -> Result<(), Error> {
    let floor = tx.floor(workspace_id, FAR, Timestamp::default())?;
    let units = |it: &Waiting| floor.routing.units(it.by_email);
    for agent in &floor.agents {
        let invited = waiting
            .iter()
            .filter(|it| it.invited.as_ref() == Some(&agent.id));
        let invited: Vec<&Waiting> = invited.collect();
        // Who holds more than a capacity that was lowered meanwhile is asked for nothing.
        let room = agent.free().max(0) - invited.iter().map(|it| units(it)).sum::<i64>();
        if room < 0 || !agent.is_there && !invited.is_empty() {
            faults.push(format!("{} is asked for {invited:?}", agent.id));
        }
    }
    Ok(())
}

/// Whether the clock's list has what the conversations say.
fn due_faults(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    conversations: &[Conversation],
    faults: &mut Vec<String>,
) -> Result<(), Error> {
    let listed = tx.conversations_due(workspace_id, FAR, ALL)?;
    let listed: BTreeMap<ConversationId, _> = listed.into_iter().collect();
    for conversation in conversations {
        let due = conversation.due(&Timings::default());
        if listed.get(&conversation.id) != due.map(|(_, due)| due).as_ref() {
            faults.push(format!(
                "{}: the clock's list has {:?}, the conversation {due:?}",
                conversation.id,
                listed.get(&conversation.id)
            ));
        }
    }
    Ok(())
}

/// What is wrong with one conversation.
pub fn conversation_faults(
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    faults: &mut Vec<String>,
) -> Result<(), Error> {
    let id = &conversation.id;
    let mut fault = |what: String| faults.push(format!("{id}: {what}"));
    let events = tx.events(&conversation.workspace_id, id, 0, ALL)?;
    let is_gapless = events.iter().zip(1..).all(|(event, seq)| event.seq == seq);
    if !is_gapless || events.len() as u64 != conversation.seq {
        let seqs: Vec<u64> = events.iter().map(|event| event.seq).collect();
        fault(format!(
            "seq is {}, the events are {seqs:?}",
            conversation.seq
        ));
        return Ok(());
    }
    let replayed = Conversation::replay(id.clone(), conversation.workspace_id.clone(), &events);
    if replayed.as_ref() != Some(conversation) {
        fault(format!(
            "its events make {replayed:?}, stored is {conversation:?}"
        ));
    }
    voice_faults(&events, &mut fault);
    let timings = Timings::default();
    match (conversation.owner(), conversation.due(&timings)) {
        (Owner::Assistant | Owner::Queue, None) => fault("nobody looks at it again".into()),
        (_, Some((at, due))) => {
            if let Err(refusal) = conversation.fall_due(due, at, &timings) {
                fault(format!(
                    "{due:?} is no legal move when it is due: {refusal:?}"
                ));
            }
        }
        (Owner::Agent(_) | Owner::Nobody, None) => {}
    }
    handoff_faults(tx, conversation, &events, &mut fault)?;
    let attempts = tx.attempts(&conversation.workspace_id, id)?;
    for event in &events {
        if let Fact::AttemptMade { attempt_id, .. } = &event.fact
            && !attempts.iter().any(|attempt| attempt.id == *attempt_id)
        {
            fault(format!("attempt {attempt_id} is in no ledger"));
        }
    }
    Ok(())
}

/// One owner at a time, an epoch for each, and nobody else speaks.
fn voice_faults(events: &[Event], fault: &mut impl FnMut(String)) {
    let (mut owner, mut epoch) = (Owner::Assistant, 1);
    for event in events {
        let (seq, was) = (event.seq, owner.clone());
        let next = match &event.fact {
            Fact::Started { .. }
            | Fact::HandoffCancelled
            | Fact::HandedBack { .. }
            | Fact::Reopened { agent: None, .. } => Some(Owner::Assistant),
            Fact::HandedOff { .. } | Fact::Dropped { .. } | Fact::Transferred { .. } => {
                Some(Owner::Queue)
            }
            Fact::Accepted { agent, .. }
            | Fact::TakenOver { agent, .. }
            | Fact::Reopened {
                agent: Some(agent), ..
            } => Some(Owner::Agent(agent.id.clone())),
            Fact::Resolved { .. } => Some(Owner::Nobody),
            _ => None,
        };
        let is_legal = match &event.fact {
            Fact::HandedOff { .. } | Fact::AnswerMissed | Fact::Reminded => was == Owner::Assistant,
            Fact::Accepted { .. }
            | Fact::HandoffCancelled
            | Fact::EmailChosen { .. }
            | Fact::Invited { .. }
            | Fact::InvitationEnded { .. }
            | Fact::WaitReviewed => was == Owner::Queue,
            Fact::Dropped { agent } | Fact::HandedBack { agent } => {
                was == Owner::Agent(agent.id.clone())
            }
            Fact::Transferred { from, .. } => was == Owner::Agent(from.id.clone()),
            Fact::TakenOver { from, .. } => match (from, &was) {
                (Some(from), Owner::Agent(owner)) => from.id == *owner,
                (None, Owner::Assistant | Owner::Nobody) => true,
                _ => false,
            },
            Fact::Resolved { .. } => was != Owner::Nobody,
            Fact::Reopened { .. } | Fact::Rated { .. } => was == Owner::Nobody,
            Fact::MessageAdded(message) => may_speak(message, &was),
            _ => true,
        };
        if !is_legal {
            fault(format!(
                "event {seq} {:?} while {was:?} owns it",
                event.fact
            ));
        }
        if let Some(next) = next {
            epoch += u64::from(seq > 1);
            owner = next;
        }
        if event.epoch != epoch {
            fault(format!(
                "event {seq} has epoch {}, not {epoch}",
                event.epoch
            ));
        }
    }
}

fn may_speak(message: &Message, owner: &Owner) -> bool {
    match message.role {
        Role::Assistant => *owner == Owner::Assistant,
        Role::Agent if message.private => true,
        Role::Agent => {
            let speaker = message.agent.as_ref().map(|agent| agent.id.clone());
            speaker.is_some_and(|speaker| *owner == Owner::Agent(speaker))
        }
        Role::Customer | Role::System => true,
    }
}

/// The escalation message, the package and the promise belong to each handoff; it is open
/// exactly while somebody waits for it or is served by it.
fn handoff_faults(
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    events: &[Event],
    fault: &mut impl FnMut(String),
) -> Result<(), Error> {
    let (workspace_id, id) = (&conversation.workspace_id, &conversation.id);
    let rows = tx.handoffs(workspace_id, Some(id), None, ALL)?;
    let mut acts = 0;
    // Who takes it from the assistant begins a handoff too, and nobody need be promised a wait.
    let mut begun = std::collections::BTreeSet::new();
    for event in events {
        match &event.fact {
            Fact::HandedOff { handoff_id, .. } => {
                begun.insert(handoff_id.clone());
            }
            Fact::TakenOver { handoff_id, .. } if begun.insert(handoff_id.clone()) => acts += 1,
            _ => {}
        }
    }
    for (at, event) in events.iter().enumerate() {
        let Fact::HandedOff {
            handoff_id,
            promise,
            ..
        } = &event.fact
        else {
            continue;
        };
        acts += 1;
        let told = events.get(at + 1).map(|event| &event.fact);
        let is_told = matches!(told, Some(Fact::MessageAdded(message))
            if message.template.as_deref() == Some("handoff.connecting"));
        if !is_told {
            fault(format!("nobody was told of handoff {handoff_id}"));
        }
        match rows.iter().find(|row| row.id == *handoff_id) {
            None => fault(format!("handoff {handoff_id} is not on record")),
            Some(row) => {
                if row.package.is_none() || row.promise != *promise || row.at != event.at {
                    fault(format!("handoff {handoff_id} is half on record: {row:?}"));
                }
            }
        }
    }
    if acts != rows.len() {
        fault(format!(
            "{acts} handoffs happened, {} are on record",
            rows.len()
        ));
    }
    let open: Vec<&HandoffId> = rows
        .iter()
        .filter(|row| row.ended_at.is_none())
        .map(|row| &row.id)
        .collect();
    let current = match &conversation.phase {
        segue_core::conversation::Phase::Queued(wait) => Some(&wait.handoff_id),
        segue_core::conversation::Phase::Served { handoff_id, .. } => Some(handoff_id),
        _ => None,
    };
    if open != current.into_iter().collect::<Vec<_>>() {
        fault(format!(
            "open handoffs {open:?} in state {}",
            conversation.state().name()
        ));
    }
    for row in rows {
        let after = |at: Option<Timestamp>| at.is_none_or(|at| at >= row.at);
        if !(after(row.accepted_at) && after(row.first_reply_at) && after(row.ended_at)) {
            fault(format!("a wait below zero: {row:?}"));
        }
    }
    Ok(())
}

/// The agents' messages that must have reached a mailbox, by the facts alone.
pub fn mails_owed(events: &[Event]) -> Vec<MessageId> {
    let (mut by_email, mut owed) = (false, Vec::new());
    for event in events {
        match &event.fact {
            Fact::EmailChosen { .. } => by_email = true,
            Fact::HandoffCancelled | Fact::HandedBack { .. } => by_email = false,
            Fact::MessageAdded(message)
                if by_email && message.role == Role::Agent && !message.private =>
            {
                owed.push(message.message_id.clone());
            }
            _ => {}
        }
    }
    owed
}
