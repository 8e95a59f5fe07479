//! Many regular expressions that are looked for at once, in little memory: one automaton says
//! which of them match, and only where a match stands is asked of each alone. A `RegexSet`
//! keeps an automaton that reads backwards, a table of literals and a cache for each thread
//! beside, which for a few hundred rules is 30 MB and more with every thread that reads.

use std::ops::Range;
use std::sync::{Mutex, OnceLock};

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::pikevm::PikeVM;
use regex_automata::nfa::thompson::{Compiler, Config, WhichCaptures};
use regex_automata::{Input, MatchKind, PatternSet};

/// Bytes of states that an automaton remembers, beside what it needs to go on at all: some
/// hundred states. When they are full it begins anew.
const REMEMBERED: usize = 256 << 10;
/// What it needs to go on, for each state of the automaton that it is made from.
const NEEDED: usize = 27;
/// Texts that are read side by side without one of them beginning with nothing remembered.
const SIDE_BY_SIDE: usize = 2;

/// Patterns in an order, by which they are named.
pub(crate) struct Patterns {
    all: DFA,
    remembered: Mutex<Vec<Cache>>,
    each: Vec<Pattern>,
}

struct Pattern {
    text: String,
    /// Made when it first matches; a few kilobytes.
    alone: OnceLock<Option<PikeVM>>,
}

impl Patterns {
    /// Fails with what is wrong with one of them.
    pub fn new(patterns: Vec<String>) -> Result<Self, String> {
        let nfa = Compiler::new()
            .configure(Config::new().which_captures(WhichCaptures::None))
            .build_many(&patterns)
            .map_err(|error| error.to_string())?;
        let room = REMEMBERED + NEEDED * nfa.states().len();
        let config = DFA::config()
            .match_kind(MatchKind::All)
            .cache_capacity(room)
            .skip_cache_capacity_check(true);
        let all = DFA::builder().configure(config).build_from_nfa(nfa);
        let alone = |text| Pattern {
            text,
            alone: OnceLock::new(),
        };
        Ok(Self {
            all: all.map_err(|error| error.to_string())?,
            remembered: Mutex::default(),
            each: patterns.into_iter().map(alone).collect(),
        })
    }

    /// How many there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.each.len()
    }

    /// As they were given.
    #[cfg(test)]
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.each.iter().map(|pattern| pattern.text.as_str())
    }

    /// Which of them match, in order.
    pub fn matching(&self, text: &str) -> Vec<usize> {
        let mut found = PatternSet::new(self.each.len());
        if self.each.is_empty() {
            return vec![];
        }
        self.with_cache(|cache| {
            let input = Input::new(text);
            let done = self
                .all
                .try_which_overlapping_matches(cache, &input, &mut found);
            done.expect("no byte stops it, and it never gives up");
        });
        found.iter().map(|index| index.as_usize()).collect()
    }

    /// Whether any of them matches.
    pub fn is_match(&self, text: &str) -> bool {
        if self.each.is_empty() {
            return false;
        }
        self.with_cache(|cache| {
            let input = Input::new(text).earliest(true);
            let found = self.all.try_search_fwd(cache, &input);
            found
                .expect("no byte stops it, and it never gives up")
                .is_some()
        })
    }

    /// Where one of them matches: not overlapping, from the start on.
    pub fn find(&self, index: usize, text: &str) -> Vec<Range<usize>> {
        let Some(alone) = self.each.get(index).and_then(Pattern::alone) else {
            return vec![];
        };
        let mut cache = alone.create_cache();
        let found = alone.find_iter(&mut cache, text);
        found.map(|found| found.range()).collect()
    }

    /// Where one of them matches first.
    pub fn find_first(&self, index: usize, text: &str) -> Option<Range<usize>> {
        let alone = self.each.get(index)?.alone()?;
        let found = alone.find(&mut alone.create_cache(), text)?;
        Some(found.range())
    }

    fn with_cache<T>(&self, work: impl FnOnce(&mut Cache) -> T) -> T {
        let lock = || {
            let remembered = self.remembered.lock();
            remembered.expect("nobody panics with the lock held")
        };
        let kept = lock().pop();
        let mut cache = kept.unwrap_or_else(|| self.all.create_cache());
        let done = work(&mut cache);
        let mut remembered = lock();
        if remembered.len() < SIDE_BY_SIDE {
            remembered.push(cache);
        }
        done
    }
}

impl Pattern {
    fn alone(&self) -> Option<&PikeVM> {
        let make = || PikeVM::new(&self.text).ok();
        self.alone.get_or_init(make).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::{Regex, RegexSet};

    use super::*;

    const SOME: [&str; 6] = [
        " (?:a|an|ab)(?: b)* ",
        "^[ .,]*(?:b)[ .,]*$",
        "(?:日本|é)",
        " (?:[^ .,]+ ){0,2}a ",
        "(?:^|[.,]) (?:é|b) ",
        " b(?:[^ .,]* ){0,3}é ",
    ];

    proptest! {
        #[test]
        fn they_find_what_regular_expressions_find(words in prop::collection::vec(
            prop::sample::select(vec!["a", "ab", "b", "é", "日本", ".", ",", "#", "abé"]), 0..12,
        )) {
            let text = format!(" {} ", words.join(" "));
            let patterns = Patterns::new(SOME.map(str::to_owned).into()).unwrap();
            let set = RegexSet::new(SOME).unwrap();
            let expected: Vec<usize> = set.matches(&text).into_iter().collect();
            prop_assert_eq!(patterns.matching(&text), expected);
            prop_assert_eq!(patterns.is_match(&text), set.is_match(&text));
            for (index, pattern) in SOME.iter().enumerate() {
                let alone = Regex::new(pattern).unwrap();
                let expected: Vec<_> = alone.find_iter(&text).map(|found| found.range()).collect();
                prop_assert_eq!(patterns.find_first(index, &text), expected.first().cloned());
                prop_assert_eq!(patterns.find(index, &text), expected);
            }
        }
    }

    #[test]
    fn none_find_nothing_and_a_broken_one_is_refused() {
        let none = Patterns::new(vec![]).unwrap();
        assert!(none.matching("a").is_empty() && !none.is_match("a"));
        assert!(none.find(0, "a").is_empty() && none.find_first(0, "a").is_none());
        assert!(Patterns::new(vec!["(".into()]).is_err());
    }

    #[test]
    fn more_states_than_are_remembered_change_nothing() {
        // Each of 2^12 ways to go on is a state of its own.
        let patterns = Patterns::new(vec!["a.{12}b".into()]).unwrap();
        let mut bits = 1_u32;
        let text: String = (0..40_000)
            .map(|_| {
                bits = bits.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if bits >> 31 == 0 { 'a' } else { 'c' }
            })
            .collect();
        assert!(patterns.matching(&text).is_empty());
        assert_eq!(
            patterns.matching(&format!("{text}a{}b", "c".repeat(12))),
            [0]
        );
    }
}
