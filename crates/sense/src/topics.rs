//! Topics and kinds of problem (P1 to P10), the wish for a person (P20) and texts
//! that give orders: each by its own file of rules.

use segue_core::signal::{Evidence, Signal, Trigger};

use crate::money;
use crate::normal::Normal;
use crate::rules::{self, Found, Rules};

/// How many spans are quoted as evidence.
const QUOTES: usize = 3;

/// P20, in any wording.
pub(crate) fn request(normal: &Normal<'_>) -> Option<Signal> {
    signal(
        Trigger::RequestHuman,
        rules::REQUEST_HUMAN.find(normal),
        normal,
    )
}

/// Orders to the assistant.
pub(crate) fn injection(normal: &Normal<'_>) -> Option<Signal> {
    signal(Trigger::Injection, rules::INJECTION.find(normal), normal)
}

/// P1 to P10.
pub(crate) fn topics(text: &str, normal: &Normal<'_>, threshold_cents: i64) -> Vec<Signal> {
    let by_file: [(Trigger, &Rules); 8] = [
        (Trigger::AccountSecurity, &rules::ACCOUNT_SECURITY),
        (Trigger::LegalCompliance, &rules::LEGAL_COMPLIANCE),
        (Trigger::Complaint, &rules::COMPLAINT),
        (Trigger::Cancellation, &rules::CANCELLATION),
        (Trigger::CustomPricing, &rules::CUSTOM_PRICING),
        (Trigger::AccountChange, &rules::ACCOUNT_CHANGE),
        (Trigger::BugInvestigation, &rules::BUG_INVESTIGATION),
        (Trigger::UnresolvedReference, &rules::UNRESOLVED_REFERENCE),
    ];
    let read = by_file
        .into_iter()
        .filter_map(|(trigger, rules)| signal(trigger, rules.find(normal), normal));
    billing(text, normal, threshold_cents)
        .into_iter()
        .chain(read)
        .chain(multi_area(normal))
        .collect()
}

/// P1: a dispute always; a refund that is asked for when the largest amount in the
/// text is above the threshold. Without an amount it is only half seen: the order
/// may tell.
fn billing(text: &str, normal: &Normal<'_>, threshold_cents: i64) -> Option<Signal> {
    let mut found = rules::BILLING_DISPUTE.find(normal);
    let refund = rules::REFUND.find(normal);
    if let Some(strongest) = refund.first() {
        let amounts = money::find(text);
        let largest = amounts.iter().max_by_key(|found| found.amount.cents);
        let strength = match largest {
            Some(largest) if largest.amount.cents > threshold_cents => strongest.strength,
            Some(_) => 0.15,
            None => 0.4,
        };
        let mut signal = signal(Trigger::BillingDispute, found.clone(), normal);
        if found
            .first()
            .is_none_or(|dispute| dispute.strength < strength)
        {
            found = vec![Found {
                strength,
                ..strongest.clone()
            }];
            signal = self::signal(Trigger::BillingDispute, found, normal);
            if let (Some(signal), Some(largest)) = (&mut signal, largest) {
                signal
                    .evidence
                    .push(Evidence::words(&text[largest.range.clone()]));
            }
        }
        return signal;
    }
    signal(Trigger::BillingDispute, found, normal)
}

/// P7: three product areas in one message, or two with words that join them into one
/// problem.
fn multi_area(normal: &Normal<'_>) -> Option<Signal> {
    let mut areas = rules::AREAS.find(normal);
    areas.sort_by_key(|found| found.range.start);
    let words = normal.words().count();
    if areas.len() < 3 || words < 12 {
        return None;
    }
    let trouble = rules::DID_NOT_HELP.matches(normal) || rules::BUG_INVESTIGATION.matches(normal);
    let joined = [
        " and ",
        " also ",
        " plus ",
        " as well ",
        " then ",
        " both ",
        " y ",
        " et ",
        " und ",
        " e ",
    ]
    .iter()
    .any(|word| normal.text.contains(word));
    let strength = match (areas.len(), trouble && joined) {
        (3, false) => 0.3,
        (3, true) => 0.6,
        (_, false) => 0.5,
        (_, true) => 0.75,
    };
    let evidence = areas
        .iter()
        .map(|found| Evidence::words(normal.quote(&found.range)));
    Some(Signal {
        trigger: Trigger::MultiArea,
        strength,
        evidence: evidence.take(4).collect(),
    })
}

/// The strongest rule's strength, with the spans of the first few.
pub(crate) fn signal(trigger: Trigger, found: Vec<Found>, normal: &Normal<'_>) -> Option<Signal> {
    let strength = found.first()?.strength;
    let mut evidence: Vec<Evidence> = Vec::new();
    for found in &found {
        let quote = normal.quote(&found.range);
        let said = evidence
            .iter()
            .any(|earlier| earlier.text().contains(quote));
        if !quote.is_empty() && !said && evidence.len() < QUOTES {
            evidence.push(Evidence::words(quote));
        }
    }
    (!evidence.is_empty()).then_some(Signal {
        trigger,
        strength,
        evidence,
    })
}
