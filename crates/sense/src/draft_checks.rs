//! What is checked before an agent's draft is sent: whether it opens as if nothing had been
//! said (P42) and whether it asks for what was tried (P40). And whether a customer's text
//! says again what they said before (P35).

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use regex::Regex;
use segue_encoder::Meaning;

use crate::answer::sentences;
use crate::language;
use crate::normal::{Normal, is_ideograph};
use crate::read::Reader;
use crate::rules;
use crate::similar::{best_match, similarity};
use crate::terms::{canonical, is_light, terms};

/// From this score on a customer's text counts as repeating.
pub const REPEATS: f64 = 0.5;
/// Texts with a cosine from here on mean the same.
const SAME: f64 = 0.85;
/// Texts with a cosine below this do not, whatever words they share.
const ALIKE: f64 = 0.77;
/// The shared content that two texts alike need to mean the same.
const SHARED: f64 = 0.34;
/// The shared content that is enough by itself.
const SAME_WORDS: f64 = 0.6;
/// The same without sentence vectors.
const LEXICAL: f64 = 0.42;
/// A sentence before the cold question with more terms than this says something.
const FILLER: usize = 3;
/// Clauses and messages that are read of one text; the rest of a long paste is not.
const READ: usize = 40;

/// What anybody asks of anybody: sharing it names no issue.
const GENERIC: &str = "help problem issue question today order number account name email mail \
    phone invoice customer please hello thanks contact reason chat support person assistant \
    ayuda ayudar problema pregunta pedido numero cuenta nombre correo gracias cliente hoy hola \
    aide aider probleme question commande numero compte nom merci client aujourd hui bonjour \
    hilfe helfen frage bestellung nummer konto name danke kunde heute hallo anliegen paket \
    ajuda ajudar duvida conta nome obrigado cliente hoje ola oi \
    您好 请问 问题 帮助 帮您 订单 订单号 单号 号码 账号 账户 谢谢 客服 人工 提供 您的 \
    注文 番号 注文番号 問題 内容 本日 用件 確認 担当 質問 連絡 \
    استطيع يمكن اريد مرحبا مساعده مشكله مشكلتك طلب طلبي رقم الطلب حساب حسابي اسم شكرا اليوم سوال خدمه موظف";

/// Words that begin a part of a sentence with a life of its own.
static JOINTS: LazyLock<Regex> = LazyLock::new(|| {
    let words = r"(?i)\s(?:since|because|so|but|although|even though|then|aber|weil|da|deshalb|sondern|donc|mais|puisque|car|pero|porque|ya que|así que|mas|porém|já que|então|لكن|لذلك|ولكن)\s|因为|所以|但是|，|、|,\s|،|[;；:：—–()（）]|(?:ので|ため|けれど|ですが|ましたが)";
    Regex::new(words).expect("a test reads drafts")
});

/// What somebody can be asked to do, by name, in any wording.
static ACTIONS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    let lines = include_str!("../data/actions.txt").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (name, pattern) = line.split_once(' ')?;
            let regex = Regex::new(pattern).expect("a test reads every action");
            Some((name, regex))
        })
        .collect()
});

/// Whether an agent's first draft opens as if nothing had been said (P42).
///
/// `history` is all that was said in the conversation, by anyone; `customer` the part of the
/// customer's. Whether an agent has spoken already is for the caller to know: then no
/// greeting is cold.
pub fn is_cold_greeting(draft: &str, history: &[&str], customer: &[&str]) -> bool {
    let greets = |text: &str| rules::GREETING.matches(&Normal::of(text));
    if !customer.is_empty() && customer.iter().all(|text| greets(text)) {
        // Who has only said hello has told nothing that could be asked again.
        return false;
    }
    if greets(draft) {
        return true;
    }
    if rules::ACKNOWLEDGES.matches(&Normal::of(draft)) {
        return false;
    }
    let language = language::detect(draft).unwrap_or("en");
    let sentences = sentences(draft);
    let asks = |sentence: &&str| rules::COLD_GREETING.matches(&Normal::of(sentence));
    let Some(at) = sentences.iter().position(asks) else {
        return false;
    };
    let says_something = |sentence: &&str| {
        let thanks = rules::THANKS.matches(&Normal::of(sentence));
        !thanks && content(sentence, language).len() > 2 * FILLER
    };
    if sentences[..at].iter().any(says_something) {
        return false;
    }
    let generic = content(GENERIC, language);
    let own = content(draft, language);
    let told: HashSet<String> = history
        .iter()
        .flat_map(|text| content(text, language))
        .collect();
    let names_it = |term: &String| {
        told.contains(term) && !generic.contains(term) && !is_light(term) && !is_kana(term)
    };
    !own.iter().any(names_it)
}

/// Which of the solutions already tried the draft asks for again (P40): the index of the
/// nearest. What it only mentions as done, or the agent does themselves, does not count.
pub fn repeated_solution(reader: &Reader, draft: &str, attempted: &[&str]) -> Option<usize> {
    let clauses: Vec<Read> = asking(draft)
        .into_iter()
        .map(|text| Read::of(reader, text))
        .collect();
    let nearest = |tried: &&str| {
        let parts = sentences(tried);
        let pairs = parts
            .into_iter()
            .map(|part| Read::of(reader, part.to_owned()))
            .flat_map(|part| clauses.iter().filter_map(move |clause| clause.same(&part)));
        pairs.max_by(f64::total_cmp)
    };
    attempted
        .iter()
        .enumerate()
        .filter_map(|(index, tried)| Some((index, nearest(tried)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
        .map(|(index, _)| index)
}

/// How much a customer's text says again what was said before (P35).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Repeated {
    /// 0..1; from [`REPEATS`] on it counts.
    pub score: f64,
    /// Whether the customer says so: "as I already told the bot".
    pub is_said: bool,
    /// The earlier message that is nearest, where one is near.
    pub of: Option<usize>,
}

impl Repeated {
    /// Whether it counts as a repetition.
    pub fn counts(&self) -> bool {
        self.score >= REPEATS
    }
}

/// How much a customer's text says again what they said in `before` (P35): in so many words,
/// or by telling facts again.
pub fn repetition(reader: &Reader, text: &str, before: &[&str]) -> Repeated {
    let said = rules::SAYS_AGAIN.find(&Normal::of(text));
    let said = said.first().map(|said| said.strength);
    Repeated {
        score: said.unwrap_or_else(|| restates(reader, text, before)),
        is_said: said.is_some(),
        of: nearest(reader, text, before),
    }
}

/// From this likeness on an earlier message is pointed at.
const NEAR: f64 = 0.25;

fn nearest(reader: &Reader, text: &str, before: &[&str]) -> Option<usize> {
    let own = reader.query(text);
    let alike = |text: &&str| similarity(&own, &reader.query(text));
    let scored = before.iter().map(alike).enumerate();
    let best = scored.max_by(|a, b| a.1.total_cmp(&b.1))?;
    (best.1 >= NEAR).then_some(best.0)
}

fn restates(reader: &Reader, text: &str, before: &[&str]) -> f64 {
    let language = language::detect(text)
        .or_else(|| before.iter().find_map(|text| language::detect(text)))
        .unwrap_or("en");
    let own = content(text, language);
    let told: HashSet<String> = before
        .iter()
        .flat_map(|text| content(text, language))
        .collect();
    let known_figures: HashSet<&str> = before.iter().flat_map(|text| figures(text)).collect();
    let names_new = figures(text).any(|figure| !known_figures.contains(figure));
    let names_known =
        figures(text).any(|figure| figure.len() >= 3 && known_figures.contains(figure));
    if own.len() < 2 || names_new {
        return 0.0;
    }
    let known = covered(&own, &told);
    let meaning = reader.meaning(text);
    let near = before
        .iter()
        .take(READ)
        .flat_map(|text| sentences(text).into_iter().chain([*text]))
        .filter_map(|text| Some(cosine(meaning.as_deref()?, &*reader.meaning(text)?)))
        .fold(0.0, f64::max);
    // A cosine of 0.73 says nothing, one of 0.93 all.
    let score = match meaning {
        Some(_) => 0.6 * known + 0.4 * ((near - 0.73) / 0.2).clamp(0.0, 1.0),
        None => 0.8 * known,
    };
    let asks = text.trim_end().ends_with(['?', '？', '؟']);
    let score = if names_known { score + 0.15 } else { score };
    let score = if asks { score * 0.75 } else { score };
    score.clamp(0.0, 1.0)
}

/// Runs of digits: order numbers, amounts, error codes.
fn figures(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|figure| !figure.is_empty())
}

/// A text read for comparing.
struct Read {
    text: String,
    actions: HashSet<&'static str>,
    meaning: Option<Arc<Meaning>>,
}

impl Read {
    fn of(reader: &Reader, text: String) -> Self {
        let normal = Normal::of(&text);
        let named = ACTIONS
            .iter()
            .filter(|(_, pattern)| pattern.is_match(&normal.text));
        Self {
            actions: named.map(|(name, _)| *name).collect(),
            meaning: reader.meaning(&text),
            text,
        }
    }

    /// How surely it asks for the same as what was tried; `None` where it does not.
    fn same(&self, tried: &Self) -> Option<f64> {
        let language = language::detect(&self.text)
            .or_else(|| language::detect(&tried.text))
            .unwrap_or("en");
        if !self.actions.is_empty()
            && !tried.actions.is_empty()
            && self.actions.is_disjoint(&tried.actions)
        {
            return None;
        }
        let with_actions = |read: &Self| {
            let mut terms = content(&read.text, language);
            terms.extend(read.actions.iter().map(|action| format!("@{action}")));
            terms
        };
        let own = with_actions(self);
        let asked = with_actions(tried);
        let all_of_it = if asked.len() >= 2 && own.len() <= 4 * asked.len() {
            0.9 * covered(&asked, &own)
        } else {
            0.0
        };
        let words = similarity(&self.text.as_str().into(), &tried.text.as_str().into())
            .max((covered(&own, &asked) + covered(&asked, &own)) / 2.0)
            .max(all_of_it);
        let near = match (&self.meaning, &tried.meaning) {
            (Some(a), Some(b)) => cosine(a, b),
            _ => return (words >= LEXICAL).then_some(words),
        };
        let same = near >= SAME || near >= ALIKE && words >= SHARED || words >= SAME_WORDS;
        same.then_some((near - 0.55) * 2.0 + words)
    }
}

/// The clauses of a draft that may ask something of the customer, and each sentence that has
/// only such.
fn asking(draft: &str) -> Vec<String> {
    let mut asking = Vec::new();
    for sentence in sentences(draft).into_iter().take(READ) {
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
        let all = clauses.len();
        let asks_tried = sentence.ends_with(['?', '？', '؟'])
            && rules::ASKS_TRIED.matches(&Normal::of(sentence));
        clauses.retain(|clause| asks_tried || !rules::ALREADY_TRIED.matches(&Normal::of(clause)));
        let whole = all > 1 && clauses.len() == all;
        asking.extend(
            clauses
                .into_iter()
                .filter(|text| has_content(text))
                .map(str::to_owned),
        );
        if whole {
            asking.push(sentence.to_owned());
        }
    }
    asking
}

fn has_content(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    let ideographs = text.chars().filter(|c| is_ideograph(*c)).count();
    ideographs >= 3 || letters >= 6
}

fn content(text: &str, language: &str) -> HashSet<String> {
    let terms = terms(text, language);
    terms
        .into_iter()
        .take(400)
        .map(|term| canonical(&term).to_owned())
        .collect()
}

/// The share of the terms that stand in `among`, words that say little counting a third.
fn covered(terms: &HashSet<String>, among: &HashSet<String>) -> f64 {
    let weight = |term: &String| if is_light(term) { 0.33 } else { 1.0 };
    let all: f64 = terms.iter().map(weight).sum();
    let found = |term| weight(term) * best_match(term, among);
    terms.iter().map(found).sum::<f64>() / all.max(1.0)
}

/// A pair of Japanese letters that is grammar, not content.
fn is_kana(term: &str) -> bool {
    term.chars().all(|c| matches!(c, '\u{3040}'..='\u{309f}'))
}

fn cosine(a: &Meaning, b: &Meaning) -> f64 {
    let products = a.plain.iter().zip(b.plain.iter());
    f64::from(products.map(|(a, b)| a * b).sum::<f32>())
}

#[cfg(test)]
#[path = "draft_checks_tests.rs"]
mod tests;
