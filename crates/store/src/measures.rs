//! What the measures remember of conversations (P34 to P38). How far the counts
//! have come stands in a mark, so that they are kept up bit by bit.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use segue_core::event::Event;
use segue_core::ids::{AgentId, ArticleId, ContactId, ConversationId, InboxId, WorkspaceId};
use segue_core::measure::{Behind, Case};
use segue_core::signal::Trigger;
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::events::event;
use crate::sql::{Row, json, params};
use crate::tx::Tx;

/// How far the counts of a workspace have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureMark {
    /// The definitions and hours that they were made by.
    pub basis: String,
    /// Grows with each recount.
    pub generation: i64,
    /// Events up to here were looked at.
    pub read_until: Timestamp,
    /// When all conversations were last compared.
    pub compared_at: Option<Timestamp>,
}

/// How far a case was read, in which recount, and as of when it is counted there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseStanding {
    /// The last event that was read.
    pub seq: u64,
    /// The recount.
    pub generation: i64,
    /// As of when.
    pub counted_at: Timestamp,
}

/// A case as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptCase {
    /// What is remembered.
    pub case: Case,
    /// In which recount it is counted, and as of when.
    pub standing: CaseStanding,
}

/// Which cases a list shows.
#[derive(Clone, Debug, Default)]
pub struct CasesAsked {
    /// The figure that they stand behind.
    pub behind: Option<Behind>,
    /// Something of it happened from then on.
    pub from: Timestamp,
    /// It began before then.
    pub until: Timestamp,
    /// In which inbox.
    pub inbox_id: Option<String>,
    /// Of which plan.
    pub plan: Option<String>,
    /// In which language.
    pub language: Option<String>,
    /// About what.
    pub topic: Option<String>,
    /// Only those that began before this one, in the list's order.
    pub before: Option<(Timestamp, String)>,
}

/// What an agent took in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Who.
    pub agent_id: Option<AgentId>,
    /// When it entered the queue.
    pub at: Timestamp,
    /// When they took it.
    pub accepted_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Where it came in: whose wall its hour is on.
    pub inbox_id: InboxId,
}

/// Which handoffs are looked at for who took them.
#[derive(Clone, Debug, Default)]
pub struct TakenAsked {
    /// Entered the queue from then on.
    pub from: Timestamp,
    /// And before then.
    pub until: Timestamp,
    /// In which inbox.
    pub inbox_id: Option<String>,
    /// Of which plan, as the measures remember it.
    pub plan: Option<String>,
    /// In which language.
    pub language: Option<String>,
    /// About what.
    pub topic: Option<String>,
    /// With which main reason.
    pub trigger: Option<Trigger>,
}

static SELECT_CASES: LazyLock<String> = LazyLock::new(|| select_cases(false));
pub(crate) static SELECT_CASES_OF_TOPIC: LazyLock<String> = LazyLock::new(|| select_cases(true));

/// Cases as they are asked for. A topic stands in the text, so that SQLite finds it by an index.
fn select_cases(is_of_topic: bool) -> String {
    let topic = if is_of_topic {
        "topic = $8"
    } else {
        "cast($8 as text) is null"
    };
    format!(
        "select facts, generation, counted_at from measure_cases
         where workspace_id = $1 and opened_at < $2 and last_at >= $3 and (marks & $4) = $4
           and (cast($5 as text) is null or inbox_id = $5)
           and (cast($6 as text) is null or plan = $6)
           and (cast($7 as text) is null or language = $7)
           and {topic}
           and (cast($9 as bigint) is null or opened_at < $9
                or (opened_at = $9 and conversation_id < $10))
         order by opened_at desc, conversation_id desc limit $11"
    )
}

pub(crate) const SELECT_OF_CONTACT: &str = "select facts, generation, counted_at from measure_cases
    where workspace_id = $1 and contact_id = $2 and (marks & 2) = 2 order by opened_at desc limit $3";

impl Tx<'_> {
    /// How far the counts have come; `None` where nobody counted yet. Kept from changing until
    /// the commit, where `to_change`.
    pub fn measure_mark(
        &mut self,
        workspace_id: &WorkspaceId,
        to_change: bool,
    ) -> Result<Option<MeasureMark>, Error> {
        let sql = if to_change && self.is_postgres() {
            "select basis, generation, read_until, compared_at from measure_marks where workspace_id = $1 for update"
        } else {
            "select basis, generation, read_until, compared_at from measure_marks where workspace_id = $1"
        };
        let row = self.row(sql, params![workspace_id])?;
        row.map(|row| {
            Ok(MeasureMark {
                basis: row.text(0)?.into(),
                generation: row.int(1)?,
                read_until: row.at(2)?,
                compared_at: row.at_or_null(3),
            })
        })
        .transpose()
    }

    /// Writes down how far the counts have come.
    pub fn set_measure_mark(
        &mut self,
        workspace_id: &WorkspaceId,
        mark: &MeasureMark,
    ) -> Result<(), Error> {
        self.execute(
            "insert into measure_marks (workspace_id, basis, generation, read_until, compared_at)
             values ($1, $2, $3, $4, $5)
             on conflict (workspace_id) do update
             set basis = excluded.basis, generation = excluded.generation, read_until = excluded.read_until, compared_at = excluded.compared_at",
            params![
                workspace_id,
                mark.basis.as_str(),
                mark.generation,
                mark.read_until,
                mark.compared_at
            ],
        )?;
        Ok(())
    }

    /// Conversations in which something happened since an instant and that are not read up to
    /// there.
    pub fn unmeasured_since(
        &mut self,
        workspace_id: &WorkspaceId,
        generation: i64,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<ConversationId>, Error> {
        self.rows(
            "select c.id from conversations c left join measure_cases m on m.conversation_id = c.id
             where c.workspace_id = $1
               and c.id in (select conversation_id from events where workspace_id = $1 and at >= $2)
               and (m.seq is null or m.seq <> c.seq or m.generation <> $4) order by c.id limit $3",
            params![workspace_id, since, limit, generation],
        )?
        .into_iter()
        .map(|row| row.id(0))
        .collect()
    }

    /// The same of all conversations there are, after an id: what was missed is found.
    pub fn unmeasured(
        &mut self,
        workspace_id: &WorkspaceId,
        generation: i64,
        after: Option<&ConversationId>,
        limit: i64,
    ) -> Result<Vec<ConversationId>, Error> {
        self.rows(
            "select c.id from conversations c left join measure_cases m on m.conversation_id = c.id
             where c.workspace_id = $1 and c.id > $2
               and (m.seq is null or m.seq <> c.seq or m.generation <> $4) order by c.id limit $3",
            params![
                workspace_id,
                after.map_or("", |id| id.as_str()),
                limit,
                generation
            ],
        )?
        .into_iter()
        .map(|row| row.id(0))
        .collect()
    }

    /// Conversations whose counts time alone has changed by now.
    pub fn measures_changed(
        &mut self,
        workspace_id: &WorkspaceId,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<ConversationId>, Error> {
        self.rows(
            "select conversation_id from measure_cases
             where workspace_id = $1 and changes_at <= $2 order by changes_at limit $3",
            params![workspace_id, now, limit],
        )?
        .into_iter()
        .map(|row| row.id(0))
        .collect()
    }

    /// The events of a conversation as the measures read them: without words, but for what a
    /// decision saw.
    pub fn facts_of(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
    ) -> Result<Vec<Event>, Error> {
        self.rows(
            "select seq, at, epoch, fact, case when kind = 'decided' then body end from events
             where conversation_id = $1 and workspace_id = $2 order by seq",
            params![conversation_id, workspace_id],
        )?
        .into_iter()
        .map(event)
        .collect()
    }

    /// The plan of a contact.
    pub fn plan_of(
        &mut self,
        workspace_id: &WorkspaceId,
        contact_id: &ContactId,
    ) -> Result<String, Error> {
        let row = self.row(
            "select plan from contacts where id = $1 and workspace_id = $2",
            params![contact_id, workspace_id],
        )?;
        row.map_or(Ok(String::new()), |row| Ok(row.text(0)?.into()))
    }

    /// The first tag of each article that has one, deleted ones among them.
    pub fn article_topics(
        &mut self,
        workspace_id: &WorkspaceId,
    ) -> Result<BTreeMap<ArticleId, String>, Error> {
        let rows = self.rows(
            "select id, tags from articles where workspace_id = $1",
            params![workspace_id],
        )?;
        let mut topics = BTreeMap::new();
        for row in rows {
            let tags: Vec<String> = row.json(1)?;
            if let Some(first) = tags.into_iter().next() {
                topics.insert(row.id(0)?, first);
            }
        }
        Ok(topics)
    }

    /// A case as it is kept.
    pub fn measure_case(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
    ) -> Result<Option<KeptCase>, Error> {
        let row = self.row(
            "select facts, generation, counted_at from measure_cases where conversation_id = $1 and workspace_id = $2",
            params![conversation_id, workspace_id],
        )?;
        row.map(kept_case).transpose()
    }

    /// The cases of a contact with a handoff, the newest first.
    pub fn measure_cases_of(
        &mut self,
        workspace_id: &WorkspaceId,
        contact_id: &ContactId,
        limit: i64,
    ) -> Result<Vec<KeptCase>, Error> {
        let rows = self.rows(SELECT_OF_CONTACT, params![workspace_id, contact_id, limit])?;
        rows.into_iter().map(kept_case).collect()
    }

    /// How far a case was read.
    pub fn case_standing(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
    ) -> Result<Option<CaseStanding>, Error> {
        let row = self.row(
            "select seq, generation, counted_at from measure_cases
             where conversation_id = $1 and workspace_id = $2",
            params![conversation_id, workspace_id],
        )?;
        row.map(|row| {
            Ok(CaseStanding {
                seq: row.int(0)? as u64,
                generation: row.int(1)?,
                counted_at: row.at(2)?,
            })
        })
        .transpose()
    }

    /// Keeps a case that stands in the counts as of `counted_at`.
    pub fn keep_case(
        &mut self,
        workspace_id: &WorkspaceId,
        case: &Case,
        marks: i64,
        (generation, counted_at): (i64, Timestamp),
    ) -> Result<(), Error> {
        self.execute_later(
            "insert into measure_cases (conversation_id, workspace_id, contact_id, inbox_id, plan, language, topic,
               seq, generation, opened_at, last_at, counted_at, changes_at, marks, facts)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             on conflict (conversation_id) do update
             set contact_id = excluded.contact_id, plan = excluded.plan, language = excluded.language,
               topic = excluded.topic, seq = excluded.seq, generation = excluded.generation, last_at = excluded.last_at,
               counted_at = excluded.counted_at, changes_at = excluded.changes_at, marks = excluded.marks,
               facts = excluded.facts",
            params![
                &case.conversation_id,
                workspace_id,
                &case.contact_id,
                &case.inbox_id,
                case.plan.as_str(),
                case.language.as_str(),
                case.topic.as_str(),
                case.seq as i64,
                generation,
                case.opened_at,
                case.last_at(),
                counted_at,
                case.changes_after(counted_at),
                marks,
                json(case)?,
            ],
        )
    }

    /// Cases, those that began last first.
    pub fn measure_cases(
        &mut self,
        workspace_id: &WorkspaceId,
        asked: &CasesAsked,
        limit: i64,
    ) -> Result<Vec<KeptCase>, Error> {
        let bit = asked.behind.map_or(0, Behind::bit);
        let (before_at, before_id) = match &asked.before {
            Some((at, id)) => (Some(*at), Some(id.as_str())),
            None => (None, None),
        };
        let sql: &str = match asked.topic {
            Some(_) => &SELECT_CASES_OF_TOPIC,
            None => &SELECT_CASES,
        };
        self.rows(
            sql,
            params![
                workspace_id,
                asked.until,
                asked.from,
                bit,
                asked.inbox_id.as_deref(),
                asked.plan.as_deref(),
                asked.language.as_deref(),
                asked.topic.as_deref(),
                before_at,
                before_id,
                limit
            ],
        )?
        .into_iter()
        .map(kept_case)
        .collect()
    }

    /// Handoffs of a period with who took them, newest first.
    pub fn taken(
        &mut self,
        workspace_id: &WorkspaceId,
        asked: &TakenAsked,
        limit: i64,
    ) -> Result<Vec<Taken>, Error> {
        // The main reason is the first of the list: `["topic.complaint",…]`.
        let reasons = asked.trigger.map(|it| format!("[\"{}\"%", it.name()));
        self.rows(
            "select h.agent_id, h.at, h.accepted_at, h.ended_at, h.inbox_id from handoffs h
             where h.workspace_id = $1 and h.at >= $2 and h.at < $3
               and (cast($4 as text) is null or h.inbox_id = $4)
               and (cast($5 as text) is null or h.reasons like $5)
               and ((cast($6 as text) is null and cast($7 as text) is null and cast($8 as text) is null)
                    or exists (select 1 from measure_cases m
                      where m.conversation_id = h.conversation_id and m.workspace_id = $1
                        and (cast($6 as text) is null or m.plan = $6)
                        and (cast($7 as text) is null or m.language = $7)
                        and (cast($8 as text) is null or m.topic = $8)))
             order by h.at desc limit $9",
            params![
                workspace_id,
                asked.from,
                asked.until,
                asked.inbox_id.as_deref(),
                reasons,
                asked.plan.as_deref(),
                asked.language.as_deref(),
                asked.topic.as_deref(),
                limit
            ],
        )?
        .into_iter()
        .map(|row| {
            Ok(Taken {
                agent_id: row.id_or_null(0),
                at: row.at(1)?,
                accepted_at: row.at_or_null(2),
                ended_at: row.at_or_null(3),
                inbox_id: row.id(4)?,
            })
        })
        .collect()
    }
}

fn kept_case(row: Row) -> Result<KeptCase, Error> {
    let case: Case = row.json(0)?;
    let standing = CaseStanding {
        seq: case.seq,
        generation: row.int(1)?,
        counted_at: row.at(2)?,
    };
    Ok(KeptCase { case, standing })
}
