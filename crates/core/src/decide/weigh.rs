//! What was seen in a view and what each part of it did. No words are made here, so that
//! deciding again, for a counterfactual, costs next to nothing.

use super::decision::{Action, Effect};
use super::mood;
use super::view::View;
use crate::attempt::{Attempt, Outcome, called_useless, unsuccessful};
use crate::policy::{Facts, Policy, RuleAction};
use crate::signal::{Group, Trigger};
use crate::time::{DAY_MS, Timestamp};

/// The least that any rule must reach, however bad the mood.
const LEAST_THRESHOLD: f64 = 0.05;
/// How strongly the wish for a person must be seen (P20). No policy changes it.
const WISH: f64 = 0.5;

/// One decision to be made.
pub(super) struct Case<'a> {
    pub policy: &'a Policy,
    pub view: &'a View,
    pub now: Timestamp,
}

/// What is left out or changed when a decision is made again.
#[derive(Clone, Debug, Default)]
pub(super) struct Without {
    /// One bit for each trigger, in the order of [`Trigger::ALL`].
    triggers: u32,
    /// One bit for each of the operator's own rules.
    rules: u64,
    /// The mood instead of the one that was seen.
    mood: Option<f64>,
    /// The strength of a trigger instead of the one that was seen.
    strength: Option<(Trigger, f64)>,
}

impl Without {
    pub(super) fn nothing() -> Self {
        Self::default()
    }

    /// With another mood.
    pub(super) fn in_mood(mood: f64) -> Self {
        Self {
            mood: Some(mood),
            ..Self::default()
        }
    }

    /// With a trigger seen at another strength.
    pub(super) fn at_strength(trigger: Trigger, strength: f64) -> Self {
        Self {
            strength: Some((trigger, strength)),
            ..Self::default()
        }
    }

    /// Also leaves out what was seen here.
    pub(super) fn and(mut self, one: &Seen<'_>) -> Self {
        match one.what {
            What::OwnRule(n) => self.rules |= 1 << n.min(63),
            _ => self.triggers |= 1 << one.trigger as u32,
        }
        self
    }

    pub(super) fn trigger(&self, trigger: Trigger) -> bool {
        self.triggers >> trigger as u32 & 1 == 1
    }

    fn rule(&self, n: usize) -> bool {
        self.rules >> n.min(63) & 1 == 1
    }
}

/// Something that was seen, and what it did.
pub(super) struct Seen<'a> {
    pub trigger: Trigger,
    pub what: What<'a>,
    pub strength: f64,
    pub contribution: f64,
    pub effect: Effect,
}

/// In what it was seen.
#[derive(Clone, Copy)]
pub(super) enum What<'a> {
    /// A text, by the number of its signal.
    Text(usize),
    /// The contact's own flag (P11).
    VipFlag,
    /// The contact's plan (P11).
    VipPlan(&'a str),
    /// So many earlier contacts about the same issue (P12).
    Repeat(usize),
    /// So many days since signing up (P13).
    Onboarding(i64),
    /// How well the articles answer (P15, P16).
    Answerable(f64),
    /// So many answers that the customer called useless (P18).
    Useless(u32),
    /// So many answers without success (P21).
    Unsuccessful(u32),
    /// Articles between which it is ambiguous (P17).
    Readings,
    /// An operator's own rule, by its number.
    OwnRule(usize),
}

/// What was seen, weighed.
pub(super) struct Weighed<'a> {
    pub mood: f64,
    pub threshold: f64,
    pub seen: Vec<Seen<'a>>,
    pub action: Action,
    pub score: f64,
    pub margin: f64,
}

/// A number made to lie between 0 and 1; what is no number counts as nothing.
pub(super) fn share(number: f64) -> f64 {
    if number.is_nan() {
        return 0.0;
    }
    number.clamp(0.0, 1.0)
}

/// What a rule must reach at a mood.
pub(super) fn threshold(policy: &Policy, mood: f64) -> f64 {
    share(policy.threshold - policy.mood_weight.max(0.0) * mood).max(LEAST_THRESHOLD)
}

impl<'a> Case<'a> {
    /// Decides, with something left out or changed.
    pub(super) fn weigh(&self, without: &Without) -> Weighed<'a> {
        let level = || mood::level(self.policy, self.view, without);
        let mood = without.mood.unwrap_or_else(level);
        let threshold = threshold(self.policy, mood);
        let mut seen = self.look(without, mood);
        for one in &mut seen {
            one.effect = self.effect(one, threshold, mood);
        }
        let (score, margin) = best(&seen, threshold);
        Weighed {
            action: combine(&seen),
            mood,
            threshold,
            seen,
            score,
            margin,
        }
    }

    /// Everything that counts under this policy.
    fn look(&self, without: &Without, mood: f64) -> Vec<Seen<'a>> {
        let (policy, view) = (self.policy, self.view);
        let counts = |trigger: Trigger| {
            !without.trigger(trigger) && policy.counts(trigger, &view.customer.plan, &view.inbox)
        };
        let mut seen = Vec::with_capacity(view.reading.signals.len() + 4);
        let mut put = |trigger: Trigger, what: What<'a>, strength: f64| {
            if !counts(trigger) {
                return;
            }
            let stronger = without.strength.filter(|(of, _)| *of == trigger);
            let strength = share(stronger.map_or(strength, |(_, strength)| strength));
            let weighed = share(strength * policy.weight(trigger));
            let contribution = match trigger.group() {
                Group::Sentiment => -policy.mood_weight.max(0.0) * weighed,
                Group::Safety => 0.0,
                _ => weighed,
            };
            seen.push(Seen {
                trigger,
                what,
                strength,
                contribution,
                effect: Effect::TooWeak,
            });
        };
        for (n, signal) in view.reading.signals.iter().enumerate() {
            // Small talk and questions outside the trade raise nothing but what was said
            // outright (P15).
            put(signal.trigger, What::Text(n), signal.strength);
        }
        if view.reading.small_talk.is_some() {
            return seen;
        }
        self.customer_rules(&mut put);
        self.confidence_rules(&mut put);
        seen.extend(self.offer_after_failures(&seen));
        if !policy.rules.is_empty() {
            self.own_rules(&mut seen, without, mood);
        }
        seen
    }

    /// P21: after the second unsuccessful answer a person is offered unasked. Switching
    /// off P18 leaves this; where P18 counts, it says more.
    fn offer_after_failures(&self, seen: &[Seen<'a>]) -> Option<Seen<'a>> {
        let failures = unsuccessful(&self.view.attempts).saturating_add(self.view.abstentions);
        let is_told = seen.iter().any(|one| matches!(one.what, What::Useless(_)));
        let is_due = failures > 0 && failures >= self.policy.offer_after && !is_told;
        is_due.then_some(Seen {
            trigger: Trigger::FailedAttempts,
            what: What::Unsuccessful(failures),
            strength: 0.5,
            contribution: 0.5,
            effect: Effect::Offers,
        })
    }

    /// P11 to P13: read from facts alone.
    fn customer_rules(&self, put: &mut impl FnMut(Trigger, What<'a>, f64)) {
        let (policy, customer) = (self.policy, &self.view.customer);
        if customer.vip {
            put(Trigger::Vip, What::VipFlag, 1.0);
        } else if policy.vip_plans.contains(&customer.plan) {
            put(Trigger::Vip, What::VipPlan(&customer.plan), 1.0);
        }
        let repeats = self.same_issue().count();
        if repeats > 0 && repeats >= policy.repeat_contacts as usize {
            put(Trigger::RepeatContact, What::Repeat(repeats), 1.0);
        }
        if let Some(age_ms) = self
            .age_ms()
            .filter(|age_ms| *age_ms < policy.onboarding_ms)
        {
            put(
                Trigger::Onboarding,
                What::Onboarding((age_ms / DAY_MS).max(0)),
                1.0,
            );
        }
    }

    /// Earlier contacts about the same issue that are recent enough (P12).
    pub(super) fn same_issue(&self) -> impl Iterator<Item = &'a super::EarlierContact> {
        let (now, window_ms) = (self.now, self.policy.repeat_window_ms);
        let all = self.view.customer.same_issue.iter();
        all.filter(move |contact| since(now, contact.closed_at) <= window_ms)
    }

    fn age_ms(&self) -> Option<i64> {
        let signed_up_at = self.view.customer.signed_up_at?;
        Some(since(self.now, signed_up_at))
    }

    /// P15 to P18: what is known of the answers.
    fn confidence_rules(&self, put: &mut impl FnMut(Trigger, What<'a>, f64)) {
        let (policy, view) = (self.policy, self.view);
        if let Some(answerable) = view.answerable.map(share) {
            if answerable < policy.no_article_below {
                put(
                    Trigger::NoArticle,
                    What::Answerable(answerable),
                    1.0 - answerable,
                );
            } else if answerable < policy.partial_below {
                put(
                    Trigger::PartialMatch,
                    What::Answerable(answerable),
                    1.0 - answerable,
                );
            }
        }
        let is_said = view.reading.strength(Trigger::Ambiguous) > 0.0;
        if view.readings.len() >= 2 && !is_said {
            put(Trigger::Ambiguous, What::Readings, 1.0);
        }
        let useless = called_useless(&view.attempts);
        if useless > 0 && useless >= policy.escalate_after {
            put(Trigger::FailedAttempts, What::Useless(useless), 1.0);
        }
    }

    /// The operator's own rules, which see what the others have seen.
    fn own_rules(&self, seen: &mut Vec<Seen<'a>>, without: &Without, mood: f64) {
        let context = self.facts(seen, mood).context();
        for (n, rule) in self.policy.rules.iter().enumerate() {
            if !without.rule(n) && rule.when.holds(&context) {
                seen.push(Seen {
                    trigger: Trigger::OwnRule,
                    what: What::OwnRule(n),
                    strength: 1.0,
                    contribution: 1.0,
                    effect: Effect::TooWeak,
                });
            }
        }
    }

    fn facts(&self, seen: &[Seen<'_>], mood: f64) -> Facts<'a> {
        let (view, customer) = (self.view, &self.view.customer);
        let mut signals = [0.0; Trigger::ALL.len()];
        for one in seen {
            let signal: &mut f64 = &mut signals[one.trigger as usize];
            *signal = signal.max(one.strength);
        }
        let largest = view
            .reading
            .amounts
            .iter()
            .max_by_key(|amount| amount.cents);
        Facts {
            plan: &customer.plan,
            vip: customer.vip,
            days_since_signup: self.age_ms().map_or(-1, |age_ms| (age_ms / DAY_MS).max(0)),
            same_issue_contacts: self.same_issue().count() as i64,
            language: view.reading.language.as_deref().unwrap_or(""),
            amount: largest.map_or(0.0, |amount| amount.cents as f64 / 100.0),
            currency: largest
                .and_then(|amount| amount.currency.as_deref())
                .unwrap_or(""),
            asks_again: view.reading.repeats_question,
            inbox: &view.inbox,
            mood,
            failed_answers: i64::from(unsuccessful(&view.attempts)),
            abstentions: i64::from(view.abstentions),
            answerable: view.answerable.map(share),
            signals,
        }
    }

    fn effect(&self, one: &Seen<'_>, threshold: f64, mood: f64) -> Effect {
        let (policy, view, trigger) = (self.policy, self.view, one.trigger);
        match trigger.group() {
            Group::Request if one.strength >= WISH => Effect::Escalates,
            Group::Request | Group::Safety => Effect::TooWeak,
            Group::Sentiment => Effect::LowersThreshold,
            Group::Policy => self.own_effect(one),
            Group::Confidence => match trigger {
                Trigger::Ambiguous if view.clarified || one.contribution <= 0.0 => Effect::TooWeak,
                Trigger::Ambiguous => Effect::Clarifies,
                // Weak articles offer; a bad mood makes them escalate, but not a customer
                // who says again what they have declined to be handed over for.
                Trigger::NoArticle | Trigger::PartialMatch => {
                    let is_upset = mood >= policy.upset_at && mood > 0.0;
                    if is_upset && one.contribution >= threshold && !self.says_declined(trigger) {
                        Effect::Escalates
                    } else if one.contribution > 0.0 {
                        Effect::Offers
                    } else {
                        Effect::TooWeak
                    }
                }
                _ if matches!(one.what, What::Unsuccessful(_)) => Effect::Offers,
                _ => self.by_threshold(one, threshold),
            },
            Group::Topic | Group::Complexity | Group::Customer => self.by_threshold(one, threshold),
        }
    }

    fn by_threshold(&self, one: &Seen<'_>, threshold: f64) -> Effect {
        if one.contribution < threshold {
            Effect::TooWeak
        } else if self.is_declined(one.trigger) {
            Effect::Declined
        } else {
            Effect::Escalates
        }
    }

    fn own_effect(&self, one: &Seen<'_>) -> Effect {
        let What::OwnRule(n) = one.what else {
            // A text cannot speak for the operator.
            return Effect::TooWeak;
        };
        match self.policy.rules[n].action {
            RuleAction::Escalate if self.is_declined(Trigger::OwnRule) => Effect::Declined,
            RuleAction::Escalate => Effect::Escalates,
            RuleAction::Offer => Effect::Offers,
            RuleAction::Clarify if self.view.clarified => Effect::TooWeak,
            RuleAction::Clarify => Effect::Clarifies,
        }
    }

    /// Whether the customer has declined this reason and nothing new speaks for it: an
    /// answer that failed after that does.
    fn is_declined(&self, trigger: Trigger) -> bool {
        let view = self.view;
        let failed_since = |attempt: &Attempt| {
            attempt.outcome == Outcome::DidNotHelp
                && view.declined_at.is_some_and(|at| attempt.at > at)
        };
        let is_new =
            || trigger == Trigger::FailedAttempts && view.attempts.iter().any(failed_since);
        view.declined.contains(&trigger) && !is_new()
    }

    /// Whether a weak article comes with nothing but what was declined.
    fn says_declined(&self, trigger: Trigger) -> bool {
        let declined = &self.view.declined;
        let mut said = self.view.reading.signals.iter();
        declined.contains(&trigger) || said.any(|signal| declined.contains(&signal.trigger))
    }
}

fn since(now: Timestamp, then: Timestamp) -> i64 {
    now.as_millis().saturating_sub(then.as_millis())
}

/// The strongest rule that could escalate, and how far it stood above its bar.
fn best(seen: &[Seen<'_>], threshold: f64) -> (f64, f64) {
    let mut best: Option<(f64, f64)> = None;
    for one in seen {
        let bar = match one.trigger.group() {
            Group::Request => WISH,
            _ => threshold,
        };
        let margin = match one.effect {
            Effect::Escalates => (one.contribution - bar).max(0.0),
            Effect::TooWeak if can_escalate(one) => (one.contribution - bar).min(-f64::EPSILON),
            _ => continue,
        };
        if best.is_none_or(|(_, highest)| margin > highest) {
            best = Some((one.contribution, margin));
        }
    }
    best.unwrap_or((0.0, -threshold))
}

fn can_escalate(one: &Seen<'_>) -> bool {
    match one.trigger.group() {
        Group::Topic | Group::Complexity | Group::Customer | Group::Request => true,
        Group::Confidence => one.trigger == Trigger::FailedAttempts,
        Group::Sentiment | Group::Safety | Group::Policy => false,
    }
}

/// The action of all effects together.
fn combine(seen: &[Seen<'_>]) -> Action {
    let does = |effect: Effect| seen.iter().any(move |one| one.effect == effect);
    // An offer for a weak article waits for the answer to what is meant.
    let is_firm = |one: &Seen<'_>| {
        one.effect == Effect::Offers
            && !matches!(one.trigger, Trigger::NoArticle | Trigger::PartialMatch)
    };
    if does(Effect::Escalates) {
        Action::Escalate
    } else if seen.iter().any(is_firm) {
        Action::Offer
    } else if does(Effect::Clarifies) {
        Action::Clarify
    } else if does(Effect::Offers) {
        Action::Offer
    } else {
        Action::Answer
    }
}
