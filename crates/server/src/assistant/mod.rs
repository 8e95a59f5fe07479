//! What the assistant knows and how it answers. Without a language model it quotes the
//! knowledge base with citations, or says honestly that it has no answer. A model will
//! stand behind the same [`Draft`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use segue_core::event::Citation;
use segue_core::ids::WorkspaceId;
use segue_sense::answer::extract;
use segue_sense::read::{Context, read};
use segue_sense::retrieval::{Article, Index};
use segue_store::{Error, Store};

/// An answer that the assistant would give.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What it would say; `None` if it found nothing to say.
    pub text: Option<String>,
    /// What that rests on.
    pub citations: Vec<Citation>,
    /// How well it answers the question, 0..1.
    pub answerable: f64,
}

/// The indexed knowledge bases of this node, one for each workspace.
#[derive(Clone)]
pub struct Knowledge {
    store: Store,
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
    pub fn new(store: Store) -> Self {
        Self {
            store,
            indexes: Arc::default(),
            building: Arc::default(),
        }
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
        let built = tokio::task::spawn_blocking(move || Arc::new(Index::build(articles))).await;
        let index = built.map_err(|_| Error::Corrupt("the articles could not be read".into()))?;
        self.lock().insert(
            workspace_id.clone(),
            Indexed {
                version,
                index: index.clone(),
            },
        );
        Ok(index)
    }

    /// Reads rules and articles before anybody asks: the first customer need not wait.
    pub async fn warm(&self) {
        let ready = tokio::task::spawn_blocking(|| {
            read("hello", &Context::default());
        });
        let workspaces = self.store.read(|tx| tx.workspaces()).await;
        for workspace in workspaces.unwrap_or_default() {
            if let Err(error) = self.index(&workspace.id).await {
                tracing::warn!(%error, "could not read the articles ahead; the first question will");
            }
        }
        let _ = ready.await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<WorkspaceId, Indexed>> {
        self.indexes
            .lock()
            .expect("nobody panics with the lock held")
    }
}

/// The answer to a question: quoted from the best passages, with citations.
pub fn draft(index: &Index, question: &str) -> Draft {
    let hits = index.search(question, 5);
    if hits.is_empty() {
        return Draft {
            text: None,
            citations: vec![],
            answerable: 0.0,
        };
    }
    let answerable = index.answerable(question, &hits);
    let Some(extract) = extract(question, &hits) else {
        return Draft {
            text: None,
            citations: vec![],
            answerable,
        };
    };
    let citation = |(article_id, title, passage)| Citation {
        article_id,
        title,
        passage,
    };
    Draft {
        text: Some(extract.text),
        citations: extract.citations.into_iter().map(citation).collect(),
        answerable,
    }
}
