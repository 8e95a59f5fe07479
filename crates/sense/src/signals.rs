//! Rules and models together: what a message says, each signal with its strength and
//! the words it was seen in. A rule that finds a wish for a person is never outvoted
//! (P20); everywhere else the trained mix weighs rule and models against each other.

use segue_core::policy::FAINT;
use segue_core::signal::{Evidence, RefundAsk, Signal, Trigger};
use segue_encoder::Vector;

use crate::grams::Grams;
use crate::heads::{HEADS, Head, Heads, Seen};
use crate::money;
use crate::normal::Normal;
use crate::read::Context;
use crate::rules::{self, Found, Rules};
use crate::{mood, topics};

/// What a message is worth at most in which rules know only a double of what a head sees,
/// or n-grams alone see anything.
const DOUBLE: f64 = 0.15;
/// In a message of more words something else may be meant as well.
const SHORT: usize = 12;

/// The triggers that a text can show, with their heads.
pub(crate) const TRIGGERS: [(Trigger, Head); 16] = [
    (Trigger::BillingDispute, Head::BillingDispute),
    (Trigger::AccountSecurity, Head::AccountSecurity),
    (Trigger::LegalCompliance, Head::LegalCompliance),
    (Trigger::Complaint, Head::Complaint),
    (Trigger::Cancellation, Head::Cancellation),
    (Trigger::CustomPricing, Head::CustomPricing),
    (Trigger::MultiArea, Head::MultiArea),
    (Trigger::AccountChange, Head::AccountChange),
    (Trigger::BugInvestigation, Head::BugInvestigation),
    (Trigger::UnresolvedReference, Head::UnresolvedReference),
    (Trigger::Frustration, Head::Frustration),
    (Trigger::Urgency, Head::Urgency),
    (Trigger::Anger, Head::Anger),
    (Trigger::Helplessness, Head::Helplessness),
    (Trigger::RequestHuman, Head::RequestHuman),
    (Trigger::Injection, Head::Injection),
];

/// A message with all that rules and n-grams find in it: what the heads are trained on.
pub struct Observation {
    /// The n-grams of the whole.
    pub whole: Grams,
    /// Those of its sentences, where there are several.
    pub sentences: Vec<Grams>,
    /// The strongest rule of each head, 0..1.
    pub rules: [f64; HEADS],
    ruled: Vec<Signal>,
}

impl Observation {
    /// Observes a text.
    pub fn of(text: &str) -> Self {
        Self::new(text, &Normal::of(text))
    }

    pub(crate) fn new(text: &str, normal: &Normal<'_>) -> Self {
        let mut ruled = topics::topics(normal);
        ruled.extend(mood::moods(text, normal));
        ruled.extend(topics::request(normal));
        ruled.extend(topics::injection(normal));
        let mut rules = [0.0; HEADS];
        for (trigger, head) in TRIGGERS {
            let found = ruled.iter().find(|signal| signal.trigger == trigger);
            rules[head as usize] = found.map_or(0.0, |signal| signal.strength);
        }
        let others: [(Head, &Rules); 8] = [
            (Head::RefundAsk, &rules::REFUND),
            (Head::Helped, &rules::HELPED),
            (Head::DidNotHelp, &rules::DID_NOT_HELP),
            (Head::Declines, &rules::NO),
            (Head::Greeting, &rules::GREETING),
            (Head::Thanks, &rules::THANKS),
            (Head::Goodbye, &rules::GOODBYE),
            (Head::Chat, &rules::CHAT),
        ];
        for (head, of_head) in others {
            rules[head as usize] = strongest(&of_head.find(normal));
        }
        Self {
            whole: Grams::whole(text, normal),
            sentences: Grams::sentences(normal),
            rules,
            ruled,
        }
    }
}

impl Observation {
    fn ruled(&self, trigger: Trigger) -> Option<Signal> {
        let mut ruled = self.ruled.iter();
        ruled.find(|signal| signal.trigger == trigger).cloned()
    }
}

fn strongest(found: &[Found]) -> f64 {
    found.first().map_or(0.0, |found| found.strength)
}

/// A message as rules and models see it together.
pub(crate) struct Sight<'a> {
    heads: &'static Heads,
    text: &'a str,
    normal: &'a Normal<'a>,
    observed: Observation,
    seen: Seen,
}

impl<'a> Sight<'a> {
    pub fn new(text: &'a str, normal: &'a Normal<'a>, vector: Option<&Vector>) -> Self {
        let heads = Heads::trained();
        let observed = Observation::new(text, normal);
        let seen = heads.look(&observed.whole, &observed.sentences, vector);
        Self {
            heads,
            text,
            normal,
            observed,
            seen,
        }
    }

    /// How likely a head is right about the message, 0..1. A short message in which the
    /// rules know a double, and nothing else, is not certain.
    pub fn probability(&self, head: Head) -> f64 {
        let rule = self.rule(head);
        let mix = self.heads.mix(head, self.seen.vector.is_some());
        let likely = mix.apply(self.seen.parts(head, rule));
        // N-grams do not know what words mean: in lexical mode the rules decide, and what
        // only n-grams see stays below what any mood makes of it.
        if !self.has_vector() {
            return if rule > 0.0 { rule } else { likely.min(DOUBLE) };
        }
        if likely >= DOUBLE && rule == 0.0 && self.is_double(head) {
            DOUBLE
        } else {
            likely
        }
    }

    /// Whether it was read with a sentence vector.
    pub fn has_vector(&self) -> bool {
        self.seen.vector.is_some()
    }

    /// What the rules of a head found, 0..1.
    pub fn rule(&self, head: Head) -> f64 {
        self.observed.rules[head as usize]
    }

    fn is_double(&self, head: Head) -> bool {
        let of_head: &[&Rules] = match head {
            Head::BillingDispute => &[&rules::BILLING_DISPUTE, &rules::REFUND],
            Head::AccountSecurity => &[&rules::ACCOUNT_SECURITY],
            Head::LegalCompliance => &[&rules::LEGAL_COMPLIANCE],
            Head::Complaint => &[&rules::COMPLAINT],
            Head::Cancellation => &[&rules::CANCELLATION],
            Head::CustomPricing => &[&rules::CUSTOM_PRICING],
            Head::RequestHuman => &[&rules::REQUEST_HUMAN],
            _ => &[],
        };
        let is_short = self.normal.words().take(SHORT + 1).count() <= SHORT;
        is_short && of_head.iter().any(|rules| rules.vetoes(self.normal))
    }

    /// Every signal that is more than faint, and what the message asks back.
    pub fn signals(&self, context: &Context<'_>) -> (Vec<Signal>, Option<RefundAsk>) {
        let mut refund = None;
        let signals = TRIGGERS
            .into_iter()
            .filter_map(|(trigger, head)| {
                let ruled = self.observed.ruled(trigger);
                let mut strength = self.probability(head);
                let mut evidence = ruled.map_or(vec![], |signal| signal.evidence);
                // A rule that finds a wish is never outvoted (P20).
                let rule = self.rule(head);
                if trigger == Trigger::RequestHuman && rule >= 0.5 {
                    strength = strength.max(rule);
                }
                if trigger == Trigger::BillingDispute {
                    refund = self.weigh_refund(context, &mut strength, &mut evidence);
                }
                if strength < FAINT {
                    return None;
                }
                if evidence.is_empty() {
                    evidence.push(self.words_for(head));
                }
                Some(Signal {
                    trigger,
                    strength,
                    evidence,
                })
            })
            .collect();
        (signals, refund)
    }

    /// P1: a dispute always counts; money asked back counts by its amount, and where none
    /// is told as the models say.
    fn weigh_refund(
        &self,
        context: &Context<'_>,
        strength: &mut f64,
        evidence: &mut Vec<Evidence>,
    ) -> Option<RefundAsk> {
        let is_refund = self.probability(Head::RefundAsk) >= 0.5
            || self.observed.rules[Head::RefundAsk as usize] >= 0.5;
        let amounts = money::find(self.text);
        if !is_refund || amounts.is_empty() {
            return None;
        }
        let of_account = |found: &money::Found| {
            let mut amount = found.amount.clone();
            let account = context.account_currency.map(str::to_owned);
            amount.currency = amount.currency.or(account);
            amount
        };
        let words = self.words_for(Head::RefundAsk);
        let mut ask = RefundAsk {
            amounts: amounts.iter().map(of_account).collect(),
            unweighed: *strength,
            disputes: strongest(&rules::BILLING_DISPUTE.find(self.normal)) >= 0.5,
            weighed: 0.0,
            words: words.text().to_owned(),
        };
        let policy = context.policy();
        ask.weighed = policy.weigh_refund(&ask);
        *strength = ask.weighed;
        if let Some((n, _)) = policy
            .largest_refund(&ask)
            .filter(|(_, excess)| *excess > 0)
        {
            if evidence.is_empty() {
                evidence.push(words);
            }
            evidence.push(Evidence::words(&self.text[amounts[n].range.clone()]));
        }
        Some(ask)
    }

    /// The words that speak most for a head, as the customer wrote them.
    fn words_for(&self, head: Head) -> Evidence {
        let span = self.heads.span(head, &self.observed.whole);
        let words = span.map_or("", |range| self.normal.quote(&range));
        Evidence::words(if words.is_empty() {
            shorten(self.text)
        } else {
            words
        })
    }
}

fn shorten(text: &str) -> &str {
    let text = text.trim();
    text.char_indices()
        .nth(120)
        .map_or(text, |(at, _)| &text[..at])
}
