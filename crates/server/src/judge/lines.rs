//! Lines in, lines out, in their order, on all cores. A line that cannot be read gets a
//! line that says why, and the rest goes on.

use std::io::{self, BufRead, Write};
use std::thread;

use serde::Deserialize;
use serde_json::{Value, json};

/// Lines that are read ahead for each core.
const AHEAD: usize = 32;

/// Why a line was not judged.
pub type Fault = String;

#[derive(Deserialize)]
struct Named {
    id: Option<Value>,
}

/// Judges each line with `judge`; returns whether all of them could be read.
pub fn each_line(
    mut input: impl BufRead,
    mut output: impl Write,
    judge: impl Fn(&str) -> Result<Value, Fault> + Sync,
) -> io::Result<bool> {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    let mut number = 0;
    let mut all_good = true;
    loop {
        let mut lines: Vec<(usize, Vec<u8>)> = Vec::new();
        while lines.len() < cores * AHEAD {
            let mut line = Vec::new();
            if input.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            number += 1;
            if !line.trim_ascii().is_empty() {
                lines.push((number, line));
            }
        }
        if lines.is_empty() {
            output.flush()?;
            return Ok(all_good);
        }
        let share = lines.len().div_ceil(cores);
        let judged: Vec<Result<Value, Value>> = thread::scope(|scope| {
            let parts: Vec<_> = lines
                .chunks(share)
                .map(|part| {
                    scope.spawn(|| {
                        part.iter()
                            .map(|line| judge_line(line, &judge))
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            let done = parts.into_iter().flat_map(|part| part.join());
            done.flatten().collect()
        });
        for line in judged {
            all_good &= line.is_ok();
            let (Ok(value) | Err(value)) = line;
            serde_json::to_writer(&mut output, &value)?;
            output.write_all(b"\n")?;
        }
        output.flush()?;
    }
}

fn judge_line(
    (number, line): &(usize, Vec<u8>),
    judge: &impl Fn(&str) -> Result<Value, Fault>,
) -> Result<Value, Value> {
    let text = std::str::from_utf8(line);
    let judged = match text {
        Ok(text) => judge(text),
        Err(_) => Err("the line is not UTF-8".into()),
    };
    judged.map_err(|fault| {
        let named = text.ok().and_then(|text| serde_json::from_str(text).ok());
        match named {
            Some(Named { id: Some(id) }) => json!({"id": id, "line": number, "error": fault}),
            _ => json!({"line": number, "error": fault}),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_order_and_a_bad_one_does_not_stop_the_rest() {
        let input: String = (0..500).map(|n| format!("{{\"id\":{n}}}\n")).collect();
        let input = format!("{input}not json\n\n{{\"id\":\"x\",\"bad\":1}}\n");
        let mut output = Vec::new();
        let judge = |line: &str| {
            let value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
            match value.get("bad") {
                Some(_) => Err("it is bad".into()),
                None => Ok(value),
            }
        };
        let mut bytes = input.into_bytes();
        bytes.extend(b"\xff\xfe\n");
        assert!(!each_line(bytes.as_slice(), &mut output, judge).unwrap());
        let output = String::from_utf8(output).unwrap();
        let lines: Vec<Value> = output
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 503);
        assert!((0..500).all(|n| lines[n]["id"] == n));
        assert_eq!(lines[500]["line"], 501);
        assert_eq!(
            lines[501],
            json!({"id": "x", "line": 503, "error": "it is bad"})
        );
        assert_eq!(lines[502]["line"], 504);
    }
}
