//! What agents said at wrap-up, put beside the threshold: whether another one would have
//! spared needless handovers without making needed ones late.

use std::collections::HashMap;

use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::time::{DAY_MS, Timestamp};
use segue_core::trial::{Suggestion, Verdict, VerdictCase, suggest};

use super::set_policy::live_policy;
use super::{Desk, Error};

/// How far back verdicts count; what is older was of other articles.
const COUNTED_MS: i64 = 90 * DAY_MS;
/// The most verdicts.
const MOST: i64 = 5_000;
/// The most conversations that are read for them.
const READ: usize = 4_000;
/// Conversations that are read at once.
const AT_ONCE: i64 = 250;
/// With fewer verdicts nothing is read at all.
const LEAST: usize = 30;

/// What the verdicts say.
#[derive(Clone, Debug)]
pub struct Verdicts {
    /// Handoffs that an agent ended with a word on how it went.
    pub n: usize,
    /// Of them needless.
    pub needless: usize,
    /// What they suggest, if anything.
    pub suggestion: Option<Suggestion>,
}

impl Desk {
    /// What the verdicts of the last months suggest. Nothing is changed by it.
    pub async fn verdicts(&self, workspace_id: &WorkspaceId) -> Result<Verdicts, Error> {
        let (id, since) = (workspace_id.clone(), self.clock.now().plus(-COUNTED_MS));
        let read = self.store.read(move |tx| {
            let handoffs = tx.past_handoffs(&id, since, MOST)?;
            Ok::<_, Error>((handoffs, live_policy(tx, &id)?.policy))
        });
        let (handoffs, live) = read.await?;
        let mut said: HashMap<ConversationId, (Timestamp, Verdict)> = HashMap::new();
        for handoff in handoffs {
            if let Some(verdict) = handoff.outcome.as_deref().and_then(verdict_of) {
                said.insert(handoff.conversation_id, (handoff.at, verdict));
            }
        }
        let (n, needless) = (
            said.len(),
            said.values()
                .filter(|(_, one)| *one == Verdict::Needless)
                .count(),
        );
        if n < LEAST {
            return Ok(Verdicts {
                n,
                needless,
                suggestion: None,
            });
        }
        let (mut cases, mut before, mut looked) = (Vec::with_capacity(n), None, 0);
        while looked < READ {
            let (id, from) = (workspace_id.clone(), before.clone());
            let read = self
                .store
                .read(move |tx| tx.past_courses(&id, from.as_ref(), AT_ONCE));
            let courses: Vec<_> = read.await.map_err(Error::Store)?;
            let Some(last) = courses.last() else { break };
            before = Some(last.course.id.clone());
            looked += courses.len();
            for past in courses {
                let Some((at, verdict)) = said.get(&past.course.id).copied() else {
                    continue;
                };
                let decided = past.course.decided.into_iter().filter(|one| one.at <= at);
                cases.push(VerdictCase {
                    decided: decided.collect(),
                    verdict,
                });
            }
        }
        let suggested = tokio::task::spawn_blocking(move || suggest(&live, &cases)).await;
        let suggestion =
            suggested.map_err(|_| Error::Invalid("the verdicts could not be weighed"))?;
        Ok(Verdicts {
            n,
            needless,
            suggestion,
        })
    }
}

/// What a disposition says of the handover; `None` where it says nothing of it.
fn verdict_of(disposition: &str) -> Option<Verdict> {
    match disposition {
        "needless" => Some(Verdict::Needless),
        "solved" | "workaround" | "product_problem" | "refunded" | "not_solvable" => {
            Some(Verdict::Needed)
        }
        _ => None,
    }
}
