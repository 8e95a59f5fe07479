//! Which days and which conversations are asked for.

use std::collections::BTreeMap;
use std::ops::Range;

use segue_core::ids::{InboxId, WorkspaceId};
use segue_core::measure::{Case, CellKey, HandoffCase};
use segue_core::signal::Trigger;
use segue_core::time::{DAY_MS, Hours, Timestamp};
use segue_store::Inbox;
use serde::Deserialize;

use crate::desk::Error;
use crate::http::App;
use crate::http::problem::Problem;

/// A period and what is left of it.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct MeasuresQuery {
    /// Days, 1 to 366; 30 if absent.
    pub days: Option<i64>,
    /// The last day, `2026-11-30`; today if absent.
    pub to: Option<String>,
    /// Only this inbox, by its id.
    pub inbox: Option<String>,
    /// Only customers of this plan.
    pub plan: Option<String>,
    /// Only this language.
    pub language: Option<String>,
    /// Only this topic.
    pub topic: Option<String>,
    /// Only handoffs with this main reason.
    pub trigger: Option<String>,
}

/// Days that a period has without a word.
const DAYS: i64 = 30;

impl MeasuresQuery {
    /// Days that the period has.
    pub fn days(&self) -> i64 {
        self.days.unwrap_or(DAYS).clamp(1, 366)
    }
}

/// A period that was asked for.
#[derive(Clone, Debug)]
pub struct Period {
    /// Its days from 1970, the last not included.
    pub days: Range<i64>,
    /// The hours of the inbox that is asked for, else of the first: whose days stand on screen.
    pub hours: Hours,
    /// The inboxes' names.
    pub inboxes: BTreeMap<String, String>,
    /// Their hours: each counts its own days.
    hours_of: BTreeMap<InboxId, Hours>,
    /// What it is filtered by.
    pub query: MeasuresQuery,
    /// The reason among it.
    pub trigger: Option<Trigger>,
}

impl Period {
    /// Reads what was asked.
    pub async fn read(
        app: &App,
        workspace_id: &WorkspaceId,
        query: MeasuresQuery,
    ) -> Result<Self, Problem> {
        let id = workspace_id.clone();
        let inboxes = app.desk.store.glance(move |tx| tx.inboxes(&id)).await?;
        let is_asked = |inbox: &&Inbox| query.inbox.as_deref() == Some(inbox.id.as_str());
        let shown = inboxes.iter().find(is_asked).or(inboxes.first());
        let hours = shown.ok_or(Error::NotFound)?.hours.clone();
        let hours_of = inboxes
            .iter()
            .map(|inbox| (inbox.id.clone(), inbox.hours.clone()))
            .collect();
        let trigger = match &query.trigger {
            Some(name) => Some(
                Trigger::from_name(name)
                    .ok_or_else(|| Problem::bad_request("there is no such trigger"))?,
            ),
            None => None,
        };
        let last = match &query.to {
            Some(date) => day_of(date)?,
            None => hours.day(app.desk.clock.now()),
        };
        Ok(Self {
            days: last + 1 - query.days()..last + 1,
            hours,
            inboxes: inboxes
                .into_iter()
                .map(|inbox| (inbox.id.to_string(), inbox.name))
                .collect(),
            hours_of,
            query,
            trigger,
        })
    }

    /// As many days before.
    pub fn before(&self) -> Range<i64> {
        let length = self.days.end - self.days.start;
        self.days.start - length..self.days.start
    }

    /// Whether counts are of what is asked for; the reason apart.
    pub fn holds(&self, key: &CellKey) -> bool {
        let is = |asked: &Option<String>, found: &str| asked.as_ref().is_none_or(|it| it == found);
        is(&self.query.inbox, key.inbox_id.as_str())
            && is(&self.query.plan, &key.plan)
            && is(&self.query.language, &key.language)
            && is(&self.query.topic, &key.topic)
    }

    /// Whether not all conversations are asked for.
    pub fn is_filtered(&self) -> bool {
        let MeasuresQuery {
            inbox,
            plan,
            language,
            topic,
            trigger,
            ..
        } = &self.query;
        let all = [inbox, plan, language, topic, trigger];
        all.into_iter().any(Option::is_some)
    }

    /// Whether a conversation is of what is asked for; with a reason, whether one of its
    /// handoffs has it as its main one.
    pub fn holds_case(&self, case: &Case) -> bool {
        let key = CellKey {
            day: self.days.start,
            inbox_id: case.inbox_id.clone(),
            plan: case.plan.clone(),
            language: case.language.clone(),
            topic: case.topic.clone(),
            trigger: None,
        };
        let mut reasons = case.handoffs.iter().map(HandoffCase::trigger);
        let has_reason = self.trigger.is_none() || reasons.any(|it| it == self.trigger);
        self.holds(&key) && has_reason
    }

    /// The hours of an inbox, by which its days are counted.
    pub fn hours_of(&self, inbox_id: &InboxId) -> &Hours {
        self.hours_of.get(inbox_id).unwrap_or(&self.hours)
    }

    /// Its first instant and the first after it, wherever the inboxes are: some that lie
    /// within are of another day on the wall of their own inbox.
    pub fn instants(&self) -> (Timestamp, Timestamp) {
        let asked = self.query.inbox.as_deref();
        let is_asked = |id: &InboxId| asked.is_none_or(|asked| asked == id.as_str());
        let walls = self.hours_of.iter().filter(|(id, _)| is_asked(id));
        let walls: Vec<&Hours> = walls.map(|(_, hours)| hours).collect();
        let begins = |day| walls.iter().map(move |hours| hours.day_begins(day));
        let (from, until) = (begins(self.days.start).min(), begins(self.days.end).max());
        let shown = |day| self.hours.day_begins(day);
        (
            from.unwrap_or_else(|| shown(self.days.start)),
            until.unwrap_or_else(|| shown(self.days.end)),
        )
    }

    /// A day as it is written.
    pub fn date(&self, day: i64) -> String {
        Timestamp::from_millis(day * DAY_MS).date("UTC")
    }
}

fn day_of(date: &str) -> Result<i64, Problem> {
    let midnight = Timestamp::parse(&format!("{date}T00:00:00Z"));
    let midnight = midnight.ok_or_else(|| Problem::bad_request("`to` is a day, 2026-11-30"))?;
    Ok(midnight.as_millis().div_euclid(DAY_MS))
}
