//! Should this be handed over? Asked by another program, about a conversation of its own:
//! a transcript and facts in, a decision out, nothing stored. Read and decided by the
//! same code as our own conversations.

use std::sync::Arc;

use segue_core::attempt::{Attempt, Outcome};
use segue_core::decide::{Customer, Decision, EarlierContact, decide};
use segue_core::event::Role;
use segue_core::package::CustomerCard;
use segue_core::signal::{Feedback, Reading};
use segue_core::time::Timestamp;
use segue_sense::read::{Context, read};

use super::brief::Known;
use super::{Desk, Error, Place};
use crate::assistant::draft;
use crate::edge::Moment;

/// What another program tells of its conversation.
#[derive(Clone, Debug)]
pub struct Transcript {
    /// The customer, as far as that program knows.
    pub customer: Customer,
    /// The customer's earlier contacts, whatever they were about.
    pub prior: Vec<EarlierContact>,
    /// What was said, oldest first; the last line is the customer's.
    pub lines: Vec<(Role, String)>,
}

impl Desk {
    /// Decides on the last line of a transcript, at `at` or now.
    pub async fn advise(
        &self,
        place: Arc<Place>,
        transcript: Transcript,
        at: Option<Timestamp>,
    ) -> Result<Decision, Error> {
        let Some((Role::Customer, question)) = transcript.lines.last().cloned() else {
            return Err(Error::Invalid("the last message must be the customer's"));
        };
        let moment = self.clock.moment();
        let index = self.knowledge.index(&place.workspace.id).await?;
        let attempts = ledger(&transcript.lines, &place, &moment);
        let said = |role: Role| {
            let of_role = transcript.lines.iter().filter(move |(by, _)| *by == role);
            of_role.map(|(_, text)| text.clone())
        };
        let known = Known {
            texts: said(Role::Customer).collect(),
            last_answer: said(Role::Assistant).next_back(),
            offered: false,
            abstentions: 0,
            customer: transcript.customer.clone(),
            card: CustomerCard::default(),
            prior: transcript.prior.clone(),
        };
        let mut view = known.read(&place, &index, None).view_with(attempts);
        view.answerable = Some(draft(&index, &question).answerable);
        let now = at.unwrap_or(moment.now);
        Ok(decide(&place.inbox.policy, &view, now))
    }
}

/// Each answer of the transcript with how the customer's next words say it went: the
/// ledger that we would have kept (P18, P21, P24).
fn ledger(lines: &[(Role, String)], place: &Place, moment: &Moment) -> Vec<Attempt> {
    let mut attempts: Vec<Attempt> = Vec::new();
    let mut customer: Vec<String> = Vec::new();
    let mut last_answer: Option<&str> = None;
    let mut asked = false;
    for (role, text) in lines {
        match role {
            Role::Customer => {
                let context = Context {
                    earlier: &customer,
                    last_answer,
                    offered: false,
                    refund_threshold_cents: place.inbox.policy.refund_threshold_cents,
                };
                let reading = read(text, &context);
                let open = attempts.last_mut().filter(|_| last_answer.is_some());
                if let (Some(outcome), Some(attempt)) = (outcome_in(&reading), open)
                    && attempt.outcome == Outcome::Unknown
                {
                    attempt.outcome = outcome;
                    attempt.outcome_words = Some(text.clone());
                }
                // A greeting asks nothing, so what follows it is no attempt.
                asked = reading.small_talk.is_none();
                customer.push(text.clone());
            }
            Role::Assistant => {
                if asked {
                    attempts.push(Attempt {
                        id: moment.id(),
                        message_id: moment.id(),
                        at: moment.now,
                        suggestion: text.clone(),
                        article_id: None,
                        article_title: None,
                        outcome: Outcome::Unknown,
                        outcome_words: None,
                    });
                }
                last_answer = Some(text);
            }
            Role::Agent | Role::System => {}
        }
    }
    attempts
}

/// How a customer's words say that the last answer went, if they say anything of it.
pub(super) fn outcome_in(reading: &Reading) -> Option<Outcome> {
    match (reading.feedback, reading.repeats_question) {
        (Some(Feedback::Helped), _) => Some(Outcome::Helped),
        (Some(Feedback::DidNotHelp), _) => Some(Outcome::DidNotHelp),
        (None, true) => Some(Outcome::AskedAgain),
        (None, false) => None,
    }
}
