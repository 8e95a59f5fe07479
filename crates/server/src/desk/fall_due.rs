//! Time is only another message: what happens when a conversation's due time comes.

use segue_core::conversation::{Conversation, Due};
use segue_core::event::{Event, Fact};
use segue_core::ids::{ConversationId, WorkspaceId};
use segue_store::{HandoffEnd, Tx};

use super::absence::{give_place_up, mail_line};
use super::answer::speak;
use super::scene::Scene;
use super::{Desk, Error, Keep, load_place};
use crate::edge::Moment;

/// Whose silence counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judging {
    /// Everybody's: they could be heard all the time.
    Silence,
    /// Nobody's whom we could not hear: neither agents who were asked nor our own answers
    /// are late yet.
    OnlyWaits,
}

impl Judging {
    fn counts(self, due: Due) -> bool {
        match due {
            Due::InvitationExpiry | Due::AnswerOverdue | Due::PlaceLimit => {
                self == Judging::Silence
            }
            Due::Reminder
            | Due::SilenceClose
            | Due::WaitReview
            | Due::WaitLimit
            | Due::ReplyOverdue => true,
        }
    }
}

impl Desk {
    /// Lets every due time come that has come in the workspace that is kept. Returns how
    /// many. One that fails is logged and looked at again next time; it does not hold up
    /// the others.
    pub async fn fall_due(
        &self,
        keep: &Keep,
        judging: Judging,
        limit: i64,
    ) -> Result<usize, Error> {
        let (now, workspace_id) = (self.clock.now(), keep.workspace_id.clone());
        let due = self
            .store
            .read(move |tx| {
                tx.conversations_due(&workspace_id, now, limit)
                    .map_err(Error::from)
            })
            .await?;
        let mail = self.mail;
        let mut came = 0;
        let counts = |(_, due): &(_, Due)| judging.counts(*due);
        for (conversation_id, due) in due.into_iter().filter(counts) {
            let (id, keep) = (conversation_id.clone(), keep.clone());
            let done = self.verb(move |tx, moment| {
                keep.check(tx)?;
                let workspace_id = &keep.workspace_id;
                fall_due(tx, workspace_id, moment, &conversation_id, due, mail)
            });
            match done.await {
                Ok(()) => came += 1,
                Err(Error::NotKeeper) => return Err(Error::NotKeeper),
                Err(error) => {
                    tracing::error!(%error, conversation.id = %id, ?due, "a due time could not come; it is tried again");
                }
            }
        }
        Ok(came)
    }
}

fn fall_due(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    moment: &Moment,
    conversation_id: &ConversationId,
    due: Due,
    mail: bool,
) -> Result<(), Error> {
    let Some(conversation) = tx.conversation(workspace_id, conversation_id)? else {
        return Ok(());
    };
    let place = load_place(tx, workspace_id, &conversation.inbox_id, mail)?;
    let mut scene = Scene::load(tx, &place, moment, conversation_id)?;
    let timings = &place.inbox.policy.timings;
    // Something else may have happened since the list was read.
    let Ok(fact) = scene.conversation.fall_due(due, moment.now, timings) else {
        return Ok(());
    };
    match due {
        Due::AnswerOverdue => {
            scene.record(fact, None);
            let text = scene.words().fill("assistant.missed", &[]);
            speak(
                &mut scene,
                Some("assistant.missed"),
                text,
                vec![],
                None,
                true,
            )?;
        }
        Due::Reminder => {
            let expects_more = expects_more(&mut scene)?;
            scene.record(fact, None);
            if expects_more {
                scene.say("silence.reminder", &[]);
            }
        }
        Due::SilenceClose => {
            scene.say("silence.closed", &[]);
            scene.record(fact, None);
        }
        Due::InvitationExpiry | Due::ReplyOverdue => {
            scene.record(fact, None);
        }
        Due::WaitReview => {
            let told = reviews(&scene.conversation) < timings.reviews_told;
            scene.record(fact, None);
            // Nobody is thanked for waiting who is not there.
            let is_there = scene
                .conversation
                .wait()
                .is_some_and(|wait| wait.away.is_none());
            if told && is_there {
                scene.say("handoff.still_waiting", &[]);
            }
        }
        Due::PlaceLimit => give_place_up(&mut scene, fact)?,
        Due::WaitLimit => {
            let waits = scene.conversation.wait();
            let is_kept = waits.is_some_and(|wait| wait.kept.is_some());
            if let Some(wait) = scene.conversation.wait() {
                let handoff_id = wait.handoff_id.clone();
                scene.tx.handoff_ended(
                    workspace_id,
                    &handoff_id,
                    HandoffEnd::WAIT_LIMIT,
                    moment.now,
                )?;
            }
            scene.say("handoff.wait_limit", &[]);
            // Who keeps the place from afar reads no page.
            if is_kept && place.mail && scene.conversation.heard_by.is_chat() {
                let seq = scene.conversation.seq;
                mail_line(&mut scene, seq)?;
            }
            scene.record(fact, None);
        }
    }
    scene.finish().map(|_| ())
}

/// Nobody is asked whether they are there who never said a word, or has said goodbye.
fn expects_more(scene: &mut Scene<'_, '_>) -> Result<bool, Error> {
    let (workspace_id, id) = (&scene.place.workspace.id, scene.conversation.id.clone());
    if scene.tx.first_customer_text(workspace_id, &id)?.is_none() {
        return Ok(false);
    }
    let last = scene.conversation.seq.saturating_sub(1);
    let said = scene.tx.events(workspace_id, &id, last, 1)?.pop();
    let ends = |event: Event| match event.fact {
        Fact::MessageAdded(message) => message
            .template
            .is_some_and(|key| ["assistant.goodbye", "assistant.glad"].contains(&key.as_str())),
        _ => false,
    };
    Ok(!said.is_some_and(ends))
}

fn reviews(conversation: &Conversation) -> u32 {
    conversation.wait().map_or(0, |wait| wait.reviews)
}
