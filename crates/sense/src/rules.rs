//! Rules as data: one file per trigger under `data/rules/`, read once.
//!
//! A line is a strength and a pattern, or `veto` and a pattern. Patterns are regular
//! expressions over a normalised text (see `normal`) and match whole words; what a
//! veto matches is hidden from all other patterns of the file. `^` and `$` are the
//! ends of the message, `<` and `>` the ends of a sentence or pause, `~` before a
//! pattern lets it match inside words (for scripts without spaces). `@name = …` names
//! a piece that `{name}` puts in; the names of `common.txt` are known everywhere.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use crate::normal::Normal;
use crate::patterns::Patterns;

/// The rules of one file.
pub struct Rules {
    vetoes: Patterns,
    rules: Patterns,
    /// In the order of `rules`.
    strengths: Vec<f64>,
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// 0..1, as written in the rule.
    pub strength: f64,
    /// In the normalised text.
    pub range: Range<usize>,
}

macro_rules! rule_files {
    ($($name:ident: $file:literal),* $(,)?) => {
        $(
            pub(crate) static $name: LazyLock<Rules> = LazyLock::new(|| {
                Rules::parse(include_str!(concat!("../data/rules/", $file)))
            });
        )*
        const TEXTS: &[&str] = &[COMMON, $(include_str!(concat!("../data/rules/", $file))),*];
        #[cfg(test)]
        const FILES: &[(&str, &LazyLock<Rules>)] = &[$(($file, &$name)),*];
    };
}

const COMMON: &str = include_str!("../data/rules/common.txt");

rule_files!(
    REQUEST_HUMAN: "request_human.txt",
    BILLING_DISPUTE: "billing_dispute.txt",
    REFUND: "refund.txt",
    ACCOUNT_SECURITY: "account_security.txt",
    LEGAL_COMPLIANCE: "legal_compliance.txt",
    COMPLAINT: "complaint.txt",
    CANCELLATION: "cancellation.txt",
    CUSTOM_PRICING: "custom_pricing.txt",
    ACCOUNT_CHANGE: "account_change.txt",
    BUG_INVESTIGATION: "bug_investigation.txt",
    UNRESOLVED_REFERENCE: "unresolved_reference.txt",
    AREAS: "areas.txt",
    FRUSTRATION: "frustration.txt",
    URGENCY: "urgency.txt",
    ANGER: "anger.txt",
    HELPLESSNESS: "helplessness.txt",
    INJECTION: "injection.txt",
    GREETING: "greeting.txt",
    THANKS: "thanks.txt",
    GOODBYE: "goodbye.txt",
    CHAT: "chat.txt",
    HELPED: "helped.txt",
    DID_NOT_HELP: "did_not_help.txt",
    YES: "yes.txt",
    NO: "no.txt",
    OFFERS_PERSON: "offers_person.txt",
    ABSTAINS: "abstains.txt",
    COLD_GREETING: "cold_greeting.txt",
    ACKNOWLEDGES: "acknowledges.txt",
    ALREADY_TRIED: "already_tried.txt",
    ASKS_TRIED: "asks_tried.txt",
    SAYS_AGAIN: "says_again.txt",
    TOLD_DEVICE: "told_device.txt",
    TOLD_SINCE: "told_since.txt",
    TOLD_ERROR: "told_error.txt",
    IS_OVER: "is_over.txt",
    ASKS_SPAN: "asks_span.txt",
    ASKS_PRICE: "asks_price.txt",
    SPAN: "span.txt",
);

/// Every word that stands in a rule: such words are never taken for typing errors.
pub(crate) fn all_words() -> impl Iterator<Item = String> {
    TEXTS
        .iter()
        .flat_map(|text| text.lines())
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.len() > 2)
        .map(str::to_owned)
}

impl Rules {
    fn parse(text: &str) -> Self {
        let mut pieces = BTreeMap::new();
        let mut vetoes = Vec::new();
        let mut rules = Vec::new();
        let mut strengths = Vec::new();
        for line in COMMON.lines().chain(text.lines()).map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some((name, piece)) =
                line.strip_prefix('@').and_then(|rest| rest.split_once('='))
            {
                let piece = format!("(?:{})", fill(piece.trim(), &pieces));
                pieces.insert(name.trim().to_owned(), piece);
                continue;
            }
            let Some((head, pattern)) = line.split_once(char::is_whitespace) else {
                continue;
            };
            let pattern = whole_words(&fill(pattern.trim(), &pieces));
            if head == "veto" {
                vetoes.push(pattern);
            } else if let Ok(strength) = head.parse() {
                rules.push(pattern);
                strengths.push(strength);
            }
        }
        let read = "a test reads every line of every rule file";
        Self {
            vetoes: Patterns::new(vetoes).expect(read),
            rules: Patterns::new(rules).expect(read),
            strengths,
        }
    }

    /// What the rules find, the strongest first.
    pub fn find(&self, normal: &Normal<'_>) -> Vec<Found> {
        let hidden = self.hide_vetoed(&normal.text);
        let matching = self.rules.matching(&hidden).into_iter();
        let mut found: Vec<Found> = matching
            .filter_map(|index| {
                Some(Found {
                    strength: *self.strengths.get(index)?,
                    range: self.rules.find_first(index, &hidden)?,
                })
            })
            .collect();
        found.sort_by(|a, b| {
            b.strength
                .total_cmp(&a.strength)
                .then(a.range.start.cmp(&b.range.start))
        });
        found
    }

    /// Whether any rule matches.
    pub fn matches(&self, normal: &Normal<'_>) -> bool {
        self.rules.is_match(&self.hide_vetoed(&normal.text))
    }

    /// Whether something stands in the text that only looks like what the rules are about.
    pub fn vetoes(&self, normal: &Normal<'_>) -> bool {
        self.vetoes.is_match(&normal.text)
    }

    /// The text with everything that a veto matches covered, at the same places. Each veto
    /// sees what those before it have left.
    fn hide_vetoed(&self, text: &str) -> String {
        let mut hidden = text.to_owned();
        let mut next = 0;
        // What was covered may let a later veto match, or keep it from it.
        let first_from = |next: usize, hidden: &str| {
            let mut matching = self.vetoes.matching(hidden).into_iter();
            matching.find(|veto| *veto >= next)
        };
        while let Some(veto) = first_from(next, &hidden) {
            hidden = cover(&hidden, self.vetoes.find(veto, &hidden));
            next = veto + 1;
        }
        hidden
    }
}

/// Covers the places. The spaces around them stay, so that the words beside still end there.
fn cover(text: &str, places: Vec<Range<usize>>) -> String {
    let mut covered = String::with_capacity(text.len());
    let mut last = 0;
    for place in places {
        let found = &text[place.clone()];
        let inner = found.trim_matches(' ').len();
        let start = place.start + (found.len() - found.trim_start_matches(' ').len());
        covered.push_str(&text[last..start]);
        covered.extend(std::iter::repeat_n('#', inner));
        last = start + inner;
    }
    covered.push_str(&text[last..]);
    covered
}

/// Puts the named pieces into a pattern.
fn fill(pattern: &str, pieces: &BTreeMap<String, String>) -> String {
    let mut filled = String::with_capacity(pattern.len() * 2);
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at(open);
        filled.push_str(before);
        let piece = after
            .find('}')
            .and_then(|close| Some((close, pieces.get(&after[1..close])?)));
        match piece {
            Some((close, piece)) => {
                filled.push_str(piece);
                rest = &after[close + 1..];
            }
            None => {
                filled.push('{');
                rest = &after[1..];
            }
        }
    }
    filled.push_str(rest);
    filled
}

fn whole_words(pattern: &str) -> String {
    if let Some(inside) = pattern.strip_prefix('~') {
        return format!("(?:{})", inside.trim());
    }
    let (start, pattern) = match (pattern.strip_prefix('^'), pattern.strip_prefix('<')) {
        (Some(rest), _) => ("^[ .,]*", rest),
        (_, Some(rest)) => ("(?:^|[.,]) ", rest),
        _ => (" ", pattern),
    };
    let (end, pattern) = match (pattern.strip_suffix('$'), pattern.strip_suffix('>')) {
        (Some(rest), _) => ("[ .,]*$", rest),
        (_, Some(rest)) => (" (?:[.,]|$)", rest),
        _ => (" ", pattern),
    };
    format!("{start}(?:{pattern}){end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_every_file_is_a_rule() {
        for ((name, rules), text) in FILES.iter().zip(&TEXTS[1..]) {
            let lines = text.lines().map(str::trim);
            let wanted = lines
                .filter(|line| !line.is_empty() && !line.starts_with(['#', '@']))
                .inspect(|line| {
                    let (head, pattern) =
                        line.split_once(char::is_whitespace).unwrap_or((line, ""));
                    let good =
                        head == "veto" || head.parse().is_ok_and(|s: f64| (0.0..=1.0).contains(&s));
                    assert!(good && !pattern.trim().is_empty(), "{name}: {line}");
                })
                .count();
            assert_eq!(rules.rules.len() + rules.vetoes.len(), wanted, "{name}");
            let mut patterns = rules.rules.texts().chain(rules.vetoes.texts());
            let unfilled = patterns.find(|pattern| {
                let mut pieces = pattern.split('{').skip(1);
                pieces.any(|rest| rest.starts_with(|c: char| c.is_alphabetic()))
            });
            assert!(unfilled.is_none(), "{name}: {}", unfilled.unwrap());
        }
    }
}
