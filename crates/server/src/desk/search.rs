//! Finds conversations by what was said in them and by what is known of them. What is
//! found is held against the conversation as it is now, and against who may see it.

use segue_core::conversation::State;
use segue_core::event::Fact;
use segue_core::ids::{AgentId, InboxId, MessageId, TeamId, WorkspaceId};
use segue_core::signal::Trigger;
use segue_core::time::Timestamp;
use segue_sense::search_words::{Part, excerpt, matches, words_asked};
use segue_store::{Agent, Listed, Sought, Tx};

use super::{Desk, Error, sees};

/// What somebody looks for; what is not said leaves nothing out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    /// Words that were said, all of which must be there.
    pub text: String,
    /// Where it stands.
    pub state: Option<State>,
    /// Who answers or has answered.
    pub agent_id: Option<AgentId>,
    /// Who answers for it.
    pub team: Option<OfTeam>,
    /// ISO 639-1.
    pub language: Option<String>,
    /// Why it was handed over, now or before.
    pub trigger: Option<Trigger>,
    /// Where it came in.
    pub inbox_id: Option<InboxId>,
    /// Began then or later.
    pub from: Option<Timestamp>,
    /// Began before then.
    pub until: Option<Timestamp>,
    /// The `next` of the page before.
    pub before: Option<i64>,
}

/// Which team.
#[derive(Clone, Debug, PartialEq)]
pub enum OfTeam {
    /// This one.
    Team(TeamId),
    /// Those that no team answers for.
    Nobody,
}

/// A page of what was found, the newest first.
#[derive(Clone, Debug)]
pub struct SearchPage {
    /// What was found.
    pub hits: Vec<SearchHit>,
    /// Where to go on; `None` where that is all.
    pub next: Option<i64>,
}

/// A conversation that was found.
#[derive(Clone, Debug)]
pub struct SearchHit {
    /// The conversation.
    pub listed: Listed,
    /// The message that holds most of what was looked for.
    pub message_id: Option<MessageId>,
    /// Its words around that; empty where it was found by something else.
    pub excerpt: Vec<Part>,
}

/// Conversations on a page.
const PAGE: usize = 25;
/// Conversations that are looked at before a page is given as it is: with few that an agent
/// may see among many, they go on from there.
const LOOKED_AT: usize = 2_000;
/// Candidates that are fetched at once.
const BATCH: i64 = 100;
/// Events in which the words are looked for to be shown.
const SHOWN_FROM: i64 = 100;
/// Letters that are shown around the words.
const EXCERPT: usize = 160;

impl Desk {
    /// Finds conversations for an agent, or for a program, which sees all.
    pub async fn search(
        &self,
        workspace_id: &WorkspaceId,
        viewer: Option<Agent>,
        search: Search,
    ) -> Result<SearchPage, Error> {
        let (id, now) = (workspace_id.clone(), self.clock.now());
        let line = self.line(workspace_id, None).await?;
        let asked = words_asked(&search.text);
        // Words that say nothing at all find nothing, rather than everything.
        if asked.is_empty() && !search.text.trim().is_empty() {
            return Ok(SearchPage {
                hits: vec![],
                next: None,
            });
        }
        let mut sought = search.sought(&asked);
        let found = self.store.read(move |tx| {
            let mut hits = Vec::new();
            let mut looked_at = 0;
            sought.before = search.before;
            loop {
                let batch = tx.search(&id, &sought, BATCH)?;
                let is_all = batch.len() < BATCH as usize;
                for (place, listed) in batch {
                    sought.before = Some(place);
                    looked_at += 1;
                    let may = |agent: &Agent| sees(&line.floor, agent, &listed.conversation, now);
                    if !search.is_still(&listed) || !viewer.as_ref().is_none_or(may) {
                        continue;
                    }
                    hits.push(hit(tx, listed, &asked)?);
                    if hits.len() == PAGE {
                        return Ok(SearchPage {
                            hits,
                            next: sought.before,
                        });
                    }
                }
                if is_all || looked_at >= LOOKED_AT {
                    let next = sought.before.filter(|_| !is_all);
                    return Ok::<_, Error>(SearchPage { hits, next });
                }
            }
        });
        found.await
    }
}

impl Search {
    fn sought(&self, asked: &[Vec<String>]) -> Sought {
        let team = self.team.as_ref().map(|team| match team {
            OfTeam::Team(id) => id.to_string(),
            OfTeam::Nobody => "none".into(),
        });
        let facets = [
            ("state", self.state.map(|state| state.name().to_string())),
            ("agent", self.agent_id.as_ref().map(ToString::to_string)),
            ("team", team),
            ("language", self.language.clone()),
            ("trigger", self.trigger.map(|it| it.name().to_string())),
            ("inbox", self.inbox_id.as_ref().map(ToString::to_string)),
        ];
        let facets = facets.into_iter().filter_map(|(what, which)| {
            let which = which?;
            Some(vec![format!("{what}:{which}")])
        });
        Sought {
            groups: asked.iter().cloned().chain(facets).collect(),
            from: self.from,
            until: self.until,
            before: None,
        }
    }

    /// Whether it stands as it did when it was made findable.
    fn is_still(&self, listed: &Listed) -> bool {
        let conversation = &listed.conversation;
        let is_of = |team: &OfTeam| match team {
            OfTeam::Team(id) => conversation.team.as_ref() == Some(id),
            OfTeam::Nobody => conversation.team.is_none(),
        };
        self.state.is_none_or(|state| conversation.state() == state)
            && self.team.as_ref().is_none_or(is_of)
    }
}

fn hit(tx: &mut Tx<'_>, listed: Listed, asked: &[Vec<String>]) -> Result<SearchHit, Error> {
    let conversation = &listed.conversation;
    let (mut best, mut message_id, mut text) = (0, None, String::new());
    if !asked.is_empty() {
        for event in tx.events(&conversation.workspace_id, &conversation.id, 0, SHOWN_FROM)? {
            let (Fact::MessageAdded(message), Some(said)) =
                (&event.fact, event.body.and_then(|body| body.text))
            else {
                continue;
            };
            let here = matches(&said, &conversation.language, asked);
            if here > best {
                (best, message_id, text) = (here, Some(message.message_id.clone()), said);
            }
            if best == asked.len() {
                break;
            }
        }
    }
    let excerpt = excerpt(&text, &conversation.language, asked, EXCERPT);
    Ok(SearchHit {
        listed,
        message_id,
        excerpt,
    })
}
