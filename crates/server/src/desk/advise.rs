//! Should this be handed over? Asked by another program, about a conversation of its own:
//! a transcript and facts in, a decision out, nothing stored. Read and decided by the
//! same code as our own conversations.

use std::sync::Arc;

use segue_core::attempt::{Attempt, Outcome};
use segue_core::decide::{Customer, Decision, EarlierContact, View, decide};
use segue_core::event::Role;
use segue_core::ids::{AttemptId, InboxId, MessageId};
use segue_core::package::CustomerCard;
use segue_core::policy::Policy;
use segue_core::signal::{Feedback, Reading, Trigger};
use segue_core::time::Timestamp;
use segue_sense::read::{Context, Reader};
use segue_sense::retrieval::{Hit, Index};
use segue_sense::spoken::spoken;
use serde::Deserialize;

use super::answer::take_in;
use super::brief::{Brief, Known};
use super::{Desk, Error, Place};
use crate::assistant::{Draft, find};

/// What another program tells of its conversation.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    /// The customer, as far as that program knows.
    pub customer: Customer,
    /// The customer's earlier contacts, whatever they were about.
    pub prior: Vec<EarlierContact>,
    /// What was said, oldest first; the last line is the customer's.
    pub lines: Vec<(Role, String)>,
    /// What the assistant's last line let the customer choose from (P17).
    pub readings: Vec<String>,
}

/// A conversation as other programs write it down.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
pub struct Case {
    /// The instant to decide at; now if absent.
    pub now: Option<Timestamp>,
    /// The inbox it would be asked in; the oldest that is open if absent.
    #[schema(value_type = Option<String>)]
    pub inbox_id: Option<InboxId>,
    /// The customer.
    #[serde(default)]
    contact: ContactFacts,
    /// Their earlier conversations.
    #[serde(default)]
    prior_conversations: Vec<PriorConversation>,
    /// The transcript; the decision is asked at the last message, the customer's.
    messages: Vec<TranscriptMessage>,
}

/// What is known of a customer.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
struct ContactFacts {
    /// `free`, `team`, `business` or `enterprise`.
    plan: String,
    vip: bool,
    signed_up_at: Option<Timestamp>,
}

/// An earlier conversation.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
struct PriorConversation {
    subject: String,
    closed_at: Timestamp,
}

/// A message of a transcript.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
struct TranscriptMessage {
    /// `customer`, `assistant` (or `ai`), `agent` or `system`.
    role: Role,
    text: String,
}

impl Case {
    /// The same without the instant.
    pub fn into_transcript(self) -> Transcript {
        let prior = |prior: PriorConversation| EarlierContact {
            subject: prior.subject,
            closed_at: prior.closed_at,
        };
        let line = |message: TranscriptMessage| (message.role, message.text);
        Transcript {
            customer: Customer {
                plan: self.contact.plan,
                vip: self.contact.vip,
                signed_up_at: self.contact.signed_up_at,
                same_issue: vec![],
            },
            prior: self.prior_conversations.into_iter().map(prior).collect(),
            lines: self.messages.into_iter().map(line).collect(),
            readings: vec![],
        }
    }
}

/// A decision with what it was made from.
#[derive(Clone, Debug)]
pub struct Advice {
    /// The decision.
    pub decision: Decision,
    /// Its inputs.
    pub view: View,
    /// The passages that were found for the last line, best first.
    pub hits: Vec<Hit>,
    /// What was found out about the transcript.
    pub(super) brief: Brief,
    /// The answer that the articles give.
    pub(super) draft: Draft,
}

impl Desk {
    /// Decides on the last line of a transcript, at `at` or now.
    pub async fn advise(
        &self,
        place: Arc<Place>,
        transcript: Transcript,
        at: Option<Timestamp>,
    ) -> Result<Advice, Error> {
        let now = at.unwrap_or(self.clock.now());
        let index = self.knowledge.index(&place.workspace.id).await?;
        let reader = self.knowledge.reader().clone();
        // Reading takes a core for milliseconds; sockets must not wait for that.
        let work = move || {
            let inbox = &place.inbox;
            advise(
                &reader,
                &inbox.policy,
                &inbox.name,
                &index,
                &transcript,
                now,
            )
        };
        let advice = tokio::task::spawn_blocking(work).await;
        advice.map_err(|_| Error::Invalid("the transcript could not be read"))?
    }
}

/// Decides on the last line of a transcript.
pub fn advise(
    reader: &Reader,
    policy: &Policy,
    inbox: &str,
    index: &Index,
    transcript: &Transcript,
    now: Timestamp,
) -> Result<Advice, Error> {
    if !matches!(transcript.lines.last(), Some((Role::Customer, _))) {
        return Err(Error::Invalid("the last message must be the customer's"));
    };
    let past = Past::of(reader, policy, &transcript.lines, now);
    let texts = transcript.lines.iter();
    let texts = texts.filter(|(by, _)| *by == Role::Customer);
    let known = Known {
        texts: texts.map(|(_, text)| text.clone()).collect(),
        last_answer: past.last_answer,
        readings: transcript.readings.clone(),
        offered: past.offered,
        abstentions: past.abstentions,
        customer: transcript.customer.clone(),
        message_ids: vec![],
        failed: vec![],
        customer_from: Default::default(),
        card: CustomerCard::default(),
        prior: transcript.prior.clone(),
        agreed: vec![],
        stale_texts: 0,
    };
    let brief = known.read(reader, policy, index, None);
    let mut view = brief.view_with(past.attempts);
    view.inbox = inbox.to_owned();
    view.clarified = past.clarified;
    view.declined = past.declined;
    view.declined_at = (!view.declined.is_empty()).then_some(now);
    let question = reader.query(&brief.question);
    let (draft, hits) = find(index, &question, brief.chosen.as_deref());
    // "That did not help" alone is no question, so no article can be missing for it.
    let only_complains = view.reading.feedback == Some(Feedback::DidNotHelp)
        && draft.answerable < policy.partial_below;
    if !only_complains {
        take_in(&mut view, &draft);
    }
    Ok(Advice {
        decision: decide(policy, &view, now),
        view,
        hits,
        brief,
        draft,
    })
}

/// What the lines before the last tell: the ledger that we would have kept (P18, P21,
/// P24), and what was offered, asked and declined.
#[derive(Default)]
struct Past {
    attempts: Vec<Attempt>,
    abstentions: u32,
    last_answer: Option<String>,
    offered: bool,
    clarified: bool,
    declined: Vec<Trigger>,
}

impl Past {
    fn of(reader: &Reader, policy: &Policy, lines: &[(Role, String)], now: Timestamp) -> Self {
        let mut past = Past::default();
        let mut customer: Vec<String> = Vec::new();
        // What the customer's last question showed, and whether it was a question at all.
        let mut shown: Vec<Trigger> = Vec::new();
        let mut asked = false;
        for (role, text) in lines {
            match role {
                Role::Customer => {
                    let reading = reader.read(text, &past.context(&customer, policy));
                    past.hear(&reading, text, &shown);
                    let is_strong =
                        |trigger: &Trigger| reading.strength(*trigger) >= policy.threshold;
                    if !reading.declines_offer {
                        shown = Trigger::ALL.into_iter().filter(is_strong).collect();
                    }
                    // A greeting asks nothing, so what follows it is no attempt.
                    asked = reading.small_talk.is_none();
                    customer.push(text.clone());
                }
                Role::Assistant => past.answer(text, asked, now),
                Role::Agent | Role::System => {}
            }
        }
        past
    }

    fn context<'a>(&'a self, customer: &'a [String], policy: &'a Policy) -> Context<'a> {
        Context {
            earlier: customer,
            last_answer: self.last_answer.as_deref(),
            offered: self.offered,
            policy: Some(policy),
            account_currency: None,
        }
    }

    /// The customer's words about the last answer, and about an offered person.
    fn hear(&mut self, reading: &Reading, text: &str, shown: &[Trigger]) {
        let open = self.attempts.last_mut();
        let open = open.filter(|attempt| attempt.outcome == Outcome::Unknown);
        if let (Some(outcome), Some(attempt)) = (outcome_in(reading), open) {
            attempt.outcome = outcome;
            attempt.outcome_words = Some(text.to_owned());
        }
        if reading.declines_offer {
            self.declined.extend(shown);
        }
    }

    fn answer(&mut self, text: &str, asked: bool, now: Timestamp) {
        let spoken = spoken(text);
        self.offered = spoken.offers_person;
        self.clarified |= spoken.asks;
        if spoken.abstains && asked {
            self.abstentions += 1;
        } else if asked && !spoken.asks {
            let number = self.attempts.len() as u128;
            self.attempts.push(Attempt {
                id: AttemptId::new(now, number),
                message_id: MessageId::new(now, number),
                at: now,
                suggestion: text.to_owned(),
                article_id: None,
                article_title: None,
                outcome: Outcome::Unknown,
                outcome_words: None,
            });
        }
        self.last_answer = Some(text.to_owned());
    }
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
