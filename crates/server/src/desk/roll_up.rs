//! Keeps the measures up: reads the conversations in which something happened, and adds what
//! has changed of them to the counts. Interrupted, repeated or done by two nodes at once it
//! comes out the same: a case is taken out of the counts as it stood and put in as it stands,
//! in one transaction that finds it as it was read.

use std::collections::{BTreeMap, BTreeSet};

use segue_core::ids::{ContactId, ConversationId, InboxId, WorkspaceId};
use segue_core::measure::{Behind, Case, CellKey, Known, Tally, VERSION, find_returns};
use segue_core::signal::Trigger;
use segue_core::time::{DAY_MS, Hours, MINUTE_MS, Timestamp};
use segue_store::{CaseStanding, KeptCase, MeasureMark, Tx};

use super::{Desk, Error};
use crate::edge::hash_of;

/// Conversations that are counted in one transaction: others wait for it some milliseconds.
const BATCH: i64 = 50;
/// How far back events are looked at again: clocks differ, and long transactions are late.
const OVERLAP_MS: i64 = 10 * MINUTE_MS;
/// How often all conversations are compared: what was missed is found within a day.
const COMPARED_EVERY_MS: i64 = DAY_MS;
/// Conversations of one customer that are looked through for what came back.
const THEIRS: i64 = 50;

/// How far the counts of a workspace are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolledUp {
    /// Conversations that were counted.
    pub conversations: usize,
    /// Whether everything that was there is counted.
    pub is_whole: bool,
    /// How far all conversations are compared, for the next call to go on from.
    pub compared: Option<Compared>,
}

/// Up to where all conversations are compared, in one recount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    generation: i64,
    to: ConversationId,
}

/// What a batch is made from.
struct Ground {
    mark: MeasureMark,
    hours: BTreeMap<InboxId, Hours>,
    now: Timestamp,
}

/// A case that has changed: as it stood, if it did, and as it is.
struct Changed {
    before: Option<KeptCase>,
    after: Case,
}

impl Desk {
    /// Counts what has happened, at most so many conversations; goes on from where an earlier
    /// call has `compared` to.
    pub async fn roll_up(
        &self,
        workspace_id: &WorkspaceId,
        most: usize,
        mut compared: Option<Compared>,
    ) -> Result<RolledUp, Error> {
        let mut conversations = 0;
        while conversations < most {
            let Some(ground) = self.ground(workspace_id).await? else {
                // There is nothing that this node counts.
                return Ok(RolledUp {
                    conversations,
                    is_whole: true,
                    compared: None,
                });
            };
            let compares = ground.compares();
            // A recount that began meanwhile begins with the first.
            compared.take_if(|it| it.generation != ground.mark.generation);
            let found = {
                let after = compared.as_ref().map(|it| it.to.clone());
                let (id, ground) = (workspace_id.clone(), ground.copy());
                self.store
                    .read(move |tx| waiting(tx, &id, &ground, after.as_ref()))
                    .await?
            };
            let is_last = found.len() < BATCH as usize;
            if let (true, Some(last)) = (compares, found.last()) {
                compared = Some(Compared {
                    generation: ground.mark.generation,
                    to: last.clone(),
                });
            }
            if !found.is_empty() {
                conversations += found.len();
                let step = self.step();
                self.count(workspace_id, &ground, found).await?;
                self.give_way(step, 1).await;
            }
            if is_last {
                self.move_mark(workspace_id, &ground).await?;
                if !compares {
                    return Ok(RolledUp {
                        conversations,
                        is_whole: true,
                        compared: None,
                    });
                }
            }
        }
        Ok(RolledUp {
            conversations,
            is_whole: false,
            compared,
        })
    }

    /// Throws every count of a workspace away and makes it anew.
    pub async fn recount(&self, workspace_id: &WorkspaceId) -> Result<(), Error> {
        let id = workspace_id.clone();
        let now = self.clock.now();
        self.verb(move |tx, _| begin_anew(tx, &id, String::new(), now))
            .await
    }

    /// What the next batch is made from; begins anew where definitions or hours have changed.
    /// `None` where the workspace is gone, or a node of a newer version counts it.
    async fn ground(&self, workspace_id: &WorkspaceId) -> Result<Option<Ground>, Error> {
        let id = workspace_id.clone();
        let found = self.store.read(move |tx| {
            if tx.workspace(&id)?.is_none() {
                return Ok::<_, Error>(None);
            }
            let inboxes = tx.inboxes(&id)?;
            let hours: BTreeMap<_, _> = inboxes.into_iter().map(|it| (it.id, it.hours)).collect();
            Ok(Some((tx.measure_mark(&id, false)?, hours)))
        });
        let Some((mark, hours)) = found.await? else {
            return Ok(None);
        };
        let basis = basis(&hours);
        let now = self.clock.now();
        if mark.as_ref().is_some_and(|mark| is_anothers(mark, now)) {
            return Ok(None);
        }
        let mark = match mark.filter(|mark| mark.basis == basis) {
            Some(mark) => mark,
            None => {
                let id = workspace_id.clone();
                self.verb(move |tx, _| begin_anew(tx, &id, basis.clone(), now))
                    .await?;
                let id = workspace_id.clone();
                let mark = self
                    .store
                    .read(move |tx| tx.measure_mark(&id, false))
                    .await?;
                mark.ok_or(Error::NotFound)?
            }
        };
        Ok(Some(Ground { mark, hours, now }))
    }

    /// Reads conversations and puts them into the counts.
    async fn count(
        &self,
        workspace_id: &WorkspaceId,
        ground: &Ground,
        ids: Vec<ConversationId>,
    ) -> Result<(), Error> {
        let (id, read) = (workspace_id.clone(), ground.copy());
        let changed = self.store.read(move |tx| {
            let fresh: BTreeSet<ConversationId> = ids.iter().cloned().collect();
            read_changed(tx, &id, &read, &fresh)
        });
        let changed = changed.await?;
        let (id, ground) = (workspace_id.clone(), ground.copy());
        self.verb(move |tx, _| put_in(tx, &id, &ground, &changed))
            .await
    }

    async fn move_mark(&self, workspace_id: &WorkspaceId, ground: &Ground) -> Result<(), Error> {
        let (id, ground) = (workspace_id.clone(), ground.copy());
        let compared = ground.compares();
        // Written once in some minutes, not with each look.
        if !compared && ground.now.since(ground.mark.read_until) < OVERLAP_MS {
            return Ok(());
        }
        self.verb(move |tx, _| {
            let Some(mark) = tx.measure_mark(&id, true)? else {
                return Ok(());
            };
            if mark.generation != ground.mark.generation {
                return Ok(());
            }
            // What happened behind the back of a long comparison is looked at after it.
            let moved = if compared {
                MeasureMark {
                    compared_at: Some(ground.now),
                    ..mark
                }
            } else {
                MeasureMark {
                    read_until: mark.read_until.max(ground.now),
                    ..mark
                }
            };
            Ok(tx.set_measure_mark(&id, &moved)?)
        })
        .await
    }
}

impl Ground {
    /// Whether all conversations are compared now.
    fn compares(&self) -> bool {
        let since = self.mark.compared_at.map(|at| self.now.since(at));
        since.is_none_or(|since| since >= COMPARED_EVERY_MS)
    }

    fn copy(&self) -> Self {
        Self {
            mark: self.mark.clone(),
            hours: self.hours.clone(),
            now: self.now,
        }
    }

    fn hours(&self, inbox_id: &InboxId) -> Hours {
        let found = self.hours.get(inbox_id).cloned();
        found.unwrap_or_else(Hours::always)
    }

    fn counts(&self, case: &Case, at: Timestamp) -> BTreeMap<CellKey, Tally> {
        case.counts(&self.hours(&case.inbox_id), at)
    }

    fn stands(&self, standing: &CaseStanding) -> bool {
        standing.generation == self.mark.generation
    }
}

/// By what counts are made: others are no longer right once one of these has changed. The
/// definitions stand first, so that their order can be read from it.
fn basis(hours: &BTreeMap<InboxId, Hours>) -> String {
    let hours: Vec<_> = hours
        .iter()
        .map(|(id, hours)| (id.as_str(), hours))
        .collect();
    let hours = serde_json::to_string(&hours).unwrap_or_default();
    let (version, triggers) = definitions();
    format!("{version}.{triggers} {}", hash_of(&hours))
}

/// The definitions of this build: their version, and how many triggers there are. A newer
/// build has more of one of them.
fn definitions() -> (u32, usize) {
    (VERSION, Trigger::ALL.len())
}

/// Whether a node of a newer version keeps these counts. While two versions run side by side
/// each would else throw the other's away, again and again. Where nobody has counted for a
/// day the newer one is gone, and this one begins anew.
fn is_anothers(mark: &MeasureMark, now: Timestamp) -> bool {
    let named = mark.basis.split(' ').next().unwrap_or_default();
    let (version, triggers) = named.split_once('.').unwrap_or((named, "0"));
    let theirs = (version.parse().unwrap_or(0), triggers.parse().unwrap_or(0));
    theirs > definitions() && now.since(mark.read_until) < COMPARED_EVERY_MS
}

fn begin_anew(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    basis: String,
    now: Timestamp,
) -> Result<(), Error> {
    // Two nodes may find at once that it is time; the second finds it done.
    tx.hold_workspace(workspace_id)?;
    let before = tx.measure_mark(workspace_id, true)?;
    let is_done = |mark: &MeasureMark| mark.basis == basis || is_anothers(mark, now);
    if before.as_ref().is_some_and(is_done) {
        return Ok(());
    }
    tx.drop_cells(workspace_id)?;
    let mark = MeasureMark {
        basis,
        generation: before.map_or(0, |mark| mark.generation) + 1,
        read_until: now,
        compared_at: None,
    };
    Ok(tx.set_measure_mark(workspace_id, &mark)?)
}

/// Conversations that are not counted as they are.
fn waiting(
    tx: &mut Tx<'_>,
    id: &WorkspaceId,
    ground: &Ground,
    after: Option<&ConversationId>,
) -> Result<Vec<ConversationId>, Error> {
    let generation = ground.mark.generation;
    if ground.compares() {
        return Ok(tx.unmeasured(id, generation, after, BATCH)?);
    }
    let since = ground.mark.read_until.plus(-OVERLAP_MS);
    let mut found = tx.unmeasured_since(id, generation, since, BATCH)?;
    if found.is_empty() {
        found = tx.measures_changed(id, ground.now, BATCH)?;
    }
    Ok(found)
}

/// Reads conversations, and looks through what else their customers have for what came back.
fn read_changed(
    tx: &mut Tx<'_>,
    id: &WorkspaceId,
    ground: &Ground,
    fresh: &BTreeSet<ConversationId>,
) -> Result<Vec<Changed>, Error> {
    let topics = tx.article_topics(id)?;
    let topic_of = |article: &_| topics.get(article).cloned();
    let mut changed: BTreeMap<ConversationId, Changed> = BTreeMap::new();
    let mut customers: BTreeSet<ContactId> = BTreeSet::new();
    for conversation_id in fresh {
        let before = tx.measure_case(id, conversation_id)?;
        let events = tx.facts_of(id, conversation_id)?;
        let Some((inbox_id, contact_id)) = events.first().and_then(begun) else {
            tracing::warn!(conversation.id = %conversation_id, "a conversation without a beginning is not measured");
            continue;
        };
        let plan = tx.plan_of(id, &contact_id)?;
        let known = Known {
            hours: &ground.hours(&inbox_id),
            plan: &plan,
            topic_of: &topic_of,
            before: before.as_ref().map(|it| &it.case),
        };
        let Some(after) = Case::of(conversation_id, &events, known) else {
            continue;
        };
        let after = match &before {
            Some(kept) if after.erased && tx.is_aged(id, conversation_id)? => {
                after.aged(&kept.case)
            }
            _ => after,
        };
        customers.insert(after.contact_id.clone());
        changed.insert(conversation_id.clone(), Changed { before, after });
    }
    for contact_id in &customers {
        look_for_returns(tx, id, ground, contact_id, &mut changed)?;
    }
    Ok(changed.into_values().collect())
}

fn begun(first: &segue_core::event::Event) -> Option<(InboxId, ContactId)> {
    match &first.fact {
        segue_core::event::Fact::Started {
            inbox_id,
            contact_id,
            ..
        } => Some((inbox_id.clone(), contact_id.clone())),
        _ => None,
    }
}

/// A customer's conversations together: those that were just read, and those that stand.
/// One that stands in an older recount is not changed: put in as it is, it would seem to be
/// read by the definitions and hours of this one. Its own turn comes.
fn look_for_returns(
    tx: &mut Tx<'_>,
    id: &WorkspaceId,
    ground: &Ground,
    contact_id: &ContactId,
    changed: &mut BTreeMap<ConversationId, Changed>,
) -> Result<(), Error> {
    let theirs = |it: &&mut Changed| it.after.contact_id == *contact_id && it.after.is_handed_off();
    let mut cases: Vec<Case> = changed
        .values_mut()
        .filter(theirs)
        .map(|it| it.after.clone())
        .collect();
    let read = cases.len();
    let mut stand: BTreeMap<ConversationId, KeptCase> = BTreeMap::new();
    for kept in tx.measure_cases_of(id, contact_id, THEIRS)? {
        if !changed.contains_key(&kept.case.conversation_id) {
            cases.push(kept.case.clone());
            stand.insert(kept.case.conversation_id.clone(), kept);
        }
    }
    if cases.len() < 2 && read == cases.len() {
        return Ok(());
    }
    find_returns(&mut cases);
    for case in cases {
        match stand.remove(&case.conversation_id) {
            Some(kept) if kept.case != case && ground.stands(&kept.standing) => {
                let before = Some(kept);
                let key = case.conversation_id.clone();
                changed.insert(
                    key,
                    Changed {
                        before,
                        after: case,
                    },
                );
            }
            Some(_) => {}
            None => {
                if let Some(read) = changed.get_mut(&case.conversation_id) {
                    read.after = case;
                }
            }
        }
    }
    Ok(())
}

/// Takes the cases out of the counts as they stood and puts them in as they are.
fn put_in(
    tx: &mut Tx<'_>,
    id: &WorkspaceId,
    ground: &Ground,
    changed: &[Changed],
) -> Result<(), Error> {
    // One at a time, and nobody who began before a recount.
    let mark = tx.measure_mark(id, true)?;
    if mark.is_none_or(|mark| mark.generation != ground.mark.generation) {
        return Ok(());
    }
    let mut cells: BTreeMap<CellKey, Tally> = BTreeMap::new();
    for Changed { before, after } in changed {
        let stood = tx.case_standing(id, &after.conversation_id)?;
        if stood != before.as_ref().map(|it| it.standing) {
            // Another was quicker.
            continue;
        }
        let mut add = |counts: BTreeMap<CellKey, Tally>, sign: i64| {
            for (key, tally) in counts {
                cells.entry(key).or_default().merge(&tally, sign);
            }
        };
        if let Some(before) = before.as_ref().filter(|it| ground.stands(&it.standing)) {
            add(ground.counts(&before.case, before.standing.counted_at), -1);
        }
        let counts = ground.counts(after, ground.now);
        let mut total = Tally::default();
        for tally in counts.values() {
            total.merge(tally, 1);
        }
        add(counts, 1);
        let marks = Behind::marks(&total);
        tx.keep_case(id, after, marks, (ground.mark.generation, ground.now))?;
    }
    for (key, tally) in cells.iter().filter(|(_, tally)| !tally.is_empty()) {
        tx.add_to_cell(id, key, tally)?;
    }
    Ok(())
}
