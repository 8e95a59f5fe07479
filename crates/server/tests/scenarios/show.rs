//! What happened, in words: for a scenario to compare with and for a fault to show.

use segue_core::attempt::Outcome;
use segue_core::event::{Event, Fact, Role};
use segue_core::package::Package;
use segue_core::signal::{Evidence, Trigger};

/// A conversation as agents see it, a line for each event that a reader can use.
pub fn transcript(events: &[Event], customer: &str) -> String {
    let mut lines = String::new();
    for event in events {
        let line = match &event.fact {
            Fact::MessageAdded(_) => said(event, customer).unwrap_or_default(),
            Fact::Decided {
                action, reasons, ..
            } => format!("-- decided: {} for {}", action.name(), list(reasons)),
            Fact::HandedOff { reasons, .. } => format!("-- handed off: {}", list(reasons)),
            Fact::Accepted { agent, .. } => format!("-- {} accepted", agent.name),
            Fact::Dropped { agent } => format!("-- {} is gone", agent.name),
            Fact::InvitationEnded { how, .. } => format!("-- invitation {how:?}"),
            Fact::AttemptJudged { outcome, .. } => format!("-- judged: {}", outcome.name()),
            Fact::Resolved { by, .. } => format!("-- resolved: {by:?}"),
            Fact::Invited { .. } => "-- invited".into(),
            Fact::Transferred { from, to, .. } => {
                format!("-- {} passed it on to {}", from.name, to.name())
            }
            Fact::TakenOver { agent, .. } => format!("-- {} took over", agent.name),
            Fact::HandedBack { agent } => format!("-- {} handed it back", agent.name),
            Fact::HandoffCancelled => "-- back to the assistant".into(),
            Fact::Reopened { agent, .. } => format!("-- reopened, with {agent:?}"),
            Fact::Identified { .. } => "-- identified".into(),
            Fact::ReplyOverdue => "-- the answer by e-mail is late".into(),
            _ => continue,
        };
        lines += &format!("    {} {line}\n", event.at.clock_time("UTC"));
    }
    lines
}

/// A message with its speaker, as a scenario tells it.
pub fn said(event: &Event, customer: &str) -> Option<String> {
    let Fact::MessageAdded(message) = &event.fact else {
        return None;
    };
    let text = text(event).unwrap_or_default();
    let agent = message.agent.as_ref().map_or("", |agent| &agent.name);
    Some(match message.role {
        Role::Customer => format!("{customer}: {text}"),
        Role::Assistant if message.offers_person => format!("Assistant (offers a person): {text}"),
        Role::Assistant => format!("Assistant: {text}"),
        Role::System => format!("Segue: {text}"),
        Role::Agent if message.private => format!("{agent} (note): {text}"),
        Role::Agent => format!("{agent}: {text}"),
    })
}

pub fn text(event: &Event) -> Option<&str> {
    event.body.as_ref()?.text.as_deref()
}

/// What was decided on the customer's last message, with its reasons.
pub fn decided(events: &[Event], heard_seq: u64) -> String {
    let of = |event: &Event| match &event.fact {
        Fact::Decided {
            action, reasons, ..
        } if event.seq > heard_seq => Some((*action, reasons.clone())),
        _ => None,
    };
    match events.iter().rev().find_map(of) {
        None => "nothing".into(),
        Some((action, reasons)) if reasons.is_empty() => action.name().into(),
        Some((action, reasons)) => format!("{}, {}", action.name(), list(&reasons)),
    }
}

/// What the last decision saw, whether or not it led to something.
pub fn seen(events: &[Event]) -> Vec<Trigger> {
    let of = |event: &Event| event.body.as_ref()?.decision.clone();
    let decision = events.iter().rev().find_map(of);
    let reasons = decision.map_or(vec![], |decision| decision.reasons);
    reasons.into_iter().map(|reason| reason.trigger).collect()
}

pub fn list(triggers: &[Trigger]) -> String {
    if triggers.is_empty() {
        return "nothing".into();
    }
    let names: Vec<&str> = triggers.iter().map(|trigger| trigger.name()).collect();
    names.join(", ")
}

/// The package as an agent would read it out.
pub fn lines(package: &Package, events: &[Event]) -> Vec<String> {
    let assessment = &package.assessment;
    let customer = &package.customer;
    let of_history = |event: &&Event| {
        matches!(event.fact, Fact::MessageAdded(_)) && event.seq <= package.through_seq
    };
    let history = events.iter().filter(of_history).count();
    let mut lines = vec![
        format!("history of {history} messages"),
        format!("issue {}", assessment.issue),
        format!("category {}", assessment.category),
        format!(
            "customer {}, plan {}",
            customer.name.as_deref().unwrap_or("unknown"),
            customer.plan
        ),
    ];
    lines.extend(
        assessment
            .mood
            .trigger
            .map(|colour| format!("mood {colour}")),
    );
    for reason in &assessment.reasons {
        lines.extend(reason.evidence.iter().map(|evidence| match evidence {
            Evidence::Words { text, .. } => format!("{} in the words \"{text}\"", reason.trigger),
            Evidence::Fact { text, .. } => format!("{} because {text}", reason.trigger),
        }));
    }
    for attempt in &package.attempts {
        let went = match attempt.outcome {
            Outcome::Unknown => "not said",
            Outcome::Helped => "helped",
            Outcome::DidNotHelp => "did not help",
            Outcome::AskedAgain => "asked again",
        };
        let title = attempt.article_title.as_deref().unwrap_or("no article");
        lines.push(format!("tried \"{title}\", {went}"));
    }
    let next = package.next_steps.iter();
    lines.extend(next.map(|step| format!("next {} ({})", step.text, step.source)));
    let told = package.told.iter();
    lines.extend(told.map(|it| format!("told {}: \"{}\"", it.detail.name(), it.text)));
    let earlier = customer.earlier.iter();
    lines.extend(earlier.map(|it| format!("earlier \"{}\", {}", it.subject, it.outcome)));
    for passed in &package.passed {
        let (from, to, note) = (&passed.from.name, passed.to.name(), &passed.note);
        lines.push(format!("passed on by {from} to {to}: \"{note}\""));
        let said = passed.said.iter();
        lines.extend(said.map(|text| format!("{from} wrote \"{text}\"")));
    }
    for it in &package.agreed {
        let told = it.brief.lines();
        lines.extend(told.map(|(kind, line)| {
            let (kind, agent) = (kind.name(), &it.agent.name);
            format!("{kind} by {agent}: \"{line}\"")
        }));
    }
    lines
}

/// Whether a text is what a line says; `…` stands for any words, or none.
pub fn says(words: &str, text: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (words, text) = (plain(&words.replace("...", "…")), plain(text));
    let pieces: Vec<&str> = words.split('…').map(str::trim).collect();
    let [only] = pieces[..] else {
        let (first, last) = (pieces[0], pieces[pieces.len() - 1]);
        let Some(mut rest) = text.strip_prefix(first) else {
            return false;
        };
        for piece in &pieces[1..pieces.len() - 1] {
            let Some(at) = rest.find(piece) else {
                return false;
            };
            rest = &rest[at + piece.len()..];
        }
        return rest.ends_with(last);
    };
    text == only
}
