//! What a decision is made from: what was read, what is known. Stored with it.

use serde::{Deserialize, Serialize};

use crate::attempt::Attempt;
use crate::signal::{Evidence, Reading, Signal, Trigger};
use crate::time::Timestamp;

/// All that a decision is made from. Stored with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// The customer, as known.
    pub customer: Customer,
    /// What was read from the message that is decided on.
    pub reading: Reading,
    /// The inbox that the customer writes to, by its name; empty where there is none.
    #[serde(default)]
    pub inbox: String,
    /// The worst mood of the turns before it, 0..1. Used only where `moods` is empty.
    #[serde(default)]
    pub earlier_mood: f64,
    /// The mood of each of the customer's turns before this one, oldest first, 0..1.
    #[serde(default)]
    pub moods: Vec<f64>,
    /// The ledger so far, oldest first.
    pub attempts: Vec<Attempt>,
    /// Times that the assistant had to abstain in this conversation (P21).
    pub abstentions: u32,
    /// Whether this question was asked back already (P17).
    pub clarified: bool,
    /// Reasons that the customer has declined.
    pub declined: Vec<Trigger>,
    /// When that was.
    #[serde(default)]
    pub declined_at: Option<Timestamp>,
    /// How well the knowledge base answers, 0..1; `None` before it was asked.
    pub answerable: Option<f64>,
    /// Titles of the articles between which the question is ambiguous, best first; fewer
    /// than two where it is not (P17).
    #[serde(default)]
    pub readings: Vec<String>,
}

impl View {
    /// The customer wants a person, as a fact tells: by the button, or by having waited.
    pub fn wish(&mut self, fact: &str) {
        let signals = &mut self.reading.signals;
        signals.retain(|signal| signal.trigger != Trigger::RequestHuman);
        signals.push(Signal {
            trigger: Trigger::RequestHuman,
            strength: 1.0,
            evidence: vec![Evidence::fact(fact, &[])],
        });
    }
}

/// What is known of the customer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Customer {
    /// The plan: `free`, `team`, `business`, `enterprise`, or empty.
    pub plan: String,
    /// The contact's own flag.
    pub vip: bool,
    /// When the account was made.
    pub signed_up_at: Option<Timestamp>,
    /// Earlier contacts about this same issue, with when they ended.
    pub same_issue: Vec<EarlierContact>,
}

/// An earlier contact about the same issue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlierContact {
    /// What it was about.
    pub subject: String,
    /// When it ended.
    pub closed_at: Timestamp,
}
