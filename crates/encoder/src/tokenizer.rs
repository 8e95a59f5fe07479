//! Text to token numbers, as XLM-R's SentencePiece model does it: the most probable way to
//! put the text together from known pieces.

use unicode_normalization::UnicodeNormalization;

/// Stands for a space inside a piece.
const SPACE: char = '\u{2581}';
/// How much worse than the worst piece an unknown character is.
const UNKNOWN_PENALTY: f64 = 10.0;
/// The longest piece, in bytes; XLM-R's longest has 48.
const LONGEST: usize = 256;
/// No piece: an empty slot, or an unknown character.
const NONE: u32 = u32::MAX;

/// The numbers of the pieces that are not text.
pub struct Specials {
    pub start: u32,
    pub end: u32,
    pub unknown: u32,
    /// Pieces that no text may turn into: the three above, padding and mask.
    pub reserved: Vec<u32>,
}

/// The vocabulary: about 7 MB for XLM-R's 250,000 pieces.
pub struct Tokenizer {
    bytes: Vec<u8>,
    /// Piece `i` is `bytes[starts[i]..starts[i + 1]]`.
    starts: Vec<u32>,
    scores: Vec<f32>,
    /// Piece numbers by the hash of their bytes; a power of two, at most half full.
    slots: Vec<u32>,
    specials: Specials,
    unknown_score: f64,
    longest: usize,
    longest_chars: usize,
}

/// The way to one place in the text: the best piece that ends there.
#[derive(Clone, Copy)]
struct Step {
    score: f64,
    from: usize,
    piece: u32,
}

impl Tokenizer {
    /// Fails with what is wrong with the vocabulary.
    pub fn new(
        bytes: Vec<u8>,
        starts: Vec<u32>,
        scores: Vec<f32>,
        specials: Specials,
    ) -> Result<Tokenizer, &'static str> {
        if starts.len() != scores.len() + 1
            || starts.last().map(|s| *s as usize) != Some(bytes.len())
        {
            return Err("the vocabulary's offsets do not fit its text");
        }
        if starts.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err("the vocabulary's offsets do not rise");
        }
        if scores.iter().any(|score| !score.is_finite()) {
            return Err("a piece's score is not a number");
        }
        let highest = [specials.start, specials.end, specials.unknown];
        if highest.iter().any(|id| *id as usize >= scores.len()) {
            return Err("a special piece is not in the vocabulary");
        }
        let worst = scores.iter().copied().fold(f32::MAX, f32::min);
        let mut tokenizer = Tokenizer {
            slots: vec![NONE; (scores.len() * 2).next_power_of_two()],
            unknown_score: f64::from(worst) - UNKNOWN_PENALTY,
            longest: 1,
            longest_chars: 1,
            bytes,
            starts,
            scores,
            specials,
        };
        tokenizer.fill()?;
        Ok(tokenizer)
    }

    /// How many pieces there are.
    pub fn pieces(&self) -> usize {
        self.scores.len()
    }

    fn fill(&mut self) -> Result<(), &'static str> {
        for id in 0..self.scores.len() as u32 {
            let piece = self.piece(id);
            if piece.is_empty() || self.specials.reserved.contains(&id) {
                continue;
            }
            if piece.len() > LONGEST {
                return Err("a piece of the vocabulary is too long");
            }
            let text = std::str::from_utf8(piece).map_err(|_| "a piece is not UTF-8")?;
            let (length, chars) = (piece.len(), text.chars().count());
            let mut hash = Hash::new();
            piece.iter().for_each(|byte| hash.add(*byte));
            let mut slot = hash.slot(self.slots.len());
            while self.slots[slot] != NONE {
                slot = (slot + 1) % self.slots.len();
            }
            self.slots[slot] = id;
            self.longest = self.longest.max(length);
            self.longest_chars = self.longest_chars.max(chars);
        }
        Ok(())
    }

    /// The start, the text's pieces and the end: at most `limit` (at least 2) numbers. Of a
    /// text that is longer than any that many pieces could spell, only the beginning is read.
    pub fn encode(&self, parts: &[&str], limit: usize) -> Vec<u32> {
        let room = limit.saturating_sub(2);
        let readable = room.saturating_add(4).saturating_mul(self.longest_chars);
        let (text, ends) = spaced(parts, readable);
        let mut ids = vec![self.specials.start];
        ids.extend(self.best_pieces(&text, &ends).take(room));
        ids.push(self.specials.end);
        ids
    }

    /// `ends[i]` is where the `i`th character ends, with a 0 before all.
    fn best_pieces(&self, text: &str, ends: &[usize]) -> impl Iterator<Item = u32> {
        let unreached = Step {
            score: f64::NEG_INFINITY,
            from: 0,
            piece: NONE,
        };
        let mut steps = vec![unreached; ends.len()];
        steps[0].score = 0.0;
        for (i, start) in ends.iter().enumerate() {
            let score = steps[i].score;
            let mut hash = Hash::new();
            for (j, pair) in ends[i..].windows(2).enumerate() {
                let (from, to) = (pair[0], pair[1]);
                if to - start > self.longest {
                    break;
                }
                text.as_bytes()[from..to].iter().for_each(|b| hash.add(*b));
                if let Some(piece) = self.find(hash, &text.as_bytes()[*start..to]) {
                    let score = score + f64::from(self.scores[piece as usize]);
                    better(&mut steps[i + j + 1], score, i, piece);
                }
            }
            if let Some(next) = steps.get_mut(i + 1) {
                better(next, score + self.unknown_score, i, NONE);
            }
        }
        let mut ids = Vec::new();
        let mut at = steps.len() - 1;
        let mut was_unknown = false;
        while at > 0 {
            let step = steps[at];
            // Neighbouring unknown characters are one piece.
            if step.piece != NONE || !was_unknown {
                let unknown = self.specials.unknown;
                ids.push(if step.piece == NONE {
                    unknown
                } else {
                    step.piece
                });
            }
            was_unknown = step.piece == NONE;
            at = step.from;
        }
        ids.into_iter().rev()
    }

    fn find(&self, hash: Hash, piece: &[u8]) -> Option<u32> {
        let mut slot = hash.slot(self.slots.len());
        loop {
            let id = self.slots[slot];
            if id == NONE {
                return None;
            }
            if self.piece(id) == piece {
                return Some(id);
            }
            slot = (slot + 1) % self.slots.len();
        }
    }

    fn piece(&self, id: u32) -> &[u8] {
        let id = id as usize;
        &self.bytes[self.starts[id] as usize..self.starts[id + 1] as usize]
    }
}

fn better(step: &mut Step, score: f64, from: usize, piece: u32) {
    if score > step.score {
        *step = Step { score, from, piece };
    }
}

/// A hash that grows with the piece (FNV-1a).
#[derive(Clone, Copy)]
struct Hash(u64);

impl Hash {
    fn new() -> Hash {
        Hash(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }

    fn slot(self, slots: usize) -> usize {
        (self.0 ^ (self.0 >> 32)) as usize % slots
    }
}

/// The first `readable` characters of the parts together, normalised, each word with a space
/// sign before it.
fn spaced(parts: &[&str], readable: usize) -> (String, Vec<usize>) {
    let mut text = String::new();
    let mut ends = vec![0];
    let mut between = true;
    let chars = parts.iter().flat_map(|part| part.chars());
    for c in normalised(chars) {
        if ends.len() > readable {
            break;
        }
        if c == ' ' {
            between = true;
            continue;
        }
        if between {
            text.push(SPACE);
            ends.push(text.len());
            between = false;
        }
        text.push(c);
        ends.push(text.len());
    }
    (text, ends)
}

/// NFKC as XLM-R's model does it: control characters are dropped, every kind of space is a
/// space, and the full-width tilde stays.
fn normalised(chars: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    /// Never stands in a text, so that it can keep the tilde's place.
    const TILDE: char = '\u{fdd0}';
    chars
        .filter_map(|c| match c {
            '\t' | '\n' | '\u{c}' | '\r' | '\u{85}' => Some(' '),
            '\u{1680}' | '\u{200b}'..='\u{200f}' | '\u{2028}' | '\u{2029}' => Some(' '),
            SPACE | '\u{feff}' | '\u{fffd}' => Some(' '),
            '\u{0}'..='\u{1f}' | '\u{7f}' | '\u{8f}' | '\u{9f}' => None,
            '～' => Some(TILDE),
            _ => Some(c),
        })
        .nfkc()
        .map(|c| if c == TILDE { '～' } else { c })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECES: [(&str, f32); 14] = [
        ("<s>", 0.0),
        ("</s>", 0.0),
        ("<unk>", 0.0),
        ("▁", -3.0),
        ("a", -4.0),
        ("b", -4.0),
        ("▁a", -4.5),
        ("ab", -5.0),
        ("▁ab", -7.0),
        ("é", -6.0),
        ("▁a\u{1d4}", -6.0),
        ("日本", -5.0),
        ("～", -6.0),
        ("<", -8.0),
    ];

    fn tokenizer() -> Tokenizer {
        let mut bytes = Vec::new();
        let mut starts = vec![0];
        for (piece, _) in PIECES {
            bytes.extend(piece.as_bytes());
            starts.push(bytes.len() as u32);
        }
        let specials = Specials {
            start: 0,
            end: 1,
            unknown: 2,
            reserved: vec![0, 1, 2],
        };
        let scores = PIECES.iter().map(|(_, score)| *score).collect();
        Tokenizer::new(bytes, starts, scores, specials).unwrap()
    }

    #[test]
    fn a_text_becomes_its_most_probable_pieces() {
        let tokenizer = tokenizer();
        let check = |text: &str, expected: &str| {
            let ids = tokenizer.encode(&[text], 100);
            let pieces: Vec<_> = ids.iter().map(|id| PIECES[*id as usize].0).collect();
            assert_eq!(pieces.join(" "), format!("<s> {expected} </s>"), "{text:?}");
        };
        let empty = tokenizer.encode(&[""], 100);
        assert_eq!(empty, [0, 1]);
        assert_eq!(
            tokenizer.encode(&[" \n\t\u{200b} ", "\u{feff}"], 100),
            [0, 1]
        );
        check("a", "▁a");
        check("ab", "▁ab");
        check("  ab \n a  ", "▁ab ▁a");
        // -3 -5 is worse than -4.5 -4, and -7 better than both.
        check("aab", "▁a ab");
        check("ba", "▁ b a");
        check("e\u{301}", "▁ é");
        check("Ａ", "▁ <unk>");
        check("ａｂ", "▁ab");
        check("～", "▁ ～");
        check("a\u{7}b", "▁ab");
        check("日本", "▁ 日本");
        // Unknown neighbours are one.
        check("xyz", "▁ <unk>");
        check("xyza🦀🦀", "▁ <unk> a <unk>");
        // A text cannot spell the model's own marks.
        check("<s>", "▁ < <unk>");
    }

    #[test]
    fn parts_are_read_as_one_text() {
        let tokenizer = tokenizer();
        assert_eq!(
            tokenizer.encode(&["a", "b a"], 100),
            tokenizer.encode(&["ab a"], 100)
        );
    }

    #[test]
    fn only_so_many_tokens_are_made_and_the_end_is_one_of_them() {
        let tokenizer = tokenizer();
        for limit in [2, 3, 10, 100] {
            let ids = tokenizer.encode(&[&"ab ".repeat(1000)], limit);
            assert_eq!(ids.len(), limit);
            assert_eq!((ids[0], ids[limit - 1]), (0, 1));
        }
    }

    #[test]
    fn a_long_text_is_read_to_its_end_where_that_is_asked() {
        let tokenizer = tokenizer();
        let check = |text: String, expected: usize| {
            assert_eq!(tokenizer.encode(&[&text], usize::MAX).len(), expected + 2);
        };
        check("ab ".repeat(40_000), 40_000);
        check("ab".repeat(60_000), 60_000);
        check("🦀".repeat(30_000), 2);
        check(" ".repeat(100_000), 0);
    }

    #[test]
    fn a_broken_vocabulary_is_refused() {
        let check = |bytes: &[u8], starts: &[u32], scores: &[f32], fault: &str| {
            let specials = Specials {
                start: 0,
                end: 0,
                unknown: 0,
                reserved: vec![],
            };
            let made = Tokenizer::new(bytes.into(), starts.into(), scores.into(), specials);
            assert!(made.err().is_some_and(|err| err.contains(fault)), "{fault}");
        };
        check(b"ab", &[0, 1], &[0.0], "do not fit");
        check(b"ab", &[0, 2], &[0.0, 1.0], "do not fit");
        check(b"ab", &[0, 3, 2], &[0.0, 1.0], "do not rise");
        check(b"ab", &[0, 2], &[f32::NAN], "not a number");
        check(b"", &[0], &[], "special");
        check(b"\xff", &[0, 1], &[0.0], "UTF-8");
        check(&[b'a'; 300], &[0, 300], &[0.0], "too long");
    }
}
