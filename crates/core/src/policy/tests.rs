//! Policies: their defaults, their form in TOML and JSON, and what is refused.

use proptest::prelude::*;

use super::*;

#[test]
fn the_default_policy_is_sound() {
    assert_eq!(Policy::default().check(), vec![]);
}

#[test]
fn the_printed_default_reads_back_as_the_default() {
    assert_eq!(read(&write(&Policy::default())), Ok(Policy::default()));
    assert_eq!(read(""), Ok(Policy::default()));
}

#[test]
fn every_line_of_the_printed_default_is_explained() {
    let text = write(&Policy::default());
    let mut is_told = false;
    let mut section = String::new();
    for line in text.lines() {
        if line.starts_with('#') {
            is_told = true;
        } else if line.starts_with('[') {
            section = line.to_string();
        } else if line.is_empty() {
            // A section's first comment speaks for all of its entries.
            is_told = section == "[priorities]" || section == "[refund_threshold]";
        } else {
            assert!(is_told, "{line} has no comment");
        }
    }
    assert!(fields::FIELDS.iter().all(|field| !field.about.is_empty()));
}

#[test]
fn the_customers_wish_cannot_be_switched_off() {
    let policy = Policy {
        off: Trigger::ALL.to_vec(),
        only_plans: [(Trigger::RequestHuman, vec![])].into(),
        weights: [(Trigger::RequestHuman, 0.0)].into(),
        ..Policy::default()
    };
    assert!(policy.counts(Trigger::RequestHuman, "free", "Website"));
    assert_eq!(policy.weight(Trigger::RequestHuman), 1.0);
    assert!(!policy.counts(Trigger::Complaint, "free", "Website"));
}

#[test]
fn a_trigger_can_be_limited_to_plans_and_inboxes() {
    let policy = Policy {
        only_plans: [(Trigger::Complaint, vec!["team".into()])].into(),
        only_inboxes: [(Trigger::Complaint, vec!["App".into()])].into(),
        ..Policy::default()
    };
    assert!(policy.counts(Trigger::Complaint, "team", "App"));
    assert!(!policy.counts(Trigger::Complaint, "free", "App"));
    assert!(!policy.counts(Trigger::Complaint, "team", "Website"));
}

#[test]
fn a_refund_is_measured_in_its_own_currency() {
    let policy = read("refund_threshold = { default = 100, JPY = 15000, EUR = 90 }").unwrap();
    let check = |currency: Option<&str>, cents: i64| {
        assert_eq!(
            policy.refund_threshold_cents(currency),
            cents,
            "{currency:?}"
        );
    };
    check(Some("EUR"), 9_000);
    check(Some("JPY"), 1_500_000);
    check(Some("CHF"), 10_000);
    check(None, 10_000);
}

#[test]
fn a_policy_of_before_is_read_from_the_database() {
    let before = r#"{"version":4,"refund_threshold_cents":25000,"vip_plans":["gold"],"onboarding_ms":1000,
        "repeat_contacts":2,"repeat_window_ms":1000,"threshold":0.6,"mood_weight":0.2,"no_article_below":0.3,
        "partial_below":0.5,"offer_after":1,"escalate_after":3,"off":["topic.complaint"],
        "only_plans":{"topic.cancellation":["team"]},"timings":{"answer_within_ms":9000}}"#;
    let policy: Policy = serde_json::from_str(before).unwrap();
    assert_eq!(policy.refund_threshold_cents(None), 25_000);
    assert_eq!((policy.version, policy.escalate_after), (4, 3));
    assert_eq!(policy.upset_at, Policy::default().upset_at);
    assert_eq!(policy.timings.answer_within_ms, 9_000);
    let again: Policy = serde_json::from_str(&serde_json::to_string(&policy).unwrap()).unwrap();
    assert_eq!(again, policy);
}

#[test]
fn nonsense_is_refused_with_its_line() {
    let check = |text: &str, expected: &[&str]| {
        let faults: Vec<String> = match read(text) {
            Ok(_) => vec![],
            Err(faults) => faults.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(faults.len(), expected.len(), "{text}\n{faults:#?}");
        for (fault, expected) in faults.iter().zip(expected) {
            let all = expected.split('…').all(|part| fault.contains(part));
            assert!(all, "{text}\n{fault}\n{expected}");
        }
    };
    check(
        "treshold = 0.5",
        &["line 1: there is no setting \"treshold\"; did you mean \"threshold\"?"],
    );
    check(
        "\n[timings]\nanswer_in = \"3 s\"",
        &["line 3…answer_in…did you mean \"timings.answer_within\""],
    );
    check("xyzzy = 1", &["line 1…xyzzy…segue policy init"]);
    check(
        "threshold = 1.5",
        &["line 1: threshold is 1.5; it must lie between 0 and 1"],
    );
    check("threshold = \"high\"", &["line 1: threshold is a number"]);
    check(
        "threshold = 0.3",
        &["mood_weight…stay below threshold (0.3)"],
    );
    check(
        "mood_weight = 0.5",
        &["line 1: mood_weight is 0.5, but must stay below threshold (0.5)"],
    );
    check(
        "onboarding = 7",
        &["line 1: onboarding is a span of time in quotes"],
    );
    check(
        "onboarding = \"7 moons\"",
        &["line 1: onboarding is a span of time"],
    );
    check(
        "[timings]\nanswer_within = \"0 s\"",
        &["line 2: answer_within must be at least one second"],
    );
    check("offer_after = 0", &["line 1: offer_after starts at 1"]);
    check("offer_after = 1000", &["line 1…hides the person"]);
    check("offer_after = -1", &["line 1…whole number"]);
    check("off = [\"request.human\"]", &["line 1…always counts"]);
    check(
        "[only_plans]\n\"request.human\" = [\"vip\"]",
        &["line 2…always counts"],
    );
    check(
        "[weights]\n\"request.human\" = 0.1",
        &["line 2…always counts"],
    );
    check("show_human_button = false", &["line 1…always there"]);
    check(
        "off = [\"topic.complain\"]",
        &["line 1…does not exist; did you mean \"topic.complaint\"?"],
    );
    check(
        "off = [\"complaint\"]",
        &["did you mean \"topic.complaint\""],
    );
    check(
        "[teams]\n\"topic.bilingdispute\" = \"B\"",
        &["line 2…did you mean \"topic.billing_dispute\""],
    );
    check("[teams]\ntopic.complaint = \"B\"", &["line 2…in quotes"]);
    check(
        "[weights]\n\"topic.complaint\" = 9",
        &["line 2: topic.complaint is 9"],
    );
    check(
        "[priorities]\n\"topic.complaint\" = 12",
        &["line 2: topic.complaint is 12"],
    );
    check(
        "[refund_threshold]\ndollars = 3\ndefault = 1",
        &["line 2: dollars is no currency"],
    );
    check(
        "[refund_threshold]\nUSD = 3",
        &["line 1…needs a line `default"],
    );
    check("refund_threshold = 3", &["line 1…is a table"]);
    check("threshold = ", &["line 1"]);
    check(
        "partial_below = 0.2",
        &["line 1: partial_below must not lie under no_article_below (0.35)"],
    );
    let rule = |lines: &str| format!("threshold = 0.5\n\n[[rule]]\nname = \"a\"\n{lines}");
    check(&rule("when = 'contact.vip'\ndo = \"offer\""), &[]);
    check(
        &rule("when = 'contact.vip'\ndo = \"answer\""),
        &["line 6…never take a person away"],
    );
    check(
        &rule("when = 'contact.vip &&'\ndo = \"offer\""),
        &["line 5: when cannot be read"],
    );
    check(
        &rule("when = 'contact.age > 3'\ndo = \"offer\""),
        &["line 5: when asks for \"contact.age\""],
    );
    check(
        &rule("when = 'conversation.mood > 0.7'\ndo = \"escalate\""),
        &["line 5: when would hand over by mood alone"],
    );
    check(
        &rule("when = 'signal(\"sentiment.anger\") > 0.7'\ndo = \"escalate\""),
        &["line 5: when would hand over by mood alone"],
    );
    check(
        &rule("when = 'conversation.mood > 0.7'\ndo = \"offer\""),
        &[],
    );
    check(
        &rule(
            "when = 'contact.vip || conversation.mood > 0.7 && answer.match < 0.6'\ndo = \"escalate\"",
        ),
        &[],
    );
    check(&rule("do = \"offer\""), &["line 3…no line \"when\""]);
    check(
        &rule("when = 'true'\ndo = \"offer\"\nteem = \"x\""),
        &["line 7…did you mean \"team\""],
    );
    check("treshold = 1\nmod_weight = 2", &["line 1", "line 2"]);
}

#[test]
fn the_examples_of_the_operators_page_are_what_it_says() {
    let page = include_str!("../../../../docs/policy.md");
    let blocks: Vec<(&str, &str)> = page
        .split("\n```")
        .skip(1)
        .step_by(2)
        .filter_map(|block| block.split_once('\n'))
        .collect();
    let (mut sound, mut refused) = (0, 0);
    for (n, (kind, text)) in blocks.iter().enumerate() {
        match *kind {
            "toml" => {
                assert_ne!(read(text), Ok(Policy::default()), "{text}");
                assert!(read(text).is_ok(), "{text}\n{:?}", read(text));
                sound += 1;
            }
            "toml refused" => {
                let faults = read(text).unwrap_err();
                let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
                assert_eq!(told.join("\n"), blocks[n + 1].1, "{text}");
                refused += 1;
            }
            _ => {}
        }
    }
    assert!(
        sound >= 7 && refused >= 2,
        "{sound} sound, {refused} refused"
    );
}

#[test]
fn the_operators_page_names_every_reason_and_setting_of_a_rule() {
    let page = include_str!("../../../../docs/policy.md");
    for trigger in Trigger::ALL {
        let is_named = page.contains(trigger.name());
        let is_switchable = !matches!(trigger.group(), Group::Safety | Group::Policy);
        assert!(is_named || !is_switchable, "{trigger}");
    }
}

#[test]
fn a_policy_is_explained_in_words() {
    let said: Vec<String> = explain(&Policy::default())
        .iter()
        .map(|one| one.in_words(crate::words::Words::of("en")))
        .collect();
    let said = said.join("\n");
    for words in [
        "50 %",
        "20 %",
        "above 100",
        "7 days",
        "90 days",
        "“VIP customer” has priority 1",
    ] {
        assert!(said.contains(words), "{words} in\n{said}");
    }
}

prop_compose! {
    fn sound_policy()(
        threshold in 0.5..1.0_f64,
        mood_weight in 0.0..0.5_f64,
        spans in proptest::collection::vec(1..100_000_i64, 2),
        off in proptest::sample::subsequence(Trigger::ALL.to_vec(), 0..5),
        weight in 0.0..3.0_f64,
        name in "[ -~àé“]{0,12}[a-z]",
        amount in 0..1_000_000_i64,
    ) -> Policy {
        let mut policy = Policy {
            threshold,
            mood_weight,
            onboarding_ms: spans[0] * SECOND_MS,
            off: off.into_iter().filter(|trigger| *trigger != Trigger::RequestHuman).collect(),
            weights: [(Trigger::Complaint, weight)].into(),
            teams: [(Trigger::Vip, name.clone())].into(),
            only_inboxes: [(Trigger::MultiArea, vec![name.clone()])].into(),
            rules: vec![Rule {
                name: name.clone(),
                when: Condition::new("contact.plan == \"a'b\""),
                action: RuleAction::Clarify,
                team: Some(name.clone()),
                priority: 3,
                because: name,
            }],
            ..Policy::default()
        };
        policy.refund_threshold.insert("CHF".into(), amount);
        policy.timings.longest_wait_ms = spans[1] * SECOND_MS;
        policy
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_sound_policy_reads_back_from_its_toml_and_its_json(policy in sound_policy()) {
        prop_assert_eq!(read(&write(&policy)), Ok(policy.clone()));
        let json: Policy = serde_json::from_str(&serde_json::to_string(&policy).unwrap()).unwrap();
        prop_assert_eq!(json, policy);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[a-z_.=\\[\\]\"0-9\n ]{0,120}") {
        let _ = read(&text);
    }
}
