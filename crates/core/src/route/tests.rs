use super::*;
use crate::conversation::Pass;
use crate::ids::{ContactId, TeamId};
use crate::queue::{Needs, Priority, order};
use crate::time::HOUR_MS;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}
fn conversation(n: u128) -> ConversationId {
    ConversationId::new(at(0), n)
}
fn agent_id(n: u128) -> AgentId {
    AgentId::new(at(0), n)
}
fn team(n: u128) -> TeamId {
    TeamId::new(at(0), n)
}
fn waiting(n: u128) -> Waiting {
    Waiting {
        conversation_id: conversation(n),
        contact_id: ContactId::new(at(0), n),
        queued_at: at(n as i64),
        asked_since: at(n as i64),
        by_email: false,
        language: "en".into(),
        needs: Needs::default(),
        invited: None,
        passed_by: vec![],
        away: false,
        kept: false,
    }
}
fn needing(needs: Needs, waiting: Waiting) -> Waiting {
    Waiting { needs, ..waiting }
}
fn by_email(waiting: Waiting) -> Waiting {
    Waiting {
        by_email: true,
        ..waiting
    }
}
/// An agent with room for so many chats.
fn agent(n: u128, chats: i64) -> Agent {
    Agent {
        id: agent_id(n),
        is_there: true,
        takes_new: true,
        capacity: 2 * chats,
        busy: 0,
        last_accepted_at: None,
        teams: vec![],
        skills: vec![],
        languages: vec![],
    }
}
fn floor(agents: Vec<Agent>) -> Floor {
    let team = |n: u128, overflow: Option<u128>| Team {
        id: team(n),
        name: format!("Team {n}"),
        overflow: overflow.map(|to| Overflow {
            to: team(to),
            after_ms: 5 * MINUTE_MS,
        }),
    };
    let teams = vec![team(1, Some(2)), team(2, None), team(3, Some(1))];
    Floor::new(teams, agents, Routing::default())
}
/// Who is asked for whom, by their numbers.
fn asked(queue: &[Waiting], floor: &Floor, now_ms: i64) -> Vec<(u128, u128)> {
    let mut queue = queue.to_vec();
    order(&mut queue);
    let number = |(waiting, agent): (ConversationId, AgentId)| {
        let waiting = (0..100).find(|n| waiting == conversation(*n)).unwrap();
        (waiting, (0..100).find(|n| agent == agent_id(*n)).unwrap())
    };
    let asked = invitations(&queue, floor, at(now_ms));
    asked.into_iter().map(number).collect()
}

#[test]
fn nobody_is_asked_for_more_than_they_can_take() {
    let queue = [waiting(1), waiting(2), waiting(3)];
    let floor = floor(vec![agent(1, 1), agent(2, 1)]);
    assert_eq!(asked(&queue, &floor, 9), [(1, 1), (2, 2)]);
}

#[test]
fn no_agent_is_asked_for_who_is_away() {
    let away = Waiting {
        away: true,
        ..waiting(1)
    };
    assert_eq!(
        asked(&[away, waiting(2)], &floor(vec![agent(7, 2)]), 9),
        [(2, 7)]
    );
}

#[test]
fn an_agent_who_passed_is_not_asked_again_at_once() {
    let passed_by = vec![Pass {
        agent_id: agent_id(1),
        at: at(0),
    }];
    let queue = [Waiting {
        passed_by,
        ..waiting(1)
    }];
    let ask = |now| asked(&queue, &floor(vec![agent(1, 3)]), now);
    assert_eq!(ask(ASK_AGAIN_MS - 1), []);
    assert_eq!(ask(ASK_AGAIN_MS), [(1, 1)]);
}

#[test]
fn an_invited_conversation_is_not_proposed_twice_and_takes_its_agents_place() {
    let invited = Waiting {
        invited: Some(agent_id(1)),
        ..waiting(1)
    };
    let queue = [invited, waiting(2)];
    let ask = |chats| asked(&queue, &floor(vec![agent(1, chats)]), 9);
    assert_eq!(ask(1), [], "the invitation that is out counts");
    assert_eq!(ask(2), [(2, 1)]);
}

#[test]
fn who_is_not_there_or_in_wrap_up_is_not_asked() {
    let wrapping = Agent {
        takes_new: false,
        ..agent(1, 3)
    };
    assert_eq!(asked(&[waiting(1)], &floor(vec![wrapping]), 9), []);
}

#[test]
fn a_chat_takes_twice_what_an_email_takes() {
    let mails: Vec<_> = (1..=5).map(|n| by_email(waiting(n))).collect();
    let one_chat_wide = floor(vec![agent(1, 1)]);
    assert_eq!(asked(&mails, &one_chat_wide, 9), [(1, 1), (2, 1)]);
    let mixed = [waiting(1), by_email(waiting(2)), by_email(waiting(3))];
    let two_wide = floor(vec![agent(1, 2)]);
    assert_eq!(asked(&mixed, &two_wide, 9), [(1, 1), (2, 1), (3, 1)]);
}

#[test]
fn room_that_is_too_small_is_saved_for_the_first_who_needs_it() {
    let half_full = Agent {
        busy: 1,
        ..agent(1, 1)
    };
    let queue = [waiting(1), by_email(waiting(2))];
    assert_eq!(asked(&queue, &floor(vec![half_full.clone()]), 9), []);
    // Another has room for the chat, so nothing need be saved.
    let both = floor(vec![half_full, agent(2, 1)]);
    assert_eq!(asked(&queue, &both, 9), [(1, 2), (2, 1)]);
}

#[test]
fn a_lowered_capacity_takes_nothing_away_and_brings_nothing_new() {
    let over = Agent {
        busy: 6,
        ..agent(1, 1)
    };
    assert_eq!(over.free(), -4);
    assert_eq!(asked(&[waiting(1)], &floor(vec![over]), 9), []);
}

fn member(team_number: u128, agent: Agent) -> Agent {
    Agent {
        teams: vec![team(team_number)],
        ..agent
    }
}
fn for_team(n: u128) -> Needs {
    Needs {
        team: Some(team(n)),
        ..Needs::default()
    }
}

#[test]
fn a_team_answers_and_its_helper_after_the_time_that_is_set() {
    let floor = floor(vec![
        member(2, agent(2, 9)),
        member(1, agent(1, 0)),
        agent(3, 9),
    ]);
    let queue = [needing(for_team(1), waiting(1))];
    assert_eq!(asked(&queue, &floor, 5 * MINUTE_MS), []);
    assert_eq!(asked(&queue, &floor, 5 * MINUTE_MS + 1), [(1, 2)]);
    // One step: the third team's work never gets to the second.
    let only_second = super::tests::floor(vec![
        member(2, agent(2, 9)),
        member(1, agent(1, 0)),
        member(3, agent(3, 0)),
    ]);
    let queue = [needing(for_team(3), waiting(1))];
    assert_eq!(asked(&queue, &only_second, 999 * MINUTE_MS), []);
}

#[test]
fn a_team_that_is_gone_or_has_nobody_leaves_its_work_to_everybody() {
    let floor = floor(vec![agent(1, 9)]);
    let queue = [
        needing(for_team(1), waiting(1)),
        needing(for_team(77), waiting(2)),
    ];
    assert_eq!(asked(&queue, &floor, 9), [(1, 1), (2, 1)]);
}

fn skilled(skills: &[&str], agent: Agent) -> Agent {
    Agent {
        skills: skills.iter().map(|it| it.to_string()).collect(),
        ..agent
    }
}
fn skill(name: &str) -> Needs {
    Needs {
        skills: vec![name.into()],
        ..Needs::default()
    }
}

#[test]
fn a_skill_is_insisted_on_for_a_time_and_then_preferred() {
    let floor = floor(vec![agent(1, 9), skilled(&["refunds"], agent(2, 0))]);
    let queue = [needing(skill("refunds"), waiting(1))];
    assert_eq!(asked(&queue, &floor, 10 * MINUTE_MS), []);
    assert_eq!(asked(&queue, &floor, 10 * MINUTE_MS + 1), [(1, 1)]);
    let nobody_has_it = [needing(skill("tax"), waiting(1))];
    assert_eq!(asked(&nobody_has_it, &floor, 9), [(1, 1)]);
    let both_free = super::tests::floor(vec![agent(1, 9), skilled(&["refunds"], agent(2, 1))]);
    assert_eq!(asked(&queue, &both_free, 11 * MINUTE_MS), [(1, 2)]);
}

#[test]
fn a_language_goes_to_who_speaks_it_and_they_are_kept_for_it() {
    let speaks = |language: &str, agent: Agent| Agent {
        languages: vec![language.into()],
        ..agent
    };
    let spanish = Waiting {
        language: "es".into(),
        ..waiting(2)
    };
    // The bilingual one has more room, and is left to whom nobody else can serve.
    let both = Agent {
        languages: vec!["en".into(), "es".into()],
        ..agent(2, 2)
    };
    let floor = floor(vec![speaks("en", agent(1, 1)), both]);
    assert_eq!(asked(&[waiting(1), spanish], &floor, 9), [(1, 1), (2, 2)]);
    let french = Waiting {
        language: "fr".into(),
        ..waiting(1)
    };
    assert_eq!(asked(&[french], &floor, 9), [(1, 2)], "nobody speaks it");
}

fn for_agent(n: u128) -> Needs {
    Needs {
        dedicated: Some(agent_id(n)),
        ..for_team(1)
    }
}

/// P11.
#[test]
fn a_dedicated_agent_is_asked_alone_for_a_time_while_they_are_there() {
    let queue = [needing(for_agent(5), waiting(1))];
    let theirs = |agent: Agent| floor(vec![member(1, super::tests::agent(1, 9)), agent]);
    assert_eq!(asked(&queue, &theirs(agent(5, 1)), 9), [(1, 5)]);
    let busy = theirs(agent(5, 0));
    assert_eq!(asked(&queue, &busy, 2 * MINUTE_MS), []);
    assert_eq!(asked(&queue, &busy, 2 * MINUTE_MS + 1), [(1, 1)]);
    let gone = Agent {
        is_there: false,
        takes_new: false,
        ..agent(5, 1)
    };
    assert_eq!(asked(&queue, &theirs(gone), 9), [(1, 1)]);
    let passed_by = vec![Pass {
        agent_id: agent_id(5),
        at: at(3),
    }];
    let let_pass = [Waiting {
        passed_by,
        ..queue[0].clone()
    }];
    assert_eq!(asked(&let_pass, &theirs(agent(5, 1)), 9), [(1, 1)]);
}

#[test]
fn how_long_some_alone_are_asked_counts_from_when_it_came_to_them() {
    let refunds = |n: u128| Agent {
        skills: vec!["refunds".into()],
        ..agent(n, 1)
    };
    // It came long ago, and was passed on a moment ago.
    let passed_on = |needs: Needs| Waiting {
        asked_since: at(HOUR_MS),
        ..needing(needs, waiting(1))
    };
    let full = |agent: Agent| Agent { busy: 2, ..agent };
    let teams = floor(vec![full(member(1, agent(1, 1))), member(2, agent(2, 1))]);
    let its = [passed_on(for_team(1))];
    assert_eq!(asked(&its, &teams, HOUR_MS + 9), []);
    assert_eq!(asked(&its, &teams, HOUR_MS + 5 * MINUTE_MS), [(1, 2)]);
    let dedicated = Needs {
        dedicated: Some(agent_id(5)),
        ..Needs::default()
    };
    let theirs = floor(vec![agent(1, 1), full(agent(5, 1))]);
    let for_them = [passed_on(dedicated)];
    assert_eq!(asked(&for_them, &theirs, HOUR_MS + 9), []);
    assert_eq!(asked(&for_them, &theirs, HOUR_MS + 2 * MINUTE_MS), [(1, 1)]);
    let skilled = Needs {
        skills: vec!["refunds".into()],
        ..Needs::default()
    };
    let one_knows = floor(vec![agent(1, 1), full(refunds(2))]);
    let for_who_knows = [passed_on(skilled)];
    assert_eq!(asked(&for_who_knows, &one_knows, HOUR_MS + 9), []);
    let later = HOUR_MS + one_knows.routing.needs_for_ms;
    assert_eq!(asked(&for_who_knows, &one_knows, later), [(1, 1)]);
}

/// Attack case 89, to the end: one agent has a minute's work with each, and each minute somebody
/// comes who goes first. When is the one asked for who came before all of them?
fn taken_after(first: Waiting, others: impl Fn(u128) -> Waiting) -> i64 {
    let one = [agent(1, 1)];
    let mut queue = vec![Waiting {
        queued_at: at(0),
        asked_since: at(0),
        ..first
    }];
    for minute in 0..1_000 {
        let now = at(minute * MINUTE_MS);
        queue.push(Waiting {
            queued_at: now,
            asked_since: now,
            ..others(minute as u128 + 2)
        });
        order(&mut queue);
        let asked = invitations(&queue, &floor(one.to_vec()), now);
        let [(taken, _)] = &asked[..] else {
            panic!("one is free and one is asked for: {asked:?}");
        };
        if *taken == conversation(1) {
            return minute;
        }
        queue.retain(|waiting| waiting.conversation_id != *taken);
    }
    panic!("nobody ever came")
}

#[test]
fn a_stream_of_those_who_go_first_keeps_nobody_waiting_for_ever() {
    let urgent = |level: u8, n: u128| {
        let needs = Needs {
            priority: Priority::new(level),
            ..Needs::default()
        };
        needing(needs, waiting(n))
    };
    assert_eq!(taken_after(waiting(1), waiting), 0);
    assert_eq!(taken_after(waiting(1), |n| urgent(1, n)), 15);
    assert_eq!(taken_after(waiting(1), |n| urgent(9, n)), 9 * 15);
    // An answer by e-mail is begun in the last of the four hours that are promised.
    assert_eq!(taken_after(by_email(waiting(1)), waiting), 3 * 60);
    let worst = taken_after(by_email(waiting(1)), |n| urgent(9, n));
    assert_eq!(worst, 3 * 60 + 9 * 15);
}

#[test]
fn who_served_the_customer_last_is_asked_first_if_they_are_free() {
    let known = Needs {
        last_agent: Some(agent_id(5)),
        ..Needs::default()
    };
    let queue = [needing(known, waiting(1))];
    assert_eq!(
        asked(&queue, &floor(vec![agent(1, 9), agent(5, 1)]), 9),
        [(1, 5)]
    );
    assert_eq!(
        asked(&queue, &floor(vec![agent(1, 9), agent(5, 0)]), 9),
        [(1, 1)]
    );
}

/// Attack case 19.
#[test]
fn only_a_teams_people_see_what_it_answers_for() {
    let floor = floor(vec![
        member(1, agent(1, 1)),
        member(2, agent(2, 1)),
        agent(3, 1),
    ]);
    let its = needing(for_team(1), waiting(1));
    let who = |now| -> Vec<u128> {
        (1..=4)
            .filter(|n| floor.may_take(&agent_id(*n), &its, at(now)))
            .collect()
    };
    assert_eq!(who(9), [1]);
    assert_eq!(who(6 * MINUTE_MS), [1, 2], "the helper once it helps");
    let may_see = |n| floor.may_see(&agent_id(n), Some(&team(1)));
    assert_eq!([1, 2, 3, 4].map(may_see), [true, true, false, false]);
    assert!((1..=3).all(|n| floor.may_take(&agent_id(n), &waiting(1), at(9))));
    assert!((1..=3).all(|n| floor.may_see(&agent_id(n), None)));
}

#[test]
fn a_wait_is_staffed_while_somebody_who_answers_for_it_is_there() {
    let mut floor_of_two = floor(vec![member(1, agent(1, 1)), member(2, agent(2, 1))]);
    assert!(floor_of_two.is_staffed_for(&for_team(2)));
    assert!(floor_of_two.is_staffed_for(&Needs::default()));
    floor_of_two.agents[1].is_there = false;
    assert!(!floor_of_two.is_staffed_for(&for_team(2)));
    assert!(floor_of_two.is_staffed_for(&for_team(1)));
}

#[test]
fn who_is_foreseen_to_take_a_wait_is_who_is_invited_for_it() {
    let knows = |n: u128, is_there: bool| Agent {
        skills: vec!["refunds".into()],
        is_there,
        takes_new: is_there,
        ..agent(n, 1)
    };
    let needs = || Needs {
        skills: vec!["refunds".into()],
        ..Needs::default()
    };
    let there = |kind: &Kind<'_>, floor: &Floor| {
        let asked = kind.asked(floor, |agent| agent.is_there);
        asked.iter().map(|it| it.agent).collect::<Vec<_>>()
    };
    let wait = needing(needs(), waiting(5));
    // The one who knows refunds is out: nobody else is asked until that counts no more.
    let out = floor(vec![agent(1, 1), knows(2, false)]);
    let kind = Kind::of(&wait, &out, at(10));
    assert_eq!(kind, Kind::at_first(&wait.needs, "en", &out));
    assert!(there(&kind, &out).is_empty());
    assert!(asked(std::slice::from_ref(&wait), &out, 10).is_empty());
    assert_eq!(there(&kind.relaxed(), &out), [0]);
    let later = out.routing.needs_for_ms + 5;
    assert_eq!(there(&Kind::of(&wait, &out, at(later)), &out), [0]);
    assert_eq!(asked(std::slice::from_ref(&wait), &out, later), [(5, 1)]);
    // What nobody knows is not asked for.
    let nobody = floor(vec![agent(1, 1), agent(2, 1)]);
    assert_eq!(there(&Kind::of(&wait, &nobody, at(10)), &nobody), [0, 1]);
}
