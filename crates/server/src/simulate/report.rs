//! What `segue simulate` prints, and the log of events it can leave.

use std::io::{self, Write};

use segue_core::forecast::{Forecast, Happening};
use serde_json::{Value, json};

use super::{Case, Record, Scenario, Tale, cells, play, score};

/// Cells with fewer cases are not judged by themselves.
const ENOUGH_CASES: usize = 300;

/// Plays a tale, writes its events, and prints how each method did.
pub fn report(
    tale: &Tale,
    mut events: Option<&mut impl Write>,
    mut output: impl Write,
) -> io::Result<()> {
    let mut fault = None;
    let run = play(tale, |at_s, happening, _: Option<&Forecast>| {
        if let Some(events) = &mut events
            && fault.is_none()
        {
            fault = writeln!(events, "{}", line(at_s, happening)).err();
        }
    });
    if let Some(fault) = fault {
        return Err(fault);
    }
    writeln!(
        output,
        "{:?}, seed {}, {} days: {} came, {} had to wait, {:.0} % left",
        tale.scenario,
        tale.seed,
        tale.days,
        run.arrived,
        run.waited,
        100.0 * run.left as f64 / run.arrived.max(1) as f64,
    )?;
    writeln!(
        output,
        "{:<32}{:>7}{:>9}{:>9}{:>9}{:>8}{:>8}{:>8}",
        "in minutes", "cases", "pin50", "pin90", "x plain", "kept", "worst", "slack"
    )?;
    let plain = run
        .methods
        .get(PLAIN)
        .map_or(0.0, |record| score(record.cases.iter()).pinball_90);
    for record in &run.methods {
        told(record, plain, &mut output)?;
    }
    if let (Scenario::Shock, Some(ours)) = (tale.scenario, run.methods.first()) {
        for (from, to) in [(0, 30), (30, 60), (60, 120), (120, 240)] {
            let since = |case: &&Case| case.waiter.checked_sub(run.before_shock);
            let within = |case: &&Case| since(case).is_some_and(|it| (from..to).contains(&it));
            let after = score(ours.cases.iter().filter(within));
            writeln!(
                output,
                "after the shock, waiters {from} to {to}: {:.1} % of {} kept",
                100.0 * after.kept,
                after.n
            )?;
        }
    }
    if let Some(ours) = run.methods.first() {
        let of = |from: u32, to: u32| {
            score(
                ours.cases
                    .iter()
                    .filter(|case| (from..to).contains(&case.day)),
            )
        };
        let (first, last) = (of(0, 1), of(tale.days.saturating_sub(1), tale.days));
        writeln!(
            output,
            "first day {:.3} ({} cases), last day {:.3} ({} cases)",
            first.pinball_90, first.n, last.pinball_90, last.n
        )?;
    }
    writeln!(output)
}

/// Where position x handling / agents stands among the methods.
const PLAIN: usize = 2;

fn told(record: &Record, plain: f64, output: &mut impl Write) -> io::Result<()> {
    let all = score(record.cases.iter());
    let judged = cells(&record.cases).into_iter().map(|(_, score)| score);
    let worst = judged
        .filter(|cell| cell.n >= ENOUGH_CASES)
        .map(|cell| cell.kept)
        .reduce(f64::min);
    let worst = worst.map_or_else(|| "-".to_owned(), |kept| format!("{:.1} %", 100.0 * kept));
    writeln!(
        output,
        "{:<32}{:>7}{:>9.3}{:>9.3}{:>9.2}{:>6.1} %{:>8}{:>8.2}",
        record.name,
        all.n,
        all.pinball_50,
        all.pinball_90,
        all.pinball_90 / plain,
        100.0 * all.kept,
        worst,
        all.slack
    )
}

/// An event as `segue forecast` reads it.
fn line(at_s: f64, happening: &Happening) -> Value {
    match happening {
        Happening::AgentOn {
            agent,
            skills,
            capacity,
            ..
        } => {
            json!({"t": at_s, "event": "agent_on", "agent": agent, "skills": skills, "capacity": capacity})
        }
        Happening::AgentOff { agent } => json!({"t": at_s, "event": "agent_off", "agent": agent}),
        Happening::Arrive {
            id,
            skill,
            priority,
        } => {
            json!({"t": at_s, "event": "arrive", "id": id, "skill": skill, "priority": priority})
        }
        Happening::Abandon { id } => json!({"t": at_s, "event": "abandon", "id": id}),
        Happening::Start { id, agent } => {
            json!({"t": at_s, "event": "start", "id": id, "agent": agent})
        }
        Happening::Finish { id } => json!({"t": at_s, "event": "finish", "id": id}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_plays_the_same_day_again_and_its_log_gives_the_same_forecasts() {
        let tale = Tale {
            scenario: Scenario::Moderate,
            seed: 4,
            days: 1,
        };
        let play_it = || {
            let (mut events, mut output) = (Vec::new(), Vec::new());
            report(&tale, Some(&mut events), &mut output).unwrap();
            (events, String::from_utf8(output).unwrap())
        };
        let (events, output) = play_it();
        assert_eq!((events.clone(), output.clone()), play_it());
        assert!(output.contains("Rocket.Chat"), "{output}");
        let mut forecasts = Vec::new();
        assert!(crate::forecast::forecast(4, events.as_slice(), &mut forecasts).unwrap());
        assert!(forecasts.len() > 1000);
    }

    #[test]
    fn cases_of_one_cell_are_counted_together() {
        let case = Case {
            waiter: 0,
            skill: 1,
            hour: 9.0,
            day: 0,
            wait_s: 60.0,
            said: [60.0, 120.0],
        };
        let late = Case {
            wait_s: 180.0,
            hour: 9.9,
            ..case
        };
        let all = cells(&[case, late, Case { hour: 14.0, ..case }]);
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].1.n, all[0].1.kept, all[1].1.kept), (2, 0.5, 1.0));
        assert!((all[0].1.slack - 0.5).abs() < 1e-9);
        assert!((all[1].1.pinball_90 - 0.1).abs() < 1e-9);
    }
}
