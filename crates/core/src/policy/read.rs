//! A policy from TOML. Every fault is found in one go, each with its line.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fields::{FIELDS, Field, Kind, named};
use super::{Condition, Policy, Rule, RuleAction, span};
use crate::signal::Trigger;

/// Something in a policy's file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    /// The line, from 1; `None` where the fault has none.
    pub line: Option<usize>,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

/// The line of each setting that a file has.
#[derive(Clone, Debug, Default)]
pub struct Lines(BTreeMap<String, usize>);

impl Lines {
    /// The line of a setting, or of the section that it should stand in.
    pub fn of(&self, key: &str) -> Option<usize> {
        let section = key.split('.').next().unwrap_or(key);
        self.0.get(key).or_else(|| self.0.get(section)).copied()
    }
}

/// Reads and checks a policy. What the file leaves out keeps its default.
pub fn read(text: &str) -> Result<Policy, Vec<Misread>> {
    read_lined(text).map(|(policy, _)| policy)
}

/// The same with the line of each setting.
pub fn read_lined(text: &str) -> Result<(Policy, Lines), Vec<Misread>> {
    let mut reader = Reader {
        text,
        policy: Policy::default(),
        lines: Lines::default(),
        misread: vec![],
    };
    match DeTable::parse(text) {
        Ok(table) => reader.table("", table.get_ref()),
        Err(error) => {
            let line = error.span().map(|span| line_at(text, span.start));
            let reason = error.message().lines().collect::<Vec<_>>().join(" ");
            reader.misread.push(Misread { line, reason });
        }
    }
    // What could not be read has its default by now; only what was read is checked.
    for fault in reader.policy.check() {
        let line = reader.lines.of(&fault.key);
        let name = fault.key.rsplit('.').next().unwrap_or(&fault.key);
        let name = if fault.key.matches('.').count() > 1 && !fault.key.starts_with("rule") {
            fault
                .key
                .split_once('.')
                .map_or(name, |(_, trigger)| trigger)
        } else {
            name
        };
        let reason = format!("{name} {}", fault.reason);
        reader.misread.push(Misread { line, reason });
    }
    if reader.misread.is_empty() {
        return Ok((reader.policy, reader.lines));
    }
    reader.misread.sort_by_key(|misread| misread.line);
    reader.misread.dedup();
    Err(reader.misread)
}

struct Reader<'a> {
    text: &'a str,
    policy: Policy,
    /// The line of each setting that the file has.
    lines: Lines,
    misread: Vec<Misread>,
}

type Entry<'a> = Spanned<DeValue<'a>>;

impl Reader<'_> {
    fn table(&mut self, of: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let key = match of {
                "" => name.get_ref().to_string(),
                of => format!("{of}.{}", name.get_ref()),
            };
            self.lines
                .0
                .insert(key.clone(), line_at(self.text, name.span().start));
            match (named(&key), value.get_ref()) {
                (Some(field), _) => self.setting(field, value),
                (None, DeValue::Array(rules)) if key == "rule" => {
                    for (n, rule) in rules.iter().enumerate() {
                        self.rule(n, rule);
                    }
                }
                (None, DeValue::Table(inner)) if key == "timings" => self.table("timings", inner),
                (None, _) => self.unknown(&key, name.span()),
            }
        }
    }

    fn setting(&mut self, field: &'static Field, value: &Entry<'_>) {
        match self.value_of(field, value) {
            Ok(()) => {}
            Err((at, reason)) => {
                let name = field.key.rsplit('.').next().unwrap_or(field.key);
                self.fault(at, format!("{name} {reason}"));
            }
        }
    }

    fn value_of(&mut self, field: &'static Field, value: &Entry<'_>) -> Result<(), Fault> {
        match &field.kind {
            Kind::Share(of) => *of(&mut self.policy) = number(value)?,
            Kind::Count(of) => *of(&mut self.policy) = whole(value)?,
            Kind::Span(of, _) => {
                let wanted = "is a span of time in quotes, such as \"20 seconds\" or \"7 days\"";
                let text = string(value, wanted)?;
                *of(&mut self.policy) =
                    span::parse(&text).ok_or_else(|| (value.span(), wanted.to_string()))?;
            }
            Kind::Switch(of) => {
                let truth = value.get_ref().as_bool();
                *of(&mut self.policy) =
                    truth.ok_or_else(|| (value.span(), "is true or false".to_string()))?;
            }
            Kind::Names(of) => *of(&mut self.policy) = names(value)?,
            Kind::Triggers(of) => {
                let triggers = names(value)?
                    .iter()
                    .map(|name| trigger(name).map_err(|reason| (value.span(), reason)))
                    .collect::<Result<Vec<_>, _>>()?;
                *of(&mut self.policy) = triggers;
            }
            Kind::Amounts(of) => {
                let wanted = "is a table: refund_threshold = { default = 100, EUR = 90 }";
                let mut amounts = BTreeMap::new();
                for (currency, amount) in entries(value, wanted)? {
                    self.put_line(field, currency.get_ref(), currency.span());
                    let amount: i64 = whole(amount)?;
                    amounts.insert(currency.get_ref().to_string(), amount);
                }
                *of(&mut self.policy) = amounts;
            }
            Kind::NamesFor(of) => *of(&mut self.policy) = self.by_trigger(field, value, names)?,
            Kind::WeightFor(of) => *of(&mut self.policy) = self.by_trigger(field, value, number)?,
            Kind::NameFor(of) => {
                let team = |value: &Entry<'_>| string(value, "is a team's name in quotes");
                *of(&mut self.policy) = self.by_trigger(field, value, team)?;
            }
            Kind::PriorityFor(of) => {
                *of(&mut self.policy) = self.by_trigger(field, value, whole)?
            }
        }
        Ok(())
    }

    /// A table with triggers for keys.
    fn by_trigger<T>(
        &mut self,
        field: &'static Field,
        value: &Entry<'_>,
        read: impl Fn(&Entry<'_>) -> Result<T, Fault>,
    ) -> Result<BTreeMap<Trigger, T>, Fault> {
        let mut map = BTreeMap::new();
        let wanted = "is a table with a line for each trigger";
        for (name, one) in entries(value, wanted)? {
            self.put_line(field, name.get_ref(), name.span());
            // `topic.complaint = …` without quotes is a table in TOML.
            if let DeValue::Table(_) = one.get_ref() {
                let reason = format!(
                    "needs the whole trigger in quotes: \"{}.…\"",
                    name.get_ref()
                );
                return Err((name.span(), reason));
            }
            let trigger = trigger(name.get_ref()).map_err(|reason| (name.span(), reason))?;
            match read(one) {
                Ok(one) => drop(map.insert(trigger, one)),
                Err((at, reason)) => self.fault(at, format!("{trigger} {reason}")),
            }
        }
        Ok(map)
    }

    fn rule(&mut self, n: usize, entry: &Entry<'_>) {
        let mut rule = Rule {
            name: String::new(),
            when: Condition::new("false"),
            action: RuleAction::Escalate,
            team: None,
            priority: 0,
            because: String::new(),
        };
        let DeValue::Table(table) = entry.get_ref() else {
            return self.fault(entry.span(), "a rule begins with [[rule]]".into());
        };
        let at = line_at(self.text, entry.span().start);
        for field in ["name", "when", "do"] {
            self.lines.0.insert(format!("rule.{n}.{field}"), at);
            if !table.iter().any(|(key, _)| key.get_ref() == field) {
                self.fault(entry.span(), format!("the rule has no line {field:?}"));
            }
        }
        for (key, value) in table {
            let key_at = line_at(self.text, key.span().start);
            self.lines
                .0
                .insert(format!("rule.{n}.{}", key.get_ref()), key_at);
            let quotes = "is text in quotes";
            let done = match key.get_ref().as_ref() {
                "name" => string(value, quotes).map(|name| rule.name = name),
                "when" => string(value, quotes).map(|when| rule.when = Condition::new(when)),
                "because" => string(value, quotes).map(|because| rule.because = because),
                "team" => string(value, quotes).map(|team| rule.team = Some(team)),
                "priority" => whole(value).map(|priority| rule.priority = priority),
                "do" => action(value).map(|action| rule.action = action),
                other => {
                    let fields = ["name", "when", "do", "team", "priority", "because"];
                    Err((key.span(), unknown(other, &fields)))
                }
            };
            if let Err((at, reason)) = done {
                let is_unknown = reason.starts_with("there is no");
                let reason = if is_unknown {
                    reason
                } else {
                    format!("{} {reason}", key.get_ref())
                };
                self.fault(at, reason);
            }
        }
        self.policy.rules.push(rule);
    }

    fn unknown(&mut self, key: &str, at: Range<usize>) {
        let hides = ["human", "person", "button", "talk_to"];
        let reason = if hides.iter().any(|word| key.contains(word)) {
            "the customer's way to a person has no setting: it is always there (P19, P20)".into()
        } else {
            let mut keys: Vec<&str> = FIELDS.iter().map(|field| field.key).collect();
            keys.extend(["rule", "timings"]);
            unknown(key, &keys)
        };
        self.fault(at, reason);
    }

    fn fault(&mut self, at: Range<usize>, reason: String) {
        let line = Some(line_at(self.text, at.start));
        self.misread.push(Misread { line, reason });
    }

    fn put_line(&mut self, field: &Field, name: &str, at: Range<usize>) {
        let key = format!("{}.{name}", field.key);
        self.lines.0.insert(key, line_at(self.text, at.start));
    }
}

/// Where, and what is wrong there.
type Fault = (Range<usize>, String);

fn line_at(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

fn number(value: &Entry<'_>) -> Result<f64, Fault> {
    let text = match value.get_ref() {
        DeValue::Float(float) => float.as_str(),
        DeValue::Integer(integer) => integer.as_str(),
        _ => return Err((value.span(), "is a number without quotes".into())),
    };
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| (value.span(), "is no number".into()))
}

fn whole<T: std::str::FromStr>(value: &Entry<'_>) -> Result<T, Fault> {
    let integer = value
        .get_ref()
        .as_integer()
        .filter(|integer| integer.radix() == 10);
    let number = integer.and_then(|integer| integer.as_str().parse().ok());
    number.ok_or_else(|| {
        (
            value.span(),
            "is a whole number from 0 on, without quotes".into(),
        )
    })
}

fn string(value: &Entry<'_>, wanted: &str) -> Result<String, Fault> {
    let text = value.get_ref().as_str();
    text.map(str::to_string)
        .ok_or_else(|| (value.span(), wanted.to_string()))
}

fn names(value: &Entry<'_>) -> Result<Vec<String>, Fault> {
    let wanted = "is a list of names in quotes: [\"…\", \"…\"]";
    let list = value.get_ref().as_array();
    let list = list.ok_or_else(|| (value.span(), wanted.to_string()))?;
    list.iter().map(|one| string(one, wanted)).collect()
}

fn entries<'a, 'i>(
    value: &'a Entry<'i>,
    wanted: &str,
) -> Result<
    impl Iterator<Item = (&'a Spanned<std::borrow::Cow<'i, str>>, &'a Entry<'i>)> + use<'a, 'i>,
    Fault,
> {
    let table = value.get_ref().as_table();
    let table = table.ok_or_else(|| (value.span(), wanted.to_string()))?;
    Ok(table.iter())
}

fn action(value: &Entry<'_>) -> Result<RuleAction, Fault> {
    let wanted = "is \"escalate\", \"offer\" or \"clarify\"";
    let text = string(value, wanted)?;
    let action = RuleAction::ALL.into_iter().find(|(name, _)| *name == text);
    if let Some((_, action)) = action {
        return Ok(action);
    }
    let reason = match text.as_str() {
        "answer" | "nothing" | "ignore" | "suppress" => {
            format!("{wanted}: a rule can only add, never take a person away")
        }
        _ => wanted.to_string(),
    };
    Err((value.span(), reason))
}

fn trigger(name: &str) -> Result<Trigger, String> {
    let names = Trigger::ALL.map(Trigger::name);
    Trigger::from_name(name).ok_or_else(|| {
        let near = nearest(name, &names).map(|near| format!("; did you mean {near:?}?"));
        format!(
            "names a trigger {name:?} that does not exist{}",
            near.unwrap_or_default()
        )
    })
}

fn unknown(key: &str, known: &[&str]) -> String {
    match nearest(key, known) {
        Some(near) => format!("there is no setting {key:?}; did you mean {near:?}?"),
        None => format!("there is no setting {key:?}; `segue policy init` prints all of them"),
    }
}

/// The known name that is most like one that is not, if any is like it.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known.iter().map(|one| {
        // `complaint` is near `topic.complaint`, and `answer_within` near its path.
        let last = one.rsplit('.').next().unwrap_or(one);
        let bare = name.rsplit('.').next().unwrap_or(name);
        (
            distance(name, one).min(distance(bare, last) + usize::from(name != last)),
            *one,
        )
    });
    let (far, one) = near.min()?;
    (far <= 1 + name.chars().count() / 3).then_some(one)
}

/// How many letters must change to make one of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, one) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let change = diagonal + usize::from(one != *other);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
