//! Questions that ask for the same, put together: what the articles leave open, by topic
//! (P37). By words, and where there are sentence vectors also by meaning.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use segue_encoder::Meaning;

use crate::language;
use crate::read::Reader;
use crate::similar::cosine;
use crate::terms::{canonical, is_light, terms};

/// From this share of weighted words on two questions are alike.
const ALIKE: f64 = 0.34;
/// From this cosine on two clusters ask for the same.
const SAME: f64 = 0.88;
/// Clusters that are compared by meaning; a vector takes some milliseconds.
const MEANT: usize = 60;
/// Terms of a question that are read; the rest of a long paste is not.
const READ: usize = 80;

/// Questions that ask for the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The one that is most like the others.
    pub label: usize,
    /// All of them, in the order they were given.
    pub members: Vec<usize>,
}

/// Puts questions together, the largest cluster first. The same questions in the same order
/// give the same clusters.
pub fn clusters(reader: &Reader, questions: &[&str]) -> Vec<Cluster> {
    let read: Vec<HashSet<String>> = questions.iter().map(|text| content(text)).collect();
    let weights = weights(&read);
    let mut clusters: Vec<Vec<usize>> = Vec::new();
    let mut by_term: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, own) in read.iter().enumerate() {
        let near = own.iter().filter_map(|term| by_term.get(term.as_str()));
        let near: HashSet<usize> = near.flatten().copied().collect();
        // Average linkage: like most of them, not like one of them.
        let like = |cluster: &usize| {
            let members = &clusters[*cluster];
            let sum: f64 = members
                .iter()
                .map(|it| alike(own, &read[*it], &weights))
                .sum();
            sum / members.len() as f64
        };
        let best = near
            .into_iter()
            .map(|cluster| (like(&cluster), cluster))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let home = match best {
            Some((strength, cluster)) if strength >= ALIKE => cluster,
            _ => {
                clusters.push(vec![]);
                clusters.len() - 1
            }
        };
        clusters[home].push(place);
        for term in own {
            let known = by_term.entry(term).or_default();
            if known.last() != Some(&home) && !known.contains(&home) {
                known.push(home);
            }
        }
    }
    let mut labelled: Vec<Cluster> = clusters
        .into_iter()
        .map(|members| labelled(members, &read, &weights))
        .collect();
    labelled.sort_by(|a, b| {
        b.members
            .len()
            .cmp(&a.members.len())
            .then(a.label.cmp(&b.label))
    });
    merge_by_meaning(reader, questions, labelled)
}

fn content(text: &str) -> HashSet<String> {
    let language = language::detect(text).unwrap_or("en");
    let terms = terms(text, language).into_iter().take(READ);
    terms.map(|term| canonical(&term).to_owned()).collect()
}

/// Rare words say more.
fn weights(read: &[HashSet<String>]) -> HashMap<&str, f64> {
    let mut counts: HashMap<&str, f64> = HashMap::new();
    for term in read.iter().flatten() {
        *counts.entry(term).or_default() += 1.0;
    }
    let all = read.len() as f64;
    counts
        .into_iter()
        .map(|(term, count)| {
            let light = if is_light(term) { 0.33 } else { 1.0 };
            (term, light * (1.0 + all / count).ln())
        })
        .collect()
}

/// The weighted share of words that two questions have in common (Dice).
fn alike(a: &HashSet<String>, b: &HashSet<String>, weights: &HashMap<&str, f64>) -> f64 {
    let weight = |term: &String| weights.get(term.as_str()).copied().unwrap_or(1.0);
    let total: f64 = a.iter().chain(b).map(weight).sum();
    let shared: f64 = a.intersection(b).map(weight).sum();
    if total > 0.0 {
        2.0 * shared / total
    } else {
        0.0
    }
}

/// The members of a cluster that are held against each other for its label.
const HELD: usize = 40;

fn labelled(
    members: Vec<usize>,
    read: &[HashSet<String>],
    weights: &HashMap<&str, f64>,
) -> Cluster {
    let held = &members[..members.len().min(HELD)];
    let near = |place: usize| -> f64 {
        held.iter()
            .map(|it| alike(&read[place], &read[*it], weights))
            .sum()
    };
    let label = held
        .iter()
        .copied()
        .max_by(|a, b| near(*a).total_cmp(&near(*b)).then(b.cmp(a)))
        .unwrap_or_default();
    Cluster { label, members }
}

fn merge_by_meaning(reader: &Reader, questions: &[&str], clusters: Vec<Cluster>) -> Vec<Cluster> {
    if reader.encoder().is_none() {
        return clusters;
    }
    let mut merged: Vec<(Cluster, Option<Arc<Meaning>>)> = Vec::new();
    for (number, cluster) in clusters.into_iter().enumerate() {
        let meaning = (number < MEANT)
            .then(|| reader.meaning(questions[cluster.label]))
            .flatten();
        let same = merged
            .iter_mut()
            .find(|(_, other)| match (&meaning, other) {
                (Some(a), Some(b)) => cosine(&a.plain, &b.plain) >= SAME,
                _ => false,
            });
        match same {
            Some((home, _)) => {
                home.members.extend(cluster.members);
                home.members.sort_unstable();
            }
            None => merged.push((cluster, meaning)),
        }
    }
    let mut clusters: Vec<Cluster> = merged.into_iter().map(|(cluster, _)| cluster).collect();
    clusters.sort_by(|a, b| {
        b.members
            .len()
            .cmp(&a.members.len())
            .then(a.label.cmp(&b.label))
    });
    clusters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_that_ask_for_the_same_are_together() {
        let asked = [
            "Do I pay customs duties when you ship to Switzerland?",
            "Can I trade in my old bike for a new one?",
            "customs fees for an order to Switzerland?",
            "Do you take my old bike in part exchange?",
            "Do I have to pay customs duties in Norway?",
            "trade in for my old bike",
            "Can you repair a crack in a carbon frame?",
        ];
        let found = clusters(&Reader::lexical(), &asked);
        let members: Vec<&[usize]> = found.iter().map(|it| it.members.as_slice()).collect();
        assert_eq!(members, [&[0, 2, 4][..], &[1, 3, 5], &[6]]);
        assert_eq!(found, clusters(&Reader::lexical(), &asked));
    }

    #[test]
    fn questions_without_words_harm_nothing() {
        assert_eq!(clusters(&Reader::lexical(), &[]), vec![]);
        let found = clusters(&Reader::lexical(), &["", "?", ""]);
        assert_eq!(found.len(), 3, "nothing is like nothing");
    }
}
