//! Which set says what of which head. A head that a set never labels is unknown there,
//! unless the set is one of texts in which it cannot occur.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use segue_core::signal::Trigger;
use segue_sense::heads::{HEADS, Head};

use crate::cases::{Case, Label, Line, lines};

/// Which part of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    Train,
    Dev,
}

impl Split {
    pub const fn name(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Dev => "dev",
        }
    }
}

const TOPICS: [Head; 10] = [
    Head::BillingDispute,
    Head::AccountSecurity,
    Head::LegalCompliance,
    Head::Complaint,
    Head::Cancellation,
    Head::CustomPricing,
    Head::MultiArea,
    Head::AccountChange,
    Head::BugInvestigation,
    Head::UnresolvedReference,
];
const SMALL_TALK: [Head; 5] = [
    Head::Greeting,
    Head::Thanks,
    Head::Goodbye,
    Head::Chat,
    Head::OutOfTrade,
];

/// The head of a trigger's name.
pub fn head_of(trigger: &str) -> Option<Head> {
    Some(match Trigger::from_name(trigger)? {
        Trigger::BillingDispute => Head::BillingDispute,
        Trigger::AccountSecurity => Head::AccountSecurity,
        Trigger::LegalCompliance => Head::LegalCompliance,
        Trigger::Complaint => Head::Complaint,
        Trigger::Cancellation => Head::Cancellation,
        Trigger::CustomPricing => Head::CustomPricing,
        Trigger::MultiArea => Head::MultiArea,
        Trigger::AccountChange => Head::AccountChange,
        Trigger::BugInvestigation => Head::BugInvestigation,
        Trigger::UnresolvedReference => Head::UnresolvedReference,
        Trigger::Frustration => Head::Frustration,
        Trigger::Urgency => Head::Urgency,
        Trigger::Anger => Head::Anger,
        Trigger::Helplessness => Head::Helplessness,
        Trigger::RequestHuman => Head::RequestHuman,
        Trigger::Injection => Head::Injection,
        _ => return None,
    })
}

/// All cases of a split: the public sets and our own.
pub fn load(evals: &Path, split: Split) -> Result<Vec<Case>, Box<dyn Error>> {
    let mut cases = own(evals, split)?;
    for (set, read) in PUBLIC {
        let path = evals
            .join("public")
            .join(set)
            .join(format!("{}.jsonl", split.name()));
        if !path.is_file() {
            return Err(format!("{} is missing", path.display()).into());
        }
        for line in lines(&path)? {
            let mut labels = [Label::Unknown; HEADS];
            let weight = read(&line, &mut labels);
            cases.push(Case {
                text: line.judged().to_owned(),
                set,
                weight,
                labels,
            });
        }
    }
    cases.retain(|case| !case.text.trim().is_empty());
    Ok(cases)
}

/// Our own cases: every trigger of the practice is labelled in each, unless its line says otherwise.
pub fn own(evals: &Path, split: Split) -> Result<Vec<Case>, Box<dyn Error>> {
    let folder = evals.join(split.name());
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .map_err(|error| format!("could not read {}: {error}", folder.display()))?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        for line in lines(&file)? {
            let mut named = line.triggers.iter().chain(&line.unlabelled);
            let unknown =
                named.find(|name| head_of(name).is_none() && Trigger::from_name(name).is_none());
            if let Some(unknown) = unknown {
                return Err(format!("{}: no trigger {unknown}", file.display()).into());
            }
            cases.push(Case {
                text: line.judged().to_owned(),
                set: "own",
                weight: 3.0,
                labels: own_labels(&line),
            });
        }
    }
    Ok(cases)
}

fn own_labels(line: &Line) -> [Label; HEADS] {
    let mut labels = [Label::No; HEADS];
    for head in line.triggers.iter().filter_map(|name| head_of(name)) {
        labels[head as usize] = Label::Yes;
    }
    let known = |is: bool| if is { Label::Yes } else { Label::No };
    let feedback = line.feedback.as_deref();
    labels[Head::Helped as usize] = feedback.map_or(Label::Unknown, |said| known(said == "helped"));
    labels[Head::DidNotHelp as usize] =
        feedback.map_or(Label::Unknown, |said| known(said == "did_not_help"));
    labels[Head::Declines as usize] = known(line.declines_offer == Some(true));
    for head in line.unlabelled.iter().filter_map(|name| head_of(name)) {
        labels[head as usize] = Label::Unknown;
    }
    let refund = labels[Head::BillingDispute as usize] == Label::Yes
        || line.judged().to_lowercase().contains("refund");
    if refund {
        labels[Head::RefundAsk as usize] = Label::Unknown;
    }
    let small = line.small_talk.as_deref();
    for (head, name) in
        SMALL_TALK
            .iter()
            .zip(["greeting", "thanks", "goodbye", "chat", "out_of_trade"])
    {
        labels[*head as usize] = known(small == Some(name));
    }
    labels
}

type Read = fn(&Line, &mut [Label; HEADS]) -> f32;

/// The public sets whose licence lets trained weights go their own way.
const PUBLIC: [(&str, Read); 8] = [
    ("banking77", banking77),
    ("clinc150", clinc150),
    ("hwu64", hwu64),
    ("natcs_insurance", natcs),
    ("multidogo", multidogo),
    ("goemotions", goemotions),
    ("requests_authored", requests),
    ("bastioncorpus", bastion),
];

fn set(labels: &mut [Label; HEADS], heads: &[Head], label: Label) {
    for head in heads {
        labels[*head as usize] = label;
    }
}

/// What none of the sets of calm, single questions holds.
fn background(labels: &mut [Label; HEADS]) {
    set(labels, &TOPICS, Label::No);
    set(labels, &SMALL_TALK, Label::No);
    let others = [
        Head::RequestHuman,
        Head::Injection,
        Head::RefundAsk,
        Head::Declines,
        Head::DidNotHelp,
        Head::Helped,
    ];
    set(labels, &others, Label::No);
}

fn mapped(line: &Line, labels: &mut [Label; HEADS]) {
    for head in line.triggers.iter().filter_map(|name| head_of(name)) {
        labels[head as usize] = Label::Yes;
    }
}

fn banking77(line: &Line, labels: &mut [Label; HEADS]) -> f32 {
    background(labels);
    let unknown = [Head::AccountChange, Head::Complaint, Head::DidNotHelp];
    set(labels, &unknown, Label::Unknown);
    let near_dispute = [
        "wrong_amount_of_cash_received",
        "wrong_exchange_rate_for_cash_withdrawal",
        "card_payment_wrong_exchange_rate",
        "card_payment_fee_charged",
        "cash_withdrawal_charge",
        "transfer_fee_charged",
        "reverted_card_payment?",
    ];
    if near_dispute.iter().any(|label| line.is_labelled(label)) {
        set(
            labels,
            &[Head::BillingDispute, Head::RefundAsk],
            Label::Unknown,
        );
    }
    let near_bug = [
        "declined_",
        "failed_transfer",
        "top_up_failed",
        "virtual_card",
    ];
    if near_bug
        .iter()
        .any(|start| line.labels.iter().any(|label| label.starts_with(start)))
    {
        set(labels, &[Head::BugInvestigation], Label::Unknown);
    }
    if line.is_labelled("pin_blocked") || line.is_labelled("card_swallowed") {
        set(labels, &[Head::AccountSecurity], Label::Unknown);
    }
    mapped(line, labels);
    if line.is_labelled("request_refund") {
        set(labels, &[Head::RefundAsk], Label::Yes);
    } else if line.is_labelled("Refund_not_showing_up") {
        set(labels, &[Head::RefundAsk], Label::Unknown);
    }
    1.0
}

fn clinc150(line: &Line, labels: &mut [Label; HEADS]) -> f32 {
    background(labels);
    set(labels, &[Head::AccountChange], Label::Unknown);
    if line.is_labelled("oos") {
        set(labels, &[Head::OutOfTrade, Head::Chat], Label::Unknown);
    }
    if line.is_labelled("cancel") || line.is_labelled("cancel_reservation") {
        set(
            labels,
            &[Head::Cancellation, Head::Declines],
            Label::Unknown,
        );
    }
    let chat = [
        "are_you_a_bot",
        "what_is_your_name",
        "how_old_are_you",
        "who_made_you",
        "tell_joke",
        "do_you_have_pets",
        "where_are_you_from",
        "what_are_your_hobbies",
        "who_do_you_work_for",
        "meaning_of_life",
        "fun_fact",
        "what_can_i_ask_you",
    ];
    let talk = [
        ("greeting", Head::Greeting),
        ("goodbye", Head::Goodbye),
        ("thank_you", Head::Thanks),
    ];
    for (label, head) in talk {
        if line.is_labelled(label) {
            set(labels, &[head], Label::Yes);
        }
    }
    if chat.iter().any(|label| line.is_labelled(label)) {
        set(labels, &[Head::Chat], Label::Yes);
        set(labels, &[Head::OutOfTrade], Label::Unknown);
    }
    if line.is_labelled("no") || line.is_labelled("yes") || line.is_labelled("maybe") {
        set(
            labels,
            &[Head::Declines, Head::Helped, Head::DidNotHelp],
            Label::Unknown,
        );
    }
    mapped(line, labels);
    0.6
}

fn hwu64(_: &Line, labels: &mut [Label; HEADS]) -> f32 {
    background(labels);
    set(labels, &SMALL_TALK, Label::Unknown);
    set(
        labels,
        &[Head::Cancellation, Head::Helped, Head::DidNotHelp],
        Label::Unknown,
    );
    0.5
}

fn natcs(line: &Line, labels: &mut [Label; HEADS]) -> f32 {
    background(labels);
    set(
        labels,
        &[Head::Complaint, Head::CustomPricing],
        Label::Unknown,
    );
    let unjudged = [
        "AddDependent",
        "RemoveDependent",
        "ChangePlan",
        "UpdatePaymentPreference",
    ];
    if unjudged.iter().any(|label| line.is_labelled(label)) {
        set(labels, &[Head::AccountChange], Label::Unknown);
    }
    if line.is_labelled("FindAgent") {
        set(labels, &[Head::RequestHuman], Label::Unknown);
    }
    mapped(line, labels);
    1.0
}

fn multidogo(line: &Line, labels: &mut [Label; HEADS]) -> f32 {
    background(labels);
    set(
        labels,
        &[Head::Complaint, Head::MultiArea, Head::UnresolvedReference],
        Label::Unknown,
    );
    let feedback = [
        Head::Helped,
        Head::DidNotHelp,
        Head::Declines,
        Head::OutOfTrade,
        Head::Chat,
    ];
    set(labels, &feedback, Label::Unknown);
    let text = line.judged().to_lowercase();
    let person = [
        "agent",
        "human",
        "representative",
        "supervisor",
        "someone",
        "person",
    ];
    if person.iter().any(|word| text.contains(word)) {
        set(labels, &[Head::RequestHuman], Label::Unknown);
    }
    let talk = [
        ("openinggreeting", Head::Greeting),
        ("thankyou", Head::Thanks),
        ("closinggreeting", Head::Goodbye),
    ];
    for (label, head) in talk {
        if line.is_labelled(label) {
            // "Hi, my card was stolen" is labelled a greeting too.
            let label = if line.labels.len() == 1 && text.split_whitespace().count() <= 5 {
                Label::Yes
            } else {
                Label::Unknown
            };
            set(labels, &SMALL_TALK, Label::Unknown);
            set(labels, &[head], label);
        }
    }
    // The label is repeated on short follow-up turns such as "ok".
    if text.split_whitespace().count() >= 4 {
        mapped(line, labels);
    } else if !line.triggers.is_empty() {
        set(labels, &TOPICS, Label::Unknown);
    }
    0.6
}

fn goemotions(line: &Line, labels: &mut [Label; HEADS]) -> f32 {
    background(labels);
    set(labels, &SMALL_TALK, Label::Unknown);
    let unknown = [
        Head::Complaint,
        Head::Helped,
        Head::DidNotHelp,
        Head::LegalCompliance,
    ];
    set(labels, &unknown, Label::Unknown);
    set(
        labels,
        &[Head::Frustration, Head::Anger, Head::Helplessness],
        Label::No,
    );
    mapped(line, labels);
    0.35
}

fn requests(line: &Line, labels: &mut [Label; HEADS]) -> f32 {
    let asks = line.is_labelled("request_human");
    let label = if asks { Label::Yes } else { Label::No };
    set(labels, &[Head::RequestHuman], label);
    2.0
}

fn bastion(line: &Line, labels: &mut [Label; HEADS]) -> f32 {
    let bad = line.is_labelled("malicious");
    let label = if bad { Label::Yes } else { Label::No };
    set(labels, &[Head::Injection], label);
    2.0
}
