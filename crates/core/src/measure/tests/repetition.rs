//! Who has to say things again (P35).

use super::*;
use crate::guard::Retold;

impl Told {
    /// What the last message is called.
    fn last_message(&self) -> MessageId {
        let messages = self.events.iter().rev().filter_map(|it| match &it.fact {
            Fact::MessageAdded(message) => Some(message.message_id.clone()),
            _ => None,
        });
        messages.into_iter().next().expect("somebody wrote")
    }

    fn repeats(&mut self, how: Repetition, what: Retold, of: Option<MessageId>) -> &mut Self {
        let fact = Fact::CustomerRepeated {
            message_id: self.last_message(),
            of,
            how,
            what,
        };
        self.put(5 * MINUTE_MS, fact, None)
    }

    fn sends_despite(&mut self, guard: Guard, of: Option<MessageId>) -> &mut Self {
        let fact = Fact::SentDespite {
            message_id: self.last_message(),
            guard,
            of,
        };
        self.put(5 * MINUTE_MS, fact, None)
    }
}

#[test]
fn each_way_of_saying_it_again_is_a_figure_of_its_own() {
    let mut told = answered(MINUTE_MS);
    told.customer(2 * MINUTE_MS);
    assert_eq!(parts_of(told.figures().repetition.repeated), (0, 1));
    told.repeats(Repetition::Restated, Retold::Issue, None);
    let issue = told.figures().repetition;
    assert_eq!(parts_of(issue.retold_issue), (1, 1));
    assert_eq!(parts_of(issue.retold_facts), (0, 1));
    told.repeats(Repetition::Said, Retold::Facts, None);
    told.repeats(Repetition::Restated, Retold::Facts, None);
    let all = told.figures().repetition;
    assert_eq!(parts_of(all.said), (1, 1));
    assert_eq!(parts_of(all.restated), (1, 1), "both are one customer");
    assert_eq!(parts_of(all.retold_facts), (1, 1));
    assert_eq!(parts_of(all.repeated), (1, 1));
    assert_eq!(parts_of(all.agents), (0, 1), "no agent's doing");
}

#[test]
fn what_an_agent_asks_and_tries_again_is_told_apart() {
    let mut told = answered(MINUTE_MS);
    told.sends_despite(Guard::ColdGreeting, None);
    let rude = told.figures().repetition;
    assert_eq!(parts_of(rude.agents), (0, 1), "rude, but no question");
    told.sends_despite(Guard::RepeatsAttempt, None);
    let tried = told.figures().repetition;
    assert_eq!(parts_of(tried.tried_again), (1, 1));
    assert_eq!(parts_of(tried.asked_again), (0, 1));
    told.sends_despite(Guard::AsksAgain, None);
    let both = told.figures().repetition;
    assert_eq!(parts_of(both.asked_again), (1, 1));
    assert_eq!(parts_of(both.agents), (1, 1), "one handoff");
    assert_eq!(parts_of(both.repeated), (0, 0), "the customer was silent");
}

#[test]
fn a_repetition_keeps_the_places_of_both_messages() {
    let mut told = told();
    let first = told.customer(SECOND_MS).last_message();
    told.hands_off(2 * SECOND_MS, &[Trigger::Complaint]);
    told.accepts(MINUTE_MS).customer(2 * MINUTE_MS);
    told.repeats(Repetition::Restated, Retold::Facts, Some(first.clone()));
    told.replies(3 * MINUTE_MS);
    told.sends_despite(Guard::AsksAgain, Some(first));
    told.sends_despite(Guard::AsksAgain, None);
    let case = told.case();
    let found: Vec<(Again, u64, Option<u64>)> = case.handoffs[0]
        .repetitions
        .iter()
        .map(|it| (it.kind, it.seq, it.of))
        .collect();
    assert_eq!(
        found,
        [
            (Again::RetoldFacts, 5, Some(2)),
            (Again::Asked, 7, Some(2)),
            (Again::Asked, 7, None),
        ]
    );
}

#[test]
fn what_is_noticed_late_counts_for_the_handoff_it_was_said_in() {
    let mut told = answered(MINUTE_MS);
    told.customer(2 * MINUTE_MS);
    told.hands_off(4 * MINUTE_MS, &[Trigger::Complaint]);
    told.repeats(Repetition::Restated, Retold::Facts, None);
    let case = told.case();
    let counts: Vec<usize> = case
        .handoffs
        .iter()
        .map(|it| it.repetitions.len())
        .collect();
    assert_eq!(counts, [1, 0]);
}

#[test]
fn of_very_many_repetitions_the_first_are_kept_and_one_of_each_kind() {
    let mut told = answered(MINUTE_MS);
    told.customer(2 * MINUTE_MS);
    for _ in 0..40 {
        told.repeats(Repetition::Said, Retold::Facts, None);
    }
    told.sends_despite(Guard::RepeatsAttempt, None);
    let case = told.case();
    assert_eq!(case.handoffs[0].repetitions.len(), 21);
    assert!(case.handoffs[0].has(Again::Tried));
}
