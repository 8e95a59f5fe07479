//! A text brought into the one form that rules are written in: lower case, no
//! accents, no apostrophes, words between single spaces, typing errors and tricks
//! (spaced letters, homoglyphs, leetspeak, zero-width characters) undone. Every
//! word remembers where it stood, so that evidence is quoted from the original.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::typos;

/// Letters read from the start of a message, and from its end. The rest of a very
/// long paste is not read: a wish stands where the customer begins or ends.
const HEAD_LETTERS: usize = 12_000;
const TAIL_LETTERS: usize = 4_000;

/// A normalised text: ` word word . word `, with `.` for the end of a sentence and
/// `,` for lesser pauses. It starts and ends with a space unless it is empty.
pub struct Normal<'a> {
    original: &'a str,
    /// What the rules are matched against.
    pub text: String,
    /// In order of `at.start`; the words and pauses of `text`.
    pieces: Vec<Piece>,
}

struct Piece {
    /// Where it stands in `Normal::text`.
    at: Range<usize>,
    /// Where it stood in the original.
    from: Range<usize>,
}

/// A word or a pause while the text is being built.
pub(crate) struct Word {
    pub text: String,
    pub from: Range<usize>,
    pub kind: WordKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WordKind {
    /// Letters and digits.
    Letters,
    /// One character of a script written without spaces.
    Ideograph,
    /// `.` or `,`.
    Pause,
}

impl<'a> Normal<'a> {
    /// Normalises a text.
    pub fn of(original: &'a str) -> Self {
        let mut words = split(original);
        typos::undo_tricks(&mut words, original);
        Self::join(original, &words)
    }

    fn join(original: &'a str, words: &[Word]) -> Self {
        let mut text = String::with_capacity(original.len() + 2);
        let mut pieces = Vec::with_capacity(words.len());
        let mut after_ideograph = false;
        for word in words.iter().filter(|word| !word.text.is_empty()) {
            let ideograph = word.kind == WordKind::Ideograph;
            if !(ideograph && after_ideograph) {
                text.push(' ');
            }
            let start = text.len();
            text.push_str(&word.text);
            pieces.push(Piece {
                at: start..text.len(),
                from: word.from.clone(),
            });
            after_ideograph = ideograph;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        Self {
            original,
            text,
            pieces,
        }
    }

    /// The original words behind a range of `text`, without surrounding pauses.
    pub fn quote(&self, range: &Range<usize>) -> &'a str {
        let first = self
            .pieces
            .partition_point(|piece| piece.at.end <= range.start);
        let after = self
            .pieces
            .partition_point(|piece| piece.at.start < range.end);
        let is_pause = |piece: &&Piece| {
            let text = &self.text[piece.at.clone()];
            text != "." && text != ","
        };
        let inside = self.pieces.get(first..after).unwrap_or_default();
        let start = inside.iter().find(is_pause).map(|piece| piece.from.start);
        let end = inside.iter().rfind(is_pause).map(|piece| piece.from.end);
        match (start, end) {
            (Some(start), Some(end)) => self.original.get(start..end).unwrap_or_default(),
            _ => "",
        }
    }

    /// The words, without pauses; a run of ideographs counts as one.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.text
            .split(' ')
            .filter(|word| !matches!(*word, "" | "." | ","))
    }
}

fn split(original: &str) -> Vec<Word> {
    let skipped = skipped_middle(original);
    let mut words: Vec<Word> = Vec::new();
    let mut open = false;
    let mut chars = original.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, c)) = chars.next() {
        let from = at..at + c.len_utf8();
        if skipped.contains(&at) || is_invisible(c) {
            continue;
        }
        let next = chars.peek().map_or(' ', |(_, next)| *next);
        let folded = fold(c);
        let lettered = folded.chars().any(char::is_alphanumeric);
        if lettered && is_ideograph(c) {
            words.push(Word {
                text: folded,
                from,
                kind: WordKind::Ideograph,
            });
            open = false;
        } else if lettered || is_leet(c, before, next) {
            match words.last_mut().filter(|_| open) {
                Some(word) => {
                    word.text.push_str(&folded);
                    word.from.end = from.end;
                }
                None => words.push(Word {
                    text: folded,
                    from,
                    kind: WordKind::Letters,
                }),
            }
            open = true;
        } else if is_combining_mark(c) {
            continue;
        } else if is_apostrophe(c) && open && next.is_alphanumeric() {
            // "don't" is one word, "l'humain" is two.
            open = !words.last().is_some_and(|word| is_article(&word.text));
        } else if matches!(c, '.' | ',') && open && before.is_numeric() && next.is_numeric() {
            if let Some(word) = words.last_mut() {
                word.text.push(c);
            }
        } else {
            open = false;
            if let Some(pause) = pause(c, before, next) {
                let doubled = words.last().is_some_and(|word| word.text == pause);
                if !doubled {
                    words.push(Word {
                        text: pause.into(),
                        from,
                        kind: WordKind::Pause,
                    });
                }
            }
        }
        before = c;
    }
    words
}

/// The bytes between head and tail of a very long text; empty for all others.
fn skipped_middle(text: &str) -> Range<usize> {
    if text.len() <= HEAD_LETTERS + TAIL_LETTERS {
        return 0..0;
    }
    let head = (0..=HEAD_LETTERS).rfind(|at| text.is_char_boundary(*at));
    let tail = (text.len() - TAIL_LETTERS..text.len()).find(|at| text.is_char_boundary(*at));
    head.unwrap_or(0)..tail.unwrap_or(text.len())
}

/// One character in lower case without its accents; may become several letters.
pub(crate) fn fold(c: char) -> String {
    match c {
        'a'..='z' | '0'..='9' => return c.to_string(),
        'ß' | 'ẞ' => return "ss".into(),
        'æ' | 'Æ' => return "ae".into(),
        'œ' | 'Œ' => return "oe".into(),
        'ø' | 'Ø' => return "o".into(),
        'ł' | 'Ł' => return "l".into(),
        'đ' | 'Đ' => return "d".into(),
        'ı' | 'İ' => return "i".into(),
        'ى' => return "ي".into(),
        'ة' => return "ه".into(),
        'ـ' => return String::new(),
        _ => {}
    }
    if is_ideograph(c) {
        // A decomposition would tear the voicing mark from kana and take Hangul apart.
        return c.nfkc().flat_map(char::to_lowercase).collect();
    }
    c.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// A whole text folded letter by letter, everything else as it stands.
pub(crate) fn fold_all(text: &str) -> String {
    text.chars()
        .filter(|c| !is_invisible(*c))
        .map(fold)
        .collect()
}

/// Scripts that are written without spaces between words.
pub(crate) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | '`' | '´' | 'ʼ' | '＇')
}

/// `@gent`, `per$on`: a sign that stands for a letter.
fn is_leet(c: char, before: char, next: char) -> bool {
    matches!(c, '@' | '$')
        && next.is_alphabetic()
        && !before.is_numeric()
        && (before == ' ' || before.is_alphabetic())
}

/// Romance articles and pronouns that lose their vowel.
fn is_article(word: &str) -> bool {
    matches!(
        word,
        "l" | "d"
            | "j"
            | "m"
            | "t"
            | "s"
            | "n"
            | "c"
            | "qu"
            | "jusqu"
            | "lorsqu"
            | "puisqu"
            | "un"
            | "dell"
            | "all"
            | "nell"
            | "dall"
            | "sull"
            | "quell"
    )
}

fn pause(c: char, before: char, next: char) -> Option<&'static str> {
    match c {
        '.' | '!' | '?' | ';' | ':' | '\n' | '。' | '！' | '？' | '；' | '：' | '…' | '؟' | '؛'
        | '¿' | '¡' => Some("."),
        ',' | '(' | ')' | '[' | ']' | '{' | '}' | '—' | '–' | '，' | '、' | '،' | '（' | '）'
        | '"' | '“' | '”' | '«' | '»' | '„' | '「' | '」' => Some(","),
        '-' if before == ' ' || next == ' ' => Some(","),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trick_comes_to_the_same_words() {
        let check = |text: &str, expected: &str| {
            assert_eq!(Normal::of(text).text.trim(), expected, "{text:?}");
        };
        check("I'd like a HUMAN!!!", "id like a human .");
        check("Je veux parler à l’humain", "je veux parler a l humain");
        check("hu\u{200b}man", "human");
        check("ｈｕｍａｎ", "human");
        check("h u m a n", "human");
        check("h.u.m.a.n please", "human please");
        check("t a l k  t o  a  h u m a n", "talk to a human");
        check("hum4n @gent", "human agent");
        check("humаn", "human");
        check("humaaaan", "human");
        check("speek to a humann", "speak to a human");
        check("1.299,00 €", "1.299,00");
        check("我要人工客服。", "我要人工客服 .");
        check("", "");
    }

    #[test]
    fn quotes_come_from_the_original() {
        let normal = Normal::of("Please, a H\u{200b}U\u{200b}M\u{200b}A\u{200b}N agnet!");
        let at = normal.text.find("human agent").unwrap();
        assert_eq!(
            normal.quote(&(at..at + 11)),
            "H\u{200b}U\u{200b}M\u{200b}A\u{200b}N agnet"
        );
    }
}
