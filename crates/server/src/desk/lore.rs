//! What was learned from how handoffs went, kept for some minutes on each node.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use segue_core::forecast::ENOUGH_WAITS;
use segue_core::forecast::correct::{Correction, Outcome};
use segue_core::forecast::learned::{Learned, Skill};
use segue_core::ids::{AgentId, TeamId, WorkspaceId};
use segue_core::time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};
use segue_store::{Course, HandoffEnd, Stay, Tx};

use super::Error;

/// What was learned of a workspace.
#[derive(Debug)]
pub(crate) struct Lore {
    pub learned: Learned,
    pub correction: Correction,
    /// Waits from handoff to first human message that are known.
    pub waits: u32,
    pub traffic: Traffic,
    teams: HashMap<Option<TeamId>, Skill>,
    /// The numbers by which agents' paces were learned.
    pub agents: HashMap<AgentId, usize>,
    read_at: Timestamp,
}

/// Arrivals and staffing, now and as usual at this time of the day, for each team.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    /// Arrivals of the last hour, and in the same hour of earlier days on average.
    arrivals: HashMap<Option<TeamId>, (f64, f64)>,
    /// Agents there in the same hour of earlier days, on average; while that is not known, those
    /// who took something.
    agents: HashMap<Option<TeamId>, f64>,
    /// Full days that are known.
    pub days: i64,
}

/// With fewer days nothing is called usual.
const ENOUGH_DAYS: i64 = 3;
/// Handoffs after which what was learned is put together anew while it is read.
const REFRESHED_EVERY: usize = 20;

/// Of all workspaces of this node.
pub(super) type Lores = Arc<Mutex<HashMap<WorkspaceId, Arc<Lore>>>>;

/// How long what was learned is kept before it is read again.
const KEPT_MS: i64 = 5 * MINUTE_MS;
/// How far back it is read, and how many handoffs at most.
const LEARNED_FROM_MS: i64 = 28 * DAY_MS;
const MOST_COURSES: i64 = 5_000;
/// An acceptance later than this after an agent could have begun: they were not there.
const LATEST_PICKUP_MS: i64 = 15 * MINUTE_MS;
/// Longer waits were not sat through: the answer came by e-mail, or the next morning.
const LONGEST_WAIT_MS: i64 = 3 * HOUR_MS;

/// What was learned of a workspace, read anew where that is some minutes ago.
pub(super) fn lore(
    tx: &mut Tx<'_>,
    kept: &Lores,
    workspace_id: &WorkspaceId,
    now: Timestamp,
) -> Result<Arc<Lore>, Error> {
    let found = {
        let kept = kept.lock().expect("nobody panics with the lock held");
        kept.get(workspace_id).cloned()
    };
    if let Some(found) = found.filter(|it| (0..KEPT_MS).contains(&now.since(it.read_at))) {
        return Ok(found);
    }
    let since = now.plus(-LEARNED_FROM_MS);
    let courses = tx.courses(workspace_id, since, MOST_COURSES)?;
    let mut read = Lore::of(&courses, now);
    if let Some(known_since) = tx.stays_known_since(workspace_id)? {
        let since = since.max(known_since);
        let (stays, members) = (
            tx.stays(workspace_id, since)?,
            tx.team_members(workspace_id)?,
        );
        read.traffic.man(&stays, &members, since, now);
    }
    let read = Arc::new(read);
    let mut kept = kept.lock().expect("nobody panics with the lock held");
    kept.insert(workspace_id.clone(), read.clone());
    Ok(read)
}

impl Lore {
    /// Learns from how handoffs went, oldest first.
    pub fn of(courses: &[Course], now: Timestamp) -> Self {
        let mut lore = Self {
            learned: Learned::default(),
            correction: Correction::new(0.9),
            waits: 0,
            traffic: Traffic::of(courses, now),
            teams: HashMap::from([(None, 0)]),
            agents: HashMap::new(),
            read_at: now,
        };
        let mut last_of: HashMap<&AgentId, Vec<&Course>> = HashMap::new();
        for (number, course) in courses.iter().enumerate() {
            // An agent's pace is told from the usual time, which must be known for that.
            if number % REFRESHED_EVERY == 0 {
                lore.learned.refresh(&[], &[], &[], &[]);
            }
            let next = lore.teams.len() as Skill;
            let skill = *lore.teams.entry(course.team_id.clone()).or_insert(next);
            let priority = i64::from(course.priority.level());
            lore.learned.arrived(skill, priority, seconds(course.at));
            lore.learn_wait(skill, course);
            if let (Some(agent_id), Some(accepted_at)) = (&course.agent_id, course.accepted_at) {
                let others = last_of.entry(agent_id).or_default();
                lore.learn_service(skill, course, agent_id, accepted_at, others);
                others.push(course);
            }
            lore.score(skill, course, now);
        }
        lore.learned.refresh(&[], &[], &[], &[]);
        lore
    }

    fn learn_wait(&mut self, skill: Skill, course: &Course) {
        let until = course.accepted_at.or(course.ended_at);
        let Some(waited_ms) = until.map(|until| until.since(course.at)) else {
            return;
        };
        if !(0..LONGEST_WAIT_MS).contains(&waited_ms) {
            return;
        }
        let told = course.promise.as_ref();
        let told_s = told.map(|promise| f64::from(promise.minutes) * 60.0);
        if course.accepted_at.is_none() && has_left(course) {
            self.learned.left(skill, told_s, span(waited_ms));
        } else {
            self.learned.served(skill, told_s, span(waited_ms));
        }
    }

    fn learn_service(
        &mut self,
        skill: Skill,
        course: &Course,
        agent_id: &AgentId,
        accepted_at: Timestamp,
        earlier: &[&Course],
    ) {
        let ends = earlier
            .iter()
            .rev()
            .take(50)
            .filter_map(|other| other.ended_at);
        let free_since = ends.filter(|ended_at| *ended_at <= accepted_at).max();
        let could_begin = free_since.map_or(course.at, |free| free.max(course.at));
        let pickup_ms = accepted_at.since(could_begin);
        if (0..LATEST_PICKUP_MS).contains(&pickup_ms) {
            self.learned.picked_up(span(pickup_ms), false);
        }
        if let Some(replied_at) = course.first_reply_at {
            let reply_ms = replied_at.since(accepted_at);
            if (0..HOUR_MS).contains(&reply_ms) {
                self.learned.replied(span(reply_ms));
            }
            self.waits += 1;
        }
        let number = self.agents.len();
        let number = *self.agents.entry(agent_id.clone()).or_insert(number);
        if let Some(ended_at) = course.ended_at {
            let holds = |other: &&&Course| other.ended_at.is_none_or(|ended| ended > accepted_at);
            let held = 1 + earlier.iter().rev().take(50).filter(holds).count();
            let span_s = span(ended_at.since(accepted_at).max(0));
            self.learned.handled(skill, number, span_s, held as f64);
        }
    }

    /// What came of a promise. One that is still open counts from the moment that it is
    /// broken; waits of half a day are no waits in a line, and say nothing of it.
    fn score(&mut self, skill: Skill, course: &Course, now: Timestamp) {
        let Some(promise) = &course.promise else {
            return;
        };
        let Some(basis) = &promise.basis else {
            return;
        };
        let until = course.first_reply_at.or(course.ended_at).unwrap_or(now);
        let waited_ms = until.since(course.at);
        if !(0..LONGEST_WAIT_MS).contains(&waited_ms) {
            return;
        }
        let outcome = if waited_ms > promise.p90_ms {
            Outcome::Beyond
        } else if course.first_reply_at.is_some() {
            Outcome::Within
        } else if has_left(course) {
            Outcome::left(1, span(basis.p50_ms), span(promise.p90_ms), span(waited_ms))
        } else {
            return;
        };
        self.correction.learn(skill, seconds(course.at), outcome);
    }

    /// What a team is called in what was learned.
    pub fn skill(&self, team: Option<&TeamId>) -> Skill {
        self.teams
            .get(&team.cloned())
            .copied()
            .unwrap_or(Skill::MAX)
    }

    /// By what the forecasts for a team are corrected now.
    pub fn factor(&self, team: Option<&TeamId>, now: Timestamp) -> f64 {
        self.correction.factor(self.skill(team), seconds(now))
    }

    /// Whether too little is known to say anything (P28).
    pub fn is_thin(&self) -> bool {
        (self.waits as usize) < ENOUGH_WAITS
    }
}

/// Whether a customer went before anybody came, by their own doing.
pub(crate) fn has_left(course: &Course) -> bool {
    let left = [
        HandoffEnd::CANCELLED,
        HandoffEnd::BY_CUSTOMER,
        HandoffEnd::VANISHED,
    ];
    course
        .outcome
        .as_deref()
        .is_some_and(|outcome| left.contains(&outcome))
}

impl Traffic {
    fn of(courses: &[Course], now: Timestamp) -> Self {
        let days = courses
            .first()
            .map_or(0, |first| now.since(first.at) / DAY_MS);
        let mut traffic = Self {
            days,
            ..Self::default()
        };
        let mut people: HashMap<(Option<TeamId>, i64), Vec<&AgentId>> = HashMap::new();
        for course in courses {
            let ago_ms = now.since(course.at);
            let arrivals = traffic.arrivals.entry(course.team_id.clone()).or_default();
            if ago_ms < HOUR_MS {
                arrivals.0 += 1.0;
            } else if days > 0 && ago_ms % DAY_MS < HOUR_MS {
                arrivals.1 += 1.0 / days as f64;
                if let Some(agent_id) = &course.agent_id {
                    let key = (course.team_id.clone(), ago_ms / DAY_MS);
                    let seen = people.entry(key).or_default();
                    if !seen.contains(&agent_id) {
                        seen.push(agent_id);
                    }
                }
            }
        }
        for ((team, _), seen) in people {
            *traffic.agents.entry(team).or_default() += seen.len() as f64 / days as f64;
        }
        traffic
    }

    /// How many were there in the same hour of earlier days, of each team and of all: on average
    /// of the days on which any of them was. What is known for less than three days says nothing.
    fn man(
        &mut self,
        stays: &[Stay],
        members: &[(TeamId, AgentId)],
        since: Timestamp,
        now: Timestamp,
    ) {
        let days = now.since(since) / DAY_MS;
        if days < ENOUGH_DAYS {
            return;
        }
        let mut teams: HashSet<Option<&TeamId>> = members.iter().map(|(it, _)| Some(it)).collect();
        teams.insert(None);
        for team in teams {
            let its = members.iter().filter(|(of, _)| Some(of) == team);
            let its: HashSet<&AgentId> = its.map(|(_, who)| who).collect();
            let theirs = stays.iter();
            let theirs: Vec<&Stay> = theirs
                .filter(|stay| team.is_none() || its.contains(&stay.agent_id))
                .collect();
            let there = |day: i64| {
                let to = now.plus(-day * DAY_MS);
                let from = to.plus(-HOUR_MS);
                let ms = theirs.iter().map(|stay| {
                    let until = stay.until.unwrap_or(now).min(to);
                    until.since(stay.from.max(from)).max(0)
                });
                ms.sum::<i64>() as f64 / HOUR_MS as f64
            };
            let manned: Vec<f64> = (1..=days).map(there).filter(|there| *there > 0.0).collect();
            let mean = manned.iter().sum::<f64>() / manned.len().max(1) as f64;
            self.agents.insert(team.cloned(), mean);
        }
    }

    /// Arrivals an hour now, and what is usual of arrivals and agents; `None` with less than
    /// three days to compare with.
    pub fn of_team(&self, team: Option<&TeamId>) -> (f64, Option<(f64, f64)>) {
        let team = team.cloned();
        let (now, usual) = self.arrivals.get(&team).copied().unwrap_or_default();
        let agents = self.agents.get(&team).copied().unwrap_or_default();
        (now, (self.days >= ENOUGH_DAYS).then_some((usual, agents)))
    }
}

pub(super) fn seconds(at: Timestamp) -> f64 {
    at.as_millis() as f64 / 1000.0
}

pub(super) fn span(span_ms: i64) -> f64 {
    span_ms as f64 / 1000.0
}

pub(super) fn millis(span_s: f64) -> i64 {
    (span_s * 1000.0).round() as i64
}

#[cfg(test)]
mod tests {
    use segue_core::queue::Priority;

    use super::*;

    fn course(n: i64, now: Timestamp) -> Course {
        let at = now.plus(-10 * DAY_MS + n * HOUR_MS);
        Course {
            at,
            team_id: None,
            priority: Priority::NORMAL,
            accepted_at: Some(at.plus(2 * MINUTE_MS)),
            agent_id: Some(AgentId::new(now, 1)),
            first_reply_at: Some(at.plus(3 * MINUTE_MS)),
            ended_at: Some(at.plus(12 * MINUTE_MS)),
            outcome: Some("solved".into()),
            promise: None,
        }
    }

    #[test]
    fn what_happened_is_learned_and_with_little_nothing_is_said() {
        let now = Timestamp::from_millis(100 * DAY_MS);
        let all: Vec<Course> = (0..239).map(|n| course(n, now)).collect();
        assert!(Lore::of(&all[..4], now).is_thin());
        let lore = Lore::of(&all, now);
        assert!(!lore.is_thin());
        assert!((500.0..800.0).contains(&lore.learned.handling_s(0)));
        let pace = lore.learned.pace(0);
        assert!((0.8..1.25).contains(&pace), "of a usual agent: {pace}");
        let (arrivals, usual) = lore.traffic.of_team(None);
        let (usual_arrivals, usual_agents) = usual.unwrap();
        assert_eq!(arrivals, 0.0, "nothing came in the last hour");
        assert!((0.5..=1.1).contains(&usual_arrivals) && usual_agents > 0.5);
    }

    #[test]
    fn who_was_there_counts_whether_or_not_they_took_something() {
        let now = Timestamp::from_millis(100 * DAY_MS);
        let agent = |n: u128| AgentId::new(now, n);
        let team = TeamId::new(now, 1);
        let stay = |n: u128, day: i64, hours: i64| Stay {
            agent_id: agent(n),
            from: now.plus(-day * DAY_MS - hours * HOUR_MS),
            until: Some(now.plus(-day * DAY_MS)),
        };
        // Two on each of four days, one of them for half of the hour; a fifth day nobody.
        let mut stays: Vec<Stay> = (1..=4)
            .flat_map(|day| [stay(1, day, 8), stay(2, day, 1)])
            .collect();
        for half in stays.iter_mut().filter(|stay| stay.agent_id == agent(2)) {
            half.from = half.from.plus(HOUR_MS / 2);
        }
        let members = [(team.clone(), agent(2))];
        let man = |since_days: i64| {
            let mut traffic = Traffic::of(&[course(0, now)], now);
            let since = now.plus(-since_days * DAY_MS);
            traffic.man(&stays, &members, since, now);
            [None, Some(&team)].map(|team| traffic.of_team(team).1.unwrap().1)
        };
        assert_eq!(man(5), [1.5, 0.5]);
        assert_eq!(
            man(2),
            [0.1, 0.0],
            "known for too short: who took something"
        );
    }

    #[test]
    fn broken_promises_stretch_the_next_ones() {
        use segue_core::forecast::{Basis, Promise, VERSION};
        let now = Timestamp::from_millis(100 * DAY_MS);
        let promised = |p90_ms| {
            let with = |n| {
                let course = course(n, now);
                let basis = Basis {
                    p50_ms: p90_ms / 2,
                    correction_milli: 1000,
                    seed: 1,
                    version: VERSION,
                    position: 1,
                    agents: 1,
                };
                let promise = Promise {
                    at: course.at,
                    minutes: 2,
                    p90_ms,
                    n: 9,
                    basis: Some(basis),
                };
                Course {
                    promise: Some(promise),
                    ..course
                }
            };
            let all: Vec<Course> = (0..100).map(with).collect();
            Lore::of(&all, now).factor(None, now)
        };
        assert!(promised(MINUTE_MS) > 1.2, "{}", promised(MINUTE_MS));
        assert!(promised(10 * MINUTE_MS) < 1.0);
    }
}
