//! Undoes typing errors and tricks, word by word: homoglyphs, leetspeak, spaced or
//! repeated letters, words written together, and slips of one or two letters in the
//! words that rules are about. A word that any rule or stop-word list knows is never
//! touched, so that "arent" does not become "agent".

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::normal::{Word, WordKind};
use crate::terms;

/// Words worth repairing, one a line.
const REPAIRED: &str = include_str!("../data/repaired.txt");
/// Words that look like them and are right as they stand.
const LOOKALIKES: &str = include_str!("../data/lookalikes.txt");

/// In the order of the file: of two words that are equally near the first is meant.
static TARGETS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| REPAIRED.split_whitespace().collect());

/// Every word that is right as it stands.
static KNOWN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut known: HashSet<String> = TARGETS.iter().map(|word| (*word).to_owned()).collect();
    known.extend(LOOKALIKES.split_whitespace().map(str::to_owned));
    known.extend(terms::all_stop_words().map(str::to_owned));
    known.extend(crate::rules::all_words());
    known
});

/// Undoes all tricks in place; words that were merged leave empty ones behind.
pub(crate) fn undo_tricks(words: &mut Vec<Word>, original: &str) {
    let latin = mostly_latin(words);
    for word in words
        .iter_mut()
        .filter(|word| word.kind == WordKind::Letters)
    {
        undo_homoglyphs(word, latin);
    }
    join_spaced_letters(words, original);
    for word in words
        .iter_mut()
        .filter(|word| word.kind == WordKind::Letters)
    {
        if let Some(repaired) = repair(&word.text) {
            word.text = repaired;
        } else if word.text.contains(['@', '$']) {
            word.text = word.text.replace(['@', '$'], " ").trim().to_owned();
        }
    }
}

fn mostly_latin(words: &[Word]) -> bool {
    let letters = || words.iter().flat_map(|word| word.text.chars());
    let latin = letters().filter(char::is_ascii_alphabetic).count();
    latin * 2 > letters().filter(|c| c.is_alphabetic()).count()
}

/// Cyrillic or Greek letters that pass for Latin ones, where the word or the whole
/// text is otherwise Latin.
fn undo_homoglyphs(word: &mut Word, mostly_latin: bool) {
    if word.text.is_ascii() {
        return;
    }
    let mixed = word.text.chars().any(|c| c.is_ascii_alphabetic());
    let all_pass = word
        .text
        .chars()
        .all(|c| c.is_ascii() || latin_twin(c).is_some());
    if mixed || (mostly_latin && all_pass) {
        word.text = word
            .text
            .chars()
            .map(|c| latin_twin(c).unwrap_or(c))
            .collect();
    }
}

fn latin_twin(c: char) -> Option<char> {
    Some(match c {
        'а' | 'α' | 'ɑ' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' | 'є' => 'e',
        'ɡ' => 'g',
        'н' | 'һ' => 'h',
        'і' | 'ι' | 'ⅼ' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' | 'μ' => 'm',
        'п' | 'η' | 'ո' => 'n',
        'о' | 'ο' | 'σ' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ѡ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        _ => return None,
    })
}

/// "h u m a n", "h.u.m.a.n": a run of four or more single letters is a word; a wider
/// gap between them is a gap between words.
fn join_spaced_letters(words: &mut Vec<Word>, original: &str) {
    let is_single = |word: &Word| {
        word.kind == WordKind::Letters
            && word.text.chars().count() == 1
            && word.text.chars().all(char::is_alphabetic)
    };
    let mut joined: Vec<Word> = Vec::with_capacity(words.len());
    let mut rest = std::mem::take(words).into_iter().peekable();
    while let Some(word) = rest.next() {
        if !is_single(&word) {
            joined.push(word);
            continue;
        }
        let mut run = vec![word];
        // Dots between single letters belong to the trick.
        let mut dots = Vec::new();
        while let Some(next) = rest.next_if(|next| is_single(next) || next.kind == WordKind::Pause)
        {
            if next.kind == WordKind::Pause {
                dots.push((run.len(), next));
                if dots.len() > run.len() {
                    break;
                }
            } else {
                run.push(next);
            }
        }
        if run.len() < 4 {
            let mut dots = dots.into_iter().peekable();
            for (at, letter) in run.into_iter().enumerate() {
                while let Some((_, dot)) = dots.next_if(|(after, _)| *after == at) {
                    joined.push(dot);
                }
                joined.push(letter);
            }
            joined.extend(dots.map(|(_, dot)| dot));
            continue;
        }
        let trailing = dots
            .into_iter()
            .filter(|(after, _)| *after == run.len())
            .map(|(_, dot)| dot);
        let trailing: Vec<Word> = trailing.collect();
        join_run(run, original, &mut joined);
        joined.extend(trailing);
    }
    *words = joined;
}

fn join_run(run: Vec<Word>, original: &str, joined: &mut Vec<Word>) {
    let mut last_end = None;
    let mut narrowest = usize::MAX;
    for letter in &run {
        if let Some(end) = last_end {
            narrowest = narrowest.min(letter.from.start.saturating_sub(end));
        }
        last_end = Some(letter.from.end);
    }
    let mut open: Option<Word> = None;
    for letter in run {
        match open.as_mut() {
            Some(word) if letter.from.start.saturating_sub(word.from.end) <= narrowest => {
                word.text.push_str(&letter.text);
                word.from.end = letter.from.end;
            }
            _ => {
                joined.extend(open.replace(letter));
            }
        }
    }
    joined.extend(open);
    debug_assert!(
        joined
            .last()
            .is_none_or(|word| original.get(word.from.clone()).is_some())
    );
}

/// What was meant, or `None` if the word is right or nothing near it is known.
fn repair(word: &str) -> Option<String> {
    let letters = word.chars().count();
    if !(3..=40).contains(&letters) || KNOWN.contains(word) {
        return None;
    }
    let plain = plain_letters(word);
    if plain != word && KNOWN.contains(&plain) {
        return Some(plain);
    }
    for keep in [2, 1] {
        let calm = squeeze(&plain, keep);
        if calm != plain && KNOWN.contains(&calm) {
            return Some(calm);
        }
    }
    if !plain.is_ascii() || plain.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    nearest(&plain).or_else(|| split_known(&plain))
}

fn plain_letters(word: &str) -> String {
    let has_letter = word.chars().any(char::is_alphabetic);
    if !has_letter {
        return word.to_owned();
    }
    let letter = |c| match c {
        '0' => 'o',
        '1' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        c => c,
    };
    word.chars().map(letter).collect()
}

/// Runs of three or more of a letter shortened to `keep`.
fn squeeze(word: &str, keep: usize) -> String {
    let letters: Vec<char> = word.chars().collect();
    letters
        .chunk_by(|a, b| a == b)
        .flat_map(|run| {
            run.iter()
                .take(if run.len() >= 3 { keep } else { run.len() })
        })
        .collect()
}

/// The nearest word worth repairing to: one slip, two in words of eight letters and
/// more, and never in the first letter unless it is swapped with the second.
fn nearest(word: &str) -> Option<String> {
    let letters = word.as_bytes();
    let slips = match letters.len() {
        ..=3 => return None,
        4..=7 => 1,
        _ => 2,
    };
    let near = |target: &&&str| {
        let target = target.as_bytes();
        target.len() >= 4
            && target.len().abs_diff(letters.len()) <= slips
            && (target[0] == letters[0] || (target[0] == letters[1] && target[1] == letters[0]))
    };
    TARGETS
        .iter()
        .filter(near)
        .map(|target| (distance(letters, target.as_bytes()), *target))
        .filter(|(distance, _)| *distance <= slips)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, target)| target.to_owned())
}

/// Edit distance where swapping two neighbours counts one (optimal string alignment).
pub(crate) fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (above[j - 1] + changed)
                .min(above[j] + 1)
                .min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

/// "talktoahuman": words written together, if it comes out even and one of them is
/// worth repairing to.
fn split_known(word: &str) -> Option<String> {
    if word.len() < 7
        || !TARGETS
            .iter()
            .any(|target| target.len() >= 5 && word.contains(*target))
    {
        return None;
    }
    // best[i]: the fewest words that make up the first i letters.
    let mut best: Vec<Option<(usize, usize)>> = vec![None; word.len() + 1];
    best[0] = Some((0, 0));
    for end in 1..=word.len() {
        for start in end.saturating_sub(16)..end {
            let part = &word[start..end];
            let is_word = if part.len() == 1 {
                part == "a" || part == "i"
            } else {
                KNOWN.contains(part)
            };
            if let (Some((count, _)), true) = (best[start], is_word)
                && best[end].is_none_or(|(fewest, _)| count + 1 < fewest)
            {
                best[end] = Some((count + 1, start));
            }
        }
    }
    let mut parts = Vec::new();
    let mut end = word.len();
    while end > 0 {
        let (_, start) = best[end]?;
        parts.push(&word[start..end]);
        end = start;
    }
    parts.reverse();
    Some(parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_repaired_and_words_are_left_alone() {
        let check = |word: &str, expected: Option<&str>| {
            assert_eq!(repair(word).as_deref(), expected, "{word}");
        };
        check("humna", Some("human"));
        check("agnet", Some("agent"));
        check("represenative", Some("representative"));
        check("oprator", Some("operator"));
        check("talktoahuman", Some("talk to a human"));
        check("refnud", Some("refund"));
        check("arent", None);
        check("humane", None);
        check("urgent", None);
        check("parent", None);
        check("agente", None);
    }
}
