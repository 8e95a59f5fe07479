//! The knowledge base.

use segue_core::ids::{ArticleId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, json, params};
use crate::tx::Tx;

/// An article.
#[derive(Clone, Debug, PartialEq)]
pub struct Article {
    /// Its id.
    pub id: ArticleId,
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// The file it came from; importing it again updates the article.
    pub source: String,
    /// Its title.
    pub title: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its text in Markdown.
    pub text: String,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Tx<'_> {
    /// Adds an article, or replaces the one from the same source and keeps its id.
    /// `true` if something changed.
    pub fn put_article(&mut self, article: &Article) -> Result<bool, Error> {
        let changed = self.execute(
            "insert into articles (id, workspace_id, source, title, tags, text, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (workspace_id, source) do update
             set title = excluded.title, tags = excluded.tags, text = excluded.text,
                 updated_at = excluded.updated_at, deleted_at = null
             where articles.title <> excluded.title or articles.tags <> excluded.tags
                or articles.text <> excluded.text or articles.deleted_at is not null",
            params![
                &article.id,
                &article.workspace_id,
                article.source.as_str(),
                article.title.as_str(),
                json(&article.tags)?,
                article.text.as_str(),
                article.updated_at,
            ],
        )?;
        Ok(changed > 0)
    }

    /// Every article of a workspace.
    pub fn articles(&mut self, workspace_id: &WorkspaceId) -> Result<Vec<Article>, Error> {
        self.rows(
            "select id, workspace_id, source, title, tags, text, updated_at from articles
             where workspace_id = $1 and deleted_at is null order by source",
            params![workspace_id],
        )?
        .into_iter()
        .map(article)
        .collect()
    }

    /// An article of a workspace.
    pub fn article(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ArticleId,
    ) -> Result<Option<Article>, Error> {
        self.row(
            "select id, workspace_id, source, title, tags, text, updated_at from articles
             where workspace_id = $1 and id = $2 and deleted_at is null",
            params![workspace_id, id],
        )?
        .map(article)
        .transpose()
    }

    /// Changes an article as it was at `seen`; `false` if it was changed or deleted
    /// meanwhile.
    pub fn edit_article(&mut self, article: &Article, seen: Timestamp) -> Result<bool, Error> {
        let changed = self.execute(
            "update articles set title = $3, tags = $4, text = $5, updated_at = $6
             where workspace_id = $1 and id = $2 and updated_at = $7 and deleted_at is null",
            params![
                &article.workspace_id,
                &article.id,
                article.title.as_str(),
                json(&article.tags)?,
                article.text.as_str(),
                article.updated_at,
                seen,
            ],
        )?;
        Ok(changed > 0)
    }

    /// Deletes an article, which can be brought back; `false` if there is none.
    pub fn delete_article(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ArticleId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "update articles set deleted_at = $3
             where workspace_id = $1 and id = $2 and deleted_at is null",
            params![workspace_id, id, now],
        )?;
        Ok(changed > 0)
    }

    /// Brings a deleted article back; `false` if there is none.
    pub fn restore_article(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ArticleId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "update articles set deleted_at = null, updated_at = $3
             where workspace_id = $1 and id = $2 and deleted_at is not null",
            params![workspace_id, id, now],
        )?;
        Ok(changed > 0)
    }

    /// Removes for good what was deleted before an instant.
    pub fn purge_articles(
        &mut self,
        workspace_id: &WorkspaceId,
        before: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "delete from articles where workspace_id = $1 and deleted_at < $2",
            params![workspace_id, before],
        )?;
        Ok(())
    }

    /// The number of articles and the last change, to see whether an index is stale.
    pub fn articles_version(&mut self, workspace_id: &WorkspaceId) -> Result<(i64, i64), Error> {
        let row = self.row(
            "select count(case when deleted_at is null then 1 end),
                    coalesce(max(case when deleted_at > updated_at then deleted_at else updated_at end), 0)
             from articles where workspace_id = $1",
            params![workspace_id],
        )?;
        row.map_or(Ok((0, 0)), |row| Ok((row.int(0)?, row.int(1)?)))
    }
}

fn article(row: Row) -> Result<Article, Error> {
    Ok(Article {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        source: row.text(2)?.into(),
        title: row.text(3)?.into(),
        tags: row.json(4)?,
        text: row.text(5)?.into(),
        updated_at: row.at(6)?,
    })
}
