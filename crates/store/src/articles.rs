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
             set title = excluded.title, tags = excluded.tags, text = excluded.text, updated_at = excluded.updated_at
             where articles.title <> excluded.title or articles.tags <> excluded.tags or articles.text <> excluded.text",
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
             where workspace_id = $1 order by source",
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
             where workspace_id = $1 and id = $2",
            params![workspace_id, id],
        )?
        .map(article)
        .transpose()
    }

    /// The number of articles and the last change, to see whether an index is stale.
    pub fn articles_version(&mut self, workspace_id: &WorkspaceId) -> Result<(i64, i64), Error> {
        let row = self.row(
            "select count(*), coalesce(max(updated_at), 0) from articles where workspace_id = $1",
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
