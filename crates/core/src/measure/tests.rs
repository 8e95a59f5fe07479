//! Each measure on histories written by hand, with the answer known beforehand.

use std::collections::BTreeMap;

use super::*;
use crate::attempt::Outcome;
use crate::decide::{Action, Decision, Effect, Reason, Target};
use crate::event::{
    ABSTAINED, AgentName, Body, Channel, Disposition, Event, Fact, Knowable, Message, ResolvedBy,
    Role,
};
use crate::forecast::Promise;
use crate::guard::{Guard, Repetition};
use crate::ids::{AgentId, ArticleId, ConversationId, Id, MessageId};
use crate::signal::Trigger;
use crate::time::{DAY_MS, HOUR_MS, Hours, MINUTE_MS, SECOND_MS, Span, Timestamp};

/// Monday 2027-01-18, 08:00 UTC.
const BEGAN: Timestamp = Timestamp::from_millis(1_800_259_200_000);
/// So late that nothing is open any more.
const LATER: Timestamp = Timestamp::from_millis(BEGAN.as_millis() + 60 * DAY_MS);

fn id<K: crate::ids::Kind>(n: u128) -> Id<K> {
    Id::new(BEGAN, n)
}

/// A history under the pen: each line says how long after the beginning it happened.
struct Told {
    events: Vec<Event>,
    handoffs: u128,
    channel: Channel,
}

fn told() -> Told {
    by(Channel::Chat)
}

fn by(channel: Channel) -> Told {
    let started = Fact::Started {
        inbox_id: id(1),
        contact_id: id(2),
        language: "en".into(),
        channel,
    };
    let mut told = Told {
        events: vec![],
        handoffs: 0,
        channel,
    };
    told.put(0, started, None);
    told
}

fn maya() -> AgentName {
    AgentName {
        id: AgentId::new(BEGAN, 7),
        name: "Maya".into(),
    }
}

impl Told {
    fn put(&mut self, after_ms: i64, fact: Fact, body: Option<Body>) -> &mut Self {
        self.events.push(Event {
            seq: self.events.len() as u64 + 1,
            at: BEGAN.plus(after_ms),
            epoch: 1,
            fact,
            body,
        });
        self
    }

    fn says(&mut self, after_ms: i64, role: Role) -> &mut Self {
        let message = Message {
            message_id: MessageId::new(BEGAN, self.events.len() as u128),
            role,
            agent: (role == Role::Agent).then(maya),
            private: false,
            template: None,
            client_message_id: None,
            attempt_id: None,
            offers_person: false,
            channel: self.channel,
        };
        self.put(after_ms, Fact::MessageAdded(message), None)
    }

    fn customer(&mut self, after_ms: i64) -> &mut Self {
        self.says(after_ms, Role::Customer)
    }

    fn assistant(&mut self, after_ms: i64) -> &mut Self {
        self.says(after_ms, Role::Assistant)
    }

    fn replies(&mut self, after_ms: i64) -> &mut Self {
        self.says(after_ms, Role::Agent)
    }

    fn offers(&mut self, after_ms: i64) -> &mut Self {
        self.assistant(after_ms);
        if let Some(Fact::MessageAdded(message)) = self.events.last_mut().map(|it| &mut it.fact) {
            message.offers_person = true;
        }
        self
    }

    fn decided(&mut self, after_ms: i64, action: Action, reasons: &[Trigger]) -> &mut Self {
        let decided = Fact::Decided {
            decision_id: id(40),
            action,
            reasons: reasons.to_vec(),
        };
        self.put(after_ms, decided, None)
    }

    /// A decision that saw a trigger too weakly to act on it.
    fn noticed(&mut self, after_ms: i64, trigger: Trigger, strength: f64) -> &mut Self {
        let reason = Reason {
            trigger,
            rule: None,
            strength,
            contribution: strength,
            effect: Effect::TooWeak,
            evidence: vec![],
        };
        let decision = Decision {
            action: Action::Answer,
            target: Target::default(),
            priority: 0,
            reasons: vec![reason],
            score: 0.0,
            calm_threshold: 0.0,
            mood: 0.0,
            threshold: 0.0,
            margin: 0.0,
            counterfactual: None,
            would_change: vec![],
            policy_version: 1,
        };
        self.decided(after_ms, Action::Answer, &[]);
        if let Some(last) = self.events.last_mut() {
            last.body = Some(Body {
                decision: Some(Box::new(decision)),
                ..Body::default()
            });
        }
        self
    }

    fn hands_off(&mut self, after_ms: i64, reasons: &[Trigger]) -> &mut Self {
        self.promises(after_ms, reasons, None)
    }

    fn promises(&mut self, after_ms: i64, reasons: &[Trigger], minutes: Option<u32>) -> &mut Self {
        self.handoffs += 1;
        let promise = minutes.map(|minutes| Promise {
            at: BEGAN.plus(after_ms),
            minutes,
            p90_ms: i64::from(minutes) * MINUTE_MS,
            n: 9,
            basis: None,
        });
        let fact = Fact::HandedOff {
            handoff_id: id(100 + self.handoffs),
            reasons: reasons.to_vec(),
            promise,
            needs: Default::default(),
        };
        self.put(after_ms, fact, None)
    }

    fn accepts(&mut self, after_ms: i64) -> &mut Self {
        let accepted = Fact::Accepted {
            agent: maya(),
            units: 1,
        };
        self.put(after_ms, accepted, None)
    }

    fn ends(&mut self, after_ms: i64, disposition: Disposition) -> &mut Self {
        let resolved = Fact::Resolved {
            by: ResolvedBy::Agent { agent: maya() },
            disposition: Some(disposition),
            knowable: None,
            handoff_id: None,
        };
        self.put(after_ms, resolved, None)
    }

    fn rates(&mut self, after_ms: i64, score: u8, repeated: Option<bool>) -> &mut Self {
        self.put(after_ms, Fact::Rated { score, repeated }, None)
    }

    fn case(&self) -> Case {
        self.case_in(&Hours::always(), None)
    }

    fn case_in(&self, hours: &Hours, before: Option<&Case>) -> Case {
        let known = Known {
            hours,
            plan: "team",
            topic_of: &|_| Some("returns".into()),
            before,
        };
        Case::of(&ConversationId::new(BEGAN, 3), &self.events, known).expect("it began")
    }

    fn tally(&self) -> Tally {
        self.tally_at(LATER)
    }

    fn tally_at(&self, now: Timestamp) -> Tally {
        total(&self.case(), now)
    }

    fn figures(&self) -> Figures {
        Figures::of(&self.tally(), &BTreeMap::new())
    }
}

fn total(case: &Case, now: Timestamp) -> Tally {
    let cells: Vec<_> = case.counts(&Hours::always(), now).into_iter().collect();
    sum(&cells)
}

/// Handed over after a question and answered.
fn answered(wait_ms: i64) -> Told {
    let mut told = told();
    told.customer(SECOND_MS).assistant(2 * SECOND_MS);
    told.decided(9 * SECOND_MS, Action::Escalate, &[Trigger::Complaint]);
    told.hands_off(10 * SECOND_MS, &[Trigger::Complaint]);
    told.accepts(10 * SECOND_MS + wait_ms / 2);
    told.replies(10 * SECOND_MS + wait_ms);
    told
}

fn reopened() -> Fact {
    Fact::Reopened {
        agent: None,
        units: 0,
        declined: vec![],
    }
}

fn parts_of(share: Share) -> (u32, u32) {
    (share.k, share.n)
}

#[test]
fn who_served_a_customer_follows_from_who_spoke() {
    let mut alone = told();
    alone.customer(1_000).assistant(2_000).rates(9_000, 5, None);
    let mut both = answered(60_000);
    both.ends(100_000, Disposition::Solved)
        .rates(110_000, 2, Some(true));
    let mut human = told();
    human
        .customer(1_000)
        .hands_off(2_000, &[Trigger::RequestHuman]);
    human.replies(50_000).rates(110_000, 4, Some(false));
    let mut all = alone.tally();
    all.merge(&both.tally(), 1);
    all.merge(&human.tally(), 1);
    let figures = Figures::of(&all, &BTreeMap::new());
    assert_eq!(figures.csat.assistant.scores, [0, 0, 0, 0, 1]);
    assert_eq!(figures.csat.handoff.scores, [0, 1, 0, 0, 0]);
    assert_eq!(figures.csat.human.scores, [0, 0, 0, 1, 0]);
    assert_eq!(figures.csat.handoff.satisfied, Some(0.0));
    assert_eq!(
        parts_of(figures.repeated),
        (1, 2),
        "the assistant's customer was not asked"
    );
}

#[test]
fn satisfaction_is_compared_over_the_same_topics() {
    use ServedBy::{Assistant, Handoff};
    let mut topics = BTreeMap::<String, Tally>::new();
    let mut rate = |topic: &str, by, satisfied: i64, others: i64| {
        let tally = topics.entry(topic.into()).or_default();
        tally.add(Count::Rated(by, 5), satisfied);
        tally.add(Count::Rated(by, 1), others);
    };
    // The assistant has many easy ones; handoffs are mostly hard. On each topic it is alike.
    rate("easy", Assistant, 90, 10);
    rate("easy", Handoff, 9, 1);
    rate("hard", Assistant, 5, 5);
    rate("hard", Handoff, 20, 20);
    rate("only handed over", Handoff, 0, 10);
    rate("", Assistant, 0, 100);
    let mut all = Tally::default();
    for tally in topics.values() {
        all.merge(tally, 1);
    }
    let csat = Figures::of(&all, &topics).csat;
    let matched = csat.assistant_matched.unwrap();
    // 10/50 of 0.9 and 40/50 of 0.5.
    assert!((matched.satisfied - 0.58).abs() < 1e-9, "{matched:?}");
    assert_eq!(parts_of(matched.handoff), (29, 50));
    assert!((matched.covered - 50.0 / 60.0).abs() < 1e-9);
    assert!(matched.low < 0.58 && matched.high > 0.58);
    assert_eq!(csat.human_matched, None);
}

#[test]
fn a_wait_counts_from_the_queue_to_the_first_human_word() {
    let figures = answered(4 * MINUTE_MS).figures();
    let all = &figures.responses.all;
    assert_eq!((all.n, parts_of(all.target)), (1, (1, 1)));
    assert!((240_000..=248_000).contains(&all.p50_ms.unwrap()));
    let late = answered(6 * MINUTE_MS).figures().responses.all;
    assert_eq!(parts_of(late.target), (0, 1));
    let mut noted = told();
    noted.hands_off(0, &[]).says(1_000, Role::System);
    assert_eq!(noted.figures().responses.all.n, 0, "the system is nobody");
}

#[test]
fn closed_doors_stop_the_clock_of_the_open_hours_only() {
    // 09:00 to 17:00; the customer comes at 08:00 and is answered at 09:03.
    let day = vec![Span {
        opens_min: 540,
        closes_min: 1_020,
    }];
    let hours = Hours {
        zone: "UTC".into(),
        week: std::array::from_fn(|_| day.clone()),
        holidays: vec![],
    };
    let mut told = told();
    told.hands_off(0, &[Trigger::Vip])
        .replies(HOUR_MS + 3 * MINUTE_MS);
    let case = told.case_in(&hours, None);
    assert_eq!(case.handoffs[0].open_wait_ms, Some(3 * MINUTE_MS));
    let figures = Figures::of(&total(&case, LATER), &BTreeMap::new());
    assert_eq!(parts_of(figures.responses.all.target), (0, 1));
    assert_eq!(parts_of(figures.responses.open.target), (1, 1));
}

#[test]
fn who_still_waits_counts_once_the_target_is_over() {
    let mut told = told();
    told.hands_off(0, &[Trigger::Vip]);
    let at = |now| {
        let figures = Figures::of(&told.tally_at(now), &BTreeMap::new());
        let target = parts_of(figures.responses.all.target);
        (figures.responses.waiting, target)
    };
    assert_eq!(at(BEGAN.plus(5 * MINUTE_MS)), (1, (0, 0)));
    assert_eq!(at(BEGAN.plus(5 * MINUTE_MS + 1)), (1, (0, 1)));
}

#[test]
fn leaving_before_a_word_is_abandoning_and_asking_for_mail_is_not() {
    let mut left = told();
    left.hands_off(0, &[Trigger::Vip]);
    left.put(2 * MINUTE_MS, Fact::HandoffCancelled, None);
    let responses = left.figures().responses;
    assert_eq!(parts_of(responses.abandoned), (1, 1));
    assert_eq!(responses.left_after.n, 1);
    assert_eq!(responses.all.target.n, 0, "two minutes say nothing of five");

    let mut by_mail = told();
    by_mail.hands_off(0, &[Trigger::Vip]);
    let chosen = Fact::EmailChosen {
        reply_due_at: BEGAN.plus(8 * HOUR_MS),
    };
    by_mail.put(MINUTE_MS, chosen, None).replies(7 * HOUR_MS);
    let responses = by_mail.figures().responses;
    assert_eq!(parts_of(responses.abandoned), (0, 0));
    assert_eq!(responses.all.n, 0, "nobody sat and waited");
    assert_eq!(parts_of(responses.mail_kept), (1, 1));

    let mut nobody_came = told();
    let limit = Fact::Resolved {
        by: ResolvedBy::WaitLimit,
        disposition: None,
        knowable: None,
        handoff_id: None,
    };
    nobody_came
        .hands_off(0, &[Trigger::Vip])
        .put(HOUR_MS, limit, None);
    let responses = nobody_came.figures().responses;
    assert_eq!(parts_of(responses.unserved), (1, 1));
    assert_eq!(parts_of(responses.abandoned), (0, 1));
    assert_eq!(parts_of(responses.all.target), (0, 1));
}

#[test]
fn a_promise_is_kept_broken_or_open_and_by_how_much() {
    let with = |reply_min: Option<i64>, left_min: Option<i64>| {
        let mut told = told();
        told.promises(0, &[Trigger::Vip], Some(10));
        if let Some(minutes) = reply_min {
            told.replies(minutes * MINUTE_MS);
        }
        if let Some(minutes) = left_min {
            told.put(minutes * MINUTE_MS, Fact::HandoffCancelled, None);
        }
        told
    };
    let kept = with(Some(4), None).figures().promises;
    assert_eq!((kept.n, kept.kept, kept.early_p50_min), (1, 1, Some(6)));
    let broken = with(Some(25), None).figures().promises;
    assert_eq!(
        (broken.n, broken.kept, broken.late_p50_min),
        (1, 0, Some(15))
    );
    assert_eq!(
        with(None, Some(3)).figures().promises.n,
        0,
        "left before it was over"
    );
    assert_eq!(
        with(None, Some(11)).figures().promises.n,
        1,
        "left when it was broken"
    );
    let waits = with(None, None);
    let n = |min| {
        waits
            .tally_at(BEGAN.plus(min * MINUTE_MS))
            .get(Count::PromiseKnown)
    };
    assert_eq!((n(10), n(11)), (0, 1));
}

#[test]
fn solved_is_durable_when_its_week_is_over_and_nothing_came_back() {
    let mut held = answered(MINUTE_MS);
    held.ends(HOUR_MS, Disposition::Workaround);
    let at = |told: &Told, now| {
        let tally = told.tally_at(now);
        (tally.get(Count::Durable), tally.get(Count::Ripe))
    };
    let week_ends = BEGAN.plus(HOUR_MS + DURABLE_MS);
    assert_eq!(at(&held, week_ends), (0, 0), "its week is not over");
    assert_eq!(at(&held, week_ends.plus(1)), (1, 1));

    let mut back = answered(MINUTE_MS);
    back.ends(HOUR_MS, Disposition::Solved);
    back.put(3 * DAY_MS, reopened(), None);
    assert_eq!(
        at(&back, BEGAN.plus(4 * DAY_MS)),
        (0, 0),
        "all wait for their week"
    );
    assert_eq!(at(&back, LATER), (0, 1));
    assert_eq!(parts_of(back.figures().resolution.reopened), (1, 1));

    let mut late = answered(MINUTE_MS);
    late.ends(HOUR_MS, Disposition::Solved);
    late.put(9 * DAY_MS, reopened(), None);
    assert_eq!(
        at(&late, LATER),
        (1, 1),
        "after its week it is another matter"
    );

    let mut again = held.case();
    again.handoffs[0].at = BEGAN.plus(2 * DAY_MS);
    let mut theirs = [held.case(), again];
    find_returns(&mut theirs);
    assert_eq!(total(&theirs[0], LATER).get(Count::Durable), 0, "elsewhere");
    assert_eq!(theirs[1].handoffs[0].came_back_at, None);
    theirs[1].topic = "another".into();
    find_returns(&mut theirs);
    assert_eq!(
        total(&theirs[0], LATER).get(Count::Durable),
        1,
        "about something else"
    );
}

#[test]
fn solved_is_of_those_whose_end_is_known() {
    let end = |disposition| {
        let mut told = answered(MINUTE_MS);
        told.ends(HOUR_MS, disposition);
        parts_of(told.figures().resolution.solved)
    };
    assert_eq!(end(Disposition::Solved), (1, 1));
    assert_eq!(end(Disposition::Workaround), (1, 1));
    assert_eq!(end(Disposition::ProductProblem), (0, 1));
    assert_eq!(end(Disposition::NoReply), (0, 0));
    assert_eq!(end(Disposition::OutOfScope), (0, 0));
}

#[test]
fn a_verdict_says_whether_it_took_a_person() {
    let verdict = |knowable, disposition| {
        let mut told = answered(MINUTE_MS);
        let resolved = Fact::Resolved {
            by: ResolvedBy::Agent { agent: maya() },
            disposition: Some(disposition),
            knowable,
            handoff_id: None,
        };
        told.put(HOUR_MS, resolved, None);
        parts_of(told.figures().needless)
    };
    assert_eq!(verdict(None, Disposition::Solved), (0, 0), "nobody said");
    assert_eq!(verdict(Some(Knowable::No), Disposition::Solved), (0, 1));
    assert_eq!(
        verdict(Some(Knowable::ArticleMissing), Disposition::Solved),
        (1, 1)
    );
    assert_eq!(verdict(None, Disposition::Needless), (1, 1));
}

#[test]
fn a_handoff_of_more_than_three_days_is_stuck() {
    let open = answered(MINUTE_MS);
    let stuck = |told: &Told, now| {
        let tally = told.tally_at(now);
        (tally.get(Count::Stuck), tally.get(Count::StuckKnown))
    };
    assert_eq!(stuck(&open, BEGAN.plus(2 * DAY_MS)), (0, 0));
    assert_eq!(stuck(&open, BEGAN.plus(4 * DAY_MS)), (1, 1));
    let mut quick = answered(MINUTE_MS);
    quick.ends(HOUR_MS, Disposition::Solved);
    assert_eq!(stuck(&quick, LATER), (0, 1));
}

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

#[test]
fn who_says_it_again_is_noticed_by_what_they_do() {
    let mut told = answered(MINUTE_MS);
    told.customer(2 * MINUTE_MS);
    assert_eq!(parts_of(told.figures().repetition.repeated), (0, 1));
    let repeated = |how| Fact::CustomerRepeated {
        message_id: id(70),
        of: None,
        how,
    };
    told.put(3 * MINUTE_MS, repeated(Repetition::Said), None);
    told.put(3 * MINUTE_MS, repeated(Repetition::Restated), None);
    let despite = |guard| Fact::SentDespite {
        message_id: id(71),
        guard,
        of: None,
    };
    told.put(4 * MINUTE_MS, despite(Guard::ColdGreeting), None);
    assert_eq!(
        parts_of(told.figures().repetition.asked_again),
        (0, 1),
        "rude, but no question"
    );
    told.put(4 * MINUTE_MS, despite(Guard::AsksAgain), None);
    let repetition = told.figures().repetition;
    assert_eq!(
        parts_of(repetition.repeated),
        (1, 1),
        "both ways are one customer"
    );
    assert_eq!(parts_of(repetition.said), (1, 1));
    assert_eq!(parts_of(repetition.asked_again), (1, 1));
}

#[test]
fn an_agents_time_is_what_their_messages_took() {
    let mut told = told();
    told.hands_off(0, &[Trigger::Vip])
        .accepts(MINUTE_MS)
        .replies(3 * MINUTE_MS);
    // The customer is away for an hour; that is not the agent's time.
    told.customer(63 * MINUTE_MS).replies(65 * MINUTE_MS);
    // And this gap is cut.
    told.replies(200 * MINUTE_MS);
    assert_eq!(told.case().handoffs[0].work_ms, (2 + 2 + 10) * MINUTE_MS);
}

#[test]
fn days_are_those_on_the_wall() {
    let mut told = told();
    told.events[0].at = Timestamp::parse("2027-01-18T23:30:00Z").unwrap();
    let hours = Hours {
        zone: "Europe/Berlin".into(),
        ..Hours::always()
    };
    let case = told.case_in(&hours, None);
    let key = case.counts(&hours, LATER).into_keys().next().unwrap();
    assert_eq!(
        hours.day_begins(key.day).date("Europe/Berlin"),
        "2027-01-19"
    );
}

#[test]
fn counts_change_only_when_they_say_so() {
    let mut told = told();
    told.promises(0, &[Trigger::Vip], Some(10));
    let check = |case: &Case, moments: usize| {
        let (mut now, mut seen) = (BEGAN, 0);
        while let Some(next) = case.changes_after(now) {
            let counts = |at| case.counts(&Hours::always(), at);
            assert_eq!(counts(now), counts(next.plus(-1)), "until {next}");
            (now, seen) = (next, seen + 1);
        }
        assert_eq!(seen, moments);
        assert_eq!(total(case, now), total(case, LATER));
    };
    check(&told.case(), 3);
    told.replies(MINUTE_MS).ends(HOUR_MS, Disposition::Solved);
    check(&told.case(), 1);
}

#[test]
fn counts_survive_being_written_down_and_being_taken_away() {
    let mut told = answered(9 * MINUTE_MS);
    told.ends(HOUR_MS, Disposition::Solved)
        .rates(HOUR_MS + 1, 4, Some(true));
    let tally = told.tally();
    assert_eq!(Tally::parse(&tally.to_text()), Some(tally.clone()));
    let mut sum = tally.clone();
    sum.merge(&tally, -1);
    assert!(sum.is_empty());
    assert_eq!(Tally::parse("1:2 x"), None);
}

#[test]
fn a_period_is_taken_apart_by_what_each_is_about() {
    let mut cells = vec![];
    let day = Hours::always().day(BEGAN);
    for n in 0..40 {
        let mut told = told();
        told.customer(1_000);
        if n % 4 == 0 {
            told.hands_off(9_000, &[Trigger::Vip, Trigger::Complaint]);
        }
        cells.extend(told.case().counts(&Hours::always(), LATER));
    }
    let by_trigger = parts(&cells, Side::Trigger, day..day + 1);
    let named: Vec<(&str, u32, u32)> = by_trigger
        .iter()
        .map(|part| (part.name.as_str(), part.handoffs, part.escalated.n))
        .collect();
    assert_eq!(
        named,
        [("customer.vip", 10, 40), ("topic.complaint", 10, 40)]
    );
    let begun = by_trigger.iter().map(|part| part.conversations);
    assert_eq!(begun.collect::<Vec<_>>(), [10, 0], "by the main reason");
    let by_plan = parts(&cells, Side::Plan, day..day + 1);
    assert_eq!(parts_of(by_plan[0].escalated), (10, 40));
    assert_eq!(parts(&cells, Side::Plan, day + 1..day + 2), vec![]);
}
