//! A period taken apart: by reason, topic, inbox, language and plan, and by day.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::case::{End, ServedBy};
use super::cells::CellKey;
use super::change::{RateChange, change};
use super::figure::Share;
use super::report::{ended, satisfied};
use super::tally::{Count, Tally};
use crate::signal::Trigger;

/// By what a period is taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The reasons of handoffs, each that had one.
    Trigger,
    /// What it is about.
    Topic,
    /// Where it came in, by the inbox's id.
    Inbox,
    /// The customer's language.
    Language,
    /// The customer's plan.
    Plan,
}

/// One part of a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Part {
    /// Its name; empty where nothing is known.
    pub name: String,
    /// Conversations that began.
    pub conversations: u32,
    /// Handoffs.
    pub handoffs: u32,
    /// Of those conversations, handed over. By trigger: handoffs for this reason, of all
    /// conversations.
    pub escalated: Share,
    /// Satisfied customers among the handoffs that were rated.
    pub satisfied: Share,
    /// Solved.
    pub solved: Share,
    /// Held for a week.
    pub durable: Share,
    /// Reopened.
    pub reopened: Share,
    /// Product problems, of the handoffs that ended.
    pub product: Share,
    /// The most likely change of its rate.
    pub change: Option<RateChange>,
}

/// A part while its cells are added up.
#[derive(Default)]
struct Adding {
    total: Tally,
    /// Escalated or caused, and conversations, for each day.
    days: Vec<(i64, i64)>,
}

/// Takes the counts of a period apart.
pub fn parts(cells: &[(CellKey, Tally)], side: Side, days: Range<i64>) -> Vec<Part> {
    let length = days.end.saturating_sub(days.start).max(0) as usize;
    let mut adding: BTreeMap<&str, Adding> = BTreeMap::new();
    let mut begun = vec![0; length];
    for (key, tally) in cells.iter().filter(|(key, _)| days.contains(&key.day)) {
        let day = (key.day - days.start) as usize;
        let conversations = tally.get(Count::Conversations);
        begun[day] += conversations;
        let mut put = |name, counts: &Tally, k, n| {
            let part = adding.entry(name).or_insert_with(|| Adding {
                days: vec![(0, 0); length],
                ..Adding::default()
            });
            part.total.merge_plain(counts);
            part.days[day].0 += k;
            part.days[day].1 += n;
        };
        let escalated = tally.get(Count::Escalated);
        match side {
            Side::Trigger => {
                for (trigger, n) in tally.causes() {
                    // What became of handoffs counts for their main reason: of a further one
                    // the cell knows how many had it, and not how those ended.
                    let mut named = Tally::default();
                    named.add(Count::Cause(trigger), n);
                    let is_main = key.trigger == Some(trigger);
                    put(trigger.name(), if is_main { tally } else { &named }, n, 0);
                }
            }
            Side::Topic => put(&key.topic, tally, escalated, conversations),
            Side::Inbox => put(key.inbox_id.as_str(), tally, escalated, conversations),
            Side::Language => put(&key.language, tally, escalated, conversations),
            Side::Plan => put(&key.plan, tally, escalated, conversations),
        }
    }
    let tried = adding.len();
    let mut parts: Vec<Part> = adding
        .into_iter()
        .map(|(name, mut part)| {
            if side == Side::Trigger {
                // A handoff for two reasons counts for both, a conversation handed over twice
                // twice: there are never more than conversations only by that.
                for (day, n) in part.days.iter_mut().zip(&begun) {
                    *day = (day.0.min(*n), *n);
                }
            }
            part_of(name, &part, side, tried)
        })
        .collect();
    parts.sort_by(|a, b| {
        b.handoffs
            .cmp(&a.handoffs)
            .then_with(|| a.name.cmp(&b.name))
    });
    parts
}

fn part_of(name: &str, part: &Adding, side: Side, tried: usize) -> Part {
    let tally = &part.total;
    let share = |k: Count, n: Count| Share::of(tally.get(k), tally.get(n));
    let sum = part
        .days
        .iter()
        .fold((0, 0), |sum, day| (sum.0 + day.0, sum.1 + day.1));
    let trigger = Trigger::from_name(name).filter(|_| side == Side::Trigger);
    let handoffs = trigger.map_or(Count::Handoffs, Count::Cause);
    Part {
        name: name.into(),
        conversations: tally.get(Count::Conversations).max(0) as u32,
        handoffs: tally.get(handoffs).max(0) as u32,
        escalated: Share::of(sum.0, sum.1),
        satisfied: satisfied(tally, ServedBy::Handoff),
        solved: share(Count::Solved, Count::Judged),
        durable: share(Count::Durable, Count::Ripe),
        reopened: Share::of(tally.get(Count::Reopened), ended(tally)),
        product: Share::of(tally.get(Count::Ended(End::ProductProblem)), ended(tally)),
        change: change(&part.days, tried),
    }
}

/// Adds counts up.
pub fn sum<'a>(cells: impl IntoIterator<Item = &'a (CellKey, Tally)>) -> Tally {
    let mut total = Tally::default();
    for (_, tally) in cells {
        total.merge(tally, 1);
    }
    total
}

/// Adds counts up by topic.
pub fn by_topic(cells: &[(CellKey, Tally)]) -> BTreeMap<String, Tally> {
    let mut topics = BTreeMap::<String, Tally>::new();
    for (key, tally) in cells {
        topics.entry(key.topic.clone()).or_default().merge(tally, 1);
    }
    topics
}

/// Adds counts up by day.
pub fn by_day(cells: &[(CellKey, Tally)]) -> BTreeMap<i64, Tally> {
    let mut days = BTreeMap::<i64, Tally>::new();
    for (key, tally) in cells {
        days.entry(key.day).or_default().merge(tally, 1);
    }
    days
}
