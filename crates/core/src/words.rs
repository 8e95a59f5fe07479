//! The words that the system itself says: one file per language under `words/`,
//! used by the server and sent to the widget and the console. A missing language
//! falls back to English and says so; a missing key cannot happen (a test).

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The words of one language.
#[derive(Clone, Debug)]
pub struct Words {
    /// ISO 639-1 code.
    pub language: &'static str,
    by_key: BTreeMap<String, String>,
}

/// The languages that have a file (P49).
pub const LANGUAGES: [&str; 8] = ["en", "es", "fr", "de", "pt", "zh", "ja", "ar"];

const FILES: [(&str, &str); 8] = [
    ("en", include_str!("../../../words/en.json")),
    ("es", include_str!("../../../words/es.json")),
    ("fr", include_str!("../../../words/fr.json")),
    ("de", include_str!("../../../words/de.json")),
    ("pt", include_str!("../../../words/pt.json")),
    ("zh", include_str!("../../../words/zh.json")),
    ("ja", include_str!("../../../words/ja.json")),
    ("ar", include_str!("../../../words/ar.json")),
];

static ALL: LazyLock<Vec<Words>> = LazyLock::new(|| {
    let parse = |(language, text): (&'static str, &str)| Words {
        language,
        by_key: serde_json::from_str(text)
            .expect("words files are tested to be flat maps of strings"),
    };
    FILES.into_iter().map(parse).collect()
});

impl Words {
    /// The words of a language (`pt-BR` finds `pt`), or of English.
    pub fn of(language: &str) -> &'static Words {
        let base = language
            .split(['-', '_'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let all = &*ALL;
        all.iter()
            .find(|words| words.language == base)
            .unwrap_or(&all[0])
    }

    /// The words under a key, unfilled.
    pub fn get(&self, key: &str) -> &str {
        self.by_key
            .get(key)
            .or_else(|| ALL[0].by_key.get(key))
            .map_or("", String::as_str)
    }

    /// The words under a key with each `{name}` replaced.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        fill(self.get(key), values)
    }

    /// Every key that starts with `prefix`, for the widget or the console.
    pub fn section(&self, prefix: &str) -> BTreeMap<&str, &str> {
        let keys = ALL[0].by_key.keys().filter(|key| key.starts_with(prefix));
        keys.map(|key| (key.as_str(), self.get(key))).collect()
    }
}

/// A text with each `{name}` replaced.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() + 32);
    let mut rest = template;
    // One pass, so that a value that looks like `{name}` is not filled again.
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at(open);
        filled.push_str(before);
        let value = after.find('}').and_then(|close| {
            let name = &after[1..close];
            values
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (close, *value))
        });
        match value {
            Some((close, value)) => {
                filled.push_str(value);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn holes(text: &str) -> Vec<&str> {
        let mut holes: Vec<&str> = text
            .split('{')
            .skip(1)
            .filter_map(|part| part.split('}').next())
            .collect();
        holes.sort_unstable();
        holes
    }

    #[test]
    fn every_language_has_every_key_with_the_same_holes() {
        let english = &ALL[0];
        for words in ALL.iter() {
            let keys = |words: &Words| words.by_key.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(words), keys(english), "{}", words.language);
            for (key, text) in &words.by_key {
                assert_eq!(
                    holes(text),
                    holes(english.get(key)),
                    "{} {key}",
                    words.language
                );
                assert!(!text.trim().is_empty(), "{} {key}", words.language);
            }
        }
    }

    #[test]
    fn every_language_speaks_for_itself() {
        let english = &ALL[0];
        for words in &ALL[1..] {
            let same = |(key, text): &(&String, &String)| english.get(key) == text.as_str();
            let same: Vec<_> = words.by_key.iter().filter(same).collect();
            // "VIP" or "Chat" are the same in many languages, and French has "Articles" too:
            // one in thirty.
            assert!(
                same.len() * 30 <= words.by_key.len(),
                "{} is not translated: {same:?}",
                words.language
            );
        }
    }

    #[test]
    fn a_value_that_looks_like_a_hole_stays_as_it_is() {
        let words = Words {
            language: "en",
            by_key: [("k".into(), "Hi {name}, {name} {x}".into())].into(),
        };
        assert_eq!(
            words.fill("k", &[("name", "{x}"), ("x", "1")]),
            "Hi {x}, {x} 1"
        );
    }

    #[test]
    fn an_unknown_language_falls_back_to_english() {
        assert_eq!(Words::of("pt-BR").language, "pt");
        assert_eq!(Words::of("xx").language, "en");
        assert_eq!(Words::of("").language, "en");
    }
}
