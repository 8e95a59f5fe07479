//! `segue forecast`: what happens in a contact centre comes in, one JSON object a line in
//! time order, and for each customer who has to wait the forecast goes out. It is the code
//! that live promises come from, and uses only what it has read so far.

use std::io::{self, BufRead, Write};

use segue_core::forecast::{Forecaster, Happening, spoken_minutes};
use serde::Deserialize;
use serde_json::{Value, json};

/// A line, as leniently as it can be understood.
#[derive(Deserialize)]
struct Line {
    t: Value,
    event: String,
    #[serde(default)]
    id: Value,
    #[serde(default)]
    agent: Value,
    #[serde(default)]
    skill: Value,
    #[serde(default)]
    skills: Value,
    #[serde(default)]
    capacity: Value,
    #[serde(default)]
    priority: Value,
    /// When an agent is known to go.
    #[serde(default)]
    until: Value,
}

/// Forecasts for each line; returns whether all of them could be read.
pub fn forecast(seed: u64, mut input: impl BufRead, mut output: impl Write) -> io::Result<bool> {
    let mut forecaster = Forecaster::new(seed);
    let mut all_good = true;
    let mut bytes = Vec::new();
    let mut number = 0;
    loop {
        bytes.clear();
        if input.read_until(b'\n', &mut bytes)? == 0 {
            output.flush()?;
            return Ok(all_good);
        }
        number += 1;
        let line = bytes.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let answer = match read(line) {
            Ok((at_s, happening)) => told(&mut forecaster, at_s, happening),
            Err(fault) => {
                all_good = false;
                Some(refused(line, number, &fault))
            }
        };
        if let Some(answer) = answer {
            writeln!(output, "{answer}")?;
        }
    }
}

fn told(forecaster: &mut Forecaster, at_s: f64, happening: Happening) -> Option<Value> {
    let id = match &happening {
        Happening::Arrive { id, .. } => Value::String(id.clone()),
        _ => Value::Null,
    };
    let forecast = forecaster.hear(at_s, happening)?;
    let p90_s = tenths(forecast.p90_s);
    Some(json!({
        "id": id,
        "t": at_s,
        "position": forecast.position,
        "p50_s": tenths(forecast.p50_s).min(p90_s),
        "p90_s": p90_s,
        "announced_s": u64::from(spoken_minutes((p90_s * 1000.0).ceil() as i64)) * 60,
    }))
}

fn tenths(span_s: f64) -> f64 {
    (span_s * 10.0).round() / 10.0
}

fn refused(line: &[u8], number: usize, fault: &str) -> Value {
    let value: Option<Value> = serde_json::from_slice(line).ok();
    match value.as_ref().and_then(|value| value.get("id")) {
        Some(id) => json!({"id": id, "line": number, "error": fault}),
        None => json!({"line": number, "error": fault}),
    }
}

fn read(line: &[u8]) -> Result<(f64, Happening), String> {
    let text = std::str::from_utf8(line).map_err(|_| "the line is not UTF-8")?;
    let line: Line = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let at_s = line
        .t
        .as_f64()
        .filter(|at_s| at_s.is_finite())
        .ok_or("`t` is not a number of seconds")?;
    let id = || name(&line.id).ok_or("`id` is missing");
    let agent = || name(&line.agent).ok_or("`agent` is missing");
    let happening = match line.event.as_str() {
        "agent_on" => Happening::AgentOn {
            agent: agent()?,
            skills: names(&line.skills, &line.skill),
            capacity: line
                .capacity
                .as_f64()
                .map_or(1, |capacity| capacity.max(1.0) as usize),
            until_s: line.until.as_f64(),
        },
        "agent_off" => Happening::AgentOff { agent: agent()? },
        "arrive" => Happening::Arrive {
            id: id()?,
            skill: names(&line.skill, &line.skills)
                .into_iter()
                .next()
                .unwrap_or_default(),
            priority: line.priority.as_f64().map_or(0, |priority| priority as i64),
        },
        "abandon" => Happening::Abandon { id: id()? },
        "start" => Happening::Start {
            id: id()?,
            agent: name(&line.agent),
        },
        "finish" => Happening::Finish { id: id()? },
        other => {
            return Err(format!(
                "`{other}` is no event: agent_on, agent_off, arrive, abandon, start, finish"
            ));
        }
    };
    Ok((at_s, happening))
}

/// A name; numbers serve as well.
fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(name) => Some(name.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A list of names, or one, or else another field.
fn names(value: &Value, or: &Value) -> Vec<String> {
    match (value, or) {
        (Value::Array(values), _) => values.iter().filter_map(name).collect(),
        (Value::Null, Value::Array(values)) => values.iter().filter_map(name).collect(),
        (Value::Null, one) | (one, _) => name(one).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(input: &str) -> (bool, Vec<Value>) {
        let mut output = Vec::new();
        let good = forecast(1, input.as_bytes(), &mut output).unwrap();
        let output = String::from_utf8(output).unwrap();
        let lines = output
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        (good, lines.collect())
    }

    const DAY: &str = r#"{"t":0,"event":"agent_on","agent":"a","skills":["x"],"capacity":1}
{"t":5,"event":"arrive","id":"c1","skill":"x"}
{"t":5,"event":"start","id":"c1","agent":"a"}
{"t":60,"event":"arrive","id":"c2","skill":"x"}
{"t":90,"event":"arrive","id":"c3","skill":"x","priority":1}
"#;

    #[test]
    fn who_has_to_wait_is_told_and_who_is_served_at_once_is_not() {
        let (good, lines) = run(DAY);
        assert!(good);
        let told: Vec<_> = lines
            .iter()
            .map(|line| (&line["id"], &line["position"]))
            .collect();
        assert_eq!(
            told,
            [(&json!("c2"), &json!(1)), (&json!("c3"), &json!(1))],
            "c3 goes first"
        );
        for line in &lines {
            let of = |key: &str| line[key].as_f64().unwrap();
            assert!(of("p50_s") > 0.0 && of("p50_s") <= of("p90_s"), "{line}");
            assert!(of("p90_s") <= of("announced_s"), "{line}");
        }
        assert_eq!(run(DAY).1, lines, "the same input gives the same forecasts");
    }

    #[test]
    fn what_comes_later_changes_nothing_before() {
        let (_, lines) = run(DAY);
        let cut: Vec<&str> = DAY.lines().take(4).collect();
        assert_eq!(run(&cut.join("\n")).1, lines[..1]);
    }

    #[test]
    fn garbage_is_answered_and_the_rest_goes_on() {
        let garbage = r#"not json
{"t":1,"event":"dance","id":"x"}
{"t":"noon","event":"arrive","id":"y"}
{"event":"arrive","id":"z"}
{"t":1,"event":"finish","id":"never"}
{"t":1,"event":"start","id":"c9","agent":"nobody","extra":[1]}
{"t":2,"event":"agent_off","agent":"unknown"}
{"t":3,"event":"agent_on","agent":7,"capacity":"many","skills":"x"}

{"t":3,"event":"arrive","id":12}
{"t":2,"event":"arrive","id":12,"skill":"x","priority":-3.5}
{"t":1,"event":"abandon","id":12}
"#;
        let (good, lines) = run(&(garbage.to_owned() + DAY));
        assert!(!good);
        let faults: Vec<_> = lines
            .iter()
            .filter(|line| line.get("error").is_some())
            .collect();
        let at: Vec<_> = faults.iter().map(|line| &line["line"]).collect();
        assert_eq!(at, [1, 2, 3, 4]);
        assert_eq!(faults[1]["id"], "x");
        assert!(lines.iter().any(|line| line["id"] == "c3"));
    }
}
