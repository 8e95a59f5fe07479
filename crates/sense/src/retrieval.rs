//! Finds the passages of a knowledge base that answer a question: BM25 over passages
//! (k1 1.2, b 0.75; Robertson and Zaragoza 2009), the article's title and tags read
//! with each of its passages. One plain interface, so that vectors can join later.

use std::collections::{BTreeMap, HashMap, HashSet};

use segue_core::ids::ArticleId;

use crate::language;
use crate::terms::{canonical, is_light, terms, trigrams};

pub use crate::passages::{Passage, passages};

const K1: f64 = 1.2;
const B: f64 = 0.75;
/// How often title, tags and heading count beside the passage itself.
const TITLE_TIMES: f64 = 3.0;
const HEADING_TIMES: f64 = 1.5;
/// What a synonym is worth beside the word itself.
const SYNONYM: f64 = 0.8;
/// What a word that says little weighs beside others of its rarity.
const LIGHT: f64 = 0.15;
/// Two words are taken for the same from this share of common trigrams on.
const LOOKS_ALIKE: f64 = 0.6;
/// Query terms that are looked up; the rest of a very long query is not.
const QUERY_TERMS: usize = 64;

/// An article of a knowledge base.
#[derive(Clone, Debug)]
pub struct Article {
    /// Its id.
    pub id: ArticleId,
    /// Its title.
    pub title: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its body in Markdown.
    pub text: String,
}

/// A passage that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The article it stands in.
    pub article_id: ArticleId,
    /// That article's title.
    pub title: String,
    /// Plain text.
    pub passage: String,
    /// The heading above it.
    pub heading: Option<String>,
    /// BM25, comparable within one search only.
    pub score: f64,
    /// How much of the query stands in passage and title, 0..1, weighted by rarity.
    pub coverage: f64,
}

/// A knowledge base, ready to be searched. Immutable.
#[derive(Debug, Default)]
pub struct Index {
    articles: Vec<Article>,
    documents: Vec<Document>,
    /// Term → (document, weighted frequency), by document.
    postings: HashMap<String, Vec<(usize, f64)>>,
    /// Representative of a group of synonyms → the terms of it that occur.
    groups: HashMap<String, Vec<String>>,
    /// Trigram → terms that hold it, for words nobody knows.
    by_trigram: HashMap<[char; 3], Vec<String>>,
    /// In how many articles a term occurs.
    in_articles: HashMap<String, usize>,
    mean_length: f64,
    language: &'static str,
}

#[derive(Debug)]
struct Document {
    article: usize,
    passage: Passage,
    length: f64,
}

/// A query term with the index terms that it stands for and their worth, 0..1.
struct Wanted {
    /// How telling the term is in this knowledge base.
    idf: f64,
    matches: Vec<(String, f64)>,
}

impl Index {
    /// Reads the articles.
    pub fn build(articles: Vec<Article>) -> Index {
        let mut index = Index {
            language: main_language(&articles),
            ..Index::default()
        };
        for (number, article) in articles.iter().enumerate() {
            index.add(number, article);
        }
        index.articles = articles;
        let total: f64 = index.documents.iter().map(|document| document.length).sum();
        index.mean_length = (total / index.documents.len().max(1) as f64).max(1.0);
        for term in index.postings.keys() {
            index
                .groups
                .entry(canonical(term).to_owned())
                .or_default()
                .push(term.clone());
            for three in trigrams(term) {
                index
                    .by_trigram
                    .entry(three)
                    .or_default()
                    .push(term.clone());
            }
        }
        index
            .groups
            .values_mut()
            .chain(index.by_trigram.values_mut())
            .for_each(|terms| terms.sort_unstable());
        index
    }

    fn add(&mut self, number: usize, article: &Article) {
        let language = language::detect(&article.text).unwrap_or(self.language);
        let title = terms(
            &format!("{} {}", article.title, article.tags.join(" ")),
            language,
        );
        let mut seen: HashSet<String> = HashSet::new();
        let mut cut = passages(&article.title, &article.text);
        if cut.is_empty() {
            cut.push(Passage {
                heading: None,
                text: article.title.clone(),
            });
        }
        for passage in cut {
            let mut weights: BTreeMap<String, f64> = BTreeMap::new();
            let heading = terms(passage.heading.as_deref().unwrap_or_default(), language);
            let parts = [
                (&title, TITLE_TIMES),
                (&heading, HEADING_TIMES),
                (&terms(&passage.text, language), 1.0),
            ];
            for (terms, times) in parts {
                for term in terms {
                    *weights.entry(term.clone()).or_default() += times;
                }
            }
            let document = self.documents.len();
            let length = weights.values().sum();
            for (term, weight) in weights {
                seen.insert(term.clone());
                self.postings
                    .entry(term)
                    .or_default()
                    .push((document, weight));
            }
            self.documents.push(Document {
                article: number,
                passage,
                length,
            });
        }
        for term in seen {
            *self.in_articles.entry(term).or_default() += 1;
        }
    }

    /// How many passages there are.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there is nothing to find.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// How many articles there are.
    pub fn article_count(&self) -> usize {
        self.articles.len()
    }

    /// The `k` best passages, the best first; none where nothing of the query occurs.
    pub fn search(&self, query: &str, k: usize) -> Vec<Hit> {
        let wanted = self.wanted(query);
        let mut scores: HashMap<usize, (f64, f64)> = HashMap::new();
        let total: f64 = wanted.iter().map(|term| term.idf).sum();
        for term in &wanted {
            let mut best: HashMap<usize, (f64, f64)> = HashMap::new();
            for (stem, worth) in &term.matches {
                for (document, frequency) in self.postings.get(stem).into_iter().flatten() {
                    let length = self.documents[*document].length / self.mean_length;
                    let frequency =
                        frequency * (K1 + 1.0) / (frequency + K1 * (1.0 - B + B * length));
                    let entry = best.entry(*document).or_default();
                    entry.0 = entry.0.max(term.idf * worth * frequency);
                    entry.1 = entry.1.max(*worth);
                }
            }
            for (document, (score, worth)) in best {
                let entry = scores.entry(document).or_default();
                entry.0 += score;
                entry.1 += worth * term.idf;
            }
        }
        let mut ranked: Vec<(usize, f64, f64)> = scores
            .into_iter()
            .map(|(document, (score, covered))| {
                (document, score, covered / total.max(f64::MIN_POSITIVE))
            })
            .collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked.truncate(k);
        ranked
            .into_iter()
            .map(|(document, score, coverage)| self.hit(document, score, coverage))
            .collect()
    }

    fn hit(&self, document: usize, score: f64, coverage: f64) -> Hit {
        let document = &self.documents[document];
        let article = &self.articles[document.article];
        Hit {
            article_id: article.id.clone(),
            title: article.title.clone(),
            passage: document.passage.text.clone(),
            heading: document.passage.heading.clone(),
            score,
            coverage: coverage.clamp(0.0, 1.0),
        }
    }

    /// How well the best hit answers, 0..1: logistic over what share of the query it
    /// covers, how telling the covered words are, and its lead over other articles.
    /// Weights: logistic regression on what `FEATURES=1 measure answerable` prints for
    /// the training cases of stackfaq and clinc150, answerable and not weighted alike;
    /// coverage was held at 2 and unknown words at -1.5, since both sets have titles
    /// that are questions and would lean on those alone.
    pub fn answerable(&self, query: &str, hits: &[Hit]) -> f64 {
        let Some(features) = self.features(query, hits) else {
            return 0.0;
        };
        let sum: f64 = BIAS
            + features
                .iter()
                .zip(WEIGHTS)
                .map(|(value, weight)| value * weight)
                .sum::<f64>();
        1.0 / (1.0 + (-sum).exp())
    }

    /// What `answerable` looks at, each about 0..1; `None` where nothing was found.
    #[doc(hidden)]
    pub fn features(&self, query: &str, hits: &[Hit]) -> Option<[f64; 5]> {
        let best = hits.first()?;
        let wanted = self.wanted(query);
        let total: f64 = wanted.iter().map(|term| term.idf).sum();
        if total <= 0.0 {
            return None;
        }
        let language = self.language_of(query);
        let title: HashSet<String> = terms(&best.title, language).into_iter().collect();
        let in_title: f64 = wanted
            .iter()
            .map(|term| {
                let worth = term
                    .matches
                    .iter()
                    .filter(|(stem, _)| title.contains(stem))
                    .map(|(_, worth)| *worth);
                term.idf * worth.fold(0.0, f64::max)
            })
            .sum();
        let covered_idf = best.coverage * total;
        let largest = (1.0 + self.articles.len() as f64).ln();
        let second = hits
            .iter()
            .find(|hit| hit.article_id != best.article_id)
            .map_or(0.0, |hit| hit.score);
        let unknown: f64 = wanted
            .iter()
            .filter(|term| term.matches.is_empty())
            .map(|term| term.idf)
            .sum();
        Some([
            best.coverage,
            in_title / total,
            (covered_idf / largest / 2.0).min(1.5),
            1.0 - second / best.score.max(f64::MIN_POSITIVE),
            unknown / total,
        ])
    }

    fn language_of(&self, query: &str) -> &'static str {
        match language::detect(query) {
            // A short query is often mistaken; the knowledge base's own language wins.
            Some(language) if query.split_whitespace().count() > 3 || language != self.language => {
                language
            }
            _ => self.language,
        }
    }

    fn wanted(&self, query: &str) -> Vec<Wanted> {
        let mut seen = HashSet::new();
        let language = self.language_of(query);
        terms(query, language)
            .into_iter()
            .filter(|term| seen.insert(term.clone()))
            .take(QUERY_TERMS)
            .map(|term| self.want(&term))
            .collect()
    }

    fn want(&self, term: &str) -> Wanted {
        let mut matches: Vec<(String, f64)> = Vec::new();
        if self.postings.contains_key(term) {
            matches.push((term.to_owned(), 1.0));
        }
        let same = self.groups.get(canonical(term)).into_iter().flatten();
        matches.extend(
            same.filter(|other| *other != term)
                .map(|other| (other.clone(), SYNONYM)),
        );
        if matches.is_empty() {
            matches.extend(self.alike(term));
        }
        let known = matches
            .iter()
            .filter_map(|(stem, _)| self.in_articles.get(stem))
            .max();
        let articles = self.articles.len() as f64;
        // Unknown words weigh as much as the rarest known ones.
        let occurrences = known.map_or(0.5, |count| *count as f64);
        let idf = (1.0 + (articles - occurrences + 0.5) / (occurrences + 0.5))
            .ln()
            .max(0.05);
        let idf = if is_light(term) { idf * LIGHT } else { idf };
        Wanted { idf, matches }
    }

    /// The known terms that an unknown one is probably a slip of.
    fn alike(&self, term: &str) -> Vec<(String, f64)> {
        if !(4..=30).contains(&term.chars().count()) || term.chars().any(|c| c.is_ascii_digit()) {
            return Vec::new();
        }
        let own = trigrams(term);
        let mut shared: BTreeMap<&String, usize> = BTreeMap::new();
        for other in own
            .iter()
            .filter_map(|three| self.by_trigram.get(three))
            .flatten()
        {
            *shared.entry(other).or_default() += 1;
        }
        let mut alike: Vec<(String, f64)> = shared
            .into_iter()
            .map(|(other, shared)| {
                let size = own.len() + other.chars().count();
                (other.clone(), 2.0 * shared as f64 / size as f64)
            })
            .filter(|(_, likeness)| *likeness >= LOOKS_ALIKE)
            .collect();
        alike.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        alike.truncate(2);
        alike.iter_mut().for_each(|(_, likeness)| *likeness *= 0.9);
        alike
    }
}

const BIAS: f64 = -4.36;
const WEIGHTS: [f64; 5] = [2.0, 2.73, 2.25, 3.04, -1.5];

fn main_language(articles: &[Article]) -> &'static str {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for language in articles
        .iter()
        .filter_map(|article| language::detect(&article.text))
    {
        *counts.entry(language).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map_or("en", |(language, _)| language)
}

#[cfg(test)]
#[path = "retrieval_tests.rs"]
mod tests;
