//! An agent passes a conversation on, to a colleague or a team. The next one has the package
//! with a note and what was done so far; the customer is told who comes, keeps the place, and
//! is asked nothing again.

use std::sync::Arc;

use segue_core::conversation::{Conversation, Phase};
use segue_core::event::{AgentName, Body, Fact, TransferTo};
use segue_core::forecast::Promise;
use segue_core::ids::{AgentId, ConversationId, HandoffId, TeamId};
use segue_core::package::Passed;
use segue_core::queue::Needs;
use segue_core::time::MINUTE_MS;
use segue_store::Presence;

use super::absence::{await_mail, owed_by_mail};
use super::assign::has_room;
use super::hand_off::wait_words;
use super::scene::Scene;
use super::wait::{Staffing, needs_of, promise, staffing};
use super::{Actor, Desk, Error, Line, Place, Plain, Telling};

/// To whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassTo {
    /// A colleague, who is asked at once; if they let it pass, it waits at its old place.
    Colleague(AgentId),
    /// A team.
    Team(TeamId),
}

/// What an agent says who passes a conversation on.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// To whom.
    pub to: PassTo,
    /// What the next one must know; may be empty.
    pub note: String,
    /// The epoch that the agent has seen.
    pub epoch: u64,
}

impl Desk {
    /// Passes a conversation on.
    pub async fn transfer(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        actor: Actor,
        transfer: Transfer,
    ) -> Result<Conversation, Error> {
        self.transfer_with(place, conversation_id, actor, transfer, Plain)
            .await
    }

    /// The same, telling what came of it otherwise.
    pub async fn transfer_with<O: Telling<Conversation>>(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        actor: Actor,
        transfer: Transfer,
        telling: O,
    ) -> Result<O::Given, Error> {
        let line = self.line(&actor.workspace_id, None).await?;
        self.verb(move |tx, moment| {
            telling.of(tx, moment, |tx| {
                let mut scene = Scene::load(tx, &place, moment, &conversation_id)?;
                scene.check_epoch(transfer.epoch)?;
                pass_on(&mut scene, &actor, &transfer.to, &transfer.note, &line)?;
                scene.finish()
            })
        })
        .await
    }
}

/// Passes on what `actor` holds.
pub(super) fn pass_on(
    scene: &mut Scene<'_, '_>,
    actor: &Actor,
    to: &PassTo,
    note: &str,
    line: &Line,
) -> Result<(), Error> {
    let (workspace_id, now) = (&scene.place.workspace.id, scene.moment.now);
    let needs = needs_of(&scene.conversation);
    let (to, needs) = match to {
        PassTo::Colleague(id) => to_colleague(scene, actor, id, needs)?,
        PassTo::Team(id) => to_team(scene, id, needs)?,
    };
    let (units, epoch) = (scene.conversation.held_units(), scene.conversation.epoch);
    let fact = scene
        .conversation
        .transfer(&actor.id, epoch, to.clone(), needs.clone())?;
    let Phase::Served { handoff_id, .. } = &scene.conversation.phase else {
        return Err(Error::NotFound);
    };
    let handoff_id = handoff_id.clone();
    let note = note.trim();
    grow_package(scene, &handoff_id, &fact, note, needs.team.as_ref())?;
    scene.record(fact, Body::text(note).filter(|_| !note.is_empty()));
    scene.tx.give_units(workspace_id, &actor.id, units)?;
    if let Some(email) = owed_by_mail(scene)? {
        await_mail(scene, &email)?;
    }

    let agent = ("agent", &*actor.name);
    if let TransferTo::Agent { agent: colleague } = &to {
        let until = now.plus(scene.place.inbox.policy.timings.invitation_ms);
        let fact = scene.conversation.hand_to(colleague.id.clone(), until)?;
        scene.record(fact, None);
        scene.say("agent.passed_on", &[agent, ("colleague", &*colleague.name)]);
        return Ok(());
    }
    tell_team(scene, &handoff_id, (actor, to.name()), &needs, line)
}

/// A colleague is asked at once, so they must be there and have room.
fn to_colleague(
    scene: &mut Scene<'_, '_>,
    actor: &Actor,
    id: &AgentId,
    needs: Needs,
) -> Result<(TransferTo, Needs), Error> {
    let colleague = scene.tx.agent(&scene.place.workspace.id, id)?;
    let colleague = colleague
        .filter(|it| it.presence == Presence::Online && it.id != actor.id)
        .ok_or(Error::Invalid(
            "that colleague is not online; choose another way",
        ))?;
    if !has_room(scene, id)? {
        return Err(Error::Invalid(
            "that colleague has no room for more just now; choose another way",
        ));
    }
    let agent = AgentName {
        id: colleague.id.clone(),
        name: colleague.name,
    };
    // Asked before all others while they are there, as who looks after a customer is (P11).
    let needs = Needs {
        dedicated: Some(colleague.id),
        ..needs
    };
    Ok((TransferTo::Agent { agent }, needs))
}

/// A team answers with all its people: who chose it knows better than the routing what is
/// needed.
fn to_team(
    scene: &mut Scene<'_, '_>,
    id: &TeamId,
    needs: Needs,
) -> Result<(TransferTo, Needs), Error> {
    let teams = scene.tx.teams(&scene.place.workspace.id)?;
    let team = teams.into_iter().find(|team| team.id == *id);
    let team = team.ok_or(Error::Invalid("there is no such team any more"))?;
    let to = TransferTo::Team {
        team_id: team.id.clone(),
        name: team.name,
    };
    let needs = Needs {
        priority: needs.priority,
        team: Some(team.id),
        ..Needs::default()
    };
    Ok((to, needs))
}

/// The next one finds in the package what the one before said and did.
fn grow_package(
    scene: &mut Scene<'_, '_>,
    handoff_id: &HandoffId,
    fact: &Fact,
    note: &str,
    team: Option<&TeamId>,
) -> Result<(), Error> {
    let Fact::Transferred { from, to, .. } = fact else {
        return Ok(());
    };
    let (workspace_id, id) = (&scene.place.workspace.id, scene.conversation.id.clone());
    let handoff = scene.tx.handoff(workspace_id, handoff_id)?;
    let Some(mut package) = handoff.and_then(|handoff| handoff.package) else {
        return Ok(());
    };
    let events = scene
        .tx
        .events(workspace_id, &id, package.through_seq, EVENTS)?;
    package.passed.push(Passed::of(
        &events,
        scene.moment.now,
        from.clone(),
        to.clone(),
        note.into(),
    ));
    scene
        .tx
        .handoff_passed(workspace_id, handoff_id, team, &package)?;
    Ok(())
}

/// Events that are read of an agent's part.
const EVENTS: i64 = 2_000;

/// Who comes, and honestly how long that takes or that nobody is there (P27, P33).
fn tell_team(
    scene: &mut Scene<'_, '_>,
    handoff_id: &HandoffId,
    (actor, team): (&Actor, &str),
    needs: &Needs,
    line: &Line,
) -> Result<(), Error> {
    let (place, now) = (scene.place, scene.moment.now);
    let staffing = staffing(scene.tx, place, needs, now)?;
    let by_email = scene
        .conversation
        .wait()
        .is_some_and(|wait| wait.reply_due_at.is_some());
    let wanted = (needs, scene.conversation.language.as_str());
    let promise: Option<Promise> = promise(Some(line), wanted, staffing, now);
    let values = [("agent", &*actor.name), ("team", team)];
    let mut text = scene.words().fill("agent.passed_on_team", &values);
    if !(by_email && staffing == Staffing::Open) {
        let wait = wait_words(scene.words(), place, staffing, promise.as_ref(), now);
        text = format!("{text} {wait}");
    }
    if let Some(promise) = promise {
        let until = now.plus(i64::from(promise.minutes) * MINUTE_MS);
        let workspace_id = &place.workspace.id;
        scene
            .tx
            .handoff_told(workspace_id, handoff_id, until, Some(now))?;
    }
    scene.say_text("agent.passed_on_team", text);
    Ok(())
}
