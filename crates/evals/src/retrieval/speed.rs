//! What a search and an edit cost in a large knowledge base. Words are drawn by Zipf's law,
//! vectors from nothing: the time does not depend on what they say.

use std::sync::Arc;
use std::time::Instant;

use segue_core::ids::ArticleId;
use segue_core::time::Timestamp;
use segue_encoder::{DIM, Meaning};
use segue_sense::retrieval::{Article, Index, Library, Query};

use crate::logistic::Seeded;

#[expect(clippy::disallowed_methods, reason = "measuring time is the purpose")]
fn now() -> Instant {
    Instant::now()
}

/// Words of an article.
const WORDS: usize = 180;
/// Words of the language.
const KNOWN: usize = 30_000;

/// Prints what building, editing and searching take, by words and by meaning.
pub fn measure(sizes: &[usize]) {
    for size in sizes {
        let mut seeded = Seeded(5);
        let mut articles: Vec<Article> = (0..*size)
            .map(|number| Article {
                id: ArticleId::new(Timestamp::from_millis(0), number as u128),
                title: text(&mut seeded, 5),
                tags: Vec::new(),
                text: text(&mut seeded, WORDS),
            })
            .collect();
        for library in [Library::lexical(), Library::with_made_up_vectors()] {
            let start = now();
            drop(Index::build_with(articles.clone(), &library, usize::MAX));
            let built = start.elapsed().as_secs_f64();
            articles[0].text.push_str(" edited");
            let start = now();
            let index = Index::build_with(articles.clone(), &library, usize::MAX);
            let again = start.elapsed().as_secs_f64();
            let mut times: Vec<f64> = (0..300)
                .map(|_| {
                    let query = Query {
                        text: text(&mut seeded, 8),
                        meaning: index.has_vectors().then(|| meaning(&mut seeded)),
                        words: None,
                    };
                    let start = now();
                    std::hint::black_box(index.search(&query, 5));
                    start.elapsed().as_secs_f64() * 1e3
                })
                .collect();
            times.sort_by(f64::total_cmp);
            println!(
                "{size} articles, {}: built in {built:.2} s, after an edit {again:.2} s; search p50 {:.2} ms, p99 {:.2} ms",
                if index.has_vectors() {
                    "with vectors"
                } else {
                    "lexical"
                },
                times[150],
                times[296]
            );
        }
    }
}

fn text(seeded: &mut Seeded, words: usize) -> String {
    let word = |seeded: &mut Seeded| {
        // The rank of a word by Zipf's law: uniform in its logarithm.
        let rank = (KNOWN as f32).powf(seeded.share()) as u64;
        let mut letters = Seeded(rank);
        let length = 3 + letters.next() % 7;
        (0..length)
            .map(|_| char::from(b'a' + (letters.next() % 26) as u8))
            .collect::<String>()
    };
    let words: Vec<String> = (0..words).map(|_| word(seeded)).collect();
    words.join(" ")
}

fn meaning(seeded: &mut Seeded) -> Arc<Meaning> {
    let mut plain = [0.0f32; DIM];
    plain
        .iter_mut()
        .for_each(|value| *value = (seeded.share() - 0.5) / 6.0);
    Arc::new(Meaning {
        plain,
        adapted: plain,
    })
}
