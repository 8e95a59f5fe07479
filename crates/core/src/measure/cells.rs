//! What a case adds to the counts of which day, at an instant.

use std::collections::BTreeMap;

use crate::ids::InboxId;
use crate::signal::Trigger;
use crate::time::{DAY_MS, Hours, MINUTE_MS, SECOND_MS, Timestamp};

use super::FIRST_RESPONSE_TARGET_MS;
use super::case::{Again, Case, End, HandoffCase, ServedBy};
use super::span::{bin, stretch};
use super::tally::{Count, Tally};

/// A solution holds if nothing came back for so long.
pub const DURABLE_MS: i64 = 7 * DAY_MS;
/// A handoff that goes on for longer is stuck.
pub const STUCK_MS: i64 = 3 * DAY_MS;

/// Which counts belong together: those of one day and of one kind of conversation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellKey {
    /// Days since 1970-01-01 on the wall of the inbox.
    pub day: i64,
    /// Where.
    pub inbox_id: InboxId,
    /// The customer's plan.
    pub plan: String,
    /// Their language.
    pub language: String,
    /// What it is about.
    pub topic: String,
    /// The main reason of the handoff, or of the conversation's first; `None` without one.
    pub trigger: Option<Trigger>,
}

impl Case {
    /// What it adds to which counts, at an instant. A conversation counts on the day that it
    /// began, a handoff and a rating on their own.
    pub fn counts(&self, hours: &Hours, now: Timestamp) -> BTreeMap<CellKey, Tally> {
        let mut cells = BTreeMap::<CellKey, Tally>::new();
        let first = self.handoffs.first().and_then(HandoffCase::trigger);
        let mut on = |at: Timestamp, trigger: Option<Trigger>, tally: &Tally| {
            let key = CellKey {
                day: hours.day(at),
                inbox_id: self.inbox_id.clone(),
                plan: self.plan.clone(),
                language: self.language.clone(),
                topic: self.topic.clone(),
                trigger,
            };
            cells.entry(key).or_default().merge(tally, 1);
        };
        let mut begun = Tally::default();
        begun.add(Count::Conversations, 1);
        begun.add(Count::Escalated, i64::from(self.is_handed_off()));
        begun.add(Count::Unanswered, self.unanswered.len() as i64);
        on(self.opened_at, first, &begun);
        for rating in &self.ratings {
            let mut tally = Tally::default();
            tally.add(Count::Rated(rating.served_by, rating.score), 1);
            if let (Some(repeated), true) =
                (rating.repeated, rating.served_by != ServedBy::Assistant)
            {
                tally.add(Count::AskedRepeated, 1);
                tally.add(Count::HadToRepeat, i64::from(repeated));
            }
            on(rating.at, first, &tally);
        }
        for handoff in &self.handoffs {
            on(handoff.at, handoff.trigger(), &handoff.counts(now));
        }
        cells
    }

    /// The next instant at which time alone changes what it adds; `None` if none will.
    pub fn changes_after(&self, now: Timestamp) -> Option<Timestamp> {
        let moments = self.handoffs.iter().flat_map(HandoffCase::moments);
        moments.filter(|at| *at > now).min()
    }
}

impl HandoffCase {
    /// The instants at which time alone changes what it adds.
    fn moments(&self) -> impl Iterator<Item = Timestamp> {
        let waits = self.first_reply_at.is_none() && self.ended.is_none();
        let soon = [
            Some(self.at.plus(FIRST_RESPONSE_TARGET_MS)),
            self.open_target_at,
            self.promised_until,
            self.mail_due_at,
        ];
        let soon = soon.into_iter().flatten().filter(move |_| waits);
        let stuck = self.at.plus(STUCK_MS);
        let stuck = self.ended.is_none().then_some(stuck);
        let ripe = self.ended.map(|(at, _)| at.plus(DURABLE_MS));
        // A moment itself belongs to what follows it.
        soon.chain(stuck).chain(ripe).map(|at| at.plus(1))
    }

    fn counts(&self, now: Timestamp) -> Tally {
        let mut tally = Tally::default();
        tally.add(Count::Handoffs, 1);
        for trigger in &self.reasons {
            tally.add(Count::Cause(*trigger), 1);
        }
        tally.add(Count::Late, i64::from(self.late));
        if let Some(needless) = self.needless {
            tally.add(Count::Verdicts, 1);
            tally.add(Count::Needless, i64::from(needless));
        }
        tally.add(Count::WorkSeconds, self.work_ms / SECOND_MS);
        if self.by_mail {
            self.count_mail(&mut tally, now);
        } else {
            self.count_wait(&mut tally, now);
        }
        self.count_promise(&mut tally, now);
        self.count_end(&mut tally, now);
        self.count_signs(&mut tally, now);
        self.count_repetition(&mut tally);
        tally
    }

    /// Who sat and waited.
    fn count_wait(&self, tally: &mut Tally, now: Timestamp) {
        if let Some(replied_at) = self.first_reply_at {
            let waited_ms = replied_at.since(self.at);
            let open_ms = self.open_wait_ms.unwrap_or(waited_ms);
            tally.add(Count::Wait(bin(waited_ms)), 1);
            tally.add(Count::OpenWait(bin(open_ms)), 1);
            tally.add(Count::Stretch(stretch(waited_ms)), 1);
            tally.add(Count::OpenStretch(stretch(open_ms)), 1);
            tally.add(Count::WaitsEnded, 1);
            tally.add(Count::TargetKnown, 1);
            tally.add(Count::OpenTargetKnown, 1);
            let met = |ms: i64| i64::from(ms <= FIRST_RESPONSE_TARGET_MS);
            tally.add(Count::TargetMet, met(waited_ms));
            tally.add(Count::OpenTargetMet, met(open_ms));
            return;
        }
        // Without a reply the target is missed once it is over, and unknown before: who left
        // earlier, or waits since less, says nothing of it.
        let until = match self.ended {
            Some((at, End::Erased)) => return self.count_missed(tally, at),
            Some((at, end)) => {
                tally.add(Count::WaitsEnded, 1);
                if self.is_abandoned() {
                    tally.add(Count::Abandoned, 1);
                    tally.add(Count::LeftAfter(bin(at.since(self.at))), 1);
                } else if end == End::WaitLimit {
                    tally.add(Count::Unserved, 1);
                }
                at
            }
            None => {
                tally.add(Count::Waiting, 1);
                now
            }
        };
        self.count_missed(tally, until);
    }

    fn count_missed(&self, tally: &mut Tally, until: Timestamp) {
        let missed = until > self.at.plus(FIRST_RESPONSE_TARGET_MS);
        let open_missed = self.open_target_at.is_some_and(|at| until > at);
        tally.add(Count::TargetKnown, i64::from(missed));
        tally.add(Count::OpenTargetKnown, i64::from(open_missed));
    }

    /// Who left it with us and went away (P32).
    fn count_mail(&self, tally: &mut Tally, now: Timestamp) {
        let Some(due_at) = self.mail_due_at else {
            return;
        };
        let is_over = self.first_reply_at.is_some() || self.ended.is_none() && now > due_at;
        if is_over {
            tally.add(Count::MailKnown, 1);
            let kept = self.first_reply_at.is_some_and(|at| at <= due_at);
            tally.add(Count::MailKept, i64::from(kept));
        }
    }

    /// A promise is broken once its time is over without a reply; who left before lets it
    /// open.
    fn count_promise(&self, tally: &mut Tally, now: Timestamp) {
        let Some(until) = self.promised_until else {
            return;
        };
        if self.by_mail {
            return;
        }
        let ended_at = self.ended.map(|(at, _)| at);
        match self.first_reply_at {
            Some(at) if at <= until => {
                tally.add(Count::PromiseKnown, 1);
                tally.add(Count::PromiseKept, 1);
                tally.add(Count::Early(minutes(until.since(at))), 1);
            }
            Some(at) => {
                tally.add(Count::PromiseKnown, 1);
                tally.add(Count::Over(minutes(at.since(until))), 1);
            }
            None if ended_at.unwrap_or(now) > until => tally.add(Count::PromiseKnown, 1),
            None => {}
        }
    }

    fn count_end(&self, tally: &mut Tally, now: Timestamp) {
        let Some((ended_at, end)) = self.ended else {
            tally.add(Count::Open, 1);
            let is_stuck = self.is_stuck(now);
            tally.add(Count::StuckKnown, i64::from(is_stuck));
            tally.add(Count::Stuck, i64::from(is_stuck));
            return;
        };
        tally.add(Count::Ended(end), 1);
        if end == End::Erased {
            return;
        }
        tally.add(Count::StuckKnown, 1);
        tally.add(Count::Stuck, i64::from(self.is_stuck(now)));
        tally.add(Count::Reopened, i64::from(self.reopened_at.is_some()));
        let is_solved = end.is_solved();
        let is_known = is_solved || end.is_unsolved();
        if self.first_reply_at.is_none() || !is_known {
            return;
        }
        tally.add(Count::Judged, 1);
        tally.add(Count::Solved, i64::from(is_solved));
        let week_ends = ended_at.plus(DURABLE_MS);
        // All wait for their week to end: what comes back at once would else count first.
        if is_solved && now > week_ends {
            let back = [self.reopened_at, self.came_back_at];
            let came_back = back.into_iter().flatten().any(|at| at <= week_ends);
            tally.add(Count::Ripe, 1);
            tally.add(Count::Durable, i64::from(!came_back));
        }
    }

    /// What agents cannot settle is the product's (P38).
    fn count_signs(&self, tally: &mut Tally, now: Timestamp) {
        tally.add(Count::Tackled, i64::from(self.is_tackled(now)));
        let mut signs = self.signs(now).peekable();
        tally.add(Count::Unsettled, i64::from(signs.peek().is_some()));
        for sign in signs {
            tally.add(Count::Signed(sign), 1);
        }
    }

    fn count_repetition(&self, tally: &mut Tally) {
        let any =
            |is_so: fn(Again) -> bool| i64::from(self.repetitions.iter().any(|it| is_so(it.kind)));
        if self.first_reply_at.is_some() {
            tally.add(Count::Replied, 1);
            tally.add(Count::AskedAgain, any(|kind| kind == Again::Asked));
            tally.add(Count::TriedAgain, any(|kind| kind == Again::Tried));
            tally.add(Count::AgentRepeated, any(|kind| !kind.is_customers()));
        }
        if self.heard {
            tally.add(Count::Heard, 1);
            let is_retold = |kind| matches!(kind, Again::RetoldFacts | Again::RetoldIssue);
            tally.add(Count::SaidAgain, any(|kind| kind == Again::Said));
            tally.add(Count::RetoldFacts, any(|kind| kind == Again::RetoldFacts));
            tally.add(Count::RetoldIssue, any(|kind| kind == Again::RetoldIssue));
            tally.add(Count::Restated, any(is_retold));
            tally.add(Count::Repeated, any(Again::is_customers));
        }
    }
}

/// Minutes, in bins of one.
fn minutes(span_ms: i64) -> u16 {
    (span_ms / MINUTE_MS).clamp(0, 9_999) as u16
}
