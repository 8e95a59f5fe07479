//! Conversations become findable, a moment after something was said in them: what is new
//! is read, its words found out, and written beside the conversation. No message waits for
//! that, and while messages come in this rests most of the time. Whatever was missed (a node that died, clocks that differ) the next look finds,
//! because what was said stands in the events.

use segue_core::conversation::{Conversation, Owner};
use segue_core::event::{Body, Event, Fact};
use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::time::SECOND_MS;
use segue_sense::search_words::words_of;
use segue_store::{Findable, Tx};
use tokio::task::JoinSet;

use super::{Desk, Error};
use crate::edge::patiently;

/// Events may come in that much later than their time says: clocks of nodes differ, and
/// transactions take their time.
const LATE_MS: i64 = 10 * SECOND_MS;
/// How far behind the note of what is done may be: so much is looked at anew each time.
const NOTED_EVERY_MS: i64 = 10 * SECOND_MS;
/// Events that are looked at in one round.
const LOOKED_AT: i64 = 2_000;
/// Conversations that are written side by side: few, since customers' messages come between.
const SIDE_BY_SIDE: usize = 4;
/// Events that are read at once.
const PAGE: i64 = 500;

/// What is new in a conversation.
struct Found {
    through: u64,
    language: String,
    /// What was said, and who the customer is.
    texts: Vec<String>,
    facets: Vec<String>,
}

impl Found {
    fn findable(self) -> Findable {
        let words = self.texts.iter();
        Findable {
            words: words
                .flat_map(|text| words_of(text, &self.language))
                .collect(),
            facets: self.facets,
        }
    }
}

impl Desk {
    /// Makes everything findable that is not yet, in the workspaces that this node keeps;
    /// how many conversations that were.
    pub async fn make_findable(&self) -> Result<usize, Error> {
        let workspaces = self.store.glance(|tx| tx.workspaces()).await?;
        let mut made = 0;
        for workspace in workspaces {
            made += self.make_findable_in(&workspace.id).await?;
        }
        Ok(made)
    }

    async fn make_findable_in(&self, workspace_id: &WorkspaceId) -> Result<usize, Error> {
        let behind = self.clock.now().plus(-LATE_MS);
        let id = workspace_id.clone();
        let known = self
            .store
            .glance(move |tx| Ok::<_, Error>((tx.searched_until(&id)?, tx.last_event_at(&id)?)));
        let (mut noted, last) = known.await?;
        let (mut from, mut made) = (noted.min(behind), 0);
        loop {
            let id = workspace_id.clone();
            let looked = self
                .store
                .read(move |tx| tx.unsearched(&id, from, LOOKED_AT));
            let looked = looked.await?;
            let is_all = looked.len() < LOOKED_AT as usize;
            // A quiet workspace is not looked through from long ago at each turn.
            let quiet_since = last.filter(|_| looked.is_empty() && made == 0);
            let until = match (looked.last(), is_all) {
                (Some((last, _)), false) => (*last).min(behind),
                (None, _) => quiet_since.unwrap_or_default().min(behind),
                (Some(_), true) => behind,
            };
            // A whole round of one instant is done then, and is not found again.
            from = looked.last().map_or(from, |(last, _)| *last);
            let is_far = until.since(noted) >= NOTED_EVERY_MS;
            if (is_far || !looked.is_empty()) && self.keep(workspace_id).await?.is_none() {
                return Ok(made);
            }
            let mut ids: Vec<ConversationId> = looked.into_iter().map(|(_, id)| id).collect();
            ids.sort();
            ids.dedup();
            made += ids.len();
            self.make_each_findable(workspace_id, ids).await?;
            if is_far {
                let id = workspace_id.clone();
                self.verb(move |tx, _| Ok(tx.set_searched_until(&id, noted, until)?))
                    .await?;
                noted = until;
            }
            if is_all {
                return Ok(made);
            }
        }
    }

    async fn make_each_findable(
        &self,
        workspace_id: &WorkspaceId,
        ids: Vec<ConversationId>,
    ) -> Result<(), Error> {
        for some in ids.chunks(SIDE_BY_SIDE) {
            let step = self.step();
            let mut working = JoinSet::new();
            for id in some {
                let (desk, workspace_id, id) = (self.clone(), workspace_id.clone(), id.clone());
                working.spawn(async move { desk.make_one_findable(workspace_id, id).await });
            }
            while let Some(done) = working.join_next().await {
                match done {
                    Ok(Ok(())) => {}
                    // What cannot be read is no reason not to find the others.
                    Ok(Err(Error::Store(segue_store::Error::Corrupt(error)))) => {
                        tracing::error!(%error, "a conversation cannot be read, and is not found by its words");
                    }
                    Ok(Err(error)) => return Err(error),
                    Err(_) => return Err(Error::Invalid("the words could not be read")),
                }
            }
            self.give_way(step, some.len()).await;
        }
        Ok(())
    }

    async fn make_one_findable(
        &self,
        workspace_id: WorkspaceId,
        id: ConversationId,
    ) -> Result<(), Error> {
        let (asked_in, asked) = (workspace_id.clone(), id.clone());
        let read = self.store.read(move |tx| read(tx, &asked_in, &asked));
        let Some(found) = read.await? else {
            return Ok(());
        };
        let through = found.through;
        let findable = patiently(move || found.findable()).await;
        let findable = findable.map_err(|_| Error::Invalid("the words could not be read"))?;
        self.verb(move |tx, _| {
            let Some(conversation) = tx.conversation_for_update(&workspace_id, &id)? else {
                return Ok(());
            };
            let mut findable = findable.clone();
            // Erased since it was read (P48).
            if conversation.erased {
                findable.words.clear();
            }
            Ok(tx.make_findable(&conversation, through, &findable)?)
        })
        .await
    }
}

fn read(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    id: &ConversationId,
) -> Result<Option<Found>, Error> {
    let Some(conversation) = tx.conversation(workspace_id, id)? else {
        return Ok(None);
    };
    let mut through = tx.searched_through(workspace_id, id)?;
    let mut said = String::new();
    loop {
        let events = tx.events(workspace_id, id, through, PAGE)?;
        let Some(last) = events.last() else { break };
        through = last.seq;
        events.iter().for_each(|event| say(event, &mut said));
    }
    let mut texts = vec![said];
    if let Some(contact) = tx.contact(workspace_id, &conversation.contact_id)? {
        texts.extend(contact.person.name);
        texts.extend(contact.person.email);
    }
    Ok(Some(Found {
        through,
        facets: facets(tx, &conversation)?,
        language: conversation.language,
        texts,
    }))
}

/// What of an event somebody may look for: words, and names of files.
fn say(event: &Event, text: &mut String) {
    let Fact::MessageAdded(_) = &event.fact else {
        return;
    };
    let Some(Body {
        text: said,
        files,
        mail,
        ..
    }) = &event.body
    else {
        return;
    };
    let subject = mail.as_ref().map(|mail| mail.subject.as_str());
    let names = files.iter().map(|file| file.name.as_str());
    for one in said.as_deref().into_iter().chain(subject).chain(names) {
        text.push_str(one);
        text.push('\n');
    }
}

/// What a search is narrowed down by, each as `what:which`.
fn facets(tx: &mut Tx<'_>, conversation: &Conversation) -> Result<Vec<String>, Error> {
    let team = conversation
        .team
        .as_ref()
        .map_or("none", |team| team.as_str());
    let mut facets = vec![
        format!("state:{}", conversation.state().name()),
        format!("language:{}", conversation.language),
        format!("inbox:{}", conversation.inbox_id),
        format!("team:{team}"),
    ];
    if let Owner::Agent(id) = conversation.owner() {
        facets.push(format!("agent:{id}"));
    }
    let handoffs = tx.handoffs(&conversation.workspace_id, Some(&conversation.id), None, 50)?;
    for handoff in handoffs {
        facets.extend(handoff.agent_id.map(|id| format!("agent:{id}")));
        let reasons = handoff.reasons.iter();
        facets.extend(reasons.map(|trigger| format!("trigger:{}", trigger.name())));
    }
    Ok(facets)
}
