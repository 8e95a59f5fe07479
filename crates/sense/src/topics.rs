//! Topics and kinds of problem (P1 to P10), the wish for a person (P20) and texts
//! that give orders: each by its own file of rules.

use segue_core::signal::{Evidence, Signal, Trigger};

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

/// P1 to P10, as far as rules know them.
pub(crate) fn topics(normal: &Normal<'_>) -> Vec<Signal> {
    let by_file: [(Trigger, &Rules); 9] = [
        (Trigger::BillingDispute, &rules::BILLING_DISPUTE),
        (Trigger::AccountSecurity, &rules::ACCOUNT_SECURITY),
        (Trigger::LegalCompliance, &rules::LEGAL_COMPLIANCE),
        (Trigger::Complaint, &rules::COMPLAINT),
        (Trigger::Cancellation, &rules::CANCELLATION),
        (Trigger::CustomPricing, &rules::CUSTOM_PRICING),
        (Trigger::AccountChange, &rules::ACCOUNT_CHANGE),
        (Trigger::BugInvestigation, &rules::BUG_INVESTIGATION),
        (Trigger::UnresolvedReference, &rules::UNRESOLVED_REFERENCE),
    ];
    by_file
        .into_iter()
        .filter_map(|(trigger, rules)| signal(trigger, rules.find(normal), normal))
        .chain(multi_area(normal))
        .collect()
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
