//! Many conversations added up: how many handovers more or fewer a day, of what, with how
//! much chance in it, and which conversations to read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::flip::{Change, Course, Flip, Judged};
use crate::decide::Action;
use crate::ids::{ConversationId, DecisionId};
use crate::policy::Policy;
use crate::signal::Trigger;
use crate::time::{DAY_MS, Timestamp};

/// Conversations of each kind that are kept to be read.
const EXAMPLES: usize = 12;

/// What comes of a candidate, as it is put together one conversation at a time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    conversations: u32,
    decisions: u32,
    cut: u32,
    rerouted: u32,
    kept_handoffs: u32,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    flips: Vec<Flip>,
    blind: Blind,
}

/// Handovers that come and go, by their instants.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moves {
    /// New ones.
    pub come: Vec<Timestamp>,
    /// Those that are no more.
    pub go: Vec<(ConversationId, Timestamp)>,
}

/// What cannot be seen in what was stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Blind {
    /// Conversations that were handed over and of which no decision is kept: erased with
    /// their customer, or never decided by the assistant.
    pub unkept: u32,
    /// Messages that ask money back and were read before amounts were kept: another refund
    /// threshold cannot be tried on them.
    pub refunds: u32,
}

/// A count over some days, with what is likely by chance alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rate {
    /// How many.
    pub n: u32,
    /// Of them a day.
    pub per_day: f64,
    /// Nine times in ten and more the true rate lies above this (95 % interval).
    pub low: f64,
    /// And below this.
    pub high: f64,
}

impl Rate {
    /// So many over some days; the interval by Byar's approximation to the Poisson limits.
    pub fn of(n: u32, days: f64) -> Self {
        let days = days.max(1.0 / 24.0);
        let limit = |n: f64, z: f64| {
            if n <= 0.0 {
                return 0.0;
            }
            (n * (1.0 - 1.0 / (9.0 * n) + z / (3.0 * n.sqrt())).powi(3)).max(0.0)
        };
        let count = f64::from(n);
        Self {
            n,
            per_day: count / days,
            low: limit(count, -1.96) / days,
            high: limit(count + 1.0, 1.96) / days,
        }
    }
}

/// How often one action becomes another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ActionCount {
    /// What the live policy decides.
    pub from: Action,
    /// What the candidate decides.
    pub to: Action,
    /// How often.
    pub n: u32,
}

/// What a reason brings and takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LeadCount {
    /// The reason.
    pub trigger: Trigger,
    /// The operator's own rule, where it is one.
    pub rule: Option<String>,
    /// Handovers more.
    pub more: u32,
    /// Handovers that come earlier.
    pub earlier: u32,
    /// Handovers fewer, at most.
    pub fewer: u32,
    /// Offers, questions and answers that differ.
    pub other: u32,
    /// Handovers a day more, less those fewer.
    pub per_day: f64,
}

/// A conversation to read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Example {
    /// Which.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// The decision that flips.
    #[schema(value_type = String)]
    pub decision_id: DecisionId,
    /// When it was made.
    pub at: Timestamp,
    /// What the live policy decides.
    pub from: Action,
    /// What the candidate decides.
    pub to: Action,
    /// What that means.
    pub change: Change,
    /// The reason.
    pub trigger: Trigger,
    /// The operator's own rule, where it is one.
    pub rule: Option<String>,
    /// How far the strongest rule stood above what it had to reach, below 0 it did not.
    pub margin_before: f64,
    /// The same under the candidate.
    pub margin_after: f64,
    /// Whether what the candidate would have done next is open.
    pub is_open: bool,
}

/// Handovers that both policies make and that go another way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rerouted {
    /// How many.
    pub n: u32,
    /// Of how many.
    pub of: u32,
}

/// What comes of a candidate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Report {
    /// Conversations that were looked at.
    pub conversations: u32,
    /// Decisions that were judged.
    pub decisions: u32,
    /// When the first of them was made.
    pub from: Option<Timestamp>,
    /// When the last was.
    pub to: Option<Timestamp>,
    /// Over how many days.
    pub days: f64,
    /// Conversations that end early, since the live policy is no longer that of then.
    pub cut: u32,
    /// Decisions that flip, by what becomes what.
    pub flips: Vec<ActionCount>,
    /// Handovers of today's policy in what was judged.
    pub handoffs: Rate,
    /// Handovers more.
    pub more: Rate,
    /// Handovers that come earlier.
    pub earlier: Rate,
    /// Handovers fewer, at most: some would have come later.
    pub fewer: Rate,
    /// Of those, how many are open since the articles were never asked.
    pub open: u32,
    /// The same by reason, what changes most first.
    pub by_lead: Vec<LeadCount>,
    /// Handovers that go another way.
    pub rerouted: Rerouted,
    /// Conversations to read, of each kind the nearest to the threshold and the furthest.
    pub examples: Vec<Example>,
    /// What cannot be seen in what was stored.
    pub blind: Blind,
    /// Settings that change and that no replay of decisions can show.
    pub unseen: Vec<String>,
}

impl Tally {
    /// Adds a conversation.
    pub fn add(&mut self, course: &Course, judged: Judged) {
        self.conversations += 1;
        self.decisions += judged.decisions;
        self.cut += u32::from(judged.is_cut);
        self.rerouted += judged.rerouted;
        self.kept_handoffs += judged.kept_handoffs;
        if course.decided.is_empty() && !course.handoffs.is_empty() {
            self.blind.unkept += 1;
        }
        for decided in course.decided.iter().take(judged.decisions as usize) {
            self.saw(decided.at);
            let reading = &decided.view.reading;
            let is_old = reading.refund.is_none()
                && !reading.amounts.is_empty()
                && reading.strength(Trigger::BillingDispute) > 0.0;
            self.blind.refunds += u32::from(is_old);
        }
        self.flips.extend(judged.flip);
    }

    /// Something was decided then.
    pub fn saw(&mut self, at: Timestamp) {
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
    }

    /// Since when decisions were judged.
    pub fn since(&self) -> Option<Timestamp> {
        self.first
    }

    /// Conversations so far.
    pub fn conversations(&self) -> u32 {
        self.conversations
    }

    /// Over how many days; a handful of an hour says nothing of a day, so one is the least.
    fn days(&self) -> f64 {
        let span_ms = match (self.first, self.last) {
            (Some(first), Some(last)) => last.since(first),
            _ => 0,
        };
        (span_ms as f64 / DAY_MS as f64).max(1.0)
    }

    /// Handovers that come and go, for the forecast.
    pub fn moves(&self) -> Moves {
        let mut moves = Moves::default();
        for flip in &self.flips {
            if matches!(flip.change, Change::More | Change::Earlier) {
                moves.come.push(flip.at);
            }
            let gone = match flip.change {
                Change::Fewer => Some(flip.at),
                Change::Earlier => flip.handed_off_at,
                Change::More | Change::Other => None,
            };
            moves
                .go
                .extend(gone.map(|at| (flip.conversation_id.clone(), at)));
        }
        moves
    }

    /// What comes of it. The settings that change say what cannot be seen.
    pub fn report(&self, live: &Policy, candidate: &Policy) -> Report {
        let days = self.days();
        let n = |change| {
            self.flips
                .iter()
                .filter(|flip| flip.change == change)
                .count() as u32
        };
        let left = self
            .flips
            .iter()
            .filter(|flip| flip.from == Action::Escalate);
        let handoffs = self.kept_handoffs + left.count() as u32;
        let mut flips: BTreeMap<(Action, Action), u32> = BTreeMap::new();
        for flip in &self.flips {
            *flips.entry((flip.from, flip.to)).or_default() += 1;
        }
        let flips = flips
            .into_iter()
            .map(|((from, to), n)| ActionCount { from, to, n });
        Report {
            conversations: self.conversations,
            decisions: self.decisions,
            from: self.first,
            to: self.last,
            days,
            cut: self.cut,
            flips: flips.collect(),
            handoffs: Rate::of(handoffs, days),
            more: Rate::of(n(Change::More), days),
            earlier: Rate::of(n(Change::Earlier), days),
            fewer: Rate::of(n(Change::Fewer), days),
            open: self.flips.iter().filter(|flip| flip.is_open).count() as u32,
            by_lead: self.by_lead(days),
            rerouted: Rerouted {
                n: self.rerouted,
                of: handoffs,
            },
            examples: self.examples(),
            blind: Blind {
                refunds: match live.refund_threshold == candidate.refund_threshold {
                    true => 0,
                    false => self.blind.refunds,
                },
                ..self.blind.clone()
            },
            unseen: unseen(live, candidate),
        }
    }

    fn by_lead(&self, days: f64) -> Vec<LeadCount> {
        let mut counts: BTreeMap<(Trigger, Option<String>), LeadCount> = BTreeMap::new();
        for flip in &self.flips {
            let key = (flip.lead, flip.rule.clone());
            let of_lead = counts.entry(key).or_insert_with(|| LeadCount {
                trigger: flip.lead,
                rule: flip.rule.clone(),
                more: 0,
                earlier: 0,
                fewer: 0,
                other: 0,
                per_day: 0.0,
            });
            let count = match flip.change {
                Change::More => &mut of_lead.more,
                Change::Earlier => &mut of_lead.earlier,
                Change::Fewer => &mut of_lead.fewer,
                Change::Other => &mut of_lead.other,
            };
            *count += 1;
        }
        let mut by_lead: Vec<LeadCount> = counts.into_values().collect();
        for one in &mut by_lead {
            one.per_day = (f64::from(one.more) - f64::from(one.fewer)) / days;
        }
        by_lead.sort_by_key(|one| std::cmp::Reverse(one.more + one.earlier + one.fewer));
        by_lead
    }

    /// Of each kind the nearest to the threshold and the furthest from it: the doubtful ones
    /// and the plain ones.
    fn examples(&self) -> Vec<Example> {
        let kinds = [Change::More, Change::Earlier, Change::Fewer, Change::Other];
        let of_kind = |change| {
            let mut of_it: Vec<&Flip> = self
                .flips
                .iter()
                .filter(|flip| flip.change == change)
                .collect();
            of_it.sort_by(|a, b| {
                let far = |one: &Flip| one.margin_before.abs().max(one.margin_after.abs());
                far(a).total_cmp(&far(b)).then(a.at.cmp(&b.at))
            });
            if of_it.len() > EXAMPLES {
                let plain = of_it.split_off(of_it.len() - EXAMPLES / 2);
                of_it.truncate(EXAMPLES - plain.len());
                of_it.extend(plain);
            }
            of_it
        };
        kinds
            .into_iter()
            .flat_map(of_kind)
            .map(Example::of)
            .collect()
    }
}

impl Example {
    fn of(flip: &Flip) -> Self {
        Self {
            conversation_id: flip.conversation_id.clone(),
            decision_id: flip.decision_id.clone(),
            at: flip.at,
            from: flip.from,
            to: flip.to,
            change: flip.change,
            trigger: flip.lead,
            rule: flip.rule.clone(),
            margin_before: flip.margin_before,
            margin_after: flip.margin_after,
            is_open: flip.is_open,
        }
    }
}

/// Settings that change and of which decisions say nothing: times, and earlier contacts
/// from before the window of then.
fn unseen(live: &Policy, candidate: &Policy) -> Vec<String> {
    let is_unseen = |key: &&str| match *key {
        "repeat_window" => candidate.repeat_window_ms > live.repeat_window_ms,
        key => key.starts_with("timings."),
    };
    let changed = crate::policy::changed(live, candidate);
    changed
        .into_iter()
        .filter(is_unseen)
        .map(String::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::flip::judge;
    use super::super::flip::tests::{NOW, course, view};
    use super::*;
    use crate::time::HOUR_MS;

    fn report(live: &Policy, candidate: &Policy, courses: &[Course]) -> Report {
        let mut tally = Tally::default();
        for course in courses {
            tally.add(course, judge(live, candidate, course));
        }
        tally.report(live, candidate)
    }

    #[test]
    fn a_hand_made_history_adds_up() {
        let live = Policy::default();
        let candidate = Policy {
            threshold: 0.6,
            timings: crate::policy::Timings {
                longest_wait_ms: HOUR_MS,
                ..Default::default()
            },
            ..Policy::default()
        };
        // Two days of one conversation an hour: every fourth complains mildly, every eighth
        // cancels outright.
        let courses: Vec<Course> = (0..49)
            .map(|n| {
                let said = match n % 8 {
                    0 => view(&[(Trigger::Cancellation, 0.9)], None),
                    4 => view(&[(Trigger::Complaint, 0.55)], Some(0.9)),
                    _ => view(&[], Some(0.9)),
                };
                let handed = if n % 4 == 0 { &[0][..] } else { &[] };
                course(&live, n, vec![said], handed)
            })
            .collect();
        let found = report(&live, &candidate, &courses);
        assert_eq!(
            (found.conversations, found.decisions, found.days),
            (49, 49, 2.0)
        );
        assert_eq!(found.fewer.n, 6);
        assert_eq!(found.fewer.per_day, 3.0);
        assert!(found.fewer.low < 3.0 && found.fewer.high > 3.0);
        assert_eq!((found.more.n, found.earlier.n), (0, 0));
        assert_eq!(found.handoffs.n, 13);
        assert_eq!(found.by_lead.len(), 1);
        assert_eq!(found.by_lead[0].trigger, Trigger::Complaint);
        assert_eq!(found.by_lead[0].per_day, -3.0);
        assert_eq!(
            found.flips,
            [ActionCount {
                from: Action::Escalate,
                to: Action::Answer,
                n: 6
            }]
        );
        assert_eq!(found.examples.len(), 6);
        assert_eq!(found.unseen, ["timings.longest_wait"]);
    }

    #[test]
    fn of_many_examples_the_nearest_and_the_furthest_are_kept() {
        let live = Policy::default();
        let candidate = Policy {
            threshold: 0.95,
            ..Policy::default()
        };
        let courses: Vec<Course> = (0..100)
            .map(|n| {
                let strength = 0.5 + n as f64 / 250.0;
                course(
                    &live,
                    n,
                    vec![view(&[(Trigger::Complaint, strength)], Some(0.9))],
                    &[0],
                )
            })
            .collect();
        let found = report(&live, &candidate, &courses);
        assert_eq!(found.examples.len(), EXAMPLES);
        assert_eq!(found.fewer.n, 100);
        assert!(found.from == Some(NOW));
    }

    #[test]
    fn a_rate_says_how_much_is_chance() {
        let none = Rate::of(0, 10.0);
        assert_eq!((none.per_day, none.low), (0.0, 0.0));
        // Garwood's exact limits of 0 and 10 are 3.69 and 4.80 to 18.39.
        assert!((none.high * 10.0 - 3.69).abs() < 0.3, "{none:?}");
        let ten = Rate::of(10, 1.0);
        assert!(
            (ten.low - 4.80).abs() < 0.05 && (ten.high - 18.39).abs() < 0.05,
            "{ten:?}"
        );
    }
}
