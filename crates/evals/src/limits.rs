//! `segue-evals limits`: the limits on scores and cosines that no training sets, each beside what
//! other values would do on the dev files. They lie on the scale of the vectors and are to be
//! looked at again whenever those are tuned anew.

use std::error::Error;
use std::path::Path;

use segue_encoder::{Encoder, Kind};
use segue_sense::answer::sentences;
use segue_sense::read::Reader;
use segue_sense::retrieval::{Hit, Index, Library, Query, readings_near};

use crate::cases::rows;
use crate::eval::DecisionCase;
use crate::retrieval::Set;
use crate::retrieval::searches::trades;

/// Prints all of them.
pub fn tell(evals: &Path, model: &Path) -> Result<(), Box<dyn Error>> {
    let reader = Reader::open(model)
        .map_err(|error| format!("could not open {}: {error}", model.display()))?;
    let mut asked = Vec::new();
    for folder in trades(evals, "dev")? {
        let set = Set::read(&folder.join("kb"), &[folder.join("queries.jsonl")])?;
        asked.extend(ask(&reader, &set, &set.asked));
    }
    ambiguous(evals, &reader, &asked)?;
    suggested(&asked);
    spread(model, &asked)
}

/// A question with what was found for it, and which of that is right.
struct Asked {
    query: Query,
    hits: Vec<Hit>,
    right: Vec<bool>,
}

fn ask(reader: &Reader, set: &Set, asked: &[crate::retrieval::Asked]) -> Vec<Asked> {
    let index = Index::build_with(set.articles.clone(), &Library::of(reader, 2), usize::MAX);
    let ask = |one: &crate::retrieval::Asked| {
        let query = reader.query(&one.text);
        let hits = index.search(&query, 5);
        let right = hits.iter().map(|hit| set.is_right(one, hit)).collect();
        Asked { query, hits, right }
    };
    asked.iter().map(ask).collect()
}

/// From how near on a second article is as good a reading of a short question (P17).
fn ambiguous(evals: &Path, reader: &Reader, plain: &[Asked]) -> Result<(), Box<dyn Error>> {
    let folder = evals.join("dev/learning");
    let set = Set::read(&folder.join("kb"), &[])?;
    let cases: Vec<DecisionCase> = rows(&folder.join("decisions.jsonl"))?;
    let questions: Vec<crate::retrieval::Asked> = cases
        .iter()
        .map(|case| crate::retrieval::Asked {
            text: case
                .messages
                .last()
                .map_or("", |said| &said.text)
                .to_owned(),
            language: case.lang.clone(),
            right: vec![],
        })
        .collect();
    let found = ask(reader, &set, &questions);
    println!("A second reading, from this share of the best score on (`readings.rs`):");
    for near in [0.80, 0.85, 0.88, 0.90, 0.92, 0.94, 0.96, 0.98] {
        let asks_back = |one: &Asked| readings_near(&one.query.text, &one.hits, near).len() > 1;
        let count = |accept: &str| {
            let of = found.iter().zip(&cases);
            let of = of.filter(|(_, case)| case.accept == [accept]);
            let (all, asked): (Vec<_>, Vec<_>) = of.map(|(one, _)| ((), asks_back(one))).unzip();
            format!(
                "{} of {}",
                asked.into_iter().filter(|x| *x).count(),
                all.len()
            )
        };
        println!(
            "  {near}: asks back where it should {}, where an answer is wanted {}; of plain questions {} of {}",
            count("clarify"),
            count("answer"),
            plain.iter().filter(|one| asks_back(one)).count(),
            plain.len()
        );
    }
    Ok(())
}

/// From how near to the best a passage is suggested to the agent.
fn suggested(asked: &[Asked]) {
    println!("A passage that is suggested, from this share of the best score on (`brief.rs`):");
    let has_right = |one: &&Asked| one.right.contains(&true);
    for near in [0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95] {
        let (mut shown, mut right, mut helped) = (0, 0, 0);
        for one in asked.iter().filter(has_right) {
            let best = one.hits.first().map_or(0.0, |hit| hit.score);
            let kept = one.hits.iter().zip(&one.right);
            let kept = kept.filter(|(hit, _)| hit.score >= near * best);
            let kept: Vec<bool> = kept.map(|(_, right)| *right).collect();
            shown += kept.len();
            right += kept.iter().filter(|right| **right).count();
            helped += usize::from(kept.contains(&true));
        }
        let all = asked.iter().filter(has_right).count();
        println!(
            "  {near}: the right one stands among them in {helped} of {all}; {:.2} are shown, {:.2} of them right",
            shown as f64 / all.max(1) as f64,
            right as f64 / shown.max(1) as f64
        );
    }
}

/// How far apart the sentences of one passage lie in meaning, with the vectors as they are tuned
/// and as they were.
fn spread(model: &Path, asked: &[Asked]) -> Result<(), Box<dyn Error>> {
    let tuned = Reader::open(model).ok().and_then(|reader| reader.encoder());
    let tuned = tuned.ok_or("no sentence model")?;
    let plain = Encoder::open(model)?;
    println!("Between the nearest and the furthest sentence of the best passage (`answer.rs`):");
    for (name, encoder) in [("as tuned", &*tuned), ("untuned", &plain)] {
        let mut ranges: Vec<f64> = asked.iter().filter_map(|one| range(encoder, one)).collect();
        ranges.sort_by(f64::total_cmp);
        let at = |share: f64| ranges[((ranges.len() - 1) as f64 * share) as usize];
        let below = |limit: f64| {
            let count = ranges.iter().filter(|range| **range < limit).count();
            count as f64 / ranges.len() as f64
        };
        println!(
            "  {name}: quartiles {:.3}, {:.3}, {:.3}; below 0.03, 0.06, 0.09, 0.12, 0.15: {:.2}, {:.2}, {:.2}, {:.2}, {:.2}",
            at(0.25),
            at(0.5),
            at(0.75),
            below(0.03),
            below(0.06),
            below(0.09),
            below(0.12),
            below(0.15)
        );
    }
    Ok(())
}

fn range(encoder: &Encoder, one: &Asked) -> Option<f64> {
    let passage = &one
        .hits
        .first()
        .filter(|_| one.right.first() == Some(&true))?
        .passage;
    let asked = encoder.encode(Kind::Query, &one.query.text);
    let cosine = |sentence: &&str| -> f64 {
        let vector = encoder.encode(Kind::Passage, sentence);
        asked
            .iter()
            .zip(vector.iter())
            .map(|(a, b)| f64::from(a * b))
            .sum()
    };
    let cosines: Vec<f64> = sentences(passage).iter().take(12).map(cosine).collect();
    (cosines.len() > 1).then(|| {
        let highest = cosines.iter().copied().fold(-1.0, f64::max);
        highest - cosines.iter().copied().fold(1.0, f64::min)
    })
}
