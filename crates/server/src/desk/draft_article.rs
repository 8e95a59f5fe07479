//! An article drafted from what agents said, word for word: for the questions of a gap, or
//! from one conversation that an agent solved. Whatever names somebody stays out. A language
//! model may say the same better; that is kept beside it, for a human to take.

use std::collections::{BTreeMap, BTreeSet};

use segue_core::event::{Event, Fact, Role};
use segue_core::gap::{BetterDraft, GapDraft, QuestionPlace};
use segue_core::ids::{ConversationId, GapId, WorkspaceId};
use segue_core::measure::{Case, Known};
use segue_core::time::Hours;
use segue_sense::lore::{Said, draft, title};
use segue_store::{Gap, Job, Tx};
use serde::{Deserialize, Serialize};

use super::gaps::{ASKED, open_gap};
use super::{Actor, Desk, Error};
use crate::edge::Moment;

/// Events of a conversation that are read for what its agents said.
const READ: i64 = 1_000;
/// Gaps that are looked through for one that has the conversation already.
const GAPS: i64 = 200;

/// What the job is given that has a language model word a draft.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WordOrder {
    /// The draft.
    pub gap_id: GapId,
}

/// What a language model words: the draft, and whom it must not name.
#[derive(Clone, Debug)]
pub struct Wording {
    /// The draft as it is kept.
    pub gap: Gap,
    /// Names that stand in no article.
    pub names: Vec<String>,
}

impl Desk {
    /// Drafts an article from what agents said to some questions.
    pub async fn draft_article(
        &self,
        actor: Actor,
        questions: Vec<QuestionPlace>,
        title: String,
    ) -> Result<Gap, Error> {
        let id = actor.workspace_id.clone();
        let places = questions.clone();
        let (answers, names) = self.store.read(move |tx| said_to(tx, &id, &places)).await?;
        let work = move || {
            let texts: Vec<&str> = answers.iter().map(|(_, text)| text.as_str()).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            written_of(&draft(&texts, &names), &answers)
        };
        let drafted = tokio::task::spawn_blocking(work).await;
        let (text, sources) =
            drafted.map_err(|_| Error::Invalid("the answers could not be read"))?;
        let has_model = self.has_model;
        self.verb(move |tx, moment| {
            let id: GapId = moment.id();
            let gap = Gap {
                id,
                workspace_id: actor.workspace_id.clone(),
                is_closed: false,
                questions: questions.clone(),
                draft: GapDraft {
                    title: title.clone(),
                    tags: vec![],
                    text: text.clone(),
                    sources: sources.clone(),
                    better: None,
                },
                article_id: None,
                result: None,
                created_at: moment.now,
                changed_at: moment.now,
            };
            tx.put_gap(&gap)?;
            if has_model && !gap.draft.text.is_empty() {
                word_later(tx, moment, &gap)?;
            }
            Ok(gap)
        })
        .await
    }

    /// Drafts an article from one conversation that an agent has answered: for its question
    /// that no article answered, else for the longest that its customer wrote before the
    /// handoff. The draft that there is already stays.
    pub async fn draft_from(
        &self,
        actor: Actor,
        conversation_id: ConversationId,
    ) -> Result<Gap, Error> {
        let (id, wanted) = (actor.workspace_id.clone(), conversation_id);
        let found = self.store.read(move |tx| {
            let conversation = tx.conversation(&id, &wanted)?.ok_or(Error::NotFound)?;
            if conversation.erased {
                return Err(Error::NotFound);
            }
            let has_it = |gap: &Gap| gap.questions.iter().any(|it| it.conversation_id == wanted);
            if let Some(known) = tx.gaps(&id, GAPS)?.into_iter().find(has_it) {
                return Ok((Some(known), None));
            }
            let events = tx.events(&id, &wanted, 0, READ)?;
            let Some(seq) = question_of(&wanted, &events) else {
                return Ok((None, None));
            };
            let place = QuestionPlace {
                conversation_id: wanted.clone(),
                seq,
            };
            let words = tx.words_of(&id, &place)?.unwrap_or_default();
            let (answers, names) = said_to(tx, &id, std::slice::from_ref(&place))?;
            Ok((None, Some((place, words, answers, names))))
        });
        let (known, asked) = found.await?;
        if let Some(known) = known {
            return Ok(known);
        }
        let nothing = || Error::Invalid("nothing was said here that could stand in an article");
        let Some((place, words, answers, names)) = asked else {
            return Err(nothing());
        };
        if answers.is_empty() {
            return Err(nothing());
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let gap = self
            .draft_article(actor, vec![place], title(&words, &names))
            .await?;
        if gap.draft.text.is_empty() {
            let (id, empty) = (gap.workspace_id.clone(), gap.id.clone());
            self.verb(move |tx, _| Ok(tx.drop_gap(&id, &empty)?))
                .await?;
            return Err(nothing());
        }
        Ok(gap)
    }

    /// What a language model is to word; `None` where the draft is gone, closed or changed.
    pub async fn to_word(
        &self,
        workspace_id: &WorkspaceId,
        order: &WordOrder,
    ) -> Result<Option<Wording>, Error> {
        let (id, gap_id) = (workspace_id.clone(), order.gap_id.clone());
        let found = self.store.read(move |tx| {
            let gap = tx.gap(&id, &gap_id)?;
            let Some(gap) = gap.filter(|gap| !gap.is_closed && gap.draft.better.is_none()) else {
                return Ok(None);
            };
            let (_, names) = said_to(tx, &id, &gap.questions)?;
            Ok::<_, Error>(Some(Wording {
                gap,
                names: names.into_iter().collect(),
            }))
        });
        found.await
    }

    /// Keeps a language model's wording beside a draft.
    pub async fn better_draft(
        &self,
        workspace_id: WorkspaceId,
        gap_id: GapId,
        better: BetterDraft,
    ) -> Result<(), Error> {
        self.verb(move |tx, _| {
            let mut gap = open_gap(tx, &workspace_id, &gap_id)?;
            gap.draft.better = Some(better.clone());
            tx.put_gap(&gap)?;
            Ok(())
        })
        .await
    }
}

/// Has a language model word a draft, where there is one. Nobody waits for it.
fn word_later(tx: &mut Tx<'_>, moment: &Moment, gap: &Gap) -> Result<(), Error> {
    let order = WordOrder {
        gap_id: gap.id.clone(),
    };
    let job = Job {
        id: moment.id(),
        workspace_id: gap.workspace_id.clone(),
        kind: "word".into(),
        key: format!("word {}", gap.id),
        payload: serde_json::to_string(&order)
            .map_err(|_| Error::Invalid("the job's payload is not JSON"))?,
        tries: 0,
    };
    Ok(tx.add_job(&job, moment.now)?)
}

/// The number of the message that a conversation is about.
fn question_of(id: &ConversationId, events: &[Event]) -> Option<u64> {
    let known = Known {
        hours: &Hours::always(),
        plan: "",
        topic_of: &|_| None,
        before: None,
    };
    let open = Case::of(id, events, known).and_then(|case| case.unanswered.into_iter().next());
    if let Some(open) = open {
        return Some(open.seq);
    }
    let handed_off = events
        .iter()
        .rposition(|it| matches!(it.fact, Fact::HandedOff { .. } | Fact::TakenOver { .. }));
    let before = &events[..handed_off.unwrap_or(events.len())];
    let asked = before.iter().filter_map(|event| {
        let Fact::MessageAdded(message) = &event.fact else {
            return None;
        };
        let text = event.body.as_ref()?.text.as_deref()?;
        (message.role == Role::Customer).then(|| (text.chars().count(), event.seq))
    });
    // Of two that are as long the first.
    let longest = asked.max_by_key(|(letters, seq)| (*letters, std::cmp::Reverse(*seq)));
    longest.map(|(_, seq)| seq)
}

/// An answer, with the conversation that it was given in.
type Answer = (ConversationId, String);

/// What agents said in the conversations of some questions, and whom an article must not name.
fn said_to(
    tx: &mut Tx<'_>,
    id: &WorkspaceId,
    questions: &[QuestionPlace],
) -> Result<(Vec<Answer>, BTreeSet<String>), Error> {
    let mut answers: BTreeMap<ConversationId, String> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for question in questions.iter().take(ASKED) {
        let conversation_id = &question.conversation_id;
        let conversation = tx
            .conversation(id, conversation_id)?
            .ok_or(Error::NotFound)?;
        if conversation.erased || answers.contains_key(conversation_id) {
            continue;
        }
        let contact = tx.contact(id, &conversation.contact_id)?;
        let name = contact.and_then(|contact| contact.person.name);
        names.extend(
            name.iter()
                .flat_map(|it| it.split_whitespace().map(str::to_string)),
        );
        for event in tx.events(id, conversation_id, 0, READ)? {
            let Fact::MessageAdded(message) = &event.fact else {
                continue;
            };
            if message.role != Role::Agent || message.private {
                continue;
            }
            let agent = message.agent.iter();
            names.extend(agent.flat_map(|it| it.name.split_whitespace().map(str::to_string)));
            if let Some(text) = event.body.and_then(|body| body.text) {
                let said = answers.entry(conversation_id.clone()).or_default();
                said.push_str(&text);
                said.push('\n');
            }
        }
    }
    Ok((answers.into_iter().collect(), names))
}

/// The draft as Markdown, and the conversations that it rests on.
fn written_of(said: &[Said], answers: &[Answer]) -> (String, Vec<ConversationId>) {
    let sentences: Vec<&str> = said.iter().map(|it| it.text.as_str()).collect();
    let sources: BTreeSet<usize> = said
        .iter()
        .flat_map(|it| it.answers.iter().copied())
        .collect();
    let sources = sources.into_iter().filter_map(|place| answers.get(place));
    (
        sentences.join("\n\n"),
        sources.map(|(id, _)| id.clone()).collect(),
    )
}
