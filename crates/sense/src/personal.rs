//! Finds personal data in a text, and takes it out before the text leaves the house:
//! each value becomes a placeholder that stays the same for the same value, so that it
//! can be put back into what comes home.
//!
//! It is careful rather than sure: what is found is mostly right, and a name that nobody
//! introduced is not found. Figures: `cargo run -p segue-sense --example personal`.

mod cards;
mod checks;
mod patterns;

use std::collections::HashMap;

pub use cards::mask_cards;

/// What kind of personal data, or of fact, a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// A bank account (IBAN).
    Iban,
    /// A payment card.
    Card,
    /// A number that a state gives a person, a passport or a licence.
    NationalId,
    /// An IP address.
    Ip,
    /// A telephone number.
    Phone,
    /// A street with its number, a post box.
    Address,
    /// A name that is introduced as one.
    Name,
    /// The number of an order, a ticket, an invoice: a fact, not personal.
    Order,
}

impl Kind {
    /// The word in its placeholder.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Email => "email",
            Kind::Iban => "account",
            Kind::Card => "card",
            Kind::NationalId => "id",
            Kind::Ip => "ip",
            Kind::Phone => "phone",
            Kind::Address => "address",
            Kind::Name => "name",
            Kind::Order => "order",
        }
    }

    /// Whether it says who or where somebody is.
    pub const fn is_personal(self) -> bool {
        !matches!(self, Kind::Order)
    }
}

/// Something that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

/// Finds personal data and facts, in their order, none over another. Linear in the
/// text's length.
pub fn find(text: &str) -> Vec<Found> {
    let mut taken = vec![false; text.len()];
    let mut found = Vec::new();
    for found_here in patterns::candidates(text) {
        let span = &mut taken[found_here.start..found_here.end];
        if span.iter().all(|is_taken| !is_taken) {
            span.fill(true);
            found.push(found_here);
        }
    }
    found.sort_by_key(|found| found.start);
    found
}

/// A text without personal data, and what stood there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redacted {
    /// The text with placeholders such as `[email 1]`.
    pub text: String,
    /// Each placeholder with what it stands for.
    pub replaced: Vec<(String, String)>,
}

/// Takes the personal data out of one text.
pub fn redact(text: &str) -> Redacted {
    let mut redactor = Redactor::default();
    let text = redactor.redact(text);
    Redacted {
        text,
        replaced: redactor.replaced,
    }
}

impl Redacted {
    /// Puts back what was taken out, wherever its placeholder stands.
    pub fn restore(&self, text: &str) -> String {
        restore(&self.replaced, text)
    }
}

/// Takes the personal data out of several texts of one conversation: the same value gets
/// the same placeholder in each.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    replaced: Vec<(String, String)>,
    by_value: HashMap<String, usize>,
    counts: HashMap<Kind, usize>,
    /// Values that are known to be personal, whatever they look like; the longest first.
    known: Vec<Known>,
}

#[derive(Clone, Debug)]
struct Known {
    kind: Kind,
    lower: String,
    /// A single name may be a common word too ("Will"), so it counts with a capital only.
    with_capital: bool,
}

impl Redactor {
    /// Names something personal that is known from elsewhere, such as the contact's name;
    /// of a name each part counts. Very short values are left.
    pub fn know(&mut self, kind: Kind, value: &str) {
        let value = value.trim();
        let parts = value.split_whitespace().filter(|_| kind == Kind::Name);
        for part in std::iter::once(value).chain(parts) {
            let known = Known {
                kind,
                lower: part.to_lowercase(),
                with_capital: kind == Kind::Name && !part.contains(' '),
            };
            if part.chars().count() >= 3 && !self.known.iter().any(|it| it.lower == known.lower) {
                self.known.push(known);
            }
        }
    }

    /// The text with placeholders. What looks like a placeholder already is broken up, so
    /// that nobody can ask for another's value by its placeholder.
    pub fn redact(&mut self, text: &str) -> String {
        let text = defuse(text);
        let mut found = find(&text);
        found.retain(|found| found.kind.is_personal());
        found.extend(self.known_in(&text));
        found.sort_by_key(|found| (found.start, std::cmp::Reverse(found.end)));
        let mut redacted = String::with_capacity(text.len());
        let mut at = 0;
        for found in found {
            if found.start < at {
                continue;
            }
            redacted.push_str(&text[at..found.start]);
            redacted.push_str(&self.placeholder(found.kind, &text[found.start..found.end]));
            at = found.end;
        }
        redacted.push_str(&text[at..]);
        redacted
    }

    /// Puts back what was taken out, wherever its placeholder stands.
    pub fn restore(&self, text: &str) -> String {
        restore(&self.replaced, text)
    }

    /// The placeholders that were given out.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.replaced
            .iter()
            .map(|(placeholder, _)| placeholder.as_str())
    }

    fn placeholder(&mut self, kind: Kind, value: &str) -> String {
        if let Some(at) = self.by_value.get(&value.to_lowercase()) {
            return self.replaced[*at].0.clone();
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let placeholder = format!("[{} {count}]", kind.name());
        self.by_value
            .insert(value.to_lowercase(), self.replaced.len());
        self.replaced.push((placeholder.clone(), value.to_string()));
        placeholder
    }

    fn known_in(&self, text: &str) -> Vec<Found> {
        // Where lower-casing moves bytes the spans would not fit; such a text is searched
        // as it is written.
        let lower = Some(text.to_lowercase()).filter(|lower| lower.len() == text.len());
        let searched = lower.as_deref().unwrap_or(text);
        let mut found = Vec::new();
        for known in &self.known {
            for (start, _) in searched.match_indices(known.lower.as_str()) {
                let end = start + known.lower.len();
                let is_whole = text.is_char_boundary(start)
                    && text.is_char_boundary(end)
                    && !text[..start].ends_with(char::is_alphanumeric)
                    && !text[end..].starts_with(char::is_alphanumeric)
                    && !(known.with_capital && text[start..].starts_with(char::is_lowercase));
                if is_whole {
                    let kind = known.kind;
                    found.push(Found { kind, start, end });
                }
            }
        }
        found
    }
}

/// One pass, so that a value that looks like a placeholder is not filled again.
fn restore(replaced: &[(String, String)], text: &str) -> String {
    let values: HashMap<&str, &str> = replaced
        .iter()
        .map(|(placeholder, value)| (placeholder.as_str(), value.as_str()))
        .collect();
    let mut restored = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        restored.push_str(&rest[..open]);
        rest = &rest[open..];
        // A placeholder is short; looking further would cost the text's square.
        let close = rest.bytes().take(24).position(|byte| byte == b']');
        match close.and_then(|close| Some((close, values.get(&rest[..=close])?))) {
            Some((close, value)) => {
                restored.push_str(value);
                rest = &rest[close + 1..];
            }
            None => {
                restored.push('[');
                rest = &rest[1..];
            }
        }
    }
    restored.push_str(rest);
    restored
}

/// A text without any placeholders.
pub(crate) fn without_placeholders(text: &str) -> String {
    patterns::PLACEHOLDER.replace_all(text, "").into_owned()
}

fn defuse(text: &str) -> String {
    patterns::PLACEHOLDER.replace_all(text, "($1)").into_owned()
}

#[cfg(test)]
#[path = "personal_tests.rs"]
mod tests;
