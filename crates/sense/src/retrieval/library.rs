//! What was worked out about articles, kept between one index and the next: an edit of one
//! article reads one article anew, not ten thousand.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};

use segue_encoder::{Encoder, Kind};

use super::rows::{Row, Rows};
use super::words::Words;
use super::{Article, Passage, passages};
use crate::language;
use crate::passages::{is_step, units};
use crate::read::{Reader, Sharpness};
use crate::terms::terms;

/// How often title, tags and heading count beside the passage itself.
const TITLE_TIMES: f32 = 3.0;
const HEADING_TIMES: f32 = 1.5;
/// Questions of a passage that are compared one by one; the rest of a long list is not.
const QUESTIONS: usize = 12;
/// Texts that are encoded before any of them is kept.
const PIECE: usize = 128;
/// What the words of a knowledge base may take, in bytes: those of some 2,000 passages. A
/// larger one is searched without.
const MOST_OF_WORDS: usize = 12 << 20;
/// A longer line of a list is no question, in letters.
const QUESTION_LETTERS: usize = 160;

/// An article cut and stemmed.
#[derive(Debug)]
pub(super) struct Analysed {
    pub parts: Vec<Part>,
    /// Encoded to be compared with questions: the title, and questions it lists.
    pub questions: Vec<String>,
}

/// A passage with its terms.
#[derive(Debug)]
pub(super) struct Part {
    pub passage: Passage,
    /// Weighted frequencies, by term.
    pub terms: Vec<(Box<str>, f32)>,
    /// Their sum.
    pub length: f32,
    /// What is encoded: a few sentences at a time, each with title and heading.
    pub said: Vec<String>,
}

/// What is known of the articles of one knowledge base. Index after index is built with
/// the same library; what the last one did not need is forgotten once it is the half.
#[derive(Default)]
pub struct Library {
    /// What reads meaning too.
    reader: Option<Reader>,
    threads: usize,
    /// Vectors that mean nothing, to measure what searching them costs.
    is_made_up: bool,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// By hash of the article: the language it is in.
    languages: HashMap<u64, Option<&'static str>>,
    /// By hash of the article and the language it is read in.
    analysed: HashMap<u64, Arc<Analysed>>,
    /// By hash of the encoder, the part that the text plays, and the text.
    rows: HashMap<u64, Known>,
}

/// What is known of a text.
struct Known {
    row: Row,
    /// Of passages.
    words: Option<Arc<Words>>,
}

/// Articles that are ready to be indexed.
pub(super) struct Prepared {
    pub language: &'static str,
    pub articles: Vec<Arc<Analysed>>,
    /// A vector for each part and each question, in order; `None` where some are missing.
    pub vectors: Option<Vectors>,
    /// Texts without a vector.
    pub unread: usize,
}

pub(super) struct Vectors {
    pub units: Rows,
    /// The passage of each unit.
    pub part_of_unit: Vec<u32>,
    /// The words of each unit; empty where they would take too much memory.
    pub words: Vec<Arc<Words>>,
    /// Passage → its first unit, and one more for the end.
    pub first_unit: Vec<u32>,
    pub questions: Rows,
    /// The article of each question.
    pub article_of_question: Vec<u32>,
}

impl Library {
    /// Reads words only.
    pub fn lexical() -> Library {
        Library::default()
    }

    /// Gives every text a vector that means nothing, to measure what searching costs.
    #[doc(hidden)]
    pub fn with_made_up_vectors() -> Library {
        Library {
            is_made_up: true,
            ..Library::default()
        }
    }

    /// Reads as `reader` does, on so many threads: its meaning too, if it has a sentence model.
    pub fn of(reader: &Reader, threads: usize) -> Library {
        Library {
            reader: (reader.sharpness() != Sharpness::Lexical).then(|| reader.clone()),
            threads,
            ..Library::default()
        }
    }

    pub(super) fn reader(&self) -> Option<Reader> {
        self.reader.clone()
    }

    fn encoder(&self) -> Option<Arc<Encoder>> {
        self.reader.as_ref()?.encoder()
    }

    pub(super) fn prepare(&self, articles: &[Article], at_most: usize) -> Prepared {
        let hashes: Vec<u64> = articles.iter().map(hash_of).collect();
        // Nothing to read is no reason to open the model.
        let encoder = (!articles.is_empty()).then(|| self.encoder()).flatten();
        let mut kept = self.kept.lock().expect("nobody panics with the lock held");
        for (article, hash) in articles.iter().zip(&hashes) {
            let detect = || language::detect(&article.text);
            kept.languages.entry(*hash).or_insert_with(detect);
        }
        let language = commonest(&hashes, &kept.languages);
        let mut used = HashSet::with_capacity(articles.len());
        let mut prepared = Vec::with_capacity(articles.len());
        for (article, hash) in articles.iter().zip(&hashes) {
            let language = kept.languages[hash].unwrap_or(language);
            let key = hash_all(&[&hash.to_string(), language]);
            let ready = || Arc::new(analyse(article, language));
            prepared.push(kept.analysed.entry(key).or_insert_with(ready).clone());
            used.insert(key);
        }
        if is_mostly_waste(kept.analysed.len(), used.len()) {
            kept.analysed.retain(|key, _| used.contains(key));
            let hashes: HashSet<u64> = hashes.into_iter().collect();
            kept.languages.retain(|hash, _| hashes.contains(hash));
        }
        if encoder.is_none() && !self.is_made_up {
            return Prepared {
                language,
                articles: prepared,
                vectors: None,
                unread: 0,
            };
        }
        drop(kept);
        let (vectors, unread) = self.vectors(encoder.as_deref(), &prepared, at_most);
        Prepared {
            language,
            articles: prepared,
            vectors,
            unread,
        }
    }

    fn vectors(
        &self,
        encoder: Option<&Encoder>,
        articles: &[Arc<Analysed>],
        at_most: usize,
    ) -> (Option<Vectors>, usize) {
        let made_with = encoder.map_or("", Encoder::fingerprint);
        let key = |kind: Kind, text: &str| {
            let kind = if kind == Kind::Query {
                "query"
            } else {
                "passage"
            };
            hash_all(&[made_with, kind, text])
        };
        let wanted = || {
            articles.iter().flat_map(|article| {
                let units = article
                    .parts
                    .iter()
                    .flat_map(|part| &part.said)
                    .map(|unit| (Kind::Passage, unit.as_str()));
                let questions = article.questions.iter();
                units.chain(questions.map(|question| (Kind::Query, question.as_str())))
            })
        };
        let lock = || self.kept.lock().expect("nobody panics with the lock held");
        // Again until all is there: an index built meanwhile forgets what it does not need.
        let mut kept = loop {
            let kept = lock();
            let keyed = wanted().map(|(kind, text)| (key(kind, text), kind, text));
            let mut missing: Vec<(u64, Kind, &str)> = keyed
                .filter(|(key, ..)| !kept.rows.contains_key(key))
                .collect();
            if missing.is_empty() {
                break kept;
            }
            drop(kept);
            missing.sort_unstable_by_key(|(key, ..)| *key);
            missing.dedup_by_key(|(key, ..)| *key);
            if missing.len() > at_most {
                return (None, missing.len());
            }
            let mut bytes = 0;
            // Piece by piece, so that an index built meanwhile need not begin again.
            for piece in missing.chunks(PIECE) {
                let mut made = self.encode(encoder, piece);
                let words = made.iter().filter_map(|(_, known)| known.words.as_ref());
                bytes += words.map(|words| words.size()).sum::<usize>();
                if bytes > MOST_OF_WORDS {
                    // Too many already; the index will do without all of them.
                    made.iter_mut().for_each(|(_, known)| known.words = None);
                }
                lock().rows.extend(made);
            }
        };
        let rows = &mut kept.rows;
        let mut vectors = Vectors {
            units: Rows::default(),
            part_of_unit: Vec::new(),
            words: Vec::new(),
            first_unit: vec![0],
            questions: Rows::default(),
            article_of_question: Vec::new(),
        };
        let mut parts = 0;
        for (number, article) in articles.iter().enumerate() {
            for part in &article.parts {
                for unit in &part.said {
                    let known = &rows[&key(Kind::Passage, unit)];
                    vectors.units.push(&known.row);
                    vectors.part_of_unit.push(parts);
                    vectors.words.extend(known.words.clone());
                }
                parts += 1;
                vectors.first_unit.push(vectors.units.len() as u32);
            }
            for question in &article.questions {
                vectors
                    .questions
                    .push(&rows[&key(Kind::Query, question)].row);
                vectors.article_of_question.push(number as u32);
            }
        }
        let bytes: usize = vectors.words.iter().map(|words| words.size()).sum();
        if bytes > MOST_OF_WORDS || vectors.words.len() < vectors.units.len() {
            vectors.words.clear();
            rows.values_mut().for_each(|known| known.words = None);
        }
        if is_mostly_waste(rows.len(), vectors.units.len() + vectors.questions.len()) {
            let used: HashSet<u64> = wanted().map(|(kind, text)| key(kind, text)).collect();
            rows.retain(|key, _| used.contains(key));
        }
        (Some(vectors), 0)
    }

    fn encode(&self, encoder: Option<&Encoder>, texts: &[(u64, Kind, &str)]) -> Vec<(u64, Known)> {
        let read = |key: u64, kind: Kind, text: &str| {
            let (row, words) = match (encoder, kind) {
                (Some(encoder), Kind::Passage) => {
                    let (vector, tokens) = encoder.encode_tokens(kind, text);
                    (Row::of(&vector), Some(Arc::new(Words::of(&tokens))))
                }
                (Some(encoder), Kind::Query) => (Row::of(&encoder.encode(kind, text)), None),
                (None, _) => (Row::made_up(key), None),
            };
            Known { row, words }
        };
        let encode = |part: &[(u64, Kind, &str)]| -> Vec<(u64, Known)> {
            part.iter()
                .map(|(key, kind, text)| (*key, read(*key, *kind, text)))
                .collect()
        };
        let share = texts.len().div_ceil(self.threads.max(1)).max(1);
        std::thread::scope(|scope| {
            let parts: Vec<_> = texts
                .chunks(share)
                .map(|part| scope.spawn(|| encode(part)))
                .collect();
            parts
                .into_iter()
                .flat_map(|part| part.join().expect("encoding takes any text"))
                .collect()
        })
    }
}

fn is_mostly_waste(kept: usize, used: usize) -> bool {
    kept > 2 * used + 64
}

fn hash_of(article: &Article) -> u64 {
    hash_all(&[&article.title, &article.tags.join("\n"), &article.text])
}

fn hash_all(texts: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    texts.hash(&mut hasher);
    hasher.finish()
}

fn commonest(hashes: &[u64], languages: &HashMap<u64, Option<&'static str>>) -> &'static str {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for language in hashes
        .iter()
        .filter_map(|hash| languages.get(hash).copied().flatten())
    {
        *counts.entry(language).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map_or("en", |(language, _)| language)
}

fn analyse(article: &Article, language: &str) -> Analysed {
    let title = terms(
        &format!("{} {}", article.title, article.tags.join(" ")),
        language,
    );
    let mut cut = passages(&article.title, &article.text);
    if cut.is_empty() {
        cut.push(Passage {
            heading: None,
            text: article.title.clone(),
        });
    }
    let mut questions = vec![article.title.clone()];
    let mut parts = Vec::with_capacity(cut.len());
    for passage in cut {
        let mut weights: BTreeMap<String, f32> = BTreeMap::new();
        let heading = terms(passage.heading.as_deref().unwrap_or_default(), language);
        let weighted = [
            (&title, TITLE_TIMES),
            (&heading, HEADING_TIMES),
            (&terms(&passage.text, language), 1.0),
        ];
        for (terms, times) in weighted {
            for term in terms {
                *weights.entry(term.clone()).or_default() += times;
            }
        }
        questions.extend(passage.heading.clone());
        questions.extend(listed_questions(&passage.text).map(str::to_owned));
        let heading = passage.heading.as_deref().unwrap_or_default();
        parts.push(Part {
            said: units(&passage.text)
                .into_iter()
                .map(|unit| format!("{}\n{heading}\n{unit}", article.title))
                .collect(),
            length: weights.values().sum(),
            terms: weights
                .into_iter()
                .map(|(term, weight)| (term.into_boxed_str(), weight))
                .collect(),
            passage,
        });
    }
    questions.dedup();
    Analysed { parts, questions }
}

/// The lines of a passage that is nothing but a list: such articles list the questions
/// that people ask.
fn listed_questions(text: &str) -> impl Iterator<Item = &str> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_list = lines().count() >= 3 && lines().all(|line| line.starts_with("- "));
    lines()
        .take(if is_list { QUESTIONS } else { 0 })
        .filter(|line| !is_step(line) && line.chars().count() <= QUESTION_LETTERS)
        .filter_map(|line| line.strip_prefix("- "))
}
