//! What of a floor reaches the forecast.

use segue_core::ids::ContactId;
use segue_core::route::Agent;
use segue_core::time::MINUTE_MS;

use super::*;

fn now() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
}

fn agent(number: u128, chats: i64, busy: i64) -> Agent {
    Agent {
        id: AgentId::new(now(), number),
        is_there: true,
        takes_new: true,
        capacity: 2 * chats,
        busy,
        last_accepted_at: None,
        teams: vec![],
        skills: vec![],
        languages: vec![],
    }
}

fn waiting(by_email: bool, dedicated: Option<AgentId>) -> Waiting {
    Waiting {
        conversation_id: ConversationId::new(now(), 1),
        contact_id: ContactId::new(now(), 2),
        queued_at: now().plus(-30_000),
        asked_since: now().plus(-30_000),
        by_email,
        language: "en".into(),
        needs: Needs {
            dedicated,
            ..Needs::default()
        },
        invited: None,
        passed_by: vec![],
        away: false,
        kept: false,
    }
}

/// A mail takes one unit and a chat two: three conversations in four units are two mails.
#[test]
fn mails_take_their_units_of_an_agent() {
    let floor = Floor::new(vec![], vec![agent(1, 3, 4)], Routing::default());
    let held = |minutes: i64| HeldNow {
        agent_id: AgentId::new(now(), 1),
        team_id: None,
        since: now().plus(-minutes * MINUTE_MS),
    };
    let mut outlook = Outlook {
        state: State::default(),
        kinds: vec![],
        index: HashMap::new(),
        idle_s: vec![],
        lore: Arc::new(Lore::of(&[], now())),
        waits: OnceLock::new(),
    };
    outlook.man(&floor, &[held(2), held(50), held(40)], now());
    let agent = &outlook.state.agents[0];
    let units: Vec<usize> = agent.held.iter().map(|held| held.units).collect();
    assert_eq!((agent.capacity, units), (6, vec![1, 1, 2]));
    assert!(agent.held[0].worked_s > agent.held[2].worked_s);
}

#[test]
fn mails_are_counted_from_units_whatever_a_workspace_makes_them() {
    let routing = |chat_units, email_units| Routing {
        chat_units,
        email_units,
        ..Routing::default()
    };
    for (held, busy, routing, letters_are) in [
        (3, 6, routing(2, 1), 0),
        (3, 3, routing(2, 1), 3),
        (4, 16, routing(6, 2), 2),
        (2, 4, routing(2, 2), 0),
        // The units were changed while they were held.
        (2, 9, routing(2, 1), 0),
        (2, 0, routing(3, 2), 2),
    ] {
        assert_eq!(letters(held, busy, &routing), letters_are, "{held} {busy}");
    }
}

/// P11: the dedicated agent alone is asked for two minutes, while they are there.
#[test]
fn nobody_else_is_foreseen_while_the_dedicated_agent_is_waited_for() {
    let idle_s = |dedicated: Agent, by_email| {
        let waiting = waiting(by_email, Some(dedicated.id.clone()));
        let floor = Floor::new(vec![], vec![dedicated, agent(2, 3, 0)], Routing::default());
        Wanted::of_waiting(&waiting, &floor, now()).1
    };
    let away = Agent {
        is_there: false,
        takes_new: false,
        ..agent(1, 3, 0)
    };
    assert_eq!(idle_s(agent(1, 3, 6), false), 90.0, "30 s have passed");
    assert_eq!(idle_s(agent(1, 3, 5), false), 90.0, "too little for a chat");
    assert_eq!(idle_s(agent(1, 3, 5), true), 0.0, "and enough for a mail");
    assert_eq!(idle_s(agent(1, 3, 0), false), 0.0, "asked at once");
    assert_eq!(idle_s(away, false), 0.0, "the others are asked at once");
}
