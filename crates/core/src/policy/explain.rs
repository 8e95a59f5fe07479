//! What a policy means, in sentences: what `segue policy check` prints and the console shows.

use super::said::{Said, Worth};
use super::{DEFAULT_CURRENCY, Policy, RuleAction};

/// The policy in an operator's words, one sentence an entry.
pub fn explain(policy: &Policy) -> Vec<Said> {
    let mut said = vec![
        Said::new("explain.wish"),
        Said::new("explain.threshold")
            .with("threshold", Worth::Share(policy.threshold))
            .with(
                "lowest",
                Worth::Share(policy.threshold - policy.mood_weight),
            ),
        Said::new("explain.articles")
            .with("none", Worth::Share(policy.no_article_below))
            .with("part", Worth::Share(policy.partial_below))
            .with("mood", Worth::Share(policy.upset_at)),
        Said::new("explain.failures")
            .with("offer", policy.offer_after)
            .with("escalate", policy.escalate_after),
        refunds(policy),
        vips(policy),
        Said::new("explain.customers")
            .with("contacts", policy.repeat_contacts)
            .with("window", Worth::Span(policy.repeat_window_ms))
            .with("new", Worth::Span(policy.onboarding_ms)),
    ];
    exceptions(policy, &mut said);
    said.extend(policy.rules.iter().map(|rule| {
        let does = match rule.action {
            RuleAction::Escalate => "do_escalate",
            RuleAction::Offer => "do_offer",
            RuleAction::Clarify => "do_clarify",
        };
        let said = match &rule.team {
            Some(team) => Said::new("explain.rule_team").with("team", team.as_str()),
            None => Said::new("explain.rule"),
        };
        said.with("rule", rule.name.as_str())
            .with("does", Worth::Words(does))
            .with("when", rule.when.source())
    }));
    let timings = &policy.timings;
    said.push(
        Said::new("explain.timings")
            .with("answer", Worth::Span(timings.answer_within_ms))
            .with("invitation", Worth::Span(timings.invitation_ms))
            .with("longest", Worth::Span(timings.longest_wait_ms))
            .with("email", Worth::Span(timings.reply_by_email_ms)),
    );
    said
}

fn refunds(policy: &Policy) -> Said {
    let others = (policy.refund_threshold_cents(None) / 100).to_string();
    let own: Vec<String> = policy
        .refund_threshold
        .iter()
        .filter(|(currency, _)| *currency != DEFAULT_CURRENCY)
        .map(|(currency, amount)| format!("{amount} {currency}"))
        .collect();
    if own.is_empty() {
        return Said::new("explain.refund").with("amount", others);
    }
    Said::new("explain.refunds")
        .with("amounts", own.join(", "))
        .with("amount", others)
}

fn vips(policy: &Policy) -> Said {
    let key = match (policy.vip_plans.is_empty(), policy.vip_to_dedicated_agent) {
        (true, true) => "explain.vip_dedicated",
        (true, false) => "explain.vip",
        (false, true) => "explain.vip_plans_dedicated",
        (false, false) => "explain.vip_plans",
    };
    let said = Said::new(key);
    if policy.vip_plans.is_empty() {
        return said;
    }
    said.with("plans", policy.vip_plans.join(", "))
}

fn exceptions(policy: &Policy, said: &mut Vec<Said>) {
    let of = |key, trigger: &crate::signal::Trigger| Said::new(key).with("trigger", *trigger);
    said.extend(policy.off.iter().map(|trigger| of("explain.off", trigger)));
    for (trigger, plans) in &policy.only_plans {
        said.push(of("explain.only_plans", trigger).with("plans", plans.join(", ")));
    }
    for (trigger, inboxes) in &policy.only_inboxes {
        said.push(of("explain.only_inboxes", trigger).with("inboxes", inboxes.join(", ")));
    }
    for (trigger, weight) in &policy.weights {
        said.push(of("explain.weight", trigger).with("weight", weight.to_string()));
    }
    for (trigger, team) in &policy.teams {
        said.push(of("explain.team", trigger).with("team", team.as_str()));
    }
    for (trigger, skill) in &policy.skills {
        said.push(of("explain.skill", trigger).with("skill", skill.as_str()));
    }
    let urgent = policy
        .priorities
        .iter()
        .filter(|(_, priority)| **priority > 0);
    for (trigger, priority) in urgent {
        said.push(of("explain.priority", trigger).with("priority", u32::from(*priority)));
    }
}
