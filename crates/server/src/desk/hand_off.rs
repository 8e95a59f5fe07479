//! From the assistant to the queue: steps without choices. The customer is told, the
//! package is built and stored, the wait is promised, all in one transaction.

use std::sync::Arc;

use segue_core::asking;
use segue_core::conversation::{Conversation, Owner};
use segue_core::decide::{Decision, View, decide};
use segue_core::event::{Body, Fact};
use segue_core::forecast::Promise;
use segue_core::ids::{ContactId, ConversationId};
use segue_core::package;
use segue_core::queue::{Needs, Priority};
use segue_core::time::{MINUTE_MS, Timestamp};
use segue_core::words::Words;
use segue_store::{Handoff, Tx, kill_point};

use super::absence::{carry_on_by_email, email_of_writer};
use super::ask::ask_later;
use super::brief::Brief;
use super::look_up;
use super::scene::Scene;
use super::shadow::note_beside;
use super::wait::{SLOW_MS, Staffing, closes_within, promise, staffing};
use super::{Desk, Error, Place, Plain, Telling};
use crate::edge::{Count, Moment};

impl Desk {
    /// The customer asks for a person by the button (P19). Works in every state; asking
    /// twice changes nothing.
    pub async fn request_human(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        contact_id: ContactId,
    ) -> Result<Conversation, Error> {
        self.request_human_with(place, conversation_id, contact_id, Plain)
            .await
    }

    /// The same, telling what came of it otherwise.
    pub async fn request_human_with<O: Telling<Conversation>>(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        contact_id: ContactId,
        telling: O,
    ) -> Result<O::Given, Error> {
        // Nothing need be read for who asks again.
        let comes = self.has_human(&place, &conversation_id).await?;
        if let Some(conversation) = comes.filter(|found| found.contact_id == contact_id) {
            let again = move |tx: &mut Tx<'_>, moment: &Moment| {
                telling.of(tx, moment, |_| Ok(conversation.clone()))
            };
            return self.verb(again).await;
        }
        let brief = self.brief(&place, &conversation_id, None).await?;
        self.verb(move |tx, moment| {
            telling.of(tx, moment, |tx| {
                request_human(tx, &place, moment, &conversation_id, &contact_id, &brief)
            })
        })
        .await
    }
}

fn request_human(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    conversation_id: &ConversationId,
    contact_id: &ContactId,
    brief: &Brief,
) -> Result<Conversation, Error> {
    let mut scene = Scene::load(tx, place, moment, conversation_id)?;
    if scene.conversation.contact_id != *contact_id {
        return Err(Error::NotFound);
    }
    match scene.conversation.owner() {
        Owner::Queue | Owner::Agent(_) => return Ok(scene.conversation),
        Owner::Nobody => {
            let timings = &place.inbox.policy.timings;
            let reopened = scene.conversation.reopen(moment.now, timings, None)?;
            scene.record(reopened, None);
        }
        Owner::Assistant => {}
    }
    let mut view = brief.view(&mut scene)?;
    view.wish("button");
    let decision = decide(&place.inbox.policy, &view, moment.now);
    hand_off(&mut scene, brief, &view, &decision)?;
    scene.finish()
}

/// Hands the conversation over for the reasons of a decision.
pub(super) fn hand_off(
    scene: &mut Scene<'_, '_>,
    brief: &Brief,
    view: &View,
    decision: &Decision,
) -> Result<(), Error> {
    let (place, now) = (scene.place, scene.moment.now);
    let id = scene.conversation.id.clone();
    record_decision(scene, view, decision)?;

    let needs = needs(scene, decision)?;
    let staffing = staffing(scene.tx, place, &needs, now)?;
    let handoff_id = scene.moment.id();
    // Who writes by mail is told no wait, so none is promised.
    let email = email_of_writer(scene)?;
    let wanted = (&needs, scene.conversation.language.as_str());
    let promise = match email {
        Some(_) => None,
        None => promise(brief.line.as_deref(), wanted, staffing, now),
    };
    let (team_id, priority) = (needs.team.clone(), needs.priority);
    let attempts = scene.tx.attempts(&place.workspace.id, &id)?;
    let files = scene.tx.files_of(&place.workspace.id, &id)?;
    let (look_up, order) = look_up::begin(scene, &handoff_id, false)?.unzip();
    let reasons = decision.triggers();
    // What would help is missing, whether or not anybody is calm enough to be asked for it.
    let open = asking::wanted(&reasons, &brief.told, 0.0);
    let mut turns = brief.turns.clone();
    if let Some(newest) = turns.last_mut() {
        // By now it is stored.
        newest.message_id = newest.message_id.take().or_else(|| scene.last_heard());
    }
    let mut package = package::build(
        package::Sources {
            handoff_id: &handoff_id,
            conversation_id: &id,
            through_seq: scene.conversation.seq,
            language: &scene.conversation.language,
            turns: &turns,
            decision: Some(decision),
            answerable: brief.answerable,
            attempts: &attempts,
            customer: brief.card.clone(),
            suggestions: &brief.suggestions,
            files,
            customer_from: brief.customer_from.clone(),
            open: &open,
            similar: brief.similar.clone(),
            look_up,
        },
        now,
    );
    package.agreed.clone_from(&brief.agreed);
    let fact =
        scene
            .conversation
            .hand_off(handoff_id.clone(), reasons.clone(), promise.clone(), needs)?;
    scene.record(fact, None);
    match email {
        // Nobody is asked in a chat who is not there.
        Some(email) => {
            carry_on_by_email(scene, &email, "handoff.by_mail", &[])?;
        }
        None => {
            tell(scene, staffing, promise.as_ref());
            let mood = package.assessment.mood.strength;
            ask_later(
                scene,
                &handoff_id,
                asking::wanted(&reasons, &brief.told, mood),
            )?;
        }
    }
    if let Some(order) = order.flatten() {
        scene.job("look_up", format!("look_up {handoff_id}"), &order, 0)?;
    }
    kill_point("hand_off.between");

    for reason in &reasons {
        let counted = ("trigger", reason.name());
        scene
            .moment
            .count(Count::One("segue_handoffs_total", counted));
    }
    scene.tx.add_handoff(&Handoff {
        id: handoff_id,
        workspace_id: place.workspace.id.clone(),
        conversation_id: id,
        inbox_id: place.inbox.id.clone(),
        at: now,
        reasons,
        package: Some(package),
        promise,
        accepted_at: None,
        agent_id: None,
        first_reply_at: None,
        ended_at: None,
        outcome: None,
        team_id,
        priority,
        told_until: None,
    })?;
    Ok(())
}

/// Whom the conversation needs, as the decision says and the workspace has it: a team that
/// only the policy knows is nobody's, so everybody answers.
fn needs(scene: &mut Scene<'_, '_>, decision: &Decision) -> Result<Needs, Error> {
    let (workspace_id, target) = (&scene.place.workspace.id, &decision.target);
    let contact_id = scene.conversation.contact_id.clone();
    let team = match &target.team {
        Some(name) => scene.tx.team_named(workspace_id, name)?,
        None => None,
    };
    let dedicated = match target.dedicated_agent {
        true => scene.tx.dedicated_agent(workspace_id, &contact_id)?,
        false => None,
    };
    let skills = target.skills.iter().map(|skill| skill_name(skill));
    Ok(Needs {
        priority: Priority::new(decision.priority),
        team: team.map(|team| team.id),
        skills: skills.collect(),
        dedicated,
        last_agent: scene.tx.last_agent(workspace_id, &contact_id)?,
    })
}

/// A skill as it is compared: neither capitals nor blanks tell two apart.
pub(super) fn skill_name(skill: &str) -> String {
    skill.trim().to_lowercase()
}

/// Stores a decision with its inputs and marks it in the history.
pub(super) fn record_decision(
    scene: &mut Scene<'_, '_>,
    view: &View,
    decision: &Decision,
) -> Result<(), Error> {
    let decision_id = scene.moment.id();
    let place = scene.place;
    let id = scene.conversation.id.clone();
    scene.tx.add_decision(
        &decision_id,
        &place.workspace.id,
        &id,
        view,
        decision,
        scene.moment.now,
    )?;
    note_beside(scene, &decision_id, view, decision)?;
    let fact = Fact::Decided {
        decision_id,
        action: decision.action,
        reasons: decision.triggers(),
    };
    let body = Body {
        decision: Some(Box::new(decision.clone())),
        ..Body::default()
    };
    scene.record(fact, Some(body));
    Ok(())
}

/// Tells the customer the three things (P27): a person is coming, nothing needs
/// repeating, and how long it takes, or honestly that nobody is there (P33).
fn tell(scene: &mut Scene<'_, '_>, staffing: Staffing, promise: Option<&Promise>) {
    let now = scene.moment.now;
    let text = telling(scene.words(), scene.place, staffing, promise, now);
    scene.say_text("handoff.connecting", text);
}

/// The words of it.
pub(super) fn telling(
    words: &Words,
    place: &Place,
    staffing: Staffing,
    promise: Option<&Promise>,
    now: Timestamp,
) -> String {
    let wait = wait_words(words, place, staffing, promise, now);
    format!("{} {wait}", words.fill("handoff.connecting", &[]))
}

/// How long it takes, or honestly that nobody is there (P33).
pub(super) fn wait_words(
    words: &Words,
    place: &Place,
    staffing: Staffing,
    promise: Option<&Promise>,
    now: Timestamp,
) -> String {
    let mut told = match (staffing, promise) {
        (Staffing::Open, Some(Promise { minutes: 1, .. })) => {
            words.fill("handoff.wait_minute", &[])
        }
        (Staffing::Open, Some(promise)) => words.fill(
            "handoff.wait_minutes",
            &[("minutes", &promise.minutes.to_string())],
        ),
        (Staffing::Open, None) => words.fill("handoff.wait_unknown", &[]),
        (Staffing::NobodyOnline, _) => words.fill("handoff.nobody_online", &[]),
        (Staffing::Closed(Some(opens)), _) => {
            let opens = opening(opens, &place.inbox.hours.zone, now);
            words.fill("handoff.closed", &[("opens", &opens)])
        }
        (Staffing::Closed(None), _) => words.fill("handoff.closed_unknown", &[]),
    };
    // A wait that is too long to be sat out is said with the other ways (P31).
    if let (Staffing::Open, Some(promise)) = (staffing, promise) {
        let wait_ms = i64::from(promise.minutes) * MINUTE_MS;
        let closes_at = closes_within(place, wait_ms, now);
        let mut add = |more: String| told = format!("{told} {more}");
        if let Some(closes_at) = closes_at {
            let closes = closes_at.clock_time(&place.inbox.hours.zone);
            add(words.fill("handoff.closes_first", &[("closes", &closes)]));
        }
        if place.mail && (wait_ms > SLOW_MS || closes_at.is_some()) {
            add(words.fill("handoff.slow", &[]));
        }
    }
    told
}

/// An opening in figures that every language reads: `09:00` today, else with its date.
pub(super) fn opening(opens: Timestamp, zone: &str, now: Timestamp) -> String {
    let time = opens.clock_time(zone);
    if opens.date(zone) == now.date(zone) {
        time
    } else {
        format!("{} {time}", opens.date(zone))
    }
}
