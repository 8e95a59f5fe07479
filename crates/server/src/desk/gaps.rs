//! The knowledge loop: questions that no article answers are put together, an article is
//! drafted from what agents said to them (`draft_article`), a human approves it, and the
//! questions are asked again to see what has come of it (P37).

use std::collections::BTreeSet;
use std::sync::Arc;

use segue_core::audit::{Action as Deeds, By};
use segue_core::decide::Action;
use segue_core::event::Role;
use segue_core::gap::{GapDraft, GapResult, QuestionPlace};
use segue_core::ids::{ConversationId, GapId, WorkspaceId};
use segue_core::measure::{Behind, Case};
use segue_core::time::{DAY_MS, SECOND_MS, Timestamp};
use segue_sense::clusters::clusters;
use segue_sense::retrieval::Index;
use segue_store::{CasesAsked, Gap, Tx};

use super::advise::{Transcript, advise};
use super::audit::{Deed, write_down};
use super::edit_article::Written;
use super::speech::speech;
use super::{Actor, Desk, Error, Place};

/// Conversations with open questions that are looked at, the newest.
const MOST: i64 = 2_000;
/// Gaps that are kept in mind.
pub(super) const GAPS: i64 = 200;
/// Examples of a gap.
const EXAMPLES: usize = 5;
/// Questions that are asked again, and conversations that are read, at most.
pub(super) const ASKED: usize = 100;

/// Questions that ask for the same and that no article answers.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct GapFound {
    /// The question that stands for them.
    pub question: String,
    /// Some others.
    pub examples: Vec<GapExample>,
    /// All of them, by their places.
    pub questions: Vec<QuestionPlace>,
    /// How often it was asked.
    pub asked: u32,
    /// Of those, in the last seven days of the period.
    pub asked_last_week: u32,
    /// When it was first asked in the period.
    pub first_at: Timestamp,
    /// When it was last asked.
    pub last_at: Timestamp,
    /// Conversations that were handed over.
    pub handoffs: u32,
    /// What those took of agents' time.
    pub agent_minutes: f64,
    /// Conversations in which a human answered: what a draft can be made of.
    pub answered: u32,
}

/// One question of a gap.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct GapExample {
    /// Its words.
    pub text: String,
    /// Where.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
}

/// A question asked again.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AskedAgain {
    /// Its words.
    pub text: String,
    /// Where it was asked.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// Whether it is answered without the draft.
    pub before: bool,
    /// Whether it is answered with it.
    pub answered: bool,
}

/// An open question with what it cost.
struct Open {
    place: QuestionPlace,
    text: String,
    at: Timestamp,
    handoffs: u32,
    work_ms: i64,
    is_replied: bool,
}

impl Desk {
    /// What the articles leave open, by what it costs, most first.
    pub async fn gaps(
        &self,
        workspace_id: &WorkspaceId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<GapFound>, Error> {
        let id = workspace_id.clone();
        let open = self
            .store
            .read(move |tx| open_questions(tx, &id, from, until))
            .await?;
        let reader = self.knowledge.reader().clone();
        // Reading thousands of questions takes a core for a while.
        let work = move || {
            let texts: Vec<&str> = open.iter().map(|it| it.text.as_str()).collect();
            let found = clusters(&reader, &texts).into_iter();
            let mut gaps: Vec<GapFound> = found
                .map(|cluster| gap_of(&open, cluster.label, &cluster.members, until))
                .collect();
            gaps.sort_by(|a, b| {
                b.agent_minutes
                    .total_cmp(&a.agent_minutes)
                    .then(b.asked.cmp(&a.asked))
                    .then_with(|| a.question.cmp(&b.question))
            });
            gaps
        };
        let gaps = tokio::task::spawn_blocking(work).await;
        gaps.map_err(|_| Error::Invalid("the questions could not be read"))
    }

    /// Changes a draft.
    pub async fn change_draft(
        &self,
        actor: Actor,
        id: GapId,
        written: Written,
    ) -> Result<Gap, Error> {
        self.verb(move |tx, moment| {
            let mut gap = open_gap(tx, &actor.workspace_id, &id)?;
            gap.draft = draft_with(&gap.draft, &written);
            gap.changed_at = moment.now;
            tx.put_gap(&gap)?;
            Ok(gap)
        })
        .await
    }

    /// Asks a gap's questions with its draft among the articles, and without.
    pub async fn ask_again(&self, place: Arc<Place>, gap: &Gap) -> Result<Vec<AskedAgain>, Error> {
        let (id, places) = (place.workspace.id.clone(), gap.questions.clone());
        let words = self.store.read(move |tx| {
            let some = places.iter().take(ASKED);
            let words = some.map(|it| Ok((it.clone(), tx.words_of(&id, it)?)));
            words.collect::<Result<Vec<_>, Error>>()
        });
        let asked = words.await?;
        let without = self.knowledge.index(&place.workspace.id).await?;
        // Once approved it is among the articles already.
        let with = if gap.is_closed {
            without.clone()
        } else {
            let draft = (
                gap.draft.title.clone(),
                gap.draft.tags.clone(),
                gap.draft.text.clone(),
            );
            self.knowledge
                .index_with(&place.workspace.id, draft)
                .await?
        };
        let (reader, now) = (self.knowledge.reader().clone(), self.clock.now());
        let work = move || {
            let answers = |index: &Index, text: &str| {
                let transcript = Transcript {
                    lines: vec![(Role::Customer, text.to_string())],
                    ..Transcript::default()
                };
                let inbox = &place.inbox;
                let advice = advise(&reader, &inbox.policy, &inbox.name, index, &transcript, now);
                advice.is_ok_and(|it| {
                    let action = it.decision.action;
                    let said = speech(&place, "en", &it.brief, &it.draft, action);
                    // An answer is the articles' words, not a template.
                    action == Action::Answer && said.template.is_none()
                })
            };
            let known = asked.into_iter().filter_map(|(at, text)| Some((at, text?)));
            known
                .map(|(at, text)| AskedAgain {
                    before: answers(&without, &text),
                    answered: answers(&with, &text),
                    conversation_id: at.conversation_id,
                    text,
                })
                .collect()
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|_| Error::Invalid("the questions could not be asked again"))
    }

    /// A draft becomes an article, and its questions are asked again.
    pub async fn approve_draft(
        &self,
        place: Arc<Place>,
        actor: Actor,
        id: GapId,
        written: Written,
    ) -> Result<(Gap, Vec<AskedAgain>), Error> {
        let gap = self
            .change_draft(actor.clone(), id.clone(), written.clone())
            .await?;
        let before = self.ask_again(place.clone(), &gap).await?;
        let article = self.write_article(actor.clone(), written).await?;
        let mut closed = Gap {
            is_closed: true,
            article_id: Some(article.id),
            ..gap
        };
        let asked = self.ask_again(place, &closed).await?;
        let asked = with_before(asked, &before);
        closed.result = Some(result_of(&asked));
        // The words are the article's now.
        closed.draft = GapDraft {
            sources: closed.draft.sources,
            ..GapDraft::default()
        };
        let kept = self.verb(move |tx, moment| {
            open_gap(tx, &closed.workspace_id, &closed.id)?;
            let closed = Gap {
                changed_at: moment.now,
                ..closed.clone()
            };
            tx.put_gap(&closed)?;
            let deed = Deed::new(Deeds::ArticlesImported).with("questions", closed.questions.len());
            write_down(tx, moment, &closed.workspace_id, &By::from(&actor), deed)?;
            Ok(closed)
        });
        Ok((kept.await?, asked))
    }

    /// A draft is not wanted; its questions are open again.
    pub async fn drop_draft(&self, actor: Actor, id: GapId) -> Result<(), Error> {
        self.verb(move |tx, _| {
            open_gap(tx, &actor.workspace_id, &id)?;
            tx.drop_gap(&actor.workspace_id, &id)?;
            Ok(())
        })
        .await
    }

    /// What is worked on and what was closed, the newest first.
    pub async fn gaps_known(&self, workspace_id: &WorkspaceId) -> Result<Vec<Gap>, Error> {
        let id = workspace_id.clone();
        Ok(self.store.read(move |tx| tx.gaps(&id, GAPS)).await?)
    }
}

pub(super) fn open_gap(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    id: &GapId,
) -> Result<Gap, Error> {
    let gap = tx.gap(workspace_id, id)?.ok_or(Error::NotFound)?;
    if gap.is_closed {
        return Err(Error::Store(segue_store::Error::Conflict));
    }
    Ok(gap)
}

fn draft_with(draft: &GapDraft, written: &Written) -> GapDraft {
    GapDraft {
        title: written.title.clone(),
        tags: written.tags.clone(),
        text: written.text.clone(),
        sources: draft.sources.clone(),
        better: draft.better.clone(),
    }
}

/// Open questions of a period, the oldest first, without those that somebody works on.
fn open_questions(
    tx: &mut Tx<'_>,
    id: &WorkspaceId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Open>, Error> {
    let taken: BTreeSet<QuestionPlace> = tx
        .gaps(id, GAPS)?
        .into_iter()
        .flat_map(|gap| gap.questions)
        .collect();
    let asked = CasesAsked {
        behind: Some(Behind::Unanswered),
        from,
        until,
        ..CasesAsked::default()
    };
    let mut open = Vec::new();
    for kept in tx.measure_cases(id, &asked, MOST)? {
        for (number, question) in kept.case.unanswered.iter().enumerate() {
            let place = QuestionPlace {
                conversation_id: kept.case.conversation_id.clone(),
                seq: question.seq,
            };
            let is_asked = question.at >= from && question.at < until;
            if !is_asked || taken.contains(&place) {
                continue;
            }
            if let Some(text) = tx.words_of(id, &place)? {
                open.push(cost_of(&kept.case, place, text, question.at, number == 0));
            }
        }
    }
    open.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.place.cmp(&b.place)));
    Ok(open)
}

/// What a conversation cost is counted with its first question.
fn cost_of(case: &Case, place: QuestionPlace, text: String, at: Timestamp, counts: bool) -> Open {
    let its = case.handoffs.iter().filter(|_| counts);
    Open {
        place,
        text,
        at,
        handoffs: its.clone().count() as u32,
        work_ms: its.map(|it| it.work_ms).sum(),
        is_replied: counts && case.handoffs.iter().any(|it| it.first_reply_at.is_some()),
    }
}

fn gap_of(open: &[Open], label: usize, members: &[usize], until: Timestamp) -> GapFound {
    let its: Vec<&Open> = members.iter().map(|place| &open[*place]).collect();
    let others = members.iter().filter(|place| **place != label);
    let week = until.plus(-7 * DAY_MS);
    let work_s: i64 = its.iter().map(|it| it.work_ms / SECOND_MS).sum();
    GapFound {
        question: open[label].text.clone(),
        examples: others
            .take(EXAMPLES)
            .map(|place| GapExample {
                text: open[*place].text.clone(),
                conversation_id: open[*place].place.conversation_id.clone(),
            })
            .collect(),
        questions: its.iter().map(|it| it.place.clone()).collect(),
        asked: its.len() as u32,
        asked_last_week: its.iter().filter(|it| it.at >= week).count() as u32,
        first_at: its.iter().map(|it| it.at).min().unwrap_or(until),
        last_at: its.iter().map(|it| it.at).max().unwrap_or(until),
        handoffs: its.iter().map(|it| it.handoffs).sum(),
        agent_minutes: work_s as f64 / 60.0,
        answered: its.iter().filter(|it| it.is_replied).count() as u32,
    }
}

/// Before the article the questions were asked of the others.
fn with_before(asked: Vec<AskedAgain>, earlier: &[AskedAgain]) -> Vec<AskedAgain> {
    let earlier = earlier
        .iter()
        .map(|it| it.before)
        .chain(std::iter::repeat(false));
    let both = asked.into_iter().zip(earlier);
    both.map(|(it, before)| AskedAgain { before, ..it })
        .collect()
}

fn result_of(asked: &[AskedAgain]) -> GapResult {
    let count = |of: fn(&AskedAgain) -> bool| asked.iter().filter(|it| of(it)).count() as u32;
    GapResult {
        of: asked.len() as u32,
        before: count(|it| it.before),
        answered: count(|it| it.answered),
    }
}
