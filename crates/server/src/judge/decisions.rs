//! Whole conversations: what to do at the last message, and why.

use std::collections::HashSet;

use segue_core::policy::Policy;
use segue_core::signal::{Group, Trigger};
use segue_core::time::Timestamp;
use segue_sense::read::Reader;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Kb;
use super::lines::Fault;
use crate::desk::{Case, advise};

#[derive(Deserialize)]
struct Line {
    id: Value,
    #[serde(flatten)]
    case: Case,
}

pub fn judge(
    reader: &Reader,
    kb: &Kb,
    policy: &Policy,
    now: Timestamp,
    line: &str,
) -> Result<Value, Fault> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let now = line.case.now.unwrap_or(now);
    let transcript = line.case.into_transcript();
    let advice = advise(reader, policy, "", &kb.index, &transcript, now);
    let advice = advice.map_err(|error| error.to_string())?;
    let (decision, view) = (advice.decision, advice.view);
    let mut seen = HashSet::new();
    let mut reasons = decision.triggers();
    reasons.retain(|trigger| seen.insert(*trigger));
    let mut files = HashSet::new();
    let found: Vec<Value> = advice
        .hits
        .iter()
        .filter(|hit| files.insert(&hit.article_id))
        .map(|hit| json!({"article": kb.file(&hit.article_id), "score": hit.score}))
        .collect();
    // Every trigger that a text can show, seen or not.
    let mut signals = Map::new();
    for trigger in Trigger::ALL {
        let decided = decision
            .reasons
            .iter()
            .find(|reason| reason.trigger == trigger);
        let strength = match trigger.group() {
            Group::Customer => continue,
            Group::Confidence => decided.map_or(0.0, |reason| reason.strength),
            _ => view.reading.strength(trigger),
        };
        signals.insert(trigger.name().into(), strength.into());
    }
    Ok(json!({
        "id": line.id,
        "action": decision.action,
        "reasons": reasons,
        "signals": signals,
        "answerable": view.answerable.unwrap_or(0.0),
        "retrieval": found,
        "score": decision.score,
        "threshold": decision.threshold,
    }))
}
