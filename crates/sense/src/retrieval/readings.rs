//! What a short question may mean (P17).

use std::collections::HashSet;

use super::Hit;

/// A second article this near the best is as good a reading.
const NEAR: f64 = 0.9;
/// The same with vectors, whose scores lie closer together.
const NEAR_IN_MEANING: f64 = 0.94;
/// A longer question says enough by itself.
const WORDS: usize = 6;
/// In languages without spaces, letters.
const LETTERS: usize = 40;
/// A reading must hold this much of the question.
const COVERED: f64 = 0.5;
/// With this much more of the question in one of them, its words decide.
const DECIDES: f64 = 0.15;
/// More readings than this are no choice but a list.
const MOST: usize = 3;

/// The titles that a question may mean; empty where it is clear. Several articles must
/// hold most of a short question and come near the best.
pub fn readings(question: &str, hits: &[Hit]) -> Vec<String> {
    let by_meaning = hits.first().is_some_and(|best| best.nearness.is_some());
    let near = if by_meaning { NEAR_IN_MEANING } else { NEAR };
    readings_near(question, hits, near)
}

/// The same with another limit on how near they must come, to find the best.
#[doc(hidden)]
pub fn readings_near(question: &str, hits: &[Hit], near: f64) -> Vec<String> {
    let words = question.split_whitespace().count();
    if words > WORDS || question.chars().count() > LETTERS {
        return vec![];
    }
    let Some(best) = hits.first() else {
        return vec![];
    };
    let mut seen = HashSet::new();
    let mut titles = Vec::new();
    for hit in hits {
        let is_near = hit.score >= near * best.score && best.coverage - hit.coverage < DECIDES;
        let fits = is_near && hit.coverage >= COVERED;
        if fits && seen.insert(&hit.article_id) && !titles.contains(&hit.title) {
            titles.push(hit.title.clone());
        }
    }
    if (2..=MOST).contains(&titles.len()) {
        titles
    } else {
        vec![]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_core::ids::ArticleId;
    use segue_core::time::Timestamp;

    fn hit(number: u128, title: &str, score: f64, coverage: f64) -> Hit {
        Hit {
            article_id: ArticleId::new(Timestamp::from_millis(0), number),
            title: title.into(),
            passage: String::new(),
            heading: None,
            score,
            coverage,
            nearness: None,
        }
    }

    #[test]
    fn a_short_question_that_fits_two_articles_is_ambiguous() {
        let check = |question: &str, hits: &[Hit], expected: &[&str]| {
            assert_eq!(readings(question, hits), expected, "{question}");
        };
        let (a, b) = (
            hit(1, "Change plan", 3.0, 0.9),
            hit(2, "Change address", 2.9, 0.8),
        );
        check(
            "how to change?",
            &[a.clone(), b.clone()],
            &["Change plan", "Change address"],
        );
        check(
            "how to change it when I have moved to another town",
            &[a.clone(), b.clone()],
            &[],
        );
        check("change", &[a.clone(), hit(1, "Change plan", 3.0, 0.9)], &[]);
        check(
            "change",
            &[a.clone(), hit(2, "Change address", 2.0, 0.9)],
            &[],
        );
        check("change", &[a, hit(2, "Change address", 2.9, 0.3)], &[]);
        check("change", &[], &[]);
        let many: Vec<Hit> = (0..5)
            .map(|n| hit(n, &format!("Change {n}"), 3.0, 0.9))
            .collect();
        check("change", &many, &[]);
    }
}
