//! How conversations about the like were solved, shown to whoever may see them (P26). The
//! package holds their ids alone: their words are other customers', who may be forgotten.

use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::package::{NextStep, Package, shorten};
use segue_core::time::Timestamp;
use segue_sense::draft_checks::repeated_solution;
use segue_sense::personal::{Kind, Redactor};
use segue_sense::read::Reader;
use segue_store::{Agent, Contact, Tx};
use serde::Serialize;

use super::Error;
use super::line::may_see;
use crate::assistant::what_helped;

/// Events that are read of one conversation.
const EVENTS: i64 = 1_000;

/// A conversation about the like that an agent has solved.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SimilarShown {
    /// Which.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// What it was about, without personal data.
    pub issue: String,
    /// What its agent did or said that solved it, without personal data.
    pub helped: String,
    /// How it ended: a disposition.
    pub outcome: String,
    /// When.
    pub ended_at: Timestamp,
    /// How near the two matters are, 0 to 1.
    pub nearness: f64,
}

/// What `viewer` may see of the like; a program of the workspace sees all teams.
pub fn similar(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    viewer: Option<&Agent>,
    package: &Package,
    now: Timestamp,
) -> Result<Vec<SimilarShown>, Error> {
    let mut shown = Vec::new();
    for case in &package.similar {
        let Some(found) = tx.conversation(workspace_id, &case.conversation_id)? else {
            continue;
        };
        let is_seen = match viewer {
            Some(agent) => may_see(tx, agent, &found, now)?,
            None => true,
        };
        let handoffs = tx.handoffs(workspace_id, Some(&found.id), None, 1)?;
        let Some(handoff) = handoffs.into_iter().next().filter(|_| is_seen) else {
            continue;
        };
        // An erased conversation has no package, and nothing to learn from.
        let (Some(theirs), Some(ended_at)) = (handoff.package, handoff.ended_at) else {
            continue;
        };
        let events = tx.events(workspace_id, &found.id, 0, EVENTS)?;
        let Some(helped) = what_helped(&events) else {
            continue;
        };
        let contact = tx.contact(workspace_id, &found.contact_id)?;
        let mut redactor = redactor(contact.as_ref());
        shown.push(SimilarShown {
            conversation_id: found.id,
            issue: shorten(&redactor.redact(&theirs.assessment.issue), 120),
            helped: redactor.redact(&helped),
            outcome: handoff.outcome.unwrap_or_default(),
            ended_at,
            nearness: case.nearness,
        });
    }
    Ok(shown)
}

/// Adds what solved the nearest one as a step, unless it has failed here already (P26).
pub fn learn(package: &mut Package, similar: &[SimilarShown]) {
    let failed = package.attempts.iter();
    let failed: Vec<&str> = failed
        .filter(|attempt| attempt.outcome.is_unsuccessful())
        .map(|attempt| attempt.suggestion.as_str())
        .collect();
    let reader = Reader::lexical();
    let is_new = |case: &&SimilarShown| repeated_solution(&reader, &case.helped, &failed).is_none();
    if let Some(case) = similar.iter().find(is_new) {
        // What is learned when it is shown is no new version of the package.
        let revision = package.revision;
        package.suggest(NextStep {
            text: case.helped.clone(),
            source: case.issue.clone(),
            article_id: None,
            conversation_id: Some(case.conversation_id.clone()),
            model: None,
        });
        package.revision = revision;
    }
}

fn redactor(contact: Option<&Contact>) -> Redactor {
    let mut redactor = Redactor::default();
    let person = contact.map(|contact| &contact.person);
    if let Some(name) = person.and_then(|person| person.name.as_deref()) {
        redactor.know(Kind::Name, name);
    }
    if let Some(email) = person.and_then(|person| person.email.as_deref()) {
        redactor.know(Kind::Email, email);
    }
    redactor
}
