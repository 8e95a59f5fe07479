//! What is found, and what is left alone.

use super::*;
use crate::policy::{read, write};
use crate::words::Words;

#[track_caller]
fn check(text: &str, expected: &[(FindingKind, &str, &str)]) {
    let known = Known {
        inboxes: vec!["Site".into()],
        teams: vec!["Billing".into()],
    };
    let policy = read(text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    let found = lint(&policy, &known);
    let told: Vec<(FindingKind, &str, String)> = found
        .iter()
        .map(|one| {
            (
                one.kind,
                one.key.as_str(),
                one.said.in_words(Words::of("en")),
            )
        })
        .collect();
    assert_eq!(told.len(), expected.len(), "{text}: {told:#?}");
    for ((kind, key, words), (as_kind, at, part)) in told.iter().zip(expected) {
        assert_eq!((kind, key), (as_kind, at), "{told:#?}");
        assert!(words.contains(part) && !words.contains('{'), "{words}");
    }
}

fn rule(name: &str, when: &str, does: &str) -> String {
    format!("[[rule]]\nname = \"{name}\"\nwhen = '{when}'\ndo = \"{does}\"\n")
}

#[test]
fn the_default_policy_has_nothing_to_find_and_nor_has_what_it_prints() {
    assert_eq!(lint(&Policy::default(), &Known::default()), vec![]);
    check(&write(&Policy::default()), &[]);
}

#[test]
fn what_can_never_fire_is_found() {
    use FindingKind::NeverFires;
    check(
        "[weights]\n\"topic.complaint\" = 0.1",
        &[(NeverFires, "weights.topic.complaint", "never hands over")],
    );
    check(
        "no_article_below = 0.5\npartial_below = 0.5",
        &[(NeverFires, "partial_below", "in part")],
    );
    check(
        "[only_inboxes]\n\"topic.complaint\" = [\"App\"]",
        &[(NeverFires, "only_inboxes.topic.complaint", "App")],
    );
    check(
        "[only_plans]\n\"topic.complaint\" = []",
        &[(NeverFires, "only_plans.topic.complaint", "no plan or inbox")],
    );
    check(
        "[teams]\n\"topic.complaint\" = \"Legal\"",
        &[(NeverFires, "teams.topic.complaint", "no team “Legal”")],
    );
    for when in [
        r#"contact.plan == "free" && contact.plan == "team""#,
        "answer.match < 0.3 && answer.match > 0.8",
        r#"signal("topic.complaint") > 1.0"#,
        "contact.days_since_signup > 3 && contact.days_since_signup < 4",
        "contact.vip && !contact.vip",
        "conversation.failed_answers < 0",
        "contact.days_since_signup < -1",
        r#"signal("policy.rule") > 0.5"#,
    ] {
        check(
            &rule("Odd", when, "offer"),
            &[(NeverFires, "rule.0.when", "can never hold")],
        );
    }
    check(
        &format!(
            "off = [\"topic.cancellation\"]\n{}",
            rule("Leaves", r#"signal("topic.cancellation") > 0.4"#, "offer")
        ),
        &[(NeverFires, "rule.0.when", "is off")],
    );
    let wide = rule("Wide", "message.amount > 100.0", "escalate");
    let narrow = rule("Narrow", "message.amount > 500.0", "offer");
    check(
        &format!("{wide}{narrow}"),
        &[(NeverFires, "rule.1.when", "“Wide” hands over")],
    );
    check(
        &format!("{narrow}{wide}"),
        &[(NeverFires, "rule.0.when", "“Wide” hands over")],
    );
}

#[test]
fn what_can_fire_is_left_alone() {
    for when in [
        "answer.known && answer.match < 0.8",
        "contact.days_since_signup >= 3 && contact.days_since_signup <= 4 && message.asks_again",
        r#"contact.plan in ["free", "team"] && message.amount > 5.0"#,
        // More than comparing: nothing is claimed of it.
        r#"contact.plan.startsWith("x") && contact.plan.startsWith("y")"#,
        "message.amount * 2.0 > 3.0",
    ] {
        check(&rule("Fine", when, "offer"), &[]);
    }
    let other = rule("Other", "message.asks_again", "escalate");
    check(
        &format!("{other}{}", rule("Fine", "message.amount > 5.0", "offer")),
        &[],
    );
}

#[test]
fn contradictions_are_found() {
    use FindingKind::Contradicts;
    check(
        "off = [\"topic.custom_pricing\"]\n[teams]\n\"topic.custom_pricing\" = \"Billing\"",
        &[(Contradicts, "teams.topic.custom_pricing", "has no effect")],
    );
    let asks = rule("Asks", "message.amount > 5.0", "clarify");
    let offers = rule("Offers", "5.0 < message.amount", "offer");
    check(
        &format!("{asks}{offers}"),
        &[(Contradicts, "rule.1.do", "“Asks”")],
    );
    let to = |name: &str, team: &str| {
        format!(
            "{}team = \"{team}\"\n",
            rule(name, "message.asks_again", "escalate")
        )
    };
    let policy = read(&format!("{}{}", to("One", "Billing"), to("Two", "Trust"))).unwrap();
    let found = lint(&policy, &Known::default());
    assert_eq!(
        (found[0].kind, found[0].key.as_str()),
        (Contradicts, "rule.1.team")
    );
    check(
        "[only_plans]\n\"customer.vip\" = [\"free\"]",
        &[(Contradicts, "only_plans.customer.vip", "enterprise")],
    );
    check(
        "[timings]\nlongest_wait = \"20 seconds\"",
        &[(Contradicts, "timings.longest_wait", "before anybody")],
    );
}

#[test]
fn what_hides_the_human_is_found() {
    use FindingKind::HidesHuman;
    check("threshold = 0.9", &[(HidesHuman, "threshold", "90 %")]);
    check(
        "offer_after = 5\nescalate_after = 6",
        &[
            (HidesHuman, "offer_after", "5"),
            (HidesHuman, "escalate_after", "6"),
        ],
    );
    check(
        "offer_after = 3",
        &[(HidesHuman, "offer_after", "hands over first")],
    );
    check(
        "no_article_below = 0.05",
        &[(HidesHuman, "no_article_below", "5 %")],
    );
    check(
        "off = [\"topic.account_security\"]",
        &[(HidesHuman, "off", "unless they ask")],
    );
    check(
        "off = [\"confidence.no_article\", \"confidence.partial_match\"]",
        &[(HidesHuman, "off", "nobody is offered")],
    );
    check(
        "[timings]\nanswer_within = \"5 minutes\"",
        &[(HidesHuman, "timings.answer_within", "5 minutes")],
    );
    check(
        &rule("Everybody", "message.amount >= 0.0", "clarify"),
        &[(HidesHuman, "rule.0.when", "everybody")],
    );
}

#[test]
fn what_slows_vips_and_new_customers_is_found() {
    use FindingKind::SlowsCustomers;
    check(
        "off = [\"customer.vip\"]",
        &[(SlowsCustomers, "off", "like everybody")],
    );
    check(
        "off = [\"customer.onboarding\"]",
        &[(SlowsCustomers, "off", "like everybody")],
    );
    check(
        "onboarding = \"2 hours\"",
        &[(SlowsCustomers, "onboarding", "2 hours")],
    );
    check(
        "[priorities]\n\"topic.complaint\" = 4\n\"customer.vip\" = 1",
        &[(
            SlowsCustomers,
            "priorities.topic.complaint",
            "VIPs wait behind",
        )],
    );
    check(
        "[priorities]\n\"topic.account_security\" = 4\n\"customer.vip\" = 1",
        &[],
    );
}

#[test]
fn what_can_go_round_in_circles_is_found() {
    use FindingKind::CanLoop;
    check(
        &rule("Business", r#"contact.plan == "business""#, "escalate"),
        &[(CanLoop, "rule.0.when", "next message")],
    );
    check(
        "[timings]\ninvitation = \"5 seconds\"",
        &[(CanLoop, "timings.invitation", "5 seconds")],
    );
    check(
        "[timings]\nreview_every = \"10 seconds\"\nreviews_told = 50",
        &[(CanLoop, "timings.review_every", "10 seconds")],
    );
}

#[test]
fn a_finding_knows_its_line() {
    let text = "threshold = 0.5\n\n[[rule]]\nname = \"Odd\"\nwhen = 'contact.vip && !contact.vip'\ndo = \"offer\"\n";
    let (policy, lines) = crate::policy::read_lined(text).unwrap();
    let found = lint(&policy, &Known::default());
    assert_eq!(found[0].line(&lines), Some(5));
}

#[test]
fn many_wide_rules_are_answered_in_bounded_time() {
    let wide = "contact.days_since_signup > 1 && contact.days_since_signup < 900 && message.amount > 3.0 && message.amount < 9.0 && conversation.mood > 0.2 && conversation.mood < 0.9 && answer.match > 0.1";
    let text: String = (0..40)
        .map(|n| rule(&format!("Rule {n}"), wide, "offer"))
        .collect();
    lint(&read(&text).unwrap(), &Known::default());
}
