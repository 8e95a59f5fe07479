//! Finds the passages of a knowledge base that answer a question: by their words, and by
//! their meaning where there are sentence vectors. It also says how sure it is that they
//! answer it, and what a short question may mean.

mod answerable;
mod lexical;
mod library;
mod readings;
mod rows;
mod weights;
mod words;

use std::sync::Arc;

use segue_core::ids::ArticleId;
use segue_encoder::{Meaning, Vector};

use crate::answer::{Extract, extract};
use crate::language;
use crate::read::Reader;
use crate::terms::terms;
use lexical::{Wanted, Words};
use library::{Analysed, Vectors};
use rows::Row;

pub use crate::passages::{Passage, passages, units};
pub use answerable::{FEATURES, Features};
pub use library::Library;
pub use readings::{readings, readings_near};
pub use weights::BLEND;
pub use words::Words as WordMeanings;

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

/// What is asked. `Reader::query` makes one.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// The customer's words.
    pub text: String,
    /// What they mean; `None` in lexical mode.
    pub meaning: Option<Arc<Meaning>>,
    /// What each word means; `None` in lexical mode.
    pub words: Option<Arc<WordMeanings>>,
}

impl From<&str> for Query {
    /// A question that is looked up by its words alone.
    fn from(text: &str) -> Query {
        Query {
            text: text.to_owned(),
            meaning: None,
            words: None,
        }
    }
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
    /// How well it fits, comparable within one search only: BM25, or about 0..1 with
    /// vectors.
    pub score: f64,
    /// How much of the query stands in passage and title, 0..1, weighted by rarity.
    pub coverage: f64,
    /// How near it is in meaning; `None` in lexical mode.
    pub nearness: Option<Nearness>,
}

/// Cosines with the query: about 0.6 for what does not answer it, 0.85 for what does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Nearness {
    /// Of the nearest few sentences of the passage, read with its title.
    pub passage: f64,
    /// Of the nearest title, heading or listed question of its article.
    pub question: f64,
    /// Of the articles of this knowledge base on average.
    pub usual: f64,
    /// How well the passage holds what each word of the query asks for, about 0.6 to 0.9;
    /// `None` where words were not compared.
    pub words: Option<f64>,
}

/// A knowledge base, ready to be searched. Immutable.
#[derive(Default)]
pub struct Index {
    articles: Vec<Article>,
    analysed: Vec<Arc<Analysed>>,
    /// Passage → its article and its place in it.
    places: Vec<(u32, u32)>,
    words: Words,
    vectors: Option<Vectors>,
    unread: usize,
    language: &'static str,
    reader: Option<Reader>,
}

/// What is known of a passage while it is ranked.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    document: usize,
    /// Rarity of the query terms in it.
    covered: f64,
    score: f64,
    nearness: Option<Nearness>,
}

/// How much each part of a score counts, found by `segue-evals retrieval --train`.
#[derive(Clone, Copy, Debug)]
pub struct Blend {
    /// The passage's cosine.
    pub passage: f64,
    /// The nearest title's or question's cosine.
    pub question: f64,
    /// BM25 as a share of what the query could reach.
    pub words: f64,
    /// The same where the passage is short.
    pub words_if_short: f64,
    /// How well word answers word.
    pub each: f64,
}

/// The best passages by all else are compared word by word.
const COMPARED: usize = 24;

/// A passage of fewer weighted terms is short: little more than its title.
const SHORT: f32 = 25.0;

impl Index {
    /// Reads the articles by their words alone.
    pub fn build(articles: Vec<Article>) -> Index {
        Index::build_with(articles, &Library::lexical(), 0)
    }

    /// Reads the articles with what `library` knows of them. Where more than `at_most` texts
    /// lack a vector, some 20 ms each, none is made and words alone are searched: see
    /// [`Index::unread`].
    pub fn build_with(articles: Vec<Article>, library: &Library, at_most: usize) -> Index {
        let prepared = library.prepare(&articles, at_most);
        let places = prepared
            .articles
            .iter()
            .enumerate()
            .flat_map(|(n, article)| {
                (0..article.parts.len()).map(move |part| (n as u32, part as u32))
            });
        Index {
            places: places.collect(),
            words: Words::of(&prepared.articles),
            analysed: prepared.articles,
            vectors: prepared.vectors,
            unread: prepared.unread,
            language: prepared.language,
            reader: library.reader(),
            articles,
        }
    }

    /// How many passages there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is nothing to find.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many articles there are.
    pub fn article_count(&self) -> usize {
        self.articles.len()
    }

    /// How many texts still lack a vector: build again with the same library.
    pub fn unread(&self) -> usize {
        self.unread
    }

    /// Whether it searches by meaning too, given a query with a vector.
    pub fn has_vectors(&self) -> bool {
        self.vectors.is_some()
    }

    /// The `k` best passages, the best first; none where nothing of the query occurs and
    /// there are no vectors.
    pub fn search(&self, query: &Query, k: usize) -> Vec<Hit> {
        self.search_with(&BLEND, query, k)
    }

    /// The same with other weights, to find the best.
    #[doc(hidden)]
    pub fn search_with(&self, blend: &Blend, query: &Query, k: usize) -> Vec<Hit> {
        let wanted = self.wanted(&query.text);
        let total: f64 = wanted.iter().map(|term| term.idf).sum();
        let mut ranked = match (&self.vectors, &query.meaning) {
            (Some(vectors), Some(meaning)) if !query.text.trim().is_empty() => {
                self.by_meaning(blend, vectors, &meaning.plain, &wanted, total)
            }
            _ => self.by_words(&wanted),
        };
        let better = |a: &Candidate, b: &Candidate| {
            b.score
                .total_cmp(&a.score)
                .then(a.document.cmp(&b.document))
        };
        let kept = if k == 0 { 0 } else { k.max(COMPARED) };
        if kept < ranked.len() && kept > 0 {
            ranked.select_nth_unstable_by(kept - 1, better);
        }
        ranked.truncate(kept);
        if let (Some(vectors), Some(words)) = (&self.vectors, &query.words) {
            compare_words(blend, vectors, words, &mut ranked);
        }
        ranked.sort_by(better);
        ranked.truncate(k);
        ranked
            .into_iter()
            .map(|candidate| self.hit(&candidate, total))
            .collect()
    }

    /// The answer word for word out of what was found; see [`crate::answer::extract`].
    pub fn extract(&self, query: &Query, hits: &[Hit]) -> Option<Extract> {
        let encoder = self.reader.as_ref().and_then(Reader::encoder);
        extract(query, hits, encoder.as_deref())
    }

    fn by_words(&self, wanted: &[Wanted]) -> Vec<Candidate> {
        let matches = self.words.matches(wanted).into_iter().enumerate();
        let candidate = |(document, found): (usize, lexical::Match)| Candidate {
            document,
            covered: found.covered,
            score: found.score,
            nearness: None,
        };
        let found = matches.filter(|(_, found)| found.covered > 0.0);
        found.map(candidate).collect()
    }

    fn by_meaning(
        &self,
        blend: &Blend,
        vectors: &Vectors,
        query: &Vector,
        wanted: &[Wanted],
        total: f64,
    ) -> Vec<Candidate> {
        let query = Row::of(query);
        let mut nearest = vec![0.0f32; self.articles.len()];
        let questions = vectors.questions.cosines(&query);
        for (article, cosine) in vectors.article_of_question.iter().zip(questions) {
            let best = &mut nearest[*article as usize];
            *best = best.max(cosine);
        }
        let mut cosines = vec![0.0f32; self.places.len()];
        let units = vectors.units.cosines(&query);
        for (part, cosine) in vectors.part_of_unit.iter().zip(units) {
            let best = &mut cosines[*part as usize];
            *best = best.max(cosine);
        }
        let usual = cosines.iter().map(|cosine| f64::from(*cosine)).sum::<f64>()
            / cosines.len().max(1) as f64;
        let matches = self.words.matches(wanted);
        let reachable = (total * lexical::MOST).max(f64::MIN_POSITIVE);
        let candidate = |(document, cosine): (usize, &f32)| {
            let (article, part) = self.places[document];
            let found = matches[document];
            let nearness = Nearness {
                passage: f64::from(*cosine),
                question: f64::from(nearest[article as usize]),
                usual,
                words: None,
            };
            let part = &self.analysed[article as usize].parts[part as usize];
            let words = if part.length < SHORT {
                blend.words_if_short
            } else {
                blend.words
            };
            let score = blend.passage * spread(nearness.passage)
                + blend.question * spread(nearness.question)
                + words * found.score / reachable;
            Candidate {
                document,
                covered: found.covered,
                score: score / (blend.passage + blend.question + words),
                nearness: Some(nearness),
            }
        };
        cosines.iter().enumerate().map(candidate).collect()
    }

    fn hit(&self, candidate: &Candidate, total: f64) -> Hit {
        let (article, part) = self.places[candidate.document];
        let passage = &self.analysed[article as usize].parts[part as usize].passage;
        let article = &self.articles[article as usize];
        Hit {
            article_id: article.id.clone(),
            title: article.title.clone(),
            passage: passage.text.clone(),
            heading: passage.heading.clone(),
            score: candidate.score,
            coverage: (candidate.covered / total.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0),
            nearness: candidate.nearness,
        }
    }

    fn wanted(&self, query: &str) -> Vec<Wanted> {
        self.words.wanted(terms(query, self.language_of(query)))
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
}

/// Adds to what is known of passages how well they hold each word of the query.
fn compare_words(blend: &Blend, vectors: &Vectors, asked: &WordMeanings, ranked: &mut [Candidate]) {
    if vectors.words.is_empty() {
        return;
    }
    for candidate in ranked {
        let Some(nearness) = &mut candidate.nearness else {
            continue;
        };
        let ends = &vectors.first_unit[candidate.document..=candidate.document + 1];
        let units = vectors.words.get(ends[0] as usize..ends[1] as usize);
        let found = units.unwrap_or_default().iter();
        let found = found.map(|unit| asked.found_in(unit)).fold(0.0, f64::max);
        nearness.words = Some(found);
        candidate.score = (candidate.score + blend.each * spread(found)) / (1.0 + blend.each);
    }
}

/// A cosine of sentence vectors on a scale from 0 (unrelated) to 1 (the same).
pub(crate) fn spread(cosine: f64) -> f64 {
    ((cosine - 0.55) / 0.45).max(0.0)
}

#[cfg(test)]
#[path = "retrieval_tests.rs"]
mod tests;
