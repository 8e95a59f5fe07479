//! What the articles leave open, and the drafts that are to close it. The customers' words
//! stay where they were said; only a draft that nobody has approved yet holds some.

use segue_core::gap::{GapDraft, GapResult, QuestionPlace};
use segue_core::ids::{ArticleId, GapId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, json, params};
use crate::tx::Tx;

/// A gap that somebody works on, or has closed.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// Its id.
    pub id: GapId,
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// Whether it is closed: its draft has become an article.
    pub is_closed: bool,
    /// The questions.
    pub questions: Vec<QuestionPlace>,
    /// The draft; without words once it is an article.
    pub draft: GapDraft,
    /// The article that it became.
    pub article_id: Option<ArticleId>,
    /// What became of the questions.
    pub result: Option<GapResult>,
    /// When somebody began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
}

impl Tx<'_> {
    /// Keeps a gap as it is now.
    pub fn put_gap(&mut self, gap: &Gap) -> Result<(), Error> {
        let result = gap.result.as_ref().map(json).transpose()?;
        self.execute(
            "insert into gaps (id, workspace_id, closed, questions, draft, article_id, result, created_at, changed_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             on conflict (id) do update
             set closed = excluded.closed, draft = excluded.draft, article_id = excluded.article_id,
                 result = excluded.result, changed_at = excluded.changed_at
             where gaps.workspace_id = excluded.workspace_id",
            params![
                &gap.id,
                &gap.workspace_id,
                gap.is_closed,
                json(&gap.questions)?,
                json(&gap.draft)?,
                gap.article_id.as_ref(),
                result,
                gap.created_at,
                gap.changed_at
            ],
        )?;
        Ok(())
    }

    /// A gap of a workspace.
    pub fn gap(&mut self, workspace_id: &WorkspaceId, id: &GapId) -> Result<Option<Gap>, Error> {
        self.row(
            "select id, workspace_id, closed, questions, draft, article_id, result, created_at, changed_at
             from gaps where workspace_id = $1 and id = $2",
            params![workspace_id, id],
        )?
        .map(gap)
        .transpose()
    }

    /// The gaps that somebody works on or has closed, the newest first.
    pub fn gaps(&mut self, workspace_id: &WorkspaceId, limit: i64) -> Result<Vec<Gap>, Error> {
        self.rows(
            "select id, workspace_id, closed, questions, draft, article_id, result, created_at, changed_at
             from gaps where workspace_id = $1 order by id desc limit $2",
            params![workspace_id, limit],
        )?
        .into_iter()
        .map(gap)
        .collect()
    }

    /// Forgets a gap; its questions are open again.
    pub fn drop_gap(&mut self, workspace_id: &WorkspaceId, id: &GapId) -> Result<bool, Error> {
        let gone = self.execute(
            "delete from gaps where workspace_id = $1 and id = $2",
            params![workspace_id, id],
        )?;
        Ok(gone > 0)
    }

    /// What was said in a message; `None` where it was erased, or had no words.
    pub fn words_of(
        &mut self,
        workspace_id: &WorkspaceId,
        place: &QuestionPlace,
    ) -> Result<Option<String>, Error> {
        let row = self.row(
            "select body from events where conversation_id = $1 and seq = $2 and workspace_id = $3
               and body is not null",
            params![&place.conversation_id, place.seq as i64, workspace_id],
        )?;
        let Some(row) = row else { return Ok(None) };
        let body: segue_core::event::Body = row.json(0)?;
        Ok(body.text.filter(|text| !text.trim().is_empty()))
    }
}

fn gap(row: Row) -> Result<Gap, Error> {
    Ok(Gap {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        is_closed: row.truth(2)?,
        questions: row.json(3)?,
        draft: row.json(4)?,
        article_id: row.id_or_null(5),
        result: row.text_or_null(6).map(|_| row.json(6)).transpose()?,
        created_at: row.at(7)?,
        changed_at: row.at(8)?,
    })
}
