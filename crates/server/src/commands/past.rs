//! `segue past`: what happened in the queue, as the log that `segue forecast` reads. Whoever
//! wants to know how good the forecasts are for their own customers plays it back.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use clap::Args;
use segue_core::ids::{AgentId, TeamId};
use segue_core::time::{DAY_MS, Timestamp};
use segue_store::{Agent, Course, Stay};
use serde_json::{Value, json};

use super::Outcome;
use super::database::{Database, desk_of};
use crate::desk::has_left;

/// More than this is no queue of a support desk, and would not fit.
const MOST: i64 = 1_000_000;
/// What everybody answers for whom no team does.
const EVERYBODY: &str = "everybody";

#[derive(Args)]
pub(super) struct Past {
    /// How far back. Agents' comings and goings are kept for 90 days.
    #[arg(long, default_value_t = 28)]
    days: u16,
    #[command(flatten)]
    database: Database,
}

impl Past {
    pub(super) async fn run(&self) -> Outcome {
        let (desk, workspace) = desk_of(&self.database).await?;
        let (id, now) = (workspace.id, desk.clock.now());
        let since = now.plus(-i64::from(self.days) * DAY_MS);
        let read = desk.store.read(move |tx| {
            Ok::<_, segue_store::Error>(Days {
                courses: tx.courses(&id, since, MOST)?,
                stays: tx.stays(&id, since)?,
                agents: tx.agents(&id)?,
                members: tx.team_members(&id)?,
            })
        });
        let mut out = BufWriter::new(io::stdout().lock());
        for line in read.await?.happenings() {
            writeln!(out, "{line}")?;
        }
        Ok(out.flush()?)
    }
}

/// Some days of a workspace.
struct Days {
    courses: Vec<Course>,
    stays: Vec<Stay>,
    agents: Vec<Agent>,
    members: Vec<(TeamId, AgentId)>,
}

impl Days {
    /// What happened, in the order of time. Nobody is named: agents and teams are their ids.
    fn happenings(&self) -> Vec<Value> {
        let mut all: Vec<(Timestamp, Value)> = Vec::new();
        let capacity: BTreeMap<&AgentId, i64> =
            self.agents.iter().map(|it| (&it.id, it.capacity)).collect();
        for stay in &self.stays {
            let agent = stay.agent_id.as_str();
            let teams = self.members.iter().filter(|(_, who)| *who == stay.agent_id);
            let mut skills: Vec<&str> = teams.map(|(team, _)| team.as_str()).collect();
            skills.push(EVERYBODY);
            let capacity = capacity.get(&stay.agent_id).copied().unwrap_or(1);
            let on = json!({ "event": "agent_on", "agent": agent, "skills": skills, "capacity": capacity });
            all.push((stay.from, on));
            if let Some(until) = stay.until {
                all.push((until, json!({ "event": "agent_off", "agent": agent })));
            }
        }
        for (number, course) in self.courses.iter().enumerate() {
            let id = format!("handoff-{number}");
            let skill = course.team_id.as_ref().map_or(EVERYBODY, TeamId::as_str);
            let priority = course.priority.level();
            let came = json!({ "event": "arrive", "id": id, "skill": skill, "priority": priority });
            all.push((course.at, came));
            match (course.accepted_at, &course.agent_id) {
                (Some(accepted_at), Some(agent)) => {
                    let start = json!({ "event": "start", "id": id, "agent": agent.as_str() });
                    all.push((accepted_at, start));
                    if let Some(ended_at) = course.ended_at {
                        all.push((ended_at, json!({ "event": "finish", "id": id })));
                    }
                }
                _ => {
                    if let Some(ended_at) = course.ended_at {
                        // Who was settled without anybody did not lose patience.
                        let event = if has_left(course) {
                            "abandon"
                        } else {
                            "finish"
                        };
                        all.push((ended_at, json!({ "event": event, "id": id })));
                    }
                }
            }
        }
        // What happened at one instant stays in its order: an arrival before its start.
        all.sort_by_key(|(at, _)| *at);
        let line = |(at, mut line): (Timestamp, Value)| {
            line["t"] = json!(at.as_millis() as f64 / 1_000.0);
            line
        };
        all.into_iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use segue_core::access::Role;
    use segue_core::queue::Priority;
    use segue_core::time::MINUTE_MS;
    use segue_store::{HandoffEnd, Presence};

    use super::*;
    use crate::forecast::forecast;

    const NOW: Timestamp = Timestamp::from_millis(20_000 * DAY_MS);

    #[test]
    fn the_past_is_a_log_that_forecasts_are_made_of() {
        let (agent, team) = (AgentId::new(NOW, 1), TeamId::new(NOW, 1));
        let course = |n: i64, is_taken: bool| {
            let outcome = match n {
                0 => HandoffEnd::WAIT_LIMIT,
                _ => HandoffEnd::CANCELLED,
            };
            let at = NOW.plus(n * 4 * MINUTE_MS);
            Course {
                at,
                team_id: (n % 2 == 0).then(|| team.clone()),
                priority: Priority::NORMAL,
                accepted_at: is_taken.then(|| at.plus(MINUTE_MS)),
                agent_id: is_taken.then(|| agent.clone()),
                first_reply_at: None,
                ended_at: Some(at.plus(9 * MINUTE_MS)),
                outcome: (!is_taken).then(|| outcome.into()),
                promise: None,
            }
        };
        let days = Days {
            courses: (0..20).map(|n| course(n, n % 5 > 0)).collect(),
            stays: vec![Stay {
                agent_id: agent.clone(),
                from: NOW,
                until: Some(NOW.plus(DAY_MS)),
            }],
            agents: vec![Agent {
                id: agent.clone(),
                workspace_id: segue_core::ids::Id::new(NOW, 1),
                email: "maya@shop.example".into(),
                name: "Maya".into(),
                role: Role::Agent,
                capacity: 1,
                busy: 0,
                busy_units: 0,
                skills: vec![],
                languages: vec![],
                presence: Presence::Online,
                seen_at: NOW,
                wrap_up_until: None,
                last_accepted_at: None,
                deactivated_at: None,
            }],
            members: vec![(team.clone(), agent.clone())],
        };
        let lines = days.happenings();
        let count = |event: &str| lines.iter().filter(|it| it["event"] == event).count();
        let counts = [
            "agent_on",
            "agent_off",
            "arrive",
            "start",
            "finish",
            "abandon",
        ]
        .map(count);
        assert_eq!(
            counts,
            [1, 1, 20, 16, 17, 3],
            "whom nobody served did not lose patience"
        );
        assert_eq!(lines[0]["event"], "agent_on");
        assert_eq!(lines[0]["skills"], json!([team.as_str(), EVERYBODY]));
        let times: Vec<f64> = lines.iter().map(|it| it["t"].as_f64().unwrap()).collect();
        assert!(times.is_sorted());
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        assert!(!text.contains("Maya") && !text.contains("shop.example"));
        let mut told = Vec::new();
        assert!(forecast(1, text.as_bytes(), &mut told).unwrap());
        let told = String::from_utf8(told).unwrap();
        assert!(
            told.contains("\"p90_s\"") && !told.contains("error"),
            "{told}"
        );
    }
}
