//! Spans of time as operators write them: `90 days`, `7d`, `20s`, `1h 30m`.

use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

const UNITS: [(&str, i64); 5] = [
    ("week", 7 * DAY_MS),
    ("day", DAY_MS),
    ("hour", HOUR_MS),
    ("minute", MINUTE_MS),
    ("second", SECOND_MS),
];

/// The milliseconds of a span; `None` if it is none, or too long to count.
pub(super) fn parse(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    let mut total: i64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = rest[..digits].parse().ok()?;
        let after = rest[digits..].trim_start();
        let end = after
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(after.len());
        total = total.checked_add(count.checked_mul(unit(&after[..end])?)?)?;
        rest = after[end..].trim_start_matches([' ', ',']);
    }
    Some(total)
}

fn unit(name: &str) -> Option<i64> {
    let short = match name {
        "min" | "mins" => "minute",
        "sec" | "secs" => "second",
        other => other
            .strip_suffix('s')
            .filter(|one| !one.is_empty())
            .unwrap_or(other),
    };
    let is_it = |(unit, _): &&(&str, i64)| *unit == short || unit[..1] == *short;
    UNITS.iter().find(is_it).map(|(_, ms)| *ms)
}

/// A span in words, in the largest units that hold it: `90 days`, `1 hour 30 minutes`.
pub(super) fn words(span_ms: i64) -> String {
    let plural = |count| if count == 1 { "" } else { "s" };
    let told = units(span_ms)
        .into_iter()
        .map(|(unit, count)| format!("{count} {unit}{}", plural(count)));
    told.collect::<Vec<_>>().join(" ")
}

/// A span in the largest units that hold it; never empty.
pub(super) fn units(span_ms: i64) -> Vec<(&'static str, i64)> {
    let mut rest = span_ms;
    let mut parts = Vec::new();
    // Weeks are for reading only: "7 days" is what everybody says.
    for (unit, unit_ms) in &UNITS[1..] {
        let count = rest / unit_ms;
        rest -= count * unit_ms;
        if count > 0 {
            parts.push((*unit, count));
        }
    }
    if parts.is_empty() {
        parts.push(("second", 0));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        let check = |text: &str, span_ms: Option<i64>| assert_eq!(parse(text), span_ms, "{text}");
        check("90d", Some(90 * DAY_MS));
        check("90 days", Some(90 * DAY_MS));
        check("1 day", Some(DAY_MS));
        check("20s", Some(20 * SECOND_MS));
        check("45 seconds", Some(45 * SECOND_MS));
        check("5 min", Some(5 * MINUTE_MS));
        check("5m", Some(5 * MINUTE_MS));
        check("1h 30m", Some(90 * MINUTE_MS));
        check("1 hour, 30 minutes", Some(90 * MINUTE_MS));
        check("2 weeks", Some(14 * DAY_MS));
        check("0 seconds", Some(0));
        for nonsense in [
            "",
            "90",
            "days",
            "9 moons",
            "-3 days",
            "1.5 h",
            "99999999999999999 days",
            "3 s x",
            "s",
        ] {
            check(nonsense, None);
        }
    }

    #[test]
    fn a_span_in_words_reads_back_as_itself() {
        for span_ms in [
            0,
            SECOND_MS,
            90 * MINUTE_MS,
            7 * DAY_MS,
            DAY_MS + SECOND_MS,
            3_650 * DAY_MS,
        ] {
            assert_eq!(parse(&words(span_ms)), Some(span_ms), "{}", words(span_ms));
        }
    }
}
