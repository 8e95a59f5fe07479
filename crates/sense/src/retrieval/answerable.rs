//! How sure it is that what was found answers the question (P15, P16): a logistic
//! regression over what words and meaning say, with one set of weights for each mode.

use super::weights::{LEXICAL, WITH_VECTORS};
use super::{Hit, Index, Query, spread};
use crate::terms::terms;

/// How many things are looked at.
pub const FEATURES: usize = 10;

/// What `answerable` looks at, each about 0..1; in lexical mode those of meaning are 0.
pub type Features = [f64; FEATURES];

/// A regression's weights with its constant last.
pub(super) type Weights = [f64; FEATURES + 1];

/// Half of the training rows have no article by design; of the questions that reach a desk
/// about three in four do (log of 3:1). In lexical mode a miss is the likelier reason for a
/// bad match, and nothing is added.
const PRIOR: f64 = 1.1;

impl Index {
    /// How well the best hit answers, 0..1: below 0.35 it hardly does, from 0.55 on it
    /// mostly does.
    pub fn answerable(&self, query: &Query, hits: &[Hit]) -> f64 {
        let Some(features) = self.features(query, hits) else {
            return 0.0;
        };
        let by_meaning = hits.first().is_some_and(|best| best.nearness.is_some());
        let weights = if by_meaning { &WITH_VECTORS } else { &LEXICAL };
        let sum: f64 = if by_meaning { PRIOR } else { 0.0 }
            + weights[FEATURES]
            + features
                .iter()
                .zip(weights)
                .map(|(value, weight)| value * weight)
                .sum::<f64>();
        1.0 / (1.0 + (-sum).exp())
    }

    /// What `answerable` looks at; `None` where nothing was found.
    #[doc(hidden)]
    pub fn features(&self, query: &Query, hits: &[Hit]) -> Option<Features> {
        let best = hits.first()?;
        let wanted = self.wanted(&query.text);
        let total: f64 = wanted.iter().map(|term| term.idf).sum();
        if total <= 0.0 && best.nearness.is_none() {
            return None;
        }
        let total = total.max(f64::MIN_POSITIVE);
        let language = self.language_of(&query.text);
        let in_title = self
            .words
            .covered_by(&wanted, &terms(&best.title, language));
        let largest = (1.0 + self.articles.len() as f64).ln();
        let rival = hits.iter().find(|hit| hit.article_id != best.article_id);
        let lead = 1.0 - rival.map_or(0.0, |hit| hit.score) / best.score.max(f64::MIN_POSITIVE);
        let unknown: f64 = wanted
            .iter()
            .filter(|term| term.matches.is_empty())
            .map(|term| term.idf)
            .sum();
        let mut features = [
            best.coverage,
            in_title / total,
            (best.coverage * total / largest / 2.0).min(1.5),
            lead.min(1.0),
            unknown / total,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
        ];
        // How far the next article lies behind in meaning is not looked at: near misses of
        // questions that nobody answers stand out as well as answers do.
        if let Some(near) = best.nearness {
            features[5] = spread(near.passage);
            features[6] = spread(near.question);
            features[7] = (near.passage - near.usual) * 10.0;
            features[8] = spread(near.passage.max(near.question)).powi(2);
            features[9] = near.words.map_or(features[5], spread);
        }
        Some(features)
    }
}
