use proptest::prelude::*;

use super::*;
use crate::route::{Agent, Floor, Overflow, Routing, Team};

fn conversation(n: u128) -> ConversationId {
    ConversationId::new(Timestamp::from_millis(0), n)
}
fn contact(n: u128) -> ContactId {
    ContactId::new(Timestamp::from_millis(0), n)
}
fn team(n: u128) -> TeamId {
    TeamId::new(Timestamp::from_millis(0), n)
}
fn waiting(n: u128, queued_at: i64) -> Waiting {
    Waiting {
        conversation_id: conversation(n),
        contact_id: contact(n),
        queued_at: Timestamp::from_millis(queued_at),
        asked_since: Timestamp::from_millis(queued_at),
        by_email: false,
        language: "en".into(),
        needs: Needs::default(),
        invited: None,
        passed_by: vec![],
        away: false,
        kept: false,
    }
}
fn of_priority(level: u8, waiting: Waiting) -> Waiting {
    let needs = Needs {
        priority: Priority::new(level),
        ..waiting.needs
    };
    Waiting { needs, ..waiting }
}
fn for_team(n: u128, waiting: Waiting) -> Waiting {
    let needs = Needs {
        team: Some(team(n)),
        ..waiting.needs
    };
    Waiting { needs, ..waiting }
}
fn ordered(mut queue: Vec<Waiting>) -> Vec<u128> {
    order(&mut queue);
    let number = |it: &Waiting| (0..100).find(|n| it.conversation_id == conversation(*n));
    queue.iter().filter_map(number).collect()
}

#[test]
fn nobody_is_overtaken_by_an_equal_who_came_later() {
    assert_eq!(
        ordered(vec![waiting(1, 30), waiting(2, 10), waiting(3, 20)]),
        [2, 3, 1]
    );
}

#[test]
fn a_priority_is_a_head_start_and_no_more() {
    let urgent = |at| of_priority(1, waiting(2, at));
    let order_of = |at| ordered(vec![waiting(1, 0), urgent(at)]);
    assert_eq!(order_of(HEAD_START_MS - 1), [2, 1]);
    assert_eq!(order_of(HEAD_START_MS + 1), [1, 2], "attack case 89");
    let first = |level, at| ordered(vec![waiting(1, 0), of_priority(level, waiting(2, at))])[0];
    assert_eq!(first(3, 3 * HEAD_START_MS - 1), 2);
    assert_eq!(first(9, LONGEST_HEAD_START_MS + 1), 1);
    assert_eq!(Priority::new(200).level(), HIGHEST_PRIORITY);
}

#[test]
fn an_answer_by_email_lets_three_hours_of_live_ones_pass() {
    let mail = Waiting {
        by_email: true,
        ..waiting(1, 0)
    };
    let order_of = |at| ordered(vec![mail.clone(), waiting(2, at)]);
    assert_eq!(order_of(EMAIL_BEHIND_MS - 1), [2, 1]);
    assert_eq!(order_of(EMAIL_BEHIND_MS + 1), [1, 2]);
}

/// Attack case 62: who asks for people again and again waits behind everybody else.
#[test]
fn nobody_fills_the_queue_alone() {
    let mut queue: Vec<_> = (1..=5)
        .map(|n| {
            let one = Waiting {
                contact_id: contact(99),
                ..waiting(n, n as i64)
            };
            of_priority(1, one)
        })
        .collect();
    queue.extend([waiting(6, 60), waiting(7, 70)]);
    assert_eq!(ordered(queue), [1, 6, 7, 2, 3, 4, 5]);
}

/// Two teams, the second helping the first after ten minutes.
fn two_teams() -> Floor {
    let name = |n: u128| Team {
        id: team(n),
        name: format!("Team {n}"),
        overflow: (n == 1).then(|| Overflow {
            to: team(2),
            after_ms: 10 * MINUTE_MS,
        }),
    };
    let member = |n: u128| Agent {
        id: AgentId::new(Timestamp::from_millis(0), n),
        is_there: true,
        takes_new: true,
        capacity: 2,
        busy: 0,
        last_accepted_at: None,
        teams: vec![team(n)],
        skills: vec![],
        languages: vec![],
    };
    Floor::new(
        vec![name(1), name(2)],
        vec![member(1), member(2)],
        Routing::default(),
    )
}

fn positions(queue: &mut [Waiting], minutes: i64) -> Vec<(u32, u32)> {
    order(queue);
    let now = Timestamp::from_millis(minutes * MINUTE_MS);
    let places = places(queue, &two_teams(), now);
    places
        .iter()
        .map(|place| (place.position, place.urgent_ahead))
        .collect()
}

#[test]
fn a_place_counts_those_before_that_the_same_people_answer() {
    let mut queue = vec![
        for_team(1, waiting(1, 10)),
        for_team(2, waiting(2, 20)),
        for_team(2, waiting(3, 30)),
        waiting(4, 40),
        for_team(1, waiting(5, 50)),
    ];
    let of_each = |queue: &mut Vec<_>, minutes| -> Vec<u32> {
        let places = positions(queue, minutes);
        places.iter().map(|(position, _)| *position).collect()
    };
    assert_eq!(of_each(&mut queue, 1), [1, 1, 2, 4, 3]);
    // After ten minutes the second team helps the first out, and counts its people too.
    assert_eq!(of_each(&mut queue, 11), [1, 2, 3, 4, 5]);
}

#[test]
fn who_is_more_urgent_and_came_later_is_counted_apart() {
    let mut queue = vec![
        waiting(1, 10),
        of_priority(1, waiting(2, 5)),
        of_priority(1, waiting(3, 20)),
        of_priority(2, waiting(4, 30)),
        waiting(5, 25),
    ];
    assert_eq!(ordered(queue.clone()), [4, 2, 3, 1, 5]);
    assert_eq!(
        positions(&mut queue, 0),
        [(1, 0), (2, 1), (3, 1), (4, 2), (5, 1)]
    );
}

prop_compose! {
    fn any_wait()(
        n in 1u128..60, who in 0u128..30, minutes in 0i64..400, level in 0u8..10, by_email: bool,
        in_team in 0u128..3,
    ) -> Waiting {
        let mut wait = of_priority(level, waiting(n, minutes * MINUTE_MS));
        wait.contact_id = contact(who);
        wait.by_email = by_email;
        wait.needs.team = (in_team > 0).then(|| team(in_team));
        wait
    }
}

fn any_queue() -> impl Strategy<Value = Vec<Waiting>> {
    prop::collection::vec(any_wait(), 1..40).prop_map(|mut queue| {
        let mut seen = HashSet::new();
        queue.retain(|wait| seen.insert(wait.conversation_id.clone()));
        order(&mut queue);
        queue
    })
}

proptest! {
    /// Attack case 89, for any queue: of two customers' first conversations the one that
    /// came earlier by more than the head start of the other goes first, whatever else is so.
    #[test]
    fn nobody_starves(queue in any_queue()) {
        let firsts: HashSet<ConversationId> = {
            let mut seen = HashSet::new();
            let mut first = queue.clone();
            first.retain(|wait| seen.insert(wait.contact_id.clone()));
            first.into_iter().map(|wait| wait.conversation_id).collect()
        };
        for (at, ahead) in queue.iter().enumerate() {
            for behind in &queue[at + 1..] {
                if !firsts.contains(&behind.conversation_id) {
                    continue;
                }
                let level = |wait: &Waiting| i64::from(wait.needs.priority.level());
                let behind_ms = |wait: &Waiting| if wait.by_email { EMAIL_BEHIND_MS } else { 0 };
                let head_start_ms = (level(ahead) - level(behind)) * HEAD_START_MS;
                let bound_ms = head_start_ms + behind_ms(behind) - behind_ms(ahead);
                prop_assert!(bound_ms <= LONGEST_HEAD_START_MS + EMAIL_BEHIND_MS);
                let later_ms = ahead.queued_at.as_millis() - behind.queued_at.as_millis();
                prop_assert!(later_ms <= bound_ms);
            }
        }
    }

    /// The quick walk says what counting each one by itself says.
    #[test]
    fn places_are_what_counting_says(queue in any_queue(), minutes in 0i64..60) {
        let (floor, now) = (two_teams(), Timestamp::from_millis((400 + minutes) * MINUTE_MS));
        let told = places(&queue, &floor, now);
        for (at, waiting) in queue.iter().enumerate() {
            let meets = |other: &&Waiting| floor.reach(other, now).meets(&floor.reach(waiting, now));
            let ahead = queue[..at].iter().filter(meets);
            prop_assert_eq!(told[at].position as usize, ahead.count() + 1);
        }
    }

    /// Who came after the queue was read has the place that they would have in it.
    #[test]
    fn a_place_can_be_told_beside_the_queue(queue in any_queue(), who in 0usize..40) {
        let (floor, now) = (two_teams(), Timestamp::from_millis(401 * MINUTE_MS));
        // Second conversations of one customer come last in the queue, and here in their turn.
        let (mut queue, mut seen) = (queue, HashSet::new());
        queue.retain(|it| seen.insert(it.contact_id.clone()));
        let at = who % queue.len();
        let mut before = queue.clone();
        let waiting = before.remove(at);
        prop_assert_eq!(place_of(&waiting, &before, &floor, now), places(&queue, &floor, now)[at]);
    }

    /// A place that grows from one look to the next has one of the two reasons that are told.
    #[test]
    fn a_place_that_grows_has_a_reason(before in any_queue(), more in any_queue(), leave in 0usize..40) {
        let floor = two_teams();
        let now = Timestamp::from_millis(401 * MINUTE_MS);
        let mut after = before.clone();
        after.remove(leave % after.len());
        let known: HashSet<_> = before.iter().map(|wait| wait.conversation_id.clone()).collect();
        after.extend(more.into_iter().filter(|wait| !known.contains(&wait.conversation_id)));
        order(&mut after);
        let (then, later) = (places(&before, &floor, now), places(&after, &floor, now));
        for (at, waiting) in before.iter().enumerate().filter(|(_, wait)| !wait.by_email) {
            let Some(place) = after.iter().position(|it| it.conversation_id == waiting.conversation_id) else {
                continue;
            };
            if later[place].position <= then[at].position {
                continue;
            }
            let ahead_before: HashSet<_> = before[..at].iter().map(|it| &it.conversation_id).collect();
            let came_before = after[..place].iter().any(|it| {
                it.queued_at <= waiting.queued_at && !ahead_before.contains(&it.conversation_id)
            });
            let second = after[..place].iter().any(|it| it.contact_id == waiting.contact_id);
            prop_assert!(
                later[place].urgent_ahead > then[at].urgent_ahead || came_before || second,
                "from {} to {}", then[at].position, later[place].position
            );
        }
    }
}
