//! Conversations that agents have solved, searched like articles: by their words and, where
//! there is a sentence model, by their meaning. Only their ids leave the search; whoever
//! shows them reads the words from the database, so that what is erased is gone, and what a
//! team keeps to itself stays there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use segue_core::event::{Event, Fact, Message, Role};
use segue_core::ids::{ArticleId, ConversationId, WorkspaceId};
use segue_core::package::{SimilarCase, shorten};
use segue_core::time::{SECOND_MS, Timestamp};
use segue_sense::read::Reader;
use segue_sense::retrieval::{Article, Hit, Index, Library};
use segue_sense::similar::similarity;
use segue_store::{Error, Store};

/// Conversations that are searched, the latest ones.
const SEARCHED: i64 = 500;
/// How long a search may be behind what was solved meanwhile.
const BEHIND_MS: i64 = 30 * SECOND_MS;
/// Conversations that are shown of those found.
const SHOWN: usize = 3;
/// From here on two matters are alike: by words, and in cosines. Rather none than a wrong one:
/// what solved another matter misleads whoever has a minute. Below 0.84 lie a late order and a
/// charge that came twice, of one order.
const ALIKE: f64 = 0.45;
const ALIKE_IN_MEANING: f64 = 0.86;
/// Events that are read of one conversation.
const EVENTS: i64 = 1_000;
/// Texts that a search waits for to be understood; more are understood meanwhile.
const UNDERSTOOD_AT_ONCE: usize = 30;
/// The agent's last messages among which the one stands that helped.
const LAST: usize = 3;
/// Letters of what helped.
const HELPED_LETTERS: usize = 240;

/// The solved conversations of this node's workspaces. Cheap to clone.
#[derive(Clone)]
pub struct Cases {
    store: Store,
    reader: Reader,
    known: Arc<Mutex<HashMap<WorkspaceId, Known>>>,
    building: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Clone)]
struct Known {
    at: Timestamp,
    library: Arc<Library>,
    index: Arc<CaseIndex>,
}

/// Solved conversations, ready to be searched.
#[derive(Default)]
pub struct CaseIndex {
    index: Index,
    cases: HashMap<ArticleId, Case>,
}

#[derive(Clone)]
struct Case {
    conversation_id: ConversationId,
    issue: String,
    helped: String,
}

impl Cases {
    /// Nothing is read until it is first asked for.
    pub fn new(store: Store, reader: Reader) -> Self {
        Self {
            store,
            reader,
            known: Arc::default(),
            building: Arc::default(),
        }
    }

    /// The solved conversations of a workspace, as of half a minute ago or later.
    pub async fn index(
        &self,
        workspace_id: &WorkspaceId,
        now: Timestamp,
    ) -> Result<Arc<CaseIndex>, Error> {
        let known = |this: &Self| this.lock().get(workspace_id).cloned();
        let is_good = |known: &Known| (0..BEHIND_MS).contains(&now.since(known.at));
        if let Some(known) = known(self).filter(is_good) {
            return Ok(known.index);
        }
        // One builds; whoever comes meanwhile takes what there was.
        let Ok(_turn) = self.building.try_lock() else {
            return Ok(known(self).map(|known| known.index).unwrap_or_default());
        };
        let before = known(self);
        let cases = self.read(workspace_id, before.as_ref()).await?;
        let library = before.map(|known| known.library);
        let library = library.unwrap_or_else(|| Arc::new(Library::of(&self.reader, 1)));
        let index = self.build(cases, library.clone()).await?;
        let fresh = Known {
            at: now,
            library,
            index: index.clone(),
        };
        self.lock().insert(workspace_id.clone(), fresh);
        Ok(index)
    }

    /// The latest solved conversations; the words of those known before are not read again.
    async fn read(
        &self,
        workspace_id: &WorkspaceId,
        before: Option<&Known>,
    ) -> Result<Vec<Case>, Error> {
        let id = workspace_id.clone();
        let known: HashMap<ConversationId, Case> = before
            .iter()
            .flat_map(|known| known.index.cases.values())
            .map(|case| (case.conversation_id.clone(), case.clone()))
            .collect();
        self.store
            .read(move |tx| {
                let mut cases: Vec<Case> = Vec::new();
                for solved in tx.solved_cases(&id, SEARCHED)? {
                    let conversation_id = solved.conversation_id;
                    if let Some(case) = known.get(&conversation_id) {
                        cases.push(case.clone());
                        continue;
                    }
                    let issue = solved.package.assessment.issue;
                    let events = tx.events(&id, &conversation_id, 0, EVENTS)?;
                    if let Some(helped) = what_helped(&events).filter(|_| !issue.is_empty()) {
                        cases.push(Case {
                            conversation_id,
                            issue,
                            helped,
                        });
                    }
                }
                cases.dedup_by(|a, b| a.conversation_id == b.conversation_id);
                Ok::<_, Error>(cases)
            })
            .await
    }

    async fn build(
        &self,
        cases: Vec<Case>,
        library: Arc<Library>,
    ) -> Result<Arc<CaseIndex>, Error> {
        let build = move || {
            let articles: Vec<Article> = cases.iter().filter_map(article).collect();
            let index = Index::build_with(articles.clone(), &library, UNDERSTOOD_AT_ONCE);
            let unread = index.unread() > 0;
            let keyed = cases.into_iter();
            let keyed = keyed.filter_map(|case| Some((article(&case)?.id, case)));
            let index = CaseIndex {
                index,
                cases: keyed.collect(),
            };
            (Arc::new(index), unread.then_some((articles, library)))
        };
        let built = tokio::task::spawn_blocking(build).await;
        let broken = |_| Error::Corrupt("solved conversations could not be read".into());
        let (index, unread) = built.map_err(broken)?;
        if let Some((articles, library)) = unread {
            // The library keeps what they mean; the next index finds it there.
            tokio::task::spawn_blocking(move || {
                Index::build_with(articles, &library, usize::MAX);
            });
        }
        Ok(index)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<WorkspaceId, Known>> {
        self.known.lock().expect("nobody panics with the lock held")
    }
}

impl CaseIndex {
    /// The conversations whose matter is most like this one, the nearest first.
    pub fn search(&self, reader: &Reader, issue: &str, but: &ConversationId) -> Vec<SimilarCase> {
        if self.cases.is_empty() || issue.trim().is_empty() {
            return vec![];
        }
        let query = reader.query(issue);
        let mut found: Vec<SimilarCase> = Vec::new();
        for hit in self.index.search(&query, 4 * SHOWN) {
            let Some(case) = self.cases.get(&hit.article_id) else {
                continue;
            };
            let id = &case.conversation_id;
            if id == but || found.iter().any(|known| known.conversation_id == *id) {
                continue;
            }
            if let Some(nearness) = nearness(&hit, issue, &case.issue) {
                found.push(SimilarCase {
                    conversation_id: id.clone(),
                    nearness,
                });
            }
        }
        found.sort_by(|a, b| b.nearness.total_cmp(&a.nearness));
        found.truncate(SHOWN);
        found
    }
}

/// How near two matters are, 0 to 1; `None` where they are not alike.
fn nearness(hit: &Hit, issue: &str, other: &str) -> Option<f64> {
    let by_words = similarity(&issue.into(), &other.into());
    let near = match hit.nearness {
        Some(near) if near.question >= ALIKE_IN_MEANING => near.question.max(by_words),
        _ if by_words >= ALIKE => by_words,
        _ => return None,
    };
    // In hundredths: more would look as if it were measured.
    Some((near.clamp(0.0, 1.0) * 100.0).round() / 100.0)
}

/// A case as the search reads one: what it was about as the title.
fn article(case: &Case) -> Option<Article> {
    let (_, number) = case.conversation_id.as_str().split_once('_')?;
    Some(Article {
        id: ArticleId::parse(&format!("art_{number}"))?,
        title: case.issue.clone(),
        tags: vec![],
        text: case.helped.clone(),
    })
}

/// What an agent did that solved it, in their words: what they noted at the end, else the
/// longest of their last messages. `None` where no agent said anything.
pub fn what_helped(events: &[Event]) -> Option<String> {
    let since = events
        .iter()
        .rposition(|event| matches!(event.fact, Fact::HandedOff { .. }))?;
    let mut said: Vec<&str> = Vec::new();
    let mut note: Option<&str> = None;
    for event in &events[since..] {
        let Fact::MessageAdded(Message {
            role: Role::Agent,
            private,
            ..
        }) = &event.fact
        else {
            continue;
        };
        let text = event.body.as_ref().and_then(|body| body.text.as_deref());
        match text {
            Some(text) if *private => note = Some(text),
            Some(text) => {
                said.push(text);
                note = None;
            }
            None => {}
        }
    }
    if said.is_empty() {
        return None;
    }
    // The first message introduces; what helped comes after it, where anything does.
    let rest = if said.len() > 1 { &said[1..] } else { &said };
    let last = &rest[rest.len().saturating_sub(LAST)..];
    let longest = last.iter().max_by_key(|text| text.len()).copied();
    note.or(longest).map(|text| shorten(text, HELPED_LETTERS))
}
