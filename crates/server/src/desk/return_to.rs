//! A customer comes back to a resolved conversation: who has it then. Whoever had it last, if
//! they are really there; else a person where the matter was left open; else the assistant.

use segue_core::conversation::Served;
use segue_core::event::AgentName;
use segue_core::signal::{Feedback, Reading, Trigger};
use segue_store::Presence;

use super::Error;
use super::presence::seen_after;
use super::scene::Scene;

/// Who has it when its customer comes back.
pub(super) enum Return {
    /// The agent who had it last, with these units of their capacity, which are taken.
    Agent(AgentName, i64),
    /// The queue: nobody need convince the assistant of what is known to be open.
    Queue,
    /// The assistant.
    Assistant,
}

/// Finds out who has a resolved conversation again. `reading` is what the customer says now.
pub(super) fn returns_to(scene: &mut Scene<'_, '_>, reading: &Reading) -> Result<Return, Error> {
    let (now, timings) = (scene.moment.now, &scene.place.inbox.policy.timings);
    let Some(served) = scene.conversation.last_served(now, timings).cloned() else {
        return Ok(Return::Assistant);
    };
    if let Some(units) = take_room(scene, &served)? {
        return Ok(Return::Agent(served.agent, units));
    }
    let left_open = served.disposition.is_some_and(|how| how.leaves_open());
    let says_so = reading.feedback == Some(Feedback::DidNotHelp)
        || reading.repeats_question
        || reading.strength(Trigger::UnresolvedReference) >= SAYS_SO;
    Ok(if left_open || says_so {
        Return::Queue
    } else {
        Return::Assistant
    })
}

/// How strongly somebody must say that it is not resolved.
const SAYS_SO: f64 = 0.5;

/// Takes room with the agent who had it last; `None` unless they are online, show signs of
/// life and have room. Nobody is glued to somebody who is away.
fn take_room(scene: &mut Scene<'_, '_>, served: &Served) -> Result<Option<i64>, Error> {
    let (workspace, now) = (&scene.place.workspace, scene.moment.now);
    let seen_after = seen_after(scene.tx, &workspace.id, now)?;
    let row = scene.tx.agent(&workspace.id, &served.agent.id)?;
    let is_there = row.is_some_and(|row| {
        row.is_active() && row.seen_at >= seen_after && row.presence == Presence::Online
    });
    if !is_there {
        return Ok(None);
    }
    let routing = &workspace.settings.routing;
    let units = routing.units(scene.conversation.by_email);
    let room = (units, routing.chat_units);
    let taken = scene
        .tx
        .take_units(&workspace.id, &served.agent.id, room, now)?;
    Ok(taken.then_some(units))
}
