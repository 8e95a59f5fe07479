//! An article is written, changed, deleted and brought back.

use segue_core::audit::{Action, By};
use segue_core::ids::ArticleId;
use segue_core::time::{DAY_MS, Timestamp};
use segue_store::{Article, Tx};

use super::audit::{Deed, write_down};
use super::{Actor, Desk, Error};
use crate::edge::Moment;

/// How long what was deleted can be brought back.
const KEPT_MS: i64 = 30 * DAY_MS;

/// What an article says.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its title.
    pub title: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its text in Markdown.
    pub text: String,
}

impl Desk {
    /// Adds an article that was written in the console.
    pub async fn write_article(&self, actor: Actor, written: Written) -> Result<Article, Error> {
        self.verb(move |tx, moment| {
            let id: ArticleId = moment.id();
            let article = Article {
                source: format!("written/{id}"),
                id,
                workspace_id: actor.workspace_id.clone(),
                title: written.title.clone(),
                tags: written.tags.clone(),
                text: written.text.clone(),
                updated_at: moment.now,
            };
            tx.put_article(&article)?;
            note(tx, moment, &actor, Action::ArticlesImported, &article.id)?;
            Ok(article)
        })
        .await
    }

    /// Changes an article as it was at `seen`; a conflict if it was changed meanwhile.
    pub async fn edit_article(
        &self,
        actor: Actor,
        id: ArticleId,
        seen: Timestamp,
        written: Written,
    ) -> Result<Article, Error> {
        self.verb(move |tx, moment| {
            let known = tx
                .article(&actor.workspace_id, &id)?
                .ok_or(Error::NotFound)?;
            let article = Article {
                title: written.title.clone(),
                tags: written.tags.clone(),
                text: written.text.clone(),
                updated_at: moment.now,
                ..known
            };
            if !tx.edit_article(&article, seen)? {
                return Err(Error::Store(segue_store::Error::Conflict));
            }
            note(tx, moment, &actor, Action::ArticlesImported, &article.id)?;
            Ok(article)
        })
        .await
    }

    /// Deletes an article. It can be brought back for thirty days.
    pub async fn delete_article(&self, actor: Actor, id: ArticleId) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            tx.purge_articles(&actor.workspace_id, moment.now.plus(-KEPT_MS))?;
            if !tx.delete_article(&actor.workspace_id, &id, moment.now)? {
                return Err(Error::NotFound);
            }
            note(tx, moment, &actor, Action::ArticlesRemoved, &id)
        })
        .await
    }

    /// Brings a deleted article back.
    pub async fn restore_article(&self, actor: Actor, id: ArticleId) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            if !tx.restore_article(&actor.workspace_id, &id, moment.now)? {
                return Err(Error::NotFound);
            }
            note(tx, moment, &actor, Action::ArticlesImported, &id)
        })
        .await
    }
}

fn note(
    tx: &mut Tx<'_>,
    moment: &Moment,
    actor: &Actor,
    action: Action,
    id: &ArticleId,
) -> Result<(), Error> {
    let deed = Deed::new(action).on(id);
    write_down(tx, moment, &actor.workspace_id, &By::from(actor), deed)
}
