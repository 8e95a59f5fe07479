//! A forecaster over whole stories.

use proptest::prelude::*;

use super::*;

fn on(agent: &str) -> Happening {
    Happening::AgentOn {
        agent: agent.into(),
        skills: vec!["x".into()],
        capacity: 1,
        until_s: None,
    }
}
fn arrive(id: &str) -> Happening {
    Happening::Arrive {
        id: id.into(),
        skill: "x".into(),
        priority: 0,
    }
}
fn start(id: &str, agent: &str) -> Happening {
    Happening::Start {
        id: id.into(),
        agent: Some(agent.into()),
    }
}
fn finish(id: &str) -> Happening {
    Happening::Finish { id: id.into() }
}

#[test]
fn a_first_hour_without_history_has_honest_forecasts() {
    let mut forecaster = Forecaster::new(1);
    forecaster.hear(0.0, on("a"));
    assert_eq!(forecaster.hear(10.0, arrive("1")), None, "an agent is free");
    forecaster.hear(10.0, start("1", "a"));
    let first = forecaster.hear(70.0, arrive("2")).unwrap();
    assert_eq!((first.position, first.n), (1, 0));
    assert!(
        first.p50_s < first.p90_s && first.p90_s > 600.0,
        "{first:?}"
    );
    let second = forecaster.hear(80.0, arrive("3")).unwrap();
    assert!(second.position == 2 && second.p90_s > first.p90_s);
}

/// Customers are served every 100 seconds in turn; the forecaster finds out.
#[test]
fn what_happens_is_learned() {
    let mut forecaster = Forecaster::new(1);
    forecaster.hear(0.0, on("a"));
    forecaster.hear(0.0, arrive("0"));
    forecaster.hear(0.0, start("0", "a"));
    let mut last = None;
    for n in 1..300 {
        let at_s = f64::from(n) * 100.0;
        last = forecaster.hear(at_s - 90.0, arrive(&n.to_string()));
        forecaster.hear(at_s, finish(&(n - 1).to_string()));
        forecaster.hear(at_s, start(&n.to_string(), "a"));
    }
    let last = last.unwrap();
    assert!((80.0..125.0).contains(&last.p90_s), "{last:?}");
    assert!((80.0..105.0).contains(&last.p50_s), "{last:?}");
}

#[test]
fn an_agent_who_lets_others_wait_is_not_counted_as_free() {
    let mut forecaster = Forecaster::new(1);
    forecaster.hear(0.0, on("a"));
    assert_eq!(forecaster.hear(10.0, arrive("1")), None);
    let told = forecaster.hear(200.0, arrive("2"));
    assert!(told.is_some_and(|told| told.p90_s > 60.0), "{told:?}");
}

fn any_happening() -> impl Strategy<Value = Happening> {
    let id = (0..12_u8).prop_map(|id| format!("c{id}"));
    let agent = (0..4_u8).prop_map(|agent| format!("a{agent}"));
    let skill = (0..3_u8).prop_map(|skill| format!("s{skill}"));
    prop_oneof![
        (
            agent.clone(),
            prop::collection::vec(skill.clone(), 0..3),
            0..3_usize,
            prop::option::of(0.0..1e6_f64)
        )
            .prop_map(|(agent, skills, capacity, until_s)| Happening::AgentOn {
                agent,
                skills,
                capacity,
                until_s
            }),
        agent
            .clone()
            .prop_map(|agent| Happening::AgentOff { agent }),
        (id.clone(), skill, any::<i64>()).prop_map(|(id, skill, priority)| Happening::Arrive {
            id,
            skill,
            priority
        }),
        id.clone().prop_map(|id| Happening::Abandon { id }),
        (id.clone(), prop::option::of(agent))
            .prop_map(|(id, agent)| Happening::Start { id, agent }),
        id.prop_map(|id| Happening::Finish { id }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_story_however_odd_breaks_it(story in prop::collection::vec((-100.0..5000.0_f64, any_happening()), 1..60)) {
        let mut forecaster = Forecaster::new(3);
        for (at_s, happening) in story {
            if let Some(told) = forecaster.hear(at_s, happening) {
                prop_assert!(told.p50_s >= 0.0 && told.p50_s <= told.p90_s);
                prop_assert!(told.p90_s.is_finite() && told.position >= 1);
            }
        }
    }
}
