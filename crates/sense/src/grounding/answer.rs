//! Checks an answer while it is being written, sentence by sentence: what has passed may be
//! shown at once, what has not is never seen.

use super::{Fault, Ground, Verdict};
use crate::answer::{ends_in_abbreviation, leans};
use crate::passages::{is_item, is_step, plain};

/// The longest answer, in letters; what comes after it is not read.
const LONGEST: usize = 1_200;
/// A sentence without an end is none from here on, in bytes.
const SENTENCE: usize = 1_500;

/// An answer that is being written, as far as it has passed.
#[derive(Clone, Debug)]
pub struct Check {
    ground: Ground,
    language: String,
    /// What came and is no whole sentence yet.
    open: String,
    /// How far `open` was searched for an end.
    searched: usize,
    passed: String,
    /// A sentence that says nothing, kept until one comes that does.
    filler: Option<(usize, String)>,
    /// Line breaks since the last sentence.
    breaks: usize,
    supported: usize,
    dropped: usize,
    last_dropped: bool,
    /// Where the last numbered step stands.
    last_step: Option<(usize, usize)>,
    hole: bool,
    refused: Option<Refused>,
    /// The sources that it rests on, in the order of their first use.
    used: Vec<usize>,
}

/// An answer that has passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Its words, without Markdown.
    pub text: String,
    /// The sources that it rests on, by their place in the ground.
    pub used: Vec<usize>,
}

/// Why nothing of an answer can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A sentence that spoils the rest.
    Spoilt(Fault),
    /// Most of it stands in no passage.
    TooLittle,
    /// A step of a list had to be left out.
    Hole,
    /// A sentence that never ends.
    Endless,
}

impl Check {
    /// An answer that must stand in `ground` and be in `language`.
    pub fn new(ground: Ground, language: &str) -> Self {
        Self {
            ground,
            language: language.into(),
            open: String::new(),
            searched: 0,
            passed: String::new(),
            filler: None,
            breaks: 0,
            supported: 0,
            dropped: 0,
            last_dropped: false,
            last_step: None,
            hole: false,
            refused: None,
            used: vec![],
        }
    }

    /// Takes in what was written next; whether more of it has passed.
    pub fn push(&mut self, text: &str) -> bool {
        let before = self.passed.len();
        self.open.push_str(text);
        while let Some(end) = self.next_end() {
            let rest = self.open.split_off(end);
            let sentence = std::mem::replace(&mut self.open, rest);
            self.searched = 0;
            self.judge(&sentence);
        }
        if self.open.len() > SENTENCE {
            self.refused.get_or_insert(Refused::Endless);
        }
        self.passed.len() > before
    }

    /// What has passed so far.
    pub fn passed(&self) -> &str {
        &self.passed
    }

    /// Whether nothing that may still come would change the outcome.
    pub fn is_over(&self) -> bool {
        self.refused.is_some() || self.hole || self.passed.chars().count() >= LONGEST
    }

    /// The answer, or why there is none. `whole` says that it was written to its end; a
    /// sentence that was cut off is left out.
    pub fn finish(mut self, whole: bool) -> Result<Passed, Refused> {
        let rest = std::mem::take(&mut self.open);
        if whole && !self.is_over() {
            self.judge(&rest);
        }
        match self.refused {
            Some(refused) => Err(refused),
            None if self.hole => Err(Refused::Hole),
            None if self.supported == 0 || self.supported < self.dropped => Err(Refused::TooLittle),
            // A list that was cut off lacks its last steps.
            None if !whole && self.last_step.is_some() => Err(Refused::Hole),
            None => Ok(Passed {
                text: self.passed,
                used: self.used,
            }),
        }
    }

    /// Where the first whole sentence of `open` ends.
    fn next_end(&mut self) -> Option<usize> {
        let from = self.searched;
        for (at, c) in self.open[from..].char_indices() {
            let (at, after) = (from + at, from + at + c.len_utf8());
            match c {
                '\n' | '。' | '！' | '？' => return Some(after),
                '.' | '!' | '?' | '؟' | '…' => {
                    let Some(next) = self.open[after..].chars().next() else {
                        self.searched = at;
                        return None;
                    };
                    let before = self.open[..at].trim_start();
                    let is_marker = before.bytes().all(|byte| byte.is_ascii_digit());
                    if next.is_whitespace() && !is_marker && !ends_in_abbreviation(before) {
                        return Some(after);
                    }
                }
                _ => {}
            }
        }
        self.searched = self.open.len();
        None
    }

    fn judge(&mut self, raw: &str) {
        let breaks = raw.matches('\n').count();
        let leading = raw.len() - raw.trim_start().len();
        self.breaks += raw[..leading].matches('\n').count();
        let sentence = raw.trim();
        if sentence.is_empty() || self.is_over() {
            return;
        }
        let after = breaks - raw[..leading].matches('\n').count();
        let text = clean(sentence);
        match self.ground.check(sentence, &self.language) {
            Verdict::Filler => self.filler = Some((self.breaks, text)),
            Verdict::Supported(source, place) => self.take(&text, (source, place)),
            Verdict::Unsupported(fault) => self.drop(&text, fault),
        }
        self.breaks = after;
    }

    fn take(&mut self, text: &str, place: (usize, usize)) {
        if self.last_dropped && leans(text) {
            return self.drop(text, Fault::Order);
        }
        if is_step(text) {
            let backwards = self
                .last_step
                .is_some_and(|(source, at)| source == place.0 && at > place.1);
            if backwards {
                return self.drop(text, Fault::Order);
            }
            self.last_step = Some(place);
        }
        if !self.used.contains(&place.0) {
            self.used.push(place.0);
        }
        if let Some((breaks, filler)) = self.filler.take() {
            self.append(&filler, breaks);
        }
        let breaks = self.breaks;
        self.append(text, breaks);
        self.supported += 1;
        self.last_dropped = false;
    }

    fn drop(&mut self, text: &str, fault: Fault) {
        if fault.is_fatal() {
            self.refused.get_or_insert(Refused::Spoilt(fault));
        }
        // Half of a list is worse than none.
        self.hole |= is_item(text);
        self.dropped += 1;
        self.last_dropped = true;
        self.filler = None;
    }

    fn append(&mut self, text: &str, breaks: usize) {
        if !self.passed.is_empty() {
            let last = self.passed.chars().next_back();
            self.passed.push_str(match breaks {
                0 if last.is_some_and(|c| "。！？".contains(c)) => "",
                0 => " ",
                1 => "\n",
                _ => "\n\n",
            });
        }
        self.passed.push_str(text);
    }
}

/// A sentence without Markdown, its list mark kept.
fn clean(sentence: &str) -> String {
    let line = sentence.trim_start_matches('#').trim();
    match line.strip_prefix("* ").or_else(|| line.strip_prefix("- ")) {
        Some(item) => format!("- {}", plain(item)),
        None if is_step(line) => {
            let (mark, item) = line.split_once(". ").unwrap_or(("1", line));
            format!("{mark}. {}", plain(item))
        }
        None => plain(line),
    }
}
