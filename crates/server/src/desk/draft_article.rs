//! An article drafted from what agents said, word for word: for the questions of a gap, or
//! from one conversation that an agent solved. Whatever names somebody stays out. A language
//! model may say the same better; that is kept beside it, for a human to take.

use std::collections::{BTreeMap, BTreeSet};

use segue_core::event::{Event, Fact, Role};
use segue_core::gap::{BetterDraft, GapDraft, QuestionPlace};
use segue_core::ids::{ConversationId, GapId, WorkspaceId};
use segue_core::measure::{Case, Known};
use segue_core::time::Hours;
use segue_sense::lore::{draft, title};
use segue_store::{Gap, Job, Tx};
use serde::{Deserialize, Serialize};

use super::gaps::{ASKED, GAPS, open_gap};
use super::{Actor, Desk, Error};
use crate::edge::Moment;

/// Events of a conversation that are read for what its agents said.
const READ: i64 = 1_000;

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
    /// Drafts an article from what agents said to some questions, which one of them stands for.
    pub async fn draft_article(
        &self,
        actor: Actor,
        questions: Vec<QuestionPlace>,
        question: String,
    ) -> Result<Gap, Error> {
        let id = actor.workspace_id.clone();
        let places = questions.clone();
        let said = self.store.read(move |tx| said_to(tx, &id, &places)).await?;
        let written = write(question, said).await?;
        self.keep_draft(actor, questions, written).await
    }

    async fn keep_draft(
        &self,
        actor: Actor,
        questions: Vec<QuestionPlace>,
        draft: GapDraft,
    ) -> Result<Gap, Error> {
        let has_model = self.has_model;
        self.verb(move |tx, moment| {
            // Whoever was erased since their words were read stands in no draft (P48).
            for source in &draft.sources {
                let found = tx.conversation_for_update(&actor.workspace_id, source)?;
                found.filter(|it| !it.erased).ok_or(Error::NotFound)?;
            }
            let gap = Gap {
                id: moment.id(),
                workspace_id: actor.workspace_id.clone(),
                is_closed: false,
                questions: questions.clone(),
                draft: draft.clone(),
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
            let said = said_to(tx, &id, std::slice::from_ref(&place))?;
            Ok((None, Some((place, words, said))))
        });
        let (known, asked) = found.await?;
        if let Some(known) = known {
            return Ok(known);
        }
        let nothing = Error::Invalid("nothing was said here that could stand in an article");
        let Some((place, words, said)) = asked else {
            return Err(nothing);
        };
        let written = write(words, said).await?;
        if written.text.is_empty() {
            return Err(nothing);
        }
        self.keep_draft(actor, vec![place], written).await
    }

    /// What a language model is to word; `None` where the draft is gone, closed or worded.
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

    /// Keeps a language model's wording beside the draft that it worded. One that somebody has
    /// changed meanwhile is left alone: what they took out must not come back.
    pub async fn better_draft(&self, worded: Gap, better: BetterDraft) -> Result<(), Error> {
        self.verb(move |tx, _| {
            let mut gap = open_gap(tx, &worded.workspace_id, &worded.id)?;
            if gap.draft.text != worded.draft.text {
                return Ok(());
            }
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

/// What agents said, and whom an article must not name.
type SaidTo = (Vec<Answer>, BTreeSet<String>);

/// The same, in the conversations of some questions.
fn said_to(
    tx: &mut Tx<'_>,
    id: &WorkspaceId,
    questions: &[QuestionPlace],
) -> Result<SaidTo, Error> {
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

/// The draft: a question as its title, what agents said as Markdown, and the conversations
/// that it rests on.
async fn write(question: String, (answers, names): SaidTo) -> Result<GapDraft, Error> {
    let work = move || {
        let texts: Vec<&str> = answers.iter().map(|(_, text)| text.as_str()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let said = draft(&texts, &names);
        let sentences: Vec<&str> = said.iter().map(|it| it.text.as_str()).collect();
        let sources: BTreeSet<usize> = said
            .iter()
            .flat_map(|it| it.answers.iter().copied())
            .collect();
        let sources = sources.into_iter().filter_map(|place| answers.get(place));
        GapDraft {
            title: title(&question, &names),
            tags: vec![],
            text: sentences.join("\n\n"),
            sources: sources.map(|(id, _)| id.clone()).collect(),
            better: None,
        }
    };
    let written = tokio::task::spawn_blocking(work).await;
    written.map_err(|_| Error::Invalid("the answers could not be read"))
}
