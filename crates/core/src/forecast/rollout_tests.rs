//! The paths against closed forms of queueing theory, and what must hold for any state.

use proptest::prelude::*;

use super::*;

const HANDLING_S: f64 = 300.0;

/// Handling times are exponential, nobody leaves, and agents stay all day.
fn markovian() -> Learned {
    let mut learned = Learned::default();
    let mut chance = Chance::new(11, 0);
    for number in 0..12_000 {
        learned.handled(0, number % 7, HANDLING_S * chance.exponential(), 1.0);
        learned.left(0, None, 150_000.0);
        learned.went(0.0, 90_000.0);
        learned.picked_up(0.0, false);
    }
    learned.refresh(&[], &[], &[], &[]);
    learned
}

fn leave(after_s: f64) -> Leave {
    Leave {
        after_s,
        together: (after_s as u64).is_multiple_of(2),
    }
}

fn agent(number: usize, held: usize) -> AgentNow {
    AgentNow {
        number: 1000 + number,
        skills: vec![0],
        capacity: 1,
        held: vec![
            Held {
                skill: 0,
                worked_s: 120.0,
                units: 1,
            };
            held
        ],
        dallies_s: None,
        presence: Presence::Here(100.0),
        goes_in_s: None,
    }
}

fn line(waiting: usize, agents: usize) -> State {
    let waiter = Waiter {
        skill: 0,
        priority: 0,
        waited_s: 10.0,
        told_s: None,
        units: 1,
        stays: false,
    };
    State {
        waiting: vec![waiter; waiting],
        agents: (0..agents).map(|number| agent(number, 1)).collect(),
        ..State::default()
    }
}

/// With `s` busy agents and exponential handling the wait of the one in place `k` is the
/// sum of `k` exponential spans of rate `s / mean` (M/M/s; Erlang, 1917): the k-th Erlang
/// distribution, whose 90 % quantiles are tabled.
#[test]
fn waits_in_a_markovian_queue_follow_the_erlang_distribution() {
    let learned = markovian();
    for (place, agents, p90_over_step) in [
        (1, 1, std::f64::consts::LN_10),
        (4, 2, 6.6808),
        (10, 5, 14.2060),
    ] {
        let waits = roll(&line(place, agents), &learned, 3, 4000);
        let step_s = HANDLING_S / agents as f64;
        let (mean, p90) = (waits.mean(place - 1), waits.quantile(place - 1, 0.9));
        let (mean_is, p90_is) = (place as f64 * step_s, p90_over_step * step_s);
        assert!(
            (mean / mean_is - 1.0).abs() < 0.06,
            "place {place}: mean {mean} for {mean_is}"
        );
        assert!(
            (p90 / p90_is - 1.0).abs() < 0.06,
            "place {place}: p90 {p90} for {p90_is}"
        );
    }
}

/// Those ahead who lose patience shorten the wait: the first step has rate `s / mean +
/// 1 / patience` where one is ahead (Whitt, 1999).
#[test]
fn who_loses_patience_ahead_shortens_the_wait() {
    let mut learned = markovian();
    let patient = roll(&line(8, 2), &learned, 3, 1000).mean(7);
    let mut chance = Chance::new(5, 0);
    (0..6000).for_each(|_| learned.left(0, None, 400.0 * chance.exponential()));
    learned.refresh(&[], &[], &[], &[]);
    let impatient = roll(&line(8, 2), &learned, 3, 4000).mean(7);
    // With mean 300 s, 2 agents, patience 400 s: sum over those ahead and the turn itself.
    let truth: f64 = (0..8)
        .map(|ahead| 1.0 / (2.0 / HANDLING_S + f64::from(ahead) / 400.0))
        .sum();
    assert!(impatient < patient);
    assert!(
        (impatient / truth - 1.0).abs() < 0.1,
        "{impatient} for {truth}"
    );
}

#[test]
fn an_agent_who_goes_takes_every_place_along_and_brings_each_back() {
    let learned = markovian();
    let mut state = line(3, 1);
    let one = &mut state.agents[0];
    one.capacity = 3;
    one.held = vec![one.held[0]; 3];
    one.goes_in_s = Some(1.0);
    let waits = roll(&state, &learned, 7, 1000);
    let means: Vec<f64> = (0..3).map(|waiter| waits.mean(waiter)).collect();
    // An absence takes an hour in the mean; a place that stayed would be free in minutes.
    assert!(means[0] > 2400.0, "{means:?}");
    assert!(means[2] < 1.1 * means[0], "{means:?}");
}

#[test]
fn a_mail_leaves_room_for_a_chat_and_three_of_them_do_not() {
    let learned = markovian();
    let mut state = line(1, 1);
    state.waiting[0].units = 2;
    state.agents[0].capacity = 4;
    let mut with_mails = |mails: usize| {
        let mail = Held {
            skill: 0,
            worked_s: 120.0,
            units: 1,
        };
        state.agents[0].held = vec![mail; mails];
        roll(&state, &learned, 1, 200).mean(0)
    };
    assert_eq!(with_mails(2), 0.0, "a chat fits beside two");
    let (three, five) = (with_mails(3), with_mails(5));
    assert!(three > 0.0 && five > 1.5 * three, "{three} {five}");
}

#[test]
fn who_waits_for_a_mail_keeps_their_turn() {
    let mut learned = markovian();
    (0..6000).for_each(|_| learned.left(0, None, 30.0));
    learned.refresh(&[], &[], &[], &[]);
    let mut state = line(2, 1);
    let before = roll(&state, &learned, 1, 500).mean(1);
    state.waiting[0].stays = true;
    let after = roll(&state, &learned, 1, 500).mean(1);
    assert!(after > 1.5 * before, "{before} {after}");
}

#[test]
fn an_agent_who_comes_back_from_a_break_takes_the_next() {
    let mut learned = markovian();
    let mut chance = Chance::new(4, 0);
    // There for ten minutes, away for half an hour.
    for _ in 0..4000 {
        let from_s = 25_000.0 * chance.unit();
        learned.went(from_s, from_s + 600.0 * chance.exponential());
        learned.came_back(leave(600.0), 1800.0 * chance.exponential());
        learned.came_back(leave(601.0), 1800.0 * chance.exponential());
    }
    learned.refresh(&[], &[], &[], &[]);
    let always = roll(&line(20, 1), &markovian(), 1, 300).mean(19);
    let half = roll(&line(20, 1), &learned, 1, 300).mean(19);
    assert!((1.8..3.2).contains(&(half / always)), "{always} {half}");
}

#[test]
fn after_many_went_at_once_less_is_sure() {
    let learned = markovian();
    let went = |together, for_s| {
        let mut state = line(40, 4);
        let mut gone = agent(9, 0);
        let leave = Leave {
            after_s: 50_000.0,
            together,
        };
        gone.presence = Presence::Away { leave, for_s };
        gone.skills = vec![];
        state.agents.push(gone);
        roll(&state, &learned, 3, 1000).quantile(39, 0.9)
    };
    let (alone, together, later) = (went(false, 60.0), went(true, 60.0), went(true, 9000.0));
    assert!(together > 1.04 * alone, "{alone} {together}");
    assert!((later / alone - 1.0).abs() < 0.03, "{alone} {later}");
}

#[test]
fn who_goes_first_and_may_come_is_taken_into_account() {
    let mut learned = markovian();
    let before = roll(&line(6, 2), &learned, 1, 1000).mean(5);
    (0..200).for_each(|number| learned.arrived(0, 1, f64::from(number) * 150.0));
    let mut state = line(6, 2);
    state.now_s = 200.0 * 150.0;
    let after = roll(&state, &learned, 1, 1000).mean(5);
    assert!(after > 1.3 * before, "{before} {after}");
    state
        .waiting
        .iter_mut()
        .for_each(|waiter| waiter.priority = 1);
    let first = roll(&state, &learned, 1, 1000).mean(5);
    assert!(
        (first / before - 1.0).abs() < 0.1,
        "equals do not overtake: {first}"
    );
}

#[test]
fn several_conversations_at_once_serve_more_but_slow_each_other() {
    let mut learned = markovian();
    let mut chance = Chance::new(9, 0);
    for number in 0..8000_usize {
        let held = (number % 3 + 1) as f64;
        learned.handled(
            0,
            0,
            HANDLING_S * chance.exponential() * held.powf(0.6),
            held,
        );
    }
    learned.refresh(&[], &[], &[], &[]);
    assert!(
        (learned.slowed(3.0) - 3.0_f64.powf(0.6)).abs() < 0.25,
        "{}",
        learned.slowed(3.0)
    );
    let mut state = line(12, 4);
    let one = roll(&state, &learned, 1, 500).mean(11);
    for agent in &mut state.agents {
        agent.capacity = 3;
        agent.held = vec![agent.held[0]; 3];
    }
    let three = roll(&state, &learned, 1, 500).mean(11);
    assert!(three < 0.9 * one && three > one / 3.0, "{one} {three}");
}

#[test]
fn agents_who_go_soon_are_not_counted_on() {
    let learned = markovian();
    let mut state = line(8, 4);
    let before = roll(&state, &learned, 1, 500).mean(7);
    state.agents[..2]
        .iter_mut()
        .for_each(|agent| agent.goes_in_s = Some(0.0));
    let after = roll(&state, &learned, 1, 500).mean(7);
    assert!(after > 1.6 * before, "{before} {after}");
    state.agents.clear();
    assert_eq!(roll(&state, &learned, 1, 10).quantile(0, 0.5), HORIZON_S);
}

prop_compose! {
    fn any_agent()(
        number in 0..60_usize, skills in prop::collection::vec(0..5_u16, 0..4), capacity in 0..4_usize,
        held in prop::collection::vec((0..6_u16, 0.0..1e5_f64), 0..4), dallies in prop::option::of(0.0..1e5_f64),
        away in any::<bool>(), for_s in 0.0..2e5_f64, goes in prop::option::of(0.0..1e4_f64),
    ) -> AgentNow {
        AgentNow {
            number, skills, capacity,
            held: held.into_iter().map(|(skill, worked_s)| Held { skill, worked_s, units: 1 + usize::from(skill % 2 == 1) }).collect(),
            dallies_s: dallies,
            presence: if away { Presence::Away { leave: leave(for_s / 3.0), for_s } } else { Presence::Here(for_s) },
            goes_in_s: goes,
        }
    }
}

prop_compose! {
    fn any_state()(
        now_s in 0.0..1e6_f64,
        waiting in prop::collection::vec((0..5_u16, 0..3_i64, 0.0..1e5_f64), 1..30),
        agents in prop::collection::vec(any_agent(), 0..12),
    ) -> State {
        let mut waiting: Vec<Waiter> = waiting.into_iter()
            .map(|(skill, priority, waited_s)| Waiter { skill, priority, waited_s, told_s: (skill == 2).then_some(waited_s), units: 1 + usize::from(skill == 4), stays: skill == 3 }).collect();
        waiting.sort_by(|a, b| b.priority.cmp(&a.priority).then(b.waited_s.total_cmp(&a.waited_s)));
        State { now_s, days: now_s / 86_400.0, waiting, agents, ..State::default() }
    }
}

fn learned_something() -> Learned {
    let mut learned = Learned::default();
    for number in 0..300_usize {
        let skill = (number % 4) as Skill;
        learned.handled(
            skill,
            number % 9,
            (number * 37 % 900) as f64,
            1.0 + (number % 2) as f64,
        );
        learned.left(skill, None, (number * 71 % 1500) as f64);
        learned.served(skill, None, (number * 13 % 700) as f64);
        learned.arrived(skill, (number % 3) as i64, number as f64 * 60.0);
        learned.picked_up((number % 5 * 10) as f64, false);
        learned.came_back(leave((number * 99) as f64), (number * 11) as f64);
        learned.went((number * 7) as f64, (number * 91) as f64);
    }
    learned.refresh(
        &[(0, 50.0)],
        &[(9, Some(600.0), 30.0)],
        &[(20.0, 100.0)],
        &[(leave(20.0), 100.0)],
    );
    learned
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_state_has_waits_that_follow_from_the_seed_and_equals_keep_their_order(state in any_state(), seed in any::<u64>()) {
        let learned = learned_something();
        let waits = roll(&state, &learned, seed, 20);
        let again = roll(&state, &learned, seed, 20);
        for (index, waiter) in state.waiting.iter().enumerate() {
            for share in [0.0, 0.5, 0.9, 1.0] {
                let wait = waits.quantile(index, share);
                prop_assert!((0.0..=HORIZON_S).contains(&wait));
                prop_assert_eq!(wait, again.quantile(index, share));
                // Who came before an equal is served before them in every path.
                let behind = state.waiting[index + 1..].iter().position(|other| {
                    other.skill == waiter.skill && other.priority == waiter.priority
                });
                if let Some(behind) = behind {
                    prop_assert!(wait <= waits.quantile(index + 1 + behind, share));
                }
            }
        }
    }

    #[test]
    fn one_agent_more_does_not_lengthen_the_wait_by_more_than_chance(state in any_state()) {
        let learned = learned_something();
        let last = state.waiting.len() - 1;
        let skill = state.waiting[last].skill;
        let before = roll(&state, &learned, 7, 200).quantile(last, 0.9);
        let mut more = state;
        more.agents.push(AgentNow { skills: vec![skill], ..agent(70, 0) });
        let after = roll(&more, &learned, 7, 200).quantile(last, 0.9);
        prop_assert!(after <= 1.25 * before + 60.0, "{} then {}", before, after);
    }
}

/// Who is asked for nobody sooner than at some time waits until then, and no others longer.
#[test]
fn nobody_is_served_before_they_are_asked_for() {
    let learned = markovian();
    let waits = || roll(&line(2, 1), &learned, 3, 500);
    let (free, held) = (waits(), waits().not_before(&[0.0, 1e6]));
    assert_eq!(held.mean(0), free.mean(0));
    assert!(held.quantile(1, 0.0) >= 1e6);
}
