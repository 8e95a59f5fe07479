//! What shows that somebody had to say something again (P35): the message in which it came
//! again, and the one that had it before.

use segue_core::event::{Event, Fact, Role};
use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::measure::{Again, Behind, HandoffCase, RepetitionCase};
use segue_core::time::Timestamp;
use segue_store::{KeptCase, Tx};
use serde::Serialize;

use super::period::Period;
use crate::desk::Error;

/// Repetitions that are shown of one conversation.
const SHOWN: usize = 3;

/// Something that came again, in both messages.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RepetitionShown {
    /// What came again.
    kind: Again,
    /// The message in which it did.
    again: Quote,
    /// The one that had it before: what the customer had told, or what had failed. `null` where
    /// they say so of nothing in particular, or where their record had it.
    before: Option<Quote>,
}

/// A message that is quoted.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Quote {
    /// Its number: where the conversation is opened.
    seq: u64,
    /// When.
    at: Timestamp,
    /// Who.
    role: Role,
    /// Their name, of agents.
    name: Option<String>,
    /// Their words; `null` where those were removed.
    text: Option<String>,
}

/// What shows a figure in a conversation, of the handoffs of the period; empty where the
/// figure is not shown by messages.
pub(super) fn repetitions<'a>(
    period: &Period,
    figure: Behind,
    kept: &'a KeptCase,
) -> Vec<&'a RepetitionCase> {
    let case = &kept.case;
    let hours = period.hours_of(&case.inbox_id);
    let is_asked = |handoff: &&HandoffCase| {
        let has_reason = period.trigger.is_none() || handoff.trigger() == period.trigger;
        period.days.contains(&hours.day(handoff.at)) && has_reason
    };
    let handoffs = case.handoffs.iter().filter(is_asked);
    let its = handoffs.flat_map(|handoff| &handoff.repetitions);
    its.filter(|it| figure.is_shown_by(it.kind))
        .take(SHOWN)
        .collect()
}

/// Reads the messages of some conversations' repetitions at once.
pub(super) fn evidence(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    found: &[(&ConversationId, Vec<&RepetitionCase>)],
) -> Result<Vec<Vec<RepetitionShown>>, Error> {
    let places = found.iter().flat_map(|(id, repetitions)| {
        let its = repetitions.iter();
        its.flat_map(move |it| [Some(it.seq), it.of].map(|seq| (*id, seq)))
    });
    let asked: Vec<_> = places
        .filter_map(|(id, seq)| Some((workspace_id.clone(), id.clone(), seq?.saturating_sub(1))))
        .collect();
    let mut read = tx.events_of_each(&asked, 1)?.into_iter();
    let mut next = || read.next().and_then(|events| quote(events.first()?));
    let shown = found.iter().map(|(_, repetitions)| {
        let pairs = repetitions.iter().map(|it| {
            let (again, before) = (next(), it.of.and_then(|_| next()));
            Some(RepetitionShown {
                kind: it.kind,
                again: again?,
                before,
            })
        });
        pairs.flatten().collect()
    });
    Ok(shown.collect())
}

fn quote(event: &Event) -> Option<Quote> {
    let Fact::MessageAdded(message) = &event.fact else {
        return None;
    };
    Some(Quote {
        seq: event.seq,
        at: event.at,
        role: message.role,
        name: message.agent.as_ref().map(|agent| agent.name.clone()),
        text: event.body.as_ref().and_then(|body| body.text.clone()),
    })
}
