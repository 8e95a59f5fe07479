//! Whether a draft asks for what was tried already (P40), in whatever words. What it only
//! mentions as done, or the agent does themselves, does not count.

use std::sync::LazyLock;

use regex::Regex;

use super::heads::{Kind, Look, probability};
use super::text::{Text, language_of};
use crate::read::Reader;
use crate::rules;

/// Sentences and clauses that are read of one draft; the rest of a long paste is not.
const READ: usize = 40;
/// Attempts that are compared, the newest.
const ATTEMPTS: usize = 20;

/// Where the features say that a part only tells of what was tried.
const ONLY_TELLS: usize = 13;

/// Words that begin a part of a sentence with a life of its own.
static JOINTS: LazyLock<Regex> = LazyLock::new(|| {
    let words = r"(?i)\s(?:since|because|so|but|although|even though|then|aber|weil|da|deshalb|sondern|donc|mais|puisque|car|pero|porque|ya que|así que|mas|porém|já que|então|لكن|لذلك|ولكن)\s|因为|所以|但是|，|、|,\s|،|[;；:：—–()（）]|(?:ので|ため|けれど|ですが|ましたが)";
    Regex::new(words).expect("a test reads drafts")
});

/// What is seen of each part of a draft beside each attempt, with the attempt's index.
///
/// Features: the nearness of both vectors; the part covered by the attempt and the other way
/// round; the same action by name, or another; coverage that comes with nearness; by the
/// rules, that it was tried, and a question whether it was; a question; that the draft says
/// anywhere that something was tried; the last part; nearness of what only tells that it was
/// tried, a question whether it was, and that it only tells.
pub fn looks(reader: &Reader, draft: &str, attempted: &[&str]) -> Vec<(usize, Look)> {
    let language = language_of(attempted.iter().copied().chain([draft]));
    let parts: Vec<Text<'_>> = parts(draft)
        .into_iter()
        .map(|part| Text::of(reader, part, language))
        .collect();
    let tried = Text::lexical(draft, language).rule(&rules::ALREADY_TRIED);
    let last = Text::sentences(draft).pop();
    let skipped = attempted.len().saturating_sub(ATTEMPTS);
    let mut looks = Vec::new();
    for (index, attempt) in attempted.iter().enumerate().skip(skipped) {
        let mut wanted = Text::sentences(attempt);
        if !wanted.contains(attempt) {
            wanted.push(attempt);
        }
        let wanted: Vec<Text<'_>> = wanted
            .into_iter()
            .map(|text| Text::of(reader, text, language))
            .collect();
        for part in &parts {
            let pairs = wanted.iter().map(|wanted| pair(part, wanted));
            let Some((salience, mut features)) = pairs.max_by(|a, b| a.0.total_cmp(&b.0)) else {
                continue;
            };
            let is_tried = part.rule(&rules::ALREADY_TRIED);
            let asks_tried = part.rule(&rules::ASKS_TRIED);
            let asks = f32::from(part.asks());
            let only_tells = is_tried * (1.0 - asks_tried * asks);
            features.extend([
                is_tried,
                asks_tried,
                asks,
                tried,
                f32::from(last == Some(part.raw)),
                only_tells * (features[0] + 2.0),
                asks_tried * asks,
                only_tells,
            ]);
            let look = Look {
                features,
                meaning: part.meaning(),
                salience,
            };
            looks.push((index, look));
        }
    }
    looks
}

/// Which of the solutions already tried a draft asks for again: the index of the surest.
pub fn repeated_solution(reader: &Reader, draft: &str, attempted: &[&str]) -> Option<usize> {
    // By its words alone, what only tells that something was tried looks like asking for it.
    let may_ask = |look: &Look| look.meaning.is_some() || look.features[ONLY_TELLS] == 0.0;
    let sure = looks(reader, draft, attempted)
        .into_iter()
        .filter(|(_, look)| may_ask(look))
        .map(|(index, look)| (index, probability(Kind::Repeats, &look)));
    sure.filter(|(_, sure)| *sure >= 0.5)
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
        .map(|(index, _)| index)
}

fn pair(part: &Text<'_>, wanted: &Text<'_>) -> (f32, Vec<f32>) {
    let (plain, adapted) = part.near(wanted).unwrap_or((0.8, 0.8));
    let (own, asked) = (
        part.covered_by(&wanted.terms),
        wanted.covered_by(&part.terms),
    );
    let (does, was) = (part.actions(), wanted.actions());
    let same = match (does.is_empty() || was.is_empty(), does.is_disjoint(&was)) {
        (true, _) => 0.0,
        (false, true) => -1.0,
        (false, false) => 1.0,
    };
    let near = (plain - 0.85) * 10.0;
    let features = vec![
        near,
        (adapted - 0.8) * 5.0,
        own * 2.0,
        asked * 2.0,
        same,
        (own + asked) * (plain - 0.8) * 5.0,
    ];
    (near + own * 2.0 + asked * 2.0, features)
}

/// The sentences of a draft, and the clauses of those that have several.
fn parts(draft: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for sentence in Text::sentences(draft) {
        parts.push(sentence);
        let mut clauses = Vec::new();
        let mut start = 0;
        // The word at a joint goes with what follows it: "since" says how that is meant.
        for joint in JOINTS.find_iter(sentence) {
            let follows = joint.as_str().starts_with(char::is_whitespace);
            let end = if follows { joint.start() } else { joint.end() };
            clauses.push(&sentence[start..end]);
            start = end;
        }
        clauses.push(&sentence[start..]);
        if clauses.len() > 1 {
            clauses.retain(|clause| has_content(clause));
            parts.extend(clauses);
        }
    }
    parts.truncate(READ);
    parts
}

fn has_content(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    let ideographs = text
        .chars()
        .filter(|c| crate::normal::is_ideograph(*c))
        .count();
    ideographs >= 3 || letters >= 6
}
