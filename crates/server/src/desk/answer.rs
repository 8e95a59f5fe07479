//! The assistant's answer arrives, and may still turn into a question, an offer or a
//! handoff: now it is known how well the knowledge base answers.

use std::sync::Arc;

use segue_core::attempt::{Attempt, Outcome};
use segue_core::conversation::{Conversation, Phase};
use segue_core::decide::{Action, View, decide};
use segue_core::event::{Body, Citation, Fact, Message, Role};
use segue_core::package::shorten;
use segue_store::{Tx, kill_point};

use super::brief::Brief;
use super::hand_off::{hand_off, record_decision};
use super::scene::Scene;
use super::speech::{Speech, only_complains, small_talk, sorry, speech, template_for};
use super::{AnswerOrder, Desk, Error, Place};
use crate::assistant::Draft;
use crate::edge::Moment;

impl Desk {
    /// Ends the assistant's turn. An order that is void by now, because somebody else
    /// speaks, the customer has gone on, or it was answered before, drops the draft.
    pub(crate) async fn answer(
        &self,
        place: Arc<Place>,
        order: AnswerOrder,
        brief: Brief,
        draft: Draft,
    ) -> Result<Conversation, Error> {
        self.verb(move |tx, moment| answer(tx, &place, moment, &order, &brief, &draft))
            .await
    }

    /// What would become of a draft now: whether it would be said at all.
    pub(crate) async fn would_say(
        &self,
        place: &Arc<Place>,
        order: &AnswerOrder,
        brief: &Brief,
        draft: &Draft,
    ) -> Result<bool, Error> {
        if template_for(brief).is_some() || draft.text.is_none() {
            return Ok(false);
        }
        let (workspace_id, id) = (place.workspace.id.clone(), order.conversation_id.clone());
        let read = self.store.read(move |tx| {
            let attempts = tx.attempts(&workspace_id, &id)?;
            let conversation = tx.conversation(&workspace_id, &id)?;
            conversation.map(|it| (it, attempts)).ok_or(Error::NotFound)
        });
        let (conversation, attempts) = read.await?;
        let policy = &place.inbox.policy;
        let mut view = brief.view_of(place, &conversation, attempts);
        take_in(&mut view, draft);
        let action = decide(policy, &view, self.clock.now()).action;
        let is_said = matches!(action, Action::Answer | Action::Offer);
        Ok(is_said
            && !only_complains(brief, draft, policy)
            && draft.answerable >= policy.no_article_below)
    }
}

impl AnswerOrder {
    /// Whether nobody waits for this answer any more.
    pub(crate) fn is_void(&self, conversation: &Conversation) -> bool {
        let owes_answer = matches!(
            conversation.phase,
            Phase::Assisted {
                owes_answer_since: Some(_),
                ..
            }
        );
        // Three quick messages get one answer, to the last.
        let has_newer = conversation.last_heard_seq > self.seq;
        !owes_answer || has_newer || conversation.epoch != self.epoch
    }
}

/// Adds to a view what is known of the answer. How well the articles answer is open until
/// it is clear which of them is meant (P17).
pub(super) fn take_in(view: &mut View, draft: &Draft) {
    if draft.readings.len() >= 2 && !view.clarified {
        view.readings.clone_from(&draft.readings);
    } else {
        view.answerable = Some(draft.answerable);
    }
}

fn answer(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    order: &AnswerOrder,
    brief: &Brief,
    draft: &Draft,
) -> Result<Conversation, Error> {
    let mut scene = Scene::load(tx, place, moment, &order.conversation_id)?;
    if order.is_void(&scene.conversation) {
        return Ok(scene.conversation);
    }
    if let Some(said) = small_talk(scene.words(), &place.workspace.name, brief) {
        say_speech(&mut scene, said, draft)?;
        return scene.finish();
    }
    let mut view = brief.view(&mut scene)?;
    let only_complains = only_complains(brief, draft, &place.inbox.policy);
    if !only_complains {
        take_in(&mut view, draft);
    }
    let decision = decide(&place.inbox.policy, &view, moment.now);
    kill_point("answer.between");
    if decision.action == Action::Escalate {
        hand_off(&mut scene, brief, &view, &decision)?;
        return scene.finish();
    }
    record_decision(&mut scene, &view, &decision)?;
    let language = scene.conversation.language.clone();
    let said = speech(place, &language, brief, draft, decision.action);
    say_speech(&mut scene, said, draft)?;
    scene.finish()
}

/// After a useless answer: asks for more, or offers a person (P21).
pub(super) fn say_sorry(scene: &mut Scene<'_, '_>, offers_person: bool) -> Result<(), Error> {
    let said = sorry(scene.words(), offers_person);
    say_speech(scene, said, &Draft::default())
}

/// Says what was worked out; a suggestion goes into the ledger first.
fn say_speech(scene: &mut Scene<'_, '_>, said: Speech, draft: &Draft) -> Result<(), Error> {
    let mut message = Message {
        template: said.template.map(str::to_string),
        offers_person: said.offers_person,
        ..scene.message(Role::Assistant, None)
    };
    if let Some(text) = &said.suggestion {
        let attempt = enter_attempt(scene, text, draft)?;
        message.message_id = attempt.message_id;
        message.attempt_id = Some(attempt.id);
    }
    let body = Body {
        text: Some(said.text),
        citations: said.citations,
        readings: said.readings,
        ..Body::default()
    };
    say(scene, message, body)
}

/// A suggestion becomes a row of the ledger (P24).
fn enter_attempt(scene: &mut Scene<'_, '_>, text: &str, draft: &Draft) -> Result<Attempt, Error> {
    let cited = draft.citations.first();
    let attempt = Attempt {
        id: scene.moment.id(),
        message_id: scene.moment.id(),
        at: scene.moment.now,
        suggestion: shorten(text, 300),
        article_id: cited.map(|citation| citation.article_id.clone()),
        article_title: cited.map(|citation| citation.title.clone()),
        outcome: Outcome::Unknown,
        outcome_words: None,
    };
    let place = scene.place;
    let id = scene.conversation.id.clone();
    scene.tx.add_attempt(&place.workspace.id, &id, &attempt)?;
    let fact = Fact::AttemptMade {
        attempt_id: attempt.id.clone(),
        article_id: attempt.article_id.clone(),
    };
    scene.record(fact, None);
    Ok(attempt)
}

/// Speaks as the assistant under the conversation's epoch.
pub(super) fn speak(
    scene: &mut Scene<'_, '_>,
    template: Option<&str>,
    text: String,
    citations: Vec<Citation>,
    attempt: Option<&Attempt>,
    offers_person: bool,
) -> Result<(), Error> {
    let mut message = Message {
        template: template.map(str::to_string),
        offers_person,
        ..scene.message(Role::Assistant, None)
    };
    if let Some(attempt) = attempt {
        message.message_id = attempt.message_id.clone();
        message.attempt_id = Some(attempt.id.clone());
    }
    let body = Body {
        text: Some(text),
        citations,
        ..Body::default()
    };
    say(scene, message, body)
}

fn say(scene: &mut Scene<'_, '_>, message: Message, body: Body) -> Result<(), Error> {
    let epoch = scene.conversation.epoch;
    let fact = scene.conversation.speak_as_assistant(epoch, message)?;
    scene.record(fact, Some(body));
    Ok(())
}
