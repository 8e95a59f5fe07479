//! A customer looked up in the operator's own system (P25): how its address is made of a
//! template, and what is taken from the JSON that comes back. Asking is the server's part.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::package::shorten;

/// Fields that the package has a place of its own for; every other name is an attribute.
pub const OWN_FIELDS: [&str; 5] = ["name", "email", "plan", "vip", "signed_up_at"];
/// The most fields of one look-up.
pub const MOST_FIELDS: usize = 30;
/// Letters of one value; agents read it at a glance.
const VALUE_LETTERS: usize = 200;
/// Things of a list that are shown.
const LISTED: usize = 5;
/// The longest id or address that is looked up, in letters.
const LONGEST_KEY: usize = 254;

/// What is taken from an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = LookUpField)]
pub struct Field {
    /// `name`, `email`, `plan`, `vip`, `signed_up_at`, or what agents shall read.
    pub field: String,
    /// Where it stands in the JSON: names and places with dots between, `data.plan.name`.
    pub path: String,
}

/// What a customer is looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = LookUpKey)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// Their address.
    Email,
    /// The site's own id of them.
    ExternalId,
}

impl Key {
    /// Both.
    pub const ALL: [Key; 2] = [Key::Email, Key::ExternalId];

    /// What stands for it in a template.
    pub const fn hole(self) -> &'static str {
        match self {
            Key::Email => "{email}",
            Key::ExternalId => "{external_id}",
        }
    }
}

/// Why an address cannot be asked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateFault {
    /// It does not begin with `https://` or `http://`, or has no host.
    NoAddress,
    /// Nothing in it says whom to look up.
    NoHole,
    /// A brace that is none of the known holes.
    UnknownHole,
    /// A customer's own words would choose the host that is asked.
    HoleInHost,
}

/// Checks a template; what it looks customers up by.
pub fn check_template(url: &str) -> Result<Vec<Key>, TemplateFault> {
    let rest = url.strip_prefix("https://");
    let rest = rest.or_else(|| url.strip_prefix("http://"));
    let rest = rest.ok_or(TemplateFault::NoAddress)?;
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if host.is_empty() || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(TemplateFault::NoAddress);
    }
    if host.contains(['{', '}', '\\']) {
        return Err(TemplateFault::HoleInHost);
    }
    // A user name and a password would be shown and logged with the address; headers are not.
    if host.contains('@') {
        return Err(TemplateFault::NoAddress);
    }
    let keys: Vec<Key> = Key::ALL
        .into_iter()
        .filter(|key| path.contains(key.hole()))
        .collect();
    let mut bare = path.to_string();
    for key in Key::ALL {
        bare = bare.replace(key.hole(), "");
    }
    if bare.contains(['{', '}']) {
        return Err(TemplateFault::UnknownHole);
    }
    if keys.is_empty() {
        return Err(TemplateFault::NoHole);
    }
    Ok(keys)
}

/// The address that is asked for a customer; `None` where what it needs is not known, or
/// would lead out of its place in the path.
pub fn fill(url: &str, email: Option<&str>, external_id: Option<&str>) -> Option<String> {
    let mut filled = url.to_string();
    for (key, value) in [(Key::Email, email), (Key::ExternalId, external_id)] {
        if filled.contains(key.hole()) {
            filled = filled.replace(key.hole(), &encoded(value?)?);
        }
    }
    Some(filled)
}

/// A value as one part of a path or a query: whatever is not a plain letter is escaped, so
/// that nothing in it ends that part. One that means "here" or "above" is none.
fn encoded(value: &str) -> Option<String> {
    let value = value.trim();
    if value.is_empty() || value.chars().count() > LONGEST_KEY || matches!(value, "." | "..") {
        return None;
    }
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    Some(encoded)
}

/// What is taken from an answer, field by field; what is not there is left out.
pub fn pick(answer: &Value, fields: &[Field]) -> BTreeMap<String, String> {
    fields
        .iter()
        .take(MOST_FIELDS)
        .filter_map(|field| Some((field.field.clone(), text(at(answer, &field.path)?)?)))
        .collect()
}

/// The place that a path names.
fn at<'a>(answer: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(answer, |value, step| match value {
        Value::Object(object) => object.get(step),
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// A value as agents read it, on one line; an object is none.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Array(list) => {
            let parts = list.iter().filter(|part| !part.is_array());
            let parts: Vec<String> = parts.filter_map(text).take(LISTED).collect();
            parts.join(", ")
        }
        Value::Null | Value::Object(_) => return None,
    };
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let text = shorten(&text, VALUE_LETTERS);
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_template_says_whom_to_look_up_and_never_lets_them_choose_the_host() {
        let check = |url: &str, expected| assert_eq!(check_template(url), expected, "{url}");
        let found = |keys: &[Key]| Ok(keys.to_vec());
        check("https://crm.example/c?mail={email}", found(&[Key::Email]));
        check(
            "https://crm.example/{external_id}/{email}",
            found(&[Key::Email, Key::ExternalId]),
        );
        check("https://crm.example/c", Err(TemplateFault::NoHole));
        check("https://crm.example/{id}", Err(TemplateFault::UnknownHole));
        check(
            "https://crm.example/{email",
            Err(TemplateFault::UnknownHole),
        );
        check("https://{email}/c", Err(TemplateFault::HoleInHost));
        check(
            "https://x{email}.example?{email}",
            Err(TemplateFault::HoleInHost),
        );
        check(
            "https://crm.example\\@evil/{email}",
            Err(TemplateFault::HoleInHost),
        );
        for url in [
            "",
            "crm.example/{email}",
            "file:///{email}",
            "https:///{email}",
            "https://a b/{email}",
            "https://desk:secret@crm.example/{email}",
        ] {
            check(url, Err(TemplateFault::NoAddress));
        }
    }

    #[test]
    fn what_a_customer_calls_themselves_stays_in_its_place() {
        let filled = |email: &str| fill("https://crm.example/{email}/x", Some(email), None);
        assert_eq!(
            filled("a@b.c").as_deref(),
            Some("https://crm.example/a%40b.c/x")
        );
        assert_eq!(
            filled("../../admin?x=1#y").as_deref(),
            Some("https://crm.example/..%2F..%2Fadmin%3Fx%3D1%23y/x")
        );
        assert_eq!(
            filled("{external_id}").as_deref(),
            Some("https://crm.example/%7Bexternal_id%7D/x")
        );
        for none in ["", " ", ".", "..", &"x".repeat(300)] {
            assert_eq!(filled(none), None, "{none}");
        }
        assert_eq!(
            fill("https://c.example/{external_id}", Some("a@b.c"), None),
            None
        );
    }

    #[test]
    fn fields_are_found_by_their_paths_and_cut_to_a_line() {
        let answer = json!({
            "data": [{ "plan": { "name": "team" }, "vip": true, "seats": 12, "tags": ["a", "b", {"x": 1}], "nothing": null }],
            "note": "one\ntwo", "long": "x".repeat(999),
        });
        let check = |path: &str, expected: Option<&str>| {
            let field = Field {
                field: "it".into(),
                path: path.into(),
            };
            let found = pick(&answer, &[field]);
            assert_eq!(found.get("it").map(String::as_str), expected, "{path}");
        };
        check("data.0.plan.name", Some("team"));
        check("data.0.vip", Some("true"));
        check("data.0.seats", Some("12"));
        check("data.0.tags", Some("a, b"));
        check("note", Some("one two"));
        for none in [
            "data.1.plan",
            "data.0.nothing",
            "data.0.plan",
            "data.x",
            "",
            "data..plan",
        ] {
            check(none, None);
        }
        let field = Field {
            field: "long".into(),
            path: "long".into(),
        };
        assert!(pick(&answer, &[field])["long"].chars().count() <= 201);
    }
}
