//! The assistant's answer arrives, and may still turn into a question, an offer or a
//! handoff: now it is known how well the knowledge base answers.

use std::sync::Arc;

use segue_core::attempt::{Attempt, Outcome};
use segue_core::conversation::{Conversation, Owner};
use segue_core::decide::{Action, decide};
use segue_core::event::{Body, Citation, Fact, Message, Role};
use segue_core::ids::ConversationId;
use segue_core::package::shorten;
use segue_core::signal::{Feedback, SmallTalk};
use segue_store::Tx;

use super::brief::Brief;
use super::hand_off::{hand_off, record_decision};
use super::scene::Scene;
use super::{Desk, Error, Place};
use crate::assistant::Draft;
use crate::edge::Moment;

impl Desk {
    /// Ends the assistant's turn. An epoch that is not the current one means that
    /// somebody else speaks now: the draft is dropped.
    pub(crate) async fn answer(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        epoch: u64,
        brief: Brief,
        draft: Draft,
    ) -> Result<Conversation, Error> {
        self.verb(move |tx, moment| {
            answer(tx, &place, moment, &conversation_id, epoch, &brief, &draft)
        })
        .await
    }
}

fn answer(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    conversation_id: &ConversationId,
    epoch: u64,
    brief: &Brief,
    draft: &Draft,
) -> Result<Conversation, Error> {
    let mut scene = Scene::load(tx, place, moment, conversation_id)?;
    if scene.conversation.owner() != Owner::Assistant || scene.conversation.epoch != epoch {
        return Ok(scene.conversation);
    }
    if let Some(key) = template_for(brief) {
        let values = [("company", place.workspace.name.as_str())];
        let text = scene.words().fill(key, &values);
        speak(&mut scene, Some(key), text, vec![], None, false)?;
        return scene.finish();
    }
    let mut view = brief.view(&mut scene)?;
    // "That did not help" alone is no question, so no article can be missing for it.
    let only_complains = brief.reading.feedback == Some(Feedback::DidNotHelp)
        && draft.answerable < place.inbox.policy.partial_below;
    view.answerable = (!only_complains).then_some(draft.answerable);
    let decision = decide(&place.inbox.policy, &view, moment.now);
    match decision.action {
        Action::Escalate => hand_off(&mut scene, brief, &view, &decision)?,
        Action::Clarify => {
            record_decision(&mut scene, &view, &decision)?;
            clarify(&mut scene, brief)?;
        }
        Action::Answer | Action::Offer if only_complains => {
            record_decision(&mut scene, &view, &decision)?;
            say_sorry(&mut scene, decision.action == Action::Offer)?;
        }
        Action::Answer | Action::Offer => {
            record_decision(&mut scene, &view, &decision)?;
            say_answer(&mut scene, draft, decision.action == Action::Offer)?;
        }
    }
    scene.finish()
}

/// Small talk and plain feedback are answered by a template, with no question of
/// confidence (P15).
fn template_for(brief: &Brief) -> Option<&'static str> {
    let reading = &brief.reading;
    if reading.declines_offer {
        return Some("assistant.go_on");
    }
    match (reading.small_talk, reading.feedback) {
        (Some(SmallTalk::Greeting), _) => Some("assistant.greeting"),
        (Some(SmallTalk::Thanks), _) => Some("assistant.thanks"),
        (Some(SmallTalk::Goodbye), _) => Some("assistant.goodbye"),
        (Some(SmallTalk::Chat), _) => Some("assistant.chat"),
        (None, Some(Feedback::Helped)) => Some("assistant.glad"),
        (None, _) => None,
    }
}

/// After a useless answer: asks for more, or offers a person (P21).
pub(super) fn say_sorry(scene: &mut Scene<'_, '_>, offers_person: bool) -> Result<(), Error> {
    let key = if offers_person {
        "assistant.offer"
    } else {
        "assistant.sorry"
    };
    let text = scene.words().fill(key, &[]);
    speak(scene, Some(key), text, vec![], None, offers_person)
}

fn say_answer(scene: &mut Scene<'_, '_>, draft: &Draft, offers_person: bool) -> Result<(), Error> {
    let policy = &scene.place.inbox.policy;
    let usable = draft
        .text
        .as_ref()
        .filter(|_| draft.answerable >= policy.no_article_below);
    match usable {
        Some(text) => {
            let attempt = enter_attempt(scene, text, draft)?;
            let offer = match (offers_person, draft.answerable < policy.partial_below) {
                (false, _) => None,
                (true, true) => Some("assistant.partial"),
                (true, false) => Some("assistant.offer"),
            };
            let said = match offer {
                Some(key) => format!("{text}\n\n{}", scene.words().fill(key, &[])),
                None => text.clone(),
            };
            speak(
                scene,
                None,
                said,
                draft.citations.clone(),
                Some(&attempt),
                offers_person,
            )
        }
        None => {
            let key = "assistant.abstain";
            let text = scene.words().fill(key, &[]);
            speak(scene, Some(key), text, vec![], None, true)
        }
    }
}

/// Asks which of the two best readings is meant (P17).
fn clarify(scene: &mut Scene<'_, '_>, brief: &Brief) -> Result<(), Error> {
    let title = |n: usize| {
        brief
            .suggestions
            .get(n)
            .map_or("…", |suggestion| suggestion.title.as_str())
    };
    let text = scene.words().fill(
        "assistant.clarify",
        &[("first", title(0)), ("second", title(1))],
    );
    speak(scene, Some("assistant.clarify"), text, vec![], None, false)
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
    let fact = scene
        .conversation
        .speak_as_assistant(scene.conversation.epoch, message)?;
    scene.record(
        fact,
        Some(Body {
            text: Some(text),
            citations,
            ..Body::default()
        }),
    );
    Ok(())
}
