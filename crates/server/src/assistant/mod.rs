//! What the assistant knows and how it answers. Without a language model it quotes the
//! knowledge base with citations, or says honestly that it has no answer. A model stands
//! behind the same [`Draft`]: it makes the words better, never the rules weaker.

mod agreed;
mod article;
mod better;
mod breaker;
mod cases;
mod clarify;
mod model;
mod notice;
mod prompt;
mod write;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use segue_core::event::Citation;
use segue_core::ids::{ArticleId, WorkspaceId};
use segue_core::time::Timestamp;
use segue_sense::grounding::language_of;
use segue_sense::read::{Context, Reader, Sharpness};
use segue_sense::retrieval::{Article, Hit, Index, Library, Query, readings};
use segue_store::{Error, Store};

pub use agreed::Told;
pub use article::word_article;
pub use better::introduce;
pub use cases::{CaseIndex, Cases, what_helped};
pub use clarify::chosen;
pub use model::{Ending, Failure, Limits, Model, ModelOptions};
pub use notice::{add, notice};
pub use prompt::Asked;
pub use write::{Unwritten, Written, write};

/// An answer that the assistant would give.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// What it would say; `None` if it found nothing to say.
    pub text: Option<String>,
    /// What that rests on.
    pub citations: Vec<Citation>,
    /// How well it answers the question, 0..1.
    pub answerable: f64,
    /// Titles of what the question may mean, where that is open (P17).
    pub readings: Vec<String>,
    /// ISO 639-1 code of the language that the text is in, where it can be told.
    pub language: Option<&'static str>,
    /// Whether it is what an agent has told, and nothing that the assistant suggests.
    pub is_told: bool,
}

/// How often it is looked whether texts come, and after how many looks without any the
/// sentence model rests: two minutes.
const LOOK_FOR_QUIET: Duration = Duration::from_secs(30);
const QUIET_LOOKS: u32 = 4;

/// How many passages are looked at.
const HITS: usize = 5;
/// Where the customer has chosen an article, its passages are looked for among so many.
const HITS_CHOSEN: usize = 40;

/// The indexed knowledge bases of this node, one for each workspace.
#[derive(Clone)]
pub struct Knowledge {
    /// What agents have solved.
    pub cases: Cases,
    store: Store,
    reader: Reader,
    libraries: Arc<Mutex<HashMap<WorkspaceId, Arc<Library>>>>,
    indexes: Arc<Mutex<HashMap<WorkspaceId, Indexed>>>,
    building: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Clone)]
struct Indexed {
    /// The number of articles and the last change it was built from.
    version: (i64, i64),
    index: Arc<Index>,
}

impl Knowledge {
    /// Nothing is indexed until it is first asked for.
    pub fn new(store: Store, reader: Reader) -> Self {
        Self {
            cases: Cases::new(store.clone(), reader.clone()),
            store,
            reader,
            libraries: Arc::default(),
            indexes: Arc::default(),
            building: Arc::default(),
        }
    }

    /// What reads texts on this node.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The index of a workspace, built anew if its articles have changed.
    pub async fn index(&self, workspace_id: &WorkspaceId) -> Result<Arc<Index>, Error> {
        let id = workspace_id.clone();
        let version = self.store.read(move |tx| tx.articles_version(&id)).await?;
        let known = || {
            let known = self.lock().get(workspace_id).cloned();
            known.filter(|indexed| indexed.version == version)
        };
        if let Some(indexed) = known() {
            return Ok(indexed.index);
        }
        // One builds, the others wait for it; neither on a thread that reads or serves.
        let _turn = self.building.lock().await;
        if let Some(indexed) = known() {
            return Ok(indexed.index);
        }
        let id = workspace_id.clone();
        let articles = self.store.read(move |tx| tx.articles(&id)).await?;
        let article = |article: segue_store::Article| Article {
            id: article.id,
            title: article.title,
            tags: article.tags,
            text: article.text,
        };
        let articles = articles.into_iter().map(article).collect();
        let (this, id) = (self.clone(), workspace_id.clone());
        // The library may have to wait for the sentence model.
        let build = move || index_of(articles, &this.library(&id));
        let built = tokio::task::spawn_blocking(build).await;
        let (index, rest) =
            built.map_err(|_| Error::Corrupt("the articles could not be read".into()))?;
        self.remember(workspace_id, version, index.clone());
        if let Some(articles) = rest {
            self.understand(workspace_id.clone(), version, articles);
        }
        Ok(index)
    }

    /// The index as it would be with one more article: a title, tags and a text.
    pub async fn index_with(
        &self,
        workspace_id: &WorkspaceId,
        (title, tags, text): (String, Vec<String>, String),
    ) -> Result<Arc<Index>, Error> {
        let id = workspace_id.clone();
        let articles = self.store.read(move |tx| tx.articles(&id)).await?;
        let known = articles.into_iter().map(|article| Article {
            id: article.id,
            title: article.title,
            tags: article.tags,
            text: article.text,
        });
        let mut articles: Vec<Article> = known.collect();
        articles.push(Article {
            id: ArticleId::new(Timestamp::default(), 0),
            title,
            tags,
            text,
        });
        let (this, id) = (self.clone(), workspace_id.clone());
        let build = move || index_of(articles, &this.library(&id)).0;
        let built = tokio::task::spawn_blocking(build).await;
        built.map_err(|_| Error::Corrupt("the articles could not be read".into()))
    }

    /// Works out in the background what many articles mean. Until then they are found by
    /// their words.
    fn understand(&self, workspace_id: WorkspaceId, version: (i64, i64), articles: Vec<Article>) {
        let this = self.clone();
        tokio::task::spawn_blocking(move || {
            let library = this.library(&workspace_id);
            let index = Arc::new(Index::build_with(articles, &library, usize::MAX));
            let is_current = this
                .lock()
                .get(&workspace_id)
                .is_some_and(|now| now.version == version);
            if is_current {
                this.remember(&workspace_id, version, index);
            }
        });
    }

    /// What is known of a workspace's articles from one index to the next.
    fn library(&self, workspace_id: &WorkspaceId) -> Arc<Library> {
        let libraries = self.libraries.lock();
        let mut libraries = libraries.expect("nobody panics with the lock held");
        let library = libraries.entry(workspace_id.clone());
        library
            .or_insert_with(|| Arc::new(Library::of(&self.reader, 1)))
            .clone()
    }

    fn remember(&self, workspace_id: &WorkspaceId, version: (i64, i64), index: Arc<Index>) {
        let indexed = Indexed { version, index };
        self.lock().insert(workspace_id.clone(), indexed);
    }

    /// Reads rules and articles before anybody asks: the first customer need not wait.
    pub async fn warm(&self) {
        let reader = self.reader.clone();
        let ready = tokio::task::spawn_blocking(move || {
            reader.read("hello", &Context::default());
        });
        let workspaces = self.store.read(|tx| tx.workspaces()).await;
        for workspace in workspaces.unwrap_or_default() {
            if let Err(error) = self.index(&workspace.id).await {
                tracing::warn!(%error, "could not read the articles ahead; the first question will");
            }
        }
        let _ = ready.await;
    }

    /// Has the sentence model open by the time that somebody has typed.
    pub fn expect_texts(&self) {
        if self.reader.sharpness() == Sharpness::Resting {
            let reader = self.reader.clone();
            tokio::task::spawn_blocking(move || reader.wake());
        }
    }

    /// Lets the sentence model rest whenever nobody writes, until the process ends.
    pub async fn rest_when_quiet(&self) {
        let mut tick = tokio::time::interval(LOOK_FOR_QUIET);
        let (mut used, mut quiet) = (0, 0);
        loop {
            tick.tick().await;
            let before = std::mem::replace(&mut used, self.reader.used());
            quiet = if before == used { quiet + 1 } else { 0 };
            if quiet == QUIET_LOOKS {
                self.reader.rest();
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<WorkspaceId, Indexed>> {
        self.indexes
            .lock()
            .expect("nobody panics with the lock held")
    }
}

/// Passages and titles that a question waits for to be understood: half a second.
const UNDERSTOOD_AT_ONCE: usize = 30;

/// An index, and the articles once more where understanding them would take too long now.
fn index_of(articles: Vec<Article>, library: &Library) -> (Arc<Index>, Option<Vec<Article>>) {
    let index = Index::build_with(articles.clone(), library, UNDERSTOOD_AT_ONCE);
    let later = (index.unread() > 0).then_some(articles);
    (Arc::new(index), later)
}

/// What is found for a question: the answer word for word, and the passages that a model
/// may use. `title` is the article that the customer has chosen, if they were asked.
pub fn find(index: &Index, question: &Query, title: Option<&str>) -> (Draft, Vec<Hit>) {
    let Some(title) = title else {
        let hits = index.search(question, HITS);
        let draft = Draft {
            readings: readings(&question.text, &hits),
            ..quote(index, question, &hits, index.answerable(question, &hits))
        };
        return (draft, hits);
    };
    let query = Query {
        text: format!("{} {title}", question.text),
        ..question.clone()
    };
    let mut hits = index.search(&query, HITS_CHOSEN);
    hits.retain(|hit| hit.title == title);
    hits.truncate(HITS);
    // They said themselves that this is what they mean: the title is the question.
    let answerable = index.answerable(&title.into(), &hits);
    (quote(index, &query, &hits, answerable), hits)
}

fn quote(index: &Index, question: &Query, hits: &[Hit], answerable: f64) -> Draft {
    let Some(extract) = index.extract(question, hits) else {
        return Draft {
            answerable: if hits.is_empty() { 0.0 } else { answerable },
            ..Draft::default()
        };
    };
    let passage = extract
        .citations
        .first()
        .map(|(.., passage)| passage.as_str());
    Draft {
        language: passage.and_then(language_of),
        text: Some(extract.text),
        citations: extract.citations.into_iter().map(citation).collect(),
        answerable,
        readings: vec![],
        is_told: false,
    }
}

impl Draft {
    /// The same answer in a model's words.
    pub fn in_words_of(self, written: Written) -> Self {
        let cited = |hit: Hit| citation((hit.article_id, hit.title, hit.passage));
        Self {
            text: Some(written.text),
            citations: written.hits.into_iter().map(cited).collect(),
            language: None,
            ..self
        }
    }
}

fn citation((article_id, title, passage): (ArticleId, String, String)) -> Citation {
    Citation {
        article_id,
        title,
        passage,
    }
}
