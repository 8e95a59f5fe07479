//! What was noticed: the trigger names of the practice, and how strongly each was
//! seen in a text, with its evidence. `sense` writes signals, `decide` reads them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::MessageId;
use crate::words::Words;

/// Something that can make the assistant stop, by its dotted name.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
pub enum Trigger {
    /// P1: a billing dispute, or a refund above the configured amount.
    #[serde(rename = "topic.billing_dispute")]
    BillingDispute,
    /// P2: suspected unauthorised access.
    #[serde(rename = "topic.account_security")]
    AccountSecurity,
    /// P3: a lawyer, a regulator, data protection.
    #[serde(rename = "topic.legal_compliance")]
    LegalCompliance,
    /// P4: a complaint about the company or the product.
    #[serde(rename = "topic.complaint")]
    Complaint,
    /// P5: cancelling or leaving, said outright or not.
    #[serde(rename = "topic.cancellation")]
    Cancellation,
    /// P6: quotes, enterprise features, procurement.
    #[serde(rename = "topic.custom_pricing")]
    CustomPricing,
    /// P7: several product areas at once.
    #[serde(rename = "complexity.multi_area")]
    MultiArea,
    /// P8: needs the customer's account.
    #[serde(rename = "complexity.account_change")]
    AccountChange,
    /// P9: a bug to investigate.
    #[serde(rename = "complexity.bug_investigation")]
    BugInvestigation,
    /// P10: an earlier conversation that was not resolved.
    #[serde(rename = "complexity.unresolved_reference")]
    UnresolvedReference,
    /// P11: a VIP or enterprise customer.
    #[serde(rename = "customer.vip")]
    Vip,
    /// P12: three or more earlier contacts about the same issue.
    #[serde(rename = "customer.repeat_contact")]
    RepeatContact,
    /// P13: the customer's first seven days.
    #[serde(rename = "customer.onboarding")]
    Onboarding,
    /// P14: "I have been trying for hours".
    #[serde(rename = "sentiment.frustration")]
    Frustration,
    /// P14: "this is blocking our launch".
    #[serde(rename = "sentiment.urgency")]
    Urgency,
    /// P14: profanity, capitals, threats to leave.
    #[serde(rename = "sentiment.anger")]
    Anger,
    /// P14: "I give up".
    #[serde(rename = "sentiment.helplessness")]
    Helplessness,
    /// P15: no relevant article.
    #[serde(rename = "confidence.no_article")]
    NoArticle,
    /// P16: articles match only in part.
    #[serde(rename = "confidence.partial_match")]
    PartialMatch,
    /// P17: several readings.
    #[serde(rename = "confidence.ambiguous")]
    Ambiguous,
    /// P18: two answers, and the customer says that neither helped.
    #[serde(rename = "confidence.failed_attempts")]
    FailedAttempts,
    /// P19 and P20: the customer's own wish.
    #[serde(rename = "request.human")]
    RequestHuman,
    /// A text that tries to give the assistant orders. Recorded, never a reason.
    #[serde(rename = "safety.injection")]
    Injection,
    /// A rule that the operator wrote; the reason names it.
    #[serde(rename = "policy.rule")]
    OwnRule,
}

/// Which group a trigger belongs to; the groups combine differently in `decide`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Topic rules: escalate by themselves.
    Topic,
    /// Complexity rules: escalate by themselves.
    Complexity,
    /// Customer rules: escalate by themselves.
    Customer,
    /// Mood: lowers the threshold, never escalates alone.
    Sentiment,
    /// What is known of the answer.
    Confidence,
    /// The customer's wish: always.
    Request,
    /// Recorded only.
    Safety,
    /// The operator's own rules: they do what they say.
    Policy,
}

impl Trigger {
    /// Every trigger, in the order of the practice.
    pub const ALL: [Trigger; 24] = [
        Trigger::BillingDispute,
        Trigger::AccountSecurity,
        Trigger::LegalCompliance,
        Trigger::Complaint,
        Trigger::Cancellation,
        Trigger::CustomPricing,
        Trigger::MultiArea,
        Trigger::AccountChange,
        Trigger::BugInvestigation,
        Trigger::UnresolvedReference,
        Trigger::Vip,
        Trigger::RepeatContact,
        Trigger::Onboarding,
        Trigger::Frustration,
        Trigger::Urgency,
        Trigger::Anger,
        Trigger::Helplessness,
        Trigger::NoArticle,
        Trigger::PartialMatch,
        Trigger::Ambiguous,
        Trigger::FailedAttempts,
        Trigger::RequestHuman,
        Trigger::Injection,
        Trigger::OwnRule,
    ];

    /// The dotted name, as in JSON and on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Trigger::BillingDispute => "topic.billing_dispute",
            Trigger::AccountSecurity => "topic.account_security",
            Trigger::LegalCompliance => "topic.legal_compliance",
            Trigger::Complaint => "topic.complaint",
            Trigger::Cancellation => "topic.cancellation",
            Trigger::CustomPricing => "topic.custom_pricing",
            Trigger::MultiArea => "complexity.multi_area",
            Trigger::AccountChange => "complexity.account_change",
            Trigger::BugInvestigation => "complexity.bug_investigation",
            Trigger::UnresolvedReference => "complexity.unresolved_reference",
            Trigger::Vip => "customer.vip",
            Trigger::RepeatContact => "customer.repeat_contact",
            Trigger::Onboarding => "customer.onboarding",
            Trigger::Frustration => "sentiment.frustration",
            Trigger::Urgency => "sentiment.urgency",
            Trigger::Anger => "sentiment.anger",
            Trigger::Helplessness => "sentiment.helplessness",
            Trigger::NoArticle => "confidence.no_article",
            Trigger::PartialMatch => "confidence.partial_match",
            Trigger::Ambiguous => "confidence.ambiguous",
            Trigger::FailedAttempts => "confidence.failed_attempts",
            Trigger::RequestHuman => "request.human",
            Trigger::Injection => "safety.injection",
            Trigger::OwnRule => "policy.rule",
        }
    }

    /// The trigger of that dotted name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trigger| trigger.name() == name)
    }

    /// The group it belongs to: the first half of its name.
    pub const fn group(self) -> Group {
        match self {
            Trigger::BillingDispute
            | Trigger::AccountSecurity
            | Trigger::LegalCompliance
            | Trigger::Complaint
            | Trigger::Cancellation
            | Trigger::CustomPricing => Group::Topic,
            Trigger::MultiArea
            | Trigger::AccountChange
            | Trigger::BugInvestigation
            | Trigger::UnresolvedReference => Group::Complexity,
            Trigger::Vip | Trigger::RepeatContact | Trigger::Onboarding => Group::Customer,
            Trigger::Frustration | Trigger::Urgency | Trigger::Anger | Trigger::Helplessness => {
                Group::Sentiment
            }
            Trigger::NoArticle
            | Trigger::PartialMatch
            | Trigger::Ambiguous
            | Trigger::FailedAttempts => Group::Confidence,
            Trigger::RequestHuman => Group::Request,
            Trigger::Injection => Group::Safety,
            Trigger::OwnRule => Group::Policy,
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why something is believed: the customer's words, or a fact about them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Evidence {
    /// A span of a message.
    Words {
        /// The words themselves.
        text: String,
        /// Where they stand, once the message is stored.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        message_id: Option<MessageId>,
    },
    /// Something known without the text: "the plan is enterprise".
    Fact {
        /// The fact in English.
        text: String,
        /// What it says, as under `console.fact.` in the words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        key: String,
        /// What stands in the words' holes.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        values: BTreeMap<String, String>,
    },
}

impl Evidence {
    /// Evidence from a text that is being read.
    pub fn words(text: impl Into<String>) -> Self {
        Evidence::Words {
            text: text.into(),
            message_id: None,
        }
    }

    /// Evidence from what is known of the customer or the conversation, by its key and
    /// the values in its holes.
    pub fn fact(key: &str, values: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_string(), (*value).to_string());
        Evidence::Fact {
            text: Words::of("en").fill(&format!("console.fact.{key}"), values),
            key: key.into(),
            values: values.iter().map(owned).collect(),
        }
    }

    /// The words or the fact.
    pub fn text(&self) -> &str {
        match self {
            Evidence::Words { text, .. } | Evidence::Fact { text, .. } => text,
        }
    }
}

/// How strongly a trigger was seen, and in what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Signal {
    /// What was seen.
    pub trigger: Trigger,
    /// 0 (not at all) to 1 (certainly).
    pub strength: f64,
    /// In which words or facts; never empty where `strength` > 0.
    pub evidence: Vec<Evidence>,
}

/// Talk that wants no article: answered by a template, raises no trigger (P15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SmallTalk {
    /// "Hi there".
    Greeting,
    /// "Thanks, that is all".
    Thanks,
    /// "Bye".
    Goodbye,
    /// "How are you?", "are you a bot?".
    Chat,
    /// A question that is not the company's to answer: "what is the capital of Peru?".
    OutOfTrade,
}

/// What the customer says of the assistant's last answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Feedback {
    /// "That worked".
    Helped,
    /// "That did not help", "I already tried that".
    DidNotHelp,
}

/// An amount of money that stands in a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Amount {
    /// In hundredths of the currency.
    pub cents: i64,
    /// ISO 4217, where the text names one.
    pub currency: Option<String>,
}

/// Money that a message asks back, kept so that another threshold can be tried on it (P1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RefundAsk {
    /// The amounts in it, each with the currency that counts: its own, else the account's.
    pub amounts: Vec<Amount>,
    /// How strongly a billing dispute was seen before the amounts were weighed, 0..1.
    pub unweighed: f64,
    /// Whether its words dispute a charge, whatever the amount.
    pub disputes: bool,
    /// What the amounts made of it under the policy that it was read by, 0..1.
    pub weighed: f64,
    /// The words that ask.
    pub words: String,
}

/// Everything that was read from one customer's message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reading {
    /// ISO 639-1, `None` when the text is too short to tell.
    pub language: Option<String>,
    /// What was seen; a trigger stands here at most once.
    pub signals: Vec<Signal>,
    /// Set where the message is nothing but small talk.
    pub small_talk: Option<SmallTalk>,
    /// What it says of the assistant's last answer.
    pub feedback: Option<Feedback>,
    /// Whether it asks again what was asked before (P21).
    pub repeats_question: bool,
    /// Whether it says no to the assistant's offer of a person.
    #[serde(default)]
    pub declines_offer: bool,
    /// Amounts of money in it (P1).
    pub amounts: Vec<Amount>,
    /// What it asks back, where it asks money back and names an amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<RefundAsk>,
}

impl Reading {
    /// How strongly a trigger was seen, 0 to 1.
    pub fn strength(&self, trigger: Trigger) -> f64 {
        self.signal(trigger).map_or(0.0, |signal| signal.strength)
    }

    /// The signal of a trigger, if it was seen.
    pub fn signal(&self, trigger: Trigger) -> Option<&Signal> {
        self.signals.iter().find(|signal| signal.trigger == trigger)
    }

    /// The strongest mood of this turn, 0 to 1.
    pub fn mood(&self) -> f64 {
        self.signals
            .iter()
            .filter(|signal| signal.trigger.group() == Group::Sentiment)
            .fold(0.0, |mood, signal| signal.strength.max(mood))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_json_is_the_name_on_screen() {
        for trigger in Trigger::ALL {
            assert_eq!(serde_json::to_value(trigger).unwrap(), trigger.name());
            assert_eq!(Trigger::from_name(trigger.name()), Some(trigger));
        }
    }

    #[test]
    fn all_lists_the_triggers_in_the_order_of_their_declaration() {
        for (n, trigger) in Trigger::ALL.into_iter().enumerate() {
            assert_eq!(trigger as usize, n, "{trigger}");
        }
    }

    #[test]
    fn a_triggers_group_is_the_first_half_of_its_name() {
        for trigger in Trigger::ALL {
            let half = trigger.name().split('.').next().unwrap();
            let group = format!("{:?}", trigger.group()).to_lowercase();
            assert_eq!(group, half, "{trigger}");
        }
    }

    #[test]
    fn a_question_outside_the_trade_has_its_name_in_json() {
        let name = serde_json::to_value(SmallTalk::OutOfTrade).unwrap();
        assert_eq!(name, "out_of_trade");
    }
}
