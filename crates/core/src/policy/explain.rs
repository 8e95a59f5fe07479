//! What a policy means, in sentences: what `segue policy check` prints.

use super::{DEFAULT_CURRENCY, Policy, RuleAction, span};
use crate::signal::Trigger;
use crate::words::Words;

/// The policy in an operator's words, one sentence an entry.
pub fn explain(policy: &Policy) -> Vec<String> {
    let mut said = vec![
        "A customer who asks for a person, by the button or in words, gets one at once. Nothing here changes that.".into(),
        format!(
            "A reason hands over when it is seen at {} or stronger; the worst mood lowers that to {}. Mood alone never hands over.",
            percent(policy.threshold),
            percent(policy.threshold - policy.mood_weight)
        ),
        format!(
            "Below a match of {} no article answers: a person is offered. Below {} an article answers in part: it is shown and a person is offered. From a mood of {} on both hand over instead.",
            percent(policy.no_article_below),
            percent(policy.partial_below),
            percent(policy.upset_at)
        ),
        format!(
            "After {} without success the assistant offers a person; after {} that the customer calls useless it hands over.",
            answers(policy.offer_after),
            answers(policy.escalate_after)
        ),
        refunds(policy),
        vips(policy),
        format!(
            "{} about the same issue in {} hand over; so does the first {} of a customer.",
            earlier_contacts(policy.repeat_contacts),
            span::words(policy.repeat_window_ms),
            span::words(policy.onboarding_ms)
        ),
    ];
    said.extend(exceptions(policy));
    said.extend(policy.rules.iter().map(|rule| {
        let does = match rule.action {
            RuleAction::Escalate => "hands over",
            RuleAction::Offer => "offers a person",
            RuleAction::Clarify => "asks one question",
        };
        let team = rule.team.as_ref().map(|team| format!(" to {team}"));
        format!(
            "Your rule “{}” {does}{} when {}.",
            rule.name,
            team.unwrap_or_default(),
            rule.when.source()
        )
    }));
    let timings = &policy.timings;
    said.push(format!(
        "The assistant answers within {}; an agent has {} to take a conversation; nobody waits longer than {}; an answer by e-mail is promised within {}.",
        span::words(timings.answer_within_ms),
        span::words(timings.invitation_ms),
        span::words(timings.longest_wait_ms),
        span::words(timings.reply_by_email_ms)
    ));
    said
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn answers(count: u32) -> String {
    match count {
        1 => "one answer".into(),
        count => format!("{count} answers"),
    }
}

fn earlier_contacts(count: u32) -> String {
    match count {
        1 => "One earlier contact".into(),
        count => format!("{count} earlier contacts"),
    }
}

fn refunds(policy: &Policy) -> String {
    let others = policy.refund_threshold_cents(None) / 100;
    let own: Vec<String> = policy
        .refund_threshold
        .iter()
        .filter(|(currency, _)| *currency != DEFAULT_CURRENCY)
        .map(|(currency, amount)| format!("{amount} {currency}"))
        .collect();
    if own.is_empty() {
        return format!("A refund above {others}, in any currency, goes to a person.");
    }
    format!(
        "A refund above {}, or above {others} in any other currency, goes to a person.",
        own.join(", ")
    )
}

fn vips(policy: &Policy) -> String {
    let plans = match policy.vip_plans.as_slice() {
        [] => String::new(),
        plans => format!(" or on the plan {}", plans.join(", ")),
    };
    let agent = if policy.vip_to_dedicated_agent {
        ", to the agent who looks after them"
    } else {
        ""
    };
    format!("Customers marked as VIP{plans} go to a person{agent}.")
}

fn exceptions(policy: &Policy) -> Vec<String> {
    let mut said = Vec::new();
    let called = |trigger: &Trigger| {
        let key = format!("console.trigger_{}", trigger.name().replace('.', "_"));
        format!("“{}” ({trigger})", Words::of("en").get(&key))
    };
    if !policy.off.is_empty() {
        let names: Vec<String> = policy.off.iter().map(called).collect();
        said.push(format!("These do not count: {}.", names.join(", ")));
    }
    for (trigger, plans) in &policy.only_plans {
        said.push(format!(
            "{} counts only on the plans {}.",
            called(trigger),
            plans.join(", ")
        ));
    }
    for (trigger, inboxes) in &policy.only_inboxes {
        said.push(format!(
            "{} counts only in {}.",
            called(trigger),
            inboxes.join(", ")
        ));
    }
    for (trigger, weight) in &policy.weights {
        said.push(format!("{} counts {weight} times.", called(trigger)));
    }
    for (trigger, team) in &policy.teams {
        said.push(format!("{} goes to {team}.", called(trigger)));
    }
    for (trigger, skill) in &policy.skills {
        said.push(format!(
            "{} needs somebody who knows {skill}.",
            called(trigger)
        ));
    }
    for (trigger, priority) in policy
        .priorities
        .iter()
        .filter(|(_, priority)| **priority > 0)
    {
        said.push(format!("{} has priority {priority} of 9.", called(trigger)));
    }
    said
}
