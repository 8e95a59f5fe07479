//! Why a conversation was handed over, what it is about, and what no article answers (P37).

use super::*;

#[test]
fn a_handoff_is_late_if_its_trigger_was_there_two_turns_before() {
    let with = |turns: usize, strength: f64| {
        let mut told = told();
        told.customer(1_000)
            .noticed(1_500, Trigger::Complaint, strength)
            .assistant(2_000);
        for turn in 0..turns as i64 {
            told.customer(10_000 * (turn + 1))
                .assistant(10_000 * (turn + 1) + 1_000);
        }
        told.hands_off(90_000, &[Trigger::Complaint]);
        told
    };
    assert!(!with(1, 0.9).case().handoffs[0].late, "one turn is not two");
    assert!(with(2, 0.9).case().handoffs[0].late);
    assert!(
        !with(2, 0.3).case().handoffs[0].late,
        "nobody could have seen it"
    );

    let mut offered = told();
    offered
        .customer(1_000)
        .decided(1_500, Action::Offer, &[Trigger::Complaint])
        .offers(2_000);
    offered
        .customer(10_000)
        .customer(20_000)
        .hands_off(30_000, &[Trigger::Complaint]);
    assert!(
        !offered.case().handoffs[0].late,
        "they could have had a person"
    );

    let mut failed = told();
    for n in 0..2 {
        let judged = Fact::AttemptJudged {
            attempt_id: id(50 + n),
            outcome: Outcome::DidNotHelp,
        };
        failed
            .customer(1_000)
            .assistant(2_000)
            .put(3_000, judged, None);
    }
    failed
        .customer(10_000)
        .customer(20_000)
        .hands_off(30_000, &[Trigger::FailedAttempts]);
    assert!(failed.case().handoffs[0].late);
}

#[test]
fn what_was_seen_in_words_outlives_them() {
    let mut told = told();
    told.customer(1_000).noticed(1_500, Trigger::Complaint, 0.9);
    told.customer(2_000)
        .customer(3_000)
        .hands_off(9_000, &[Trigger::Complaint]);
    let before = told.case();
    for event in &mut told.events {
        event.body = None;
    }
    told.put(20_000, Fact::Erased, None);
    let after = told.case_in(&Hours::always(), Some(&before));
    assert!(after.handoffs[0].late);
    assert_eq!(after.plan, "", "what was theirs is gone");
    assert_eq!(after.handoffs[0].ended.unwrap().1, End::Erased);
    assert_eq!(after.unanswered, vec![]);
}

#[test]
fn a_topic_is_the_articles_else_the_rules() {
    let mut told = told();
    let suggested = Fact::AttemptMade {
        attempt_id: id(60),
        article_id: Some(ArticleId::new(BEGAN, 61)),
    };
    told.customer(1_000)
        .decided(1_100, Action::Offer, &[Trigger::Complaint]);
    assert_eq!(told.case().topic, "complaint");
    told.put(2_000, suggested, None);
    let case = told.case();
    assert_eq!(case.topic, "returns");
    let gone = Known {
        hours: &Hours::always(),
        plan: "",
        topic_of: &|_| None,
        before: Some(&case),
    };
    let again = Case::of(&case.conversation_id, &told.events, gone).unwrap();
    assert_eq!(
        again.topic, "returns",
        "the article is gone, what it was about is known"
    );
}

#[test]
fn an_unanswered_question_is_the_customers_last_word() {
    let mut told = told();
    told.customer(1_000)
        .decided(1_100, Action::Offer, &[Trigger::NoArticle]);
    told.decided(1_200, Action::Offer, &[Trigger::NoArticle]);
    told.customer(5_000)
        .decided(5_100, Action::Offer, &[Trigger::Complaint]);
    let case = told.case();
    assert_eq!(case.unanswered.len(), 1, "one question counts once");
    assert_eq!(
        (case.unanswered[0].seq, case.unanswered[0].why),
        (2, Trigger::NoArticle)
    );
}

#[test]
fn what_goes_to_a_human_anyway_is_no_gap_of_the_articles() {
    for beyond in [
        Trigger::RequestHuman,
        Trigger::BillingDispute,
        Trigger::AccountChange,
    ] {
        let mut told = told();
        let reasons = [Trigger::NoArticle, beyond];
        told.customer(1_000)
            .decided(1_100, Action::Escalate, &reasons);
        assert_eq!(told.case().unanswered, vec![], "{beyond}");
    }
}

#[test]
fn a_question_that_the_assistant_had_to_pass_is_unanswered() {
    let mut told = told();
    told.customer(1_000).decided(1_100, Action::Answer, &[]);
    told.offers(1_100);
    if let Some(Fact::MessageAdded(message)) = told.events.last_mut().map(|it| &mut it.fact) {
        message.template = Some(ABSTAINED.into());
    }
    let case = told.case();
    assert_eq!(case.unanswered.len(), 1, "the decision saw nothing of it");
    assert_eq!(
        (case.unanswered[0].seq, case.unanswered[0].why),
        (2, Trigger::NoArticle)
    );
}
