//! A question tried in the console: the same reading, searching, deciding and wording as
//! for a customer, and nothing of it is stored.

use std::sync::Arc;

use segue_core::decide::{Action, Decision};
use segue_core::queue::Needs;
use segue_core::words::Words;

use super::advise::{Advice, Transcript};
use super::hand_off::telling;
use super::milestones::Milestone;
use super::speech::{Speech, small_talk, speech};
use super::wait::{promise, staffing};
use super::{Desk, Error, Place};

/// What a customer would get.
#[derive(Clone, Debug)]
pub struct Tried {
    /// What they would be told.
    pub said: Speech,
    /// The decision; `None` for small talk, which is answered without one.
    pub decision: Option<Decision>,
    /// What it was made from.
    pub advice: Advice,
}

impl Desk {
    /// Tries the last line of a transcript in an inbox, spoken in a language.
    pub async fn try_question(
        &self,
        place: Arc<Place>,
        transcript: Transcript,
        language: &str,
    ) -> Result<Tried, Error> {
        let words = Words::of(language);
        let advice = self.advise(place.clone(), transcript, None).await?;
        let decision = Some(advice.decision.clone());
        if advice.decision.action == Action::Escalate {
            let now = self.clock.now();
            let line = self.line(&place.workspace.id, None).await?;
            let told = self.store.read(move |tx| {
                let needs = Needs::default();
                let staffing = staffing(tx, &place, &needs, now)?;
                let promise = promise(Some(&line), (&needs, words.language), staffing, now);
                Ok::<_, Error>(telling(words, &place, staffing, promise.as_ref(), now))
            });
            let said = Speech {
                template: Some("handoff.connecting"),
                text: told.await?,
                ..Speech::default()
            };
            return Ok(Tried {
                said,
                decision,
                advice,
            });
        }
        if let Some(said) = small_talk(words, &place.workspace.name, &advice.brief) {
            return Ok(Tried {
                said,
                decision: None,
                advice,
            });
        }
        let said = speech(
            &place,
            words.language,
            &advice.brief,
            &advice.draft,
            advice.decision.action,
        );
        if said.suggestion.is_some() {
            self.pass(&place.workspace.id, Milestone::Answered).await?;
        }
        Ok(Tried {
            said,
            decision,
            advice,
        })
    }
}
