//! What the amount of a refund makes of it (P1). Reading a text calls it under the policy
//! that holds; trying another policy on what was read calls it again.

use super::Policy;
use crate::signal::{Amount, Evidence, Reading, RefundAsk, Signal, Trigger};

/// A refund above its threshold is seen at least so strongly.
const LARGE: f64 = 0.8;
/// One below it at most so, unless its words dispute a charge: never enough, whatever the mood.
const SMALL: f64 = 0.15;
/// What is fainter is no signal.
pub const FAINT: f64 = 0.05;

impl Policy {
    /// Which amount stands furthest above what its currency allows, by its number, and how
    /// far, in hundredths; 0 or less is allowed.
    pub fn largest_refund(&self, ask: &RefundAsk) -> Option<(usize, i64)> {
        let excess = |(n, amount): (usize, &Amount)| {
            let allowed = self.refund_threshold_cents(amount.currency.as_deref());
            (n, amount.cents.saturating_sub(allowed))
        };
        let all = ask.amounts.iter().enumerate().map(excess);
        all.max_by_key(|(_, excess)| *excess)
    }

    /// How strongly a billing dispute is seen in a message that asks money back, 0..1.
    pub fn weigh_refund(&self, ask: &RefundAsk) -> f64 {
        match self.largest_refund(ask) {
            Some((_, excess)) if excess > 0 => ask.unweighed.max(LARGE),
            Some(_) if !ask.disputes => ask.unweighed.min(SMALL),
            _ => ask.unweighed,
        }
    }
}

impl Reading {
    /// What would have been read under another policy; `None` where it is the same. What a
    /// model has added stays: nothing takes a signal away that was not the amount's.
    pub fn under(&self, policy: &Policy) -> Option<Reading> {
        let ask = self.refund.as_ref()?;
        let weighed = policy.weigh_refund(ask);
        if weighed == ask.weighed {
            return None;
        }
        let mut reading = self.clone();
        if let Some(kept) = &mut reading.refund {
            kept.weighed = weighed;
        }
        let is_dispute = |signal: &Signal| signal.trigger == Trigger::BillingDispute;
        match reading.signals.iter_mut().find(|signal| is_dispute(signal)) {
            // Stronger than the amount made it: a model has seen it too.
            Some(seen) if seen.strength > ask.weighed => seen.strength = seen.strength.max(weighed),
            Some(seen) => seen.strength = weighed,
            None => reading.signals.push(Signal {
                trigger: Trigger::BillingDispute,
                strength: weighed,
                evidence: vec![Evidence::words(ask.words.as_str())],
            }),
        }
        reading
            .signals
            .retain(|signal| !is_dispute(signal) || signal.strength >= FAINT);
        reading.signals.sort_by_key(|signal| signal.trigger);
        Some(reading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(euros: i64) -> Policy {
        Policy {
            refund_threshold: [("default".into(), 1_000), ("EUR".into(), euros)].into(),
            ..Policy::default()
        }
    }

    fn asked(cents: i64, unweighed: f64, disputes: bool) -> Reading {
        let amount = Amount {
            cents,
            currency: Some("EUR".into()),
        };
        let mut ask = RefundAsk {
            amounts: vec![amount],
            unweighed,
            disputes,
            weighed: 0.0,
            words: "refund my 80 euros".into(),
        };
        ask.weighed = policy(100).weigh_refund(&ask);
        let seen = (ask.weighed >= FAINT).then(|| Signal {
            trigger: Trigger::BillingDispute,
            strength: ask.weighed,
            evidence: vec![Evidence::words("refund")],
        });
        Reading {
            signals: seen.into_iter().collect(),
            refund: Some(ask),
            ..Reading::default()
        }
    }

    #[test]
    fn another_threshold_is_tried_on_what_was_read() {
        let small = asked(8_000, 0.6, false);
        assert_eq!(small.strength(Trigger::BillingDispute), SMALL);
        let lower = small.under(&policy(50)).unwrap();
        assert_eq!(lower.strength(Trigger::BillingDispute), LARGE);
        assert_eq!(lower.under(&policy(100)).unwrap(), small);
        assert_eq!(small.under(&policy(90)), None);
        let disputed = asked(8_000, 0.6, true);
        assert_eq!(disputed.strength(Trigger::BillingDispute), 0.6);
        assert_eq!(disputed.under(&policy(200)), None);
    }

    #[test]
    fn a_signal_that_was_too_faint_comes_with_the_words_that_ask() {
        let faint = asked(8_000, 0.01, false);
        assert_eq!(faint.signals, vec![]);
        let seen = faint.under(&policy(50)).unwrap();
        assert_eq!(seen.signals[0].evidence[0].text(), "refund my 80 euros");
        assert_eq!(seen.under(&policy(100)).unwrap().signals, vec![]);
    }

    #[test]
    fn what_a_model_added_is_never_taken_away() {
        let mut raised = asked(8_000, 0.6, false);
        raised.signals[0].strength = 0.7;
        let lower = raised.under(&policy(50)).unwrap();
        assert_eq!(lower.strength(Trigger::BillingDispute), 0.8);
        let mut large = asked(80_000, 0.6, false);
        large.signals[0].strength = 0.9;
        let higher = large.under(&policy(1_000)).unwrap();
        assert_eq!(higher.strength(Trigger::BillingDispute), 0.9);
    }
}
