//! A text as hashed n-grams: words, pairs of words, and runs of 2 to 5 letters inside
//! words (1 to 4 in scripts written without spaces), each in one of `BUCKETS` places.
//! Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (2009).

use std::collections::HashSet;
use std::ops::Range;

use crate::normal::{Normal, is_ideograph};

/// How many places there are; a power of two.
pub const BUCKETS: usize = 1 << 16;

/// Words that are looked at, from the start of a text and from its end.
const HEAD_WORDS: usize = 300;
const TAIL_WORDS: usize = 100;
/// The longest word that is cut into letters.
const LONGEST_WORD: usize = 40;

/// The n-grams of a text or of one of its sentences.
#[derive(Debug, Default)]
pub struct Grams {
    /// The n-grams, each place once.
    pub grams: Vec<Gram>,
    /// Where the words, or the single letters of scripts without spaces, stand in the
    /// normalised text.
    pub(crate) cells: Vec<Range<usize>>,
}

/// One n-gram.
#[derive(Clone, Copy, Debug)]
pub struct Gram {
    /// Its place, below `BUCKETS`.
    pub bucket: u32,
    /// Its weight: words together have length 1, letters too.
    pub value: f32,
    /// The first and the last cell it stands in.
    pub(crate) cells: (u16, u16),
}

/// A piece of a text that has not been weighed yet.
struct Builder {
    seen: HashSet<u32>,
    words: Vec<Gram>,
    letters: Vec<Gram>,
    cells: Vec<Range<usize>>,
}

impl Grams {
    /// The n-grams of a whole text, with how it is written: its length, capitals, marks.
    pub fn of(text: &str) -> Self {
        Self::whole(text, &Normal::of(text))
    }

    pub(crate) fn whole(text: &str, normal: &Normal<'_>) -> Self {
        let mut builder = Builder::new();
        builder.read(&normal.text, 0);
        builder.style(text, normal);
        builder.finish()
    }

    /// The n-grams of each sentence of at least three words, or none if there is but one.
    pub(crate) fn sentences(normal: &Normal<'_>) -> Vec<Self> {
        let mut found = Vec::new();
        let mut start = 0;
        let text = normal.text.as_str();
        let ends = text.match_indices(" . ").map(|(at, _)| at + 1);
        for end in ends.chain([text.len()]).take(60) {
            let Some(sentence) = text.get(start..end) else {
                continue;
            };
            let letters = sentence.chars().filter(|c| c.is_alphanumeric()).count();
            let words = sentence.split(' ').filter(|word| word.len() > 1).count();
            if words >= 3 || letters >= 4 && sentence.chars().any(is_ideograph) {
                let mut builder = Builder::new();
                builder.read(sentence, start);
                found.push(builder.finish());
            }
            start = end;
        }
        if found.len() < 2 {
            found.clear();
        }
        found
    }
}

impl Builder {
    fn new() -> Self {
        Self {
            seen: HashSet::new(),
            words: Vec::new(),
            letters: Vec::new(),
            cells: Vec::new(),
        }
    }

    /// Reads normalised words; `offset` is where `text` begins in the whole.
    fn read(&mut self, text: &str, offset: usize) {
        let mut words: Vec<(usize, &str)> = Vec::new();
        let mut at = offset;
        for word in text.split(' ') {
            if !matches!(word, "" | "." | ",") {
                words.push((at, word));
            }
            at += word.len() + 1;
        }
        if words.len() > HEAD_WORDS + TAIL_WORDS {
            words.drain(HEAD_WORDS..words.len() - TAIL_WORDS);
        }
        let mut before: Option<(&str, u16)> = None;
        for (at, word) in words {
            if word.chars().any(is_ideograph) {
                self.ideographs(at, word);
                before = None;
                continue;
            }
            let cell = self.cell(at..at + word.len());
            self.add(b'w', word, (cell, cell));
            if let Some((other, first)) = before {
                let pair = format!("{other} {word}");
                self.add(b'p', &pair, (first, cell));
            }
            before = Some((word, cell));
            let marked: Vec<char> = std::iter::once(' ')
                .chain(word.chars().take(LONGEST_WORD))
                .chain([' '])
                .collect();
            for length in 2..=5 {
                for run in marked.windows(length) {
                    let run: String = run.iter().collect();
                    self.add(b'c', &run, (cell, cell));
                }
            }
        }
    }

    fn ideographs(&mut self, at: usize, word: &str) {
        let letters: Vec<(u16, char)> = word
            .char_indices()
            .map(|(offset, c)| (self.cell(at + offset..at + offset + c.len_utf8()), c))
            .collect();
        for length in 1..=4 {
            for run in letters.windows(length) {
                let text: String = run.iter().map(|(_, c)| c).collect();
                let cells = (run[0].0, run[length - 1].0);
                self.add(if length < 3 { b'w' } else { b'c' }, &text, cells);
            }
        }
    }

    /// How a text is written, which folding has hidden.
    fn style(&mut self, text: &str, normal: &Normal<'_>) {
        let head: String = text.chars().take(2_000).collect();
        let cased = |c: &char| c.is_lowercase() || c.is_uppercase();
        let letters = head.chars().filter(cased).count();
        let capitals = head.chars().filter(|c| c.is_uppercase()).count();
        let loud = letters >= 8 && capitals * 10 >= letters * 6;
        let marks = head.matches(['!', '！']).count().min(3);
        let asks = head.contains(['?', '？', '؟']);
        let words = normal.words().count();
        let length = match words {
            0..=2 => "1",
            3..=6 => "2",
            7..=14 => "3",
            15..=30 => "4",
            _ => "5",
        };
        self.add(b's', &format!("length {length}"), (0, 0));
        self.add(b's', &format!("marks {marks}"), (0, 0));
        if loud {
            self.add(b's', "loud", (0, 0));
        }
        if asks {
            self.add(b's', "asks", (0, 0));
        }
    }

    fn cell(&mut self, range: Range<usize>) -> u16 {
        self.cells.push(range);
        u16::try_from(self.cells.len() - 1).unwrap_or(u16::MAX)
    }

    fn add(&mut self, kind: u8, text: &str, cells: (u16, u16)) {
        let bucket = hash(kind, text);
        if !self.seen.insert(bucket) {
            return;
        }
        let gram = Gram {
            bucket,
            value: 1.0,
            cells,
        };
        match kind {
            b'c' => self.letters.push(gram),
            _ => self.words.push(gram),
        }
    }

    fn finish(self) -> Grams {
        let mut grams = Vec::with_capacity(self.words.len() + self.letters.len());
        for block in [self.words, self.letters] {
            let value = 1.0 / (block.len().max(1) as f32).sqrt();
            grams.extend(block.into_iter().map(|gram| Gram { value, ..gram }));
        }
        Grams {
            grams,
            cells: self.cells,
        }
    }
}

/// FNV-1a, 64 bits, folded to a bucket.
fn hash(kind: u8, text: &str) -> u32 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in std::iter::once(kind).chain(text.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    ((hash ^ (hash >> 32)) as usize & (BUCKETS - 1)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_its_words_and_letters_once() {
        let grams = Grams::of("Where is my order? Where?");
        let length: f32 = grams.grams.iter().map(|gram| gram.value.powi(2)).sum();
        assert!((length - 2.0).abs() < 1e-3, "{length}");
        let mut buckets: Vec<u32> = grams.grams.iter().map(|gram| gram.bucket).collect();
        buckets.sort_unstable();
        let all = buckets.len();
        buckets.dedup();
        assert_eq!(buckets.len(), all);
    }

    #[test]
    fn sentences_are_read_apart_and_any_text_is_taken() {
        let sentences = |text: &str| Grams::sentences(&Normal::of(text)).len();
        assert_eq!(sentences("Where is my order? I want a real person."), 2);
        assert_eq!(sentences("Where is my order?"), 0);
        assert_eq!(sentences("我的订单在哪里。我要人工客服。"), 2);
        for text in ["", "!!!", "人", &"a ".repeat(100_000), &"漢".repeat(50_000)] {
            Grams::of(text);
        }
    }
}
