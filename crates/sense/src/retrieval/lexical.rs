//! The words of a knowledge base: BM25 over passages (k1 1.2, b 0.75; Robertson and
//! Zaragoza 2009) with the article's title and tags read with each of its passages.

use std::collections::{HashMap, HashSet};

use super::library::Analysed;
use crate::terms::{canonical, is_light, trigrams};

const K1: f64 = 1.2;
const B: f64 = 0.75;
/// What a term can score at most, as a multiple of its rarity.
pub(super) const MOST: f64 = K1 + 1.0;
/// What a synonym is worth beside the word itself.
const SYNONYM: f64 = 0.8;
/// What a word that says little weighs beside others of its rarity.
const LIGHT: f64 = 0.15;
/// Two words are taken for the same from this share of common trigrams on.
const LOOKS_ALIKE: f64 = 0.6;
/// Query terms that are looked up; the rest of a very long query is not.
const QUERY_TERMS: usize = 64;

/// Every term of the knowledge base with the passages it stands in. Terms have numbers.
#[derive(Debug, Default)]
pub(super) struct Words {
    numbers: HashMap<Box<str>, u32>,
    terms: Vec<Box<str>>,
    /// Term → (passage, weighted frequency), by passage.
    postings: Vec<Vec<(u32, f32)>>,
    /// In how many articles a term occurs.
    in_articles: Vec<u32>,
    /// Head of a group of synonyms → the other terms of it that occur.
    groups: HashMap<&'static str, Vec<u32>>,
    /// (trigram, term) in order, for words nobody knows.
    by_trigram: Vec<([char; 3], u32)>,
    lengths: Vec<f32>,
    mean_length: f64,
    articles: usize,
}

/// A query term with the terms that it stands for and their worth, 0..1.
pub(super) struct Wanted {
    /// How telling the term is in this knowledge base.
    pub idf: f64,
    /// Nothing where nobody knows the word.
    pub matches: Vec<(u32, f64)>,
}

/// What the words say of one passage.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Match {
    /// BM25, comparable within one search only.
    pub score: f64,
    /// The rarity of the query terms that stand in it.
    pub covered: f64,
}

impl Match {
    fn add(&mut self, other: Match) {
        self.score += other.score;
        self.covered += other.covered;
    }
}

impl Words {
    pub fn of(articles: &[std::sync::Arc<Analysed>]) -> Words {
        let mut words = Words {
            articles: articles.len(),
            ..Words::default()
        };
        // The last article that a term was counted in, plus one.
        let mut counted: Vec<u32> = Vec::new();
        for (article, analysed) in articles.iter().enumerate() {
            let article = article as u32 + 1;
            for part in &analysed.parts {
                let document = words.lengths.len() as u32;
                for (term, weight) in &part.terms {
                    let number = words.number(term);
                    let at = number as usize;
                    words.postings[at].push((document, *weight));
                    counted.resize(words.terms.len(), 0);
                    if counted[at] != article {
                        counted[at] = article;
                        words.in_articles[at] += 1;
                    }
                }
                words.lengths.push(part.length);
            }
        }
        let total: f64 = words.lengths.iter().map(|length| f64::from(*length)).sum();
        words.mean_length = (total / words.lengths.len().max(1) as f64).max(1.0);
        for (number, term) in words.terms.iter().enumerate() {
            let number = number as u32;
            if let Some(head) = crate::terms::head(term) {
                words.groups.entry(head).or_default().push(number);
            }
            let trigrams = trigrams(term).into_iter();
            words
                .by_trigram
                .extend(trigrams.map(|three| (three, number)));
        }
        words.by_trigram.sort_unstable();
        words
    }

    fn number(&mut self, term: &str) -> u32 {
        if let Some(number) = self.numbers.get(term) {
            return *number;
        }
        let number = self.terms.len() as u32;
        self.numbers.insert(term.into(), number);
        self.terms.push(term.into());
        self.postings.push(Vec::new());
        self.in_articles.push(0);
        number
    }

    /// What is looked for: each distinct term once.
    pub fn wanted(&self, terms: Vec<String>) -> Vec<Wanted> {
        let mut seen = HashSet::new();
        terms
            .into_iter()
            .filter(|term| seen.insert(term.clone()))
            .take(QUERY_TERMS)
            .map(|term| self.want(&term))
            .collect()
    }

    /// What the words say of each passage, in order.
    pub fn matches(&self, wanted: &[Wanted]) -> Vec<Match> {
        let mut found = vec![Match::default(); self.lengths.len()];
        for term in wanted {
            if let [only] = term.matches.as_slice() {
                for (document, one) in self.found(term, only) {
                    found[document].add(one);
                }
                continue;
            }
            // Of words that mean the same, only the best counts.
            let mut best: HashMap<usize, Match> = HashMap::new();
            for known in &term.matches {
                for (document, one) in self.found(term, known) {
                    let entry = best.entry(document).or_default();
                    entry.score = entry.score.max(one.score);
                    entry.covered = entry.covered.max(one.covered);
                }
            }
            for (document, one) in best {
                found[document].add(one);
            }
        }
        found
    }

    /// Where a known term stands, and what that is worth for the wanted one.
    fn found<'a>(
        &'a self,
        term: &'a Wanted,
        (number, worth): &'a (u32, f64),
    ) -> impl Iterator<Item = (usize, Match)> + 'a {
        let postings = self.postings[*number as usize].iter();
        postings.map(move |(document, frequency)| {
            let document = *document as usize;
            let frequency = f64::from(*frequency);
            let length = f64::from(self.lengths[document]) / self.mean_length;
            let damped = frequency / (frequency + K1 * (1.0 - B + B * length));
            let one = Match {
                score: term.idf * worth * (K1 + 1.0) * damped,
                covered: worth * term.idf,
            };
            (document, one)
        })
    }

    /// How much of what is wanted stands among `terms`.
    pub fn covered_by(&self, wanted: &[Wanted], terms: &[String]) -> f64 {
        let numbers: HashSet<u32> = terms
            .iter()
            .filter_map(|term| self.numbers.get(term.as_str()).copied())
            .collect();
        let share = |term: &Wanted| {
            let worth = term
                .matches
                .iter()
                .filter(|(number, _)| numbers.contains(number))
                .map(|(_, worth)| *worth);
            term.idf * worth.fold(0.0, f64::max)
        };
        wanted.iter().map(share).sum()
    }

    fn want(&self, term: &str) -> Wanted {
        let mut matches: Vec<(u32, f64)> = Vec::new();
        let own = self.numbers.get(term).copied();
        matches.extend(own.map(|number| (number, 1.0)));
        let head = canonical(term);
        let group = self.groups.get(head).into_iter().flatten().copied();
        let same = self.numbers.get(head).copied().into_iter().chain(group);
        matches.extend(
            same.filter(|other| Some(*other) != own)
                .map(|other| (other, SYNONYM)),
        );
        if matches.is_empty() {
            matches.extend(self.alike(term));
        }
        let known = matches
            .iter()
            .map(|(number, _)| self.in_articles[*number as usize])
            .max();
        let articles = self.articles as f64;
        // Unknown words weigh as much as the rarest known ones.
        let occurrences = known.map_or(0.5, f64::from);
        let idf = (1.0 + (articles - occurrences + 0.5) / (occurrences + 0.5))
            .ln()
            .max(0.05);
        let idf = if is_light(term) { idf * LIGHT } else { idf };
        Wanted { idf, matches }
    }

    /// The known terms that an unknown one is probably a slip of.
    fn alike(&self, term: &str) -> Vec<(u32, f64)> {
        if !(4..=30).contains(&term.chars().count()) || term.chars().any(|c| c.is_ascii_digit()) {
            return Vec::new();
        }
        let own = trigrams(term);
        let mut shared: HashMap<u32, usize> = HashMap::new();
        for three in &own {
            let from = self.by_trigram.partition_point(|(other, _)| other < three);
            let same = self.by_trigram[from..].iter();
            for (_, number) in same.take_while(|(other, _)| other == three) {
                *shared.entry(*number).or_default() += 1;
            }
        }
        let name = |number: u32| &*self.terms[number as usize];
        let mut alike: Vec<(u32, f64)> = shared
            .into_iter()
            .map(|(number, shared)| {
                let size = own.len() + name(number).chars().count();
                (number, 2.0 * shared as f64 / size as f64)
            })
            .filter(|(_, likeness)| *likeness >= LOOKS_ALIKE)
            .collect();
        alike.sort_by(|a, b| b.1.total_cmp(&a.1).then(name(a.0).cmp(name(b.0))));
        alike.truncate(2);
        alike.iter_mut().for_each(|(_, likeness)| *likeness *= 0.9);
        alike
    }
}
