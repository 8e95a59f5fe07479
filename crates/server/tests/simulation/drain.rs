//! The end of each story: nothing fails any more and everybody is there. Then nobody may
//! wait for ever, no job may be left, and every mail that was owed has reached its mailbox.

use std::collections::BTreeSet;

use segue_core::conversation::{Conversation, Phase, State};
use segue_core::event::Disposition;
use segue_core::time::MINUTE_MS;
use segue_store::{Error as StoreError, Presence, View};

use crate::deeds::{self, Effect, Report};
use crate::rules;
use crate::turns::{Task, now};
use crate::world::{BEAT_MS, Speaker, World, refuse};

/// Beats until the last must have been served.
const BEATS: usize = 150;
/// Beats after which time passes faster, for what rests longer.
const BUSY_BEATS: usize = 40;

impl World {
    pub fn drain(&mut self) -> Result<(), String> {
        self.tell("from here on nothing goes wrong".into());
        self.finish()?;
        self.tools.desk.store.fail_commits(0);
        for who in 0..self.agents.len() {
            self.agents[who].is_connected = true;
            let (desk, actor) = (self.tools.desk.clone(), self.agents[who].actor.clone());
            let came = now(desk.set_presence(actor, Presence::Online, false));
            came.map_err(|error| format!("an agent could not come: {error}"))?;
        }
        for beat in 0..BEATS {
            self.live(if beat < BUSY_BEATS {
                BEAT_MS
            } else {
                MINUTE_MS
            })?;
            for who in 0..self.agents.len() {
                self.serve(who)?;
            }
            self.work()?;
            let (left, jobs) = self.left();
            if left.is_empty() && jobs.is_empty() {
                self.look_at_all()?;
                return self.mails();
            }
        }
        let (left, jobs) = self.left();
        Err(format!(
            "in the end these wait still: {left:?}; jobs: {jobs:?}"
        ))
    }

    /// An agent writes and resolves what they hold, then takes what they are asked to take.
    fn serve(&mut self, who: usize) -> Result<(), String> {
        let actor = self.agents[who].actor.clone();
        let (workspace_id, view) = (self.workspace_id.clone(), View::Agent(actor.id.clone()));
        let store = &self.tools.desk.store;
        let read = store.read(move |tx| tx.list_conversations(&workspace_id, &view, None, 100));
        let held: Result<_, StoreError> = now(read);
        for listed in held.unwrap() {
            let Conversation { id, epoch, .. } = listed.conversation;
            let text = "Solved, I think".to_string();
            let (n, line) = self.add_line(Speaker::Agent(who, Some(epoch)), id.clone(), text);
            let deed = deeds::write(self.ground(), actor.clone(), n, line);
            self.at_once(&format!("{} writes, line {n}", actor.name), deed)?;
            let (ground, actor) = (self.ground(), actor.clone());
            let name = format!("{} resolves {}", actor.name, self.label(&id));
            let resolve = Task::new(async move {
                let place = ground.desk.place(&ground.workspace_id, &ground.inbox_id);
                let place = place.await.unwrap();
                let how = Disposition::Solved;
                let done = ground.desk.resolve(place, id, actor, epoch, how).await;
                Report {
                    said: "resolved".into(),
                    effect: Effect::Nothing,
                    error: done.err(),
                }
            });
            self.at_once(&name, resolve)?;
        }
        let accept = deeds::accept(self.ground(), actor.clone(), who, false);
        self.at_once(&format!("{} takes one", actor.name), Task::new(accept))
    }

    /// Who waits, and the work that is left.
    fn left(&self) -> (Vec<String>, Vec<(String, i64)>) {
        let workspace_id = self.workspace_id.clone();
        let store = &self.tools.desk.store;
        let read = store.read(move |tx| {
            let all = tx.list_conversations(&workspace_id, &View::All, None, 10_000)?;
            Ok::<_, StoreError>((all, tx.count_jobs()?))
        });
        let (all, jobs) = now(read).unwrap();
        let waits = all
            .into_iter()
            .map(|it| it.conversation)
            .filter(|it| waits(it) || it.state() == State::WithAgent);
        let named = waits.map(|it| format!("{} {:?}", self.label(&it.id), it.phase));
        (named.collect(), jobs)
    }

    /// Every mail that was owed was taken by the post under one Message-ID, and no other.
    fn mails(&self) -> Result<(), String> {
        let workspace_id = self.workspace_id.clone();
        let read = self.tools.desk.store.read(move |tx| {
            let mut owed = BTreeSet::new();
            for listed in tx.list_conversations(&workspace_id, &View::All, None, 10_000)? {
                let id = listed.conversation.id;
                let events = tx.events(&workspace_id, &id, 0, 10_000)?;
                owed.extend(rules::mails_owed(&events).iter().map(ToString::to_string));
            }
            Ok::<_, StoreError>(owed)
        });
        let owed: BTreeSet<String> = now(read).unwrap();
        let taken: BTreeSet<String> = self.post.taken().into_iter().collect();
        let mut faults = Vec::new();
        if owed != taken {
            faults.push(format!("mails owed {owed:?}, taken {taken:?}"));
        }
        refuse(faults)
    }
}

/// Who still waits for somebody: the queue, or an answer of the assistant.
fn waits(conversation: &Conversation) -> bool {
    let owes = matches!(
        conversation.phase,
        Phase::Assisted {
            owes_answer_since: Some(_),
            ..
        }
    );
    owes || matches!(conversation.state(), State::Queued | State::ByEmail)
}
