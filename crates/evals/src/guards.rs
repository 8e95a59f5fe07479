//! Trains the guards' heads: on the train files of `checks/`, with the point from which a head
//! says yes taken from the dev files. No dice; the test files are never opened here.

use std::error::Error;
use std::fs;
use std::path::Path;

use segue_encoder::DIM;
use segue_sense::draft_checks::heads::{Head, Heads, Kind, Look, Weights};
use segue_sense::draft_checks::{
    look_at_opening, look_at_repetition, looks_at_questions, looks_at_steps,
};
use segue_sense::read::Reader;

use crate::card;
use crate::checks::{DraftCase, RepetitionCase, load};
use crate::score::Confusion;

/// How a head does on the dev cases.
pub struct Told {
    pub kind: Kind,
    /// Cases it was trained on, of each kind.
    pub trained: (usize, usize),
    pub full: Confusion,
    pub lexical: Confusion,
}

/// What one case shows a head: it says yes if any of the looks does.
struct Shown {
    looks: Vec<Look>,
    /// The look that is wanted to say yes, where one is; the others of that case are left out.
    wanted: Option<usize>,
    text: String,
}

/// How a head is trained.
struct Plan {
    kind: Kind,
    /// The weight of what is learned against small weights.
    cost: f32,
    /// How much the vector counts against the features.
    vector: f32,
    /// How much a case that says yes counts.
    yes: f32,
}

const PLANS: [Plan; 5] = [
    Plan {
        kind: Kind::Cold,
        cost: 0.1,
        vector: 0.5,
        yes: 1.5,
    },
    Plan {
        kind: Kind::Repeats,
        cost: 0.3,
        vector: 0.1,
        yes: 4.0,
    },
    Plan {
        kind: Kind::Asks,
        cost: 0.03,
        vector: 0.3,
        yes: 2.0,
    },
    Plan {
        kind: Kind::Said,
        cost: 0.1,
        vector: 0.2,
        yes: 1.0,
    },
    Plan {
        kind: Kind::Restated,
        cost: 0.1,
        vector: 0.1,
        yes: 1.0,
    },
];

/// Trains, writes the file and tells how well it does.
pub fn train(evals: &Path, model: &Path, out: &Path, errors: bool) -> Result<(), Box<dyn Error>> {
    let reader = Reader::open(model)
        .map_err(|error| format!("could not open {}: {error}", model.display()))?;
    let lexical = Reader::lexical();
    let (train, dev) = (Cases::load(evals, "train")?, Cases::load(evals, "dev")?);
    let mut heads = Vec::new();
    let mut told = Vec::new();
    for plan in &PLANS {
        let shown = |cases: &Cases, reader: &Reader| cases.show(plan.kind, reader);
        let learned = |reader: &Reader| {
            let mut all = shown(&train, reader);
            if plan.kind == Kind::Asks {
                all.extend(questions_elsewhere(reader, &train.drafts));
            }
            all
        };
        let (full, full_told) = learn(plan, &learned(&reader), &shown(&dev, &reader), errors);
        let plain = Plan {
            vector: 0.0,
            ..*plan
        };
        let (bare, bare_told) = learn(&plain, &learned(&lexical), &shown(&dev, &lexical), false);
        println!("{:?}: {full_told}; lexical mode: {bare_told}", plan.kind);
        let seen = learned(&lexical);
        let yes = seen.iter().filter(|one| one.wanted.is_some()).count();
        told.push(Told {
            kind: plan.kind,
            trained: (yes, seen.len() - yes),
            full: full_told,
            lexical: bare_told,
        });
        heads.push(Head {
            full,
            lexical: bare,
        });
    }
    let heads: [Head; Kind::ALL.len()] = heads.try_into().map_err(|_| "a head is missing")?;
    fs::write(out, Heads(heads).to_bytes())
        .map_err(|error| format!("could not write {}: {error}", out.display()))?;
    card::write_guards(Path::new(card::CARD), &told)?;
    println!("wrote {}", out.display());
    Ok(())
}

struct Cases {
    drafts: Vec<DraftCase>,
    repetitions: Vec<RepetitionCase>,
}

impl Cases {
    fn load(evals: &Path, part: &str) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            drafts: load(evals, part, "drafts")?,
            repetitions: load(evals, part, "repetition")?,
        })
    }

    fn show(&self, kind: Kind, reader: &Reader) -> Vec<Shown> {
        match kind {
            Kind::Cold => self
                .drafts
                .iter()
                .filter_map(|case| opening(reader, case))
                .collect(),
            Kind::Repeats => self.drafts.iter().map(|case| steps(reader, case)).collect(),
            Kind::Asks => {
                let cases = self.drafts.iter();
                cases.filter_map(|case| questions(reader, case)).collect()
            }
            Kind::Said | Kind::Restated => {
                let cases = self.repetitions.iter();
                cases
                    .filter_map(|case| repetition(kind, reader, case))
                    .collect()
            }
        }
    }
}

fn opening(reader: &Reader, case: &DraftCase) -> Option<Shown> {
    let look = look_at_opening(reader, &case.draft, &case.said())?;
    Some(Shown {
        looks: vec![look],
        wanted: case.cold_greeting.then_some(0),
        text: case.draft.clone(),
    })
}

fn steps(reader: &Reader, case: &DraftCase) -> Shown {
    let (indices, looks): (Vec<usize>, Vec<Look>) =
        looks_at_steps(reader, &case.draft, &case.tried())
            .into_iter()
            .unzip();
    // Where the repeated one is not named, the likest is it.
    let is_it = |at: &usize| {
        case.repeated_index
            .is_none_or(|wanted| wanted == indices[*at])
    };
    let likest = (0..looks.len())
        .filter(is_it)
        .max_by(|a, b| looks[*a].salience.total_cmp(&looks[*b].salience));
    Shown {
        wanted: likest.filter(|_| case.repeats_solution),
        looks,
        text: format!("{} | {}", case.draft, case.attempted.join(" | ")),
    }
}

fn questions(reader: &Reader, case: &DraftCase) -> Option<Shown> {
    let right = case.asks_again?;
    let history = case.said();
    let looks = looks_at_questions(reader, &case.draft, &history).into_iter();
    let looks: Vec<Look> = looks.map(|(_, _, look)| look).collect();
    let likest = (0..looks.len()).max_by(|a, b| looks[*a].salience.total_cmp(&looks[*b].salience));
    Some(Shown {
        wanted: likest.filter(|_| right),
        looks,
        text: case.draft.clone(),
    })
}

/// The questions again that ask for what was told, each put to a conversation of the same
/// language in which no such detail was told: that a question is one is not all.
fn questions_elsewhere(reader: &Reader, cases: &[DraftCase]) -> Vec<Shown> {
    let mut shown = Vec::new();
    let asking = cases
        .iter()
        .enumerate()
        .filter(|(_, case)| case.asks_again == Some(true));
    for (at, case) in asking {
        let others = cases[at..].iter().chain(&cases[..at]);
        let others = others.filter(|other| other.lang == case.lang && other.note != case.note);
        let mut used = "";
        for other in others {
            if used == other.note {
                continue;
            }
            let history = other.said();
            let looks = looks_at_questions(reader, &case.draft, &history).into_iter();
            let looks: Vec<Look> = looks.map(|(_, _, look)| look).collect();
            // The first features: a telling detail that was told, a weak one, some figure; then
            // that a detail is asked for, and "which one".
            let is_told = |look: &Look| look.features[..3].iter().any(|told| *told > 0.0);
            let names_detail = |look: &Look| look.features[3] > 0.0 && look.features[4] == 0.0;
            if looks.iter().any(is_told) || !looks.iter().any(names_detail) {
                continue;
            }
            shown.push(Shown {
                looks,
                wanted: None,
                text: case.draft.clone(),
            });
            if !used.is_empty() {
                break;
            }
            used = other.note.as_str();
        }
    }
    shown
}

fn repetition(kind: Kind, reader: &Reader, case: &RepetitionCase) -> Option<Shown> {
    let explicit = case.kind.as_deref()? == "explicit";
    // What is said in so many words need not be told again, and may be.
    if kind == Kind::Restated && explicit {
        return None;
    }
    let before: Vec<&str> = case.context.iter().map(String::as_str).collect();
    let (look, _) = look_at_repetition(reader, &case.text, &before)?;
    let right = if kind == Kind::Said {
        explicit
    } else {
        case.repeats
    };
    Some(Shown {
        looks: vec![look],
        wanted: right.then_some(0),
        text: case.text.clone(),
    })
}

/// One row of numbers to learn from.
struct Row {
    values: Vec<f32>,
    yes: bool,
}

fn learn(plan: &Plan, train: &[Shown], dev: &[Shown], errors: bool) -> (Weights, Confusion) {
    let mut rows = Vec::new();
    for shown in train {
        for (at, look) in shown.looks.iter().enumerate() {
            if shown.wanted.is_none_or(|wanted| wanted == at) {
                rows.push(Row {
                    values: values(look, plan.vector > 0.0),
                    yes: shown.wanted.is_some(),
                });
            }
        }
    }
    let features = train
        .iter()
        .find_map(|shown| shown.looks.first())
        .map_or(0, |look| look.features.len());
    let mut weights = fit(plan, &mut rows, features);
    let likely = |weights: &Weights, shown: &Shown| {
        let logits = shown.looks.iter().map(|look| weights.logit(look));
        logits.fold(f32::NEG_INFINITY, f32::max)
    };
    let mut scored: Vec<(f32, bool)> = dev
        .iter()
        .map(|shown| (likely(&weights, shown), shown.wanted.is_some()))
        .collect();
    weights.bias -= settle(&mut scored);
    let mut told = Confusion::default();
    for shown in dev {
        let (said, right) = (likely(&weights, shown) >= 0.0, shown.wanted.is_some());
        told.count(said, right);
        if errors && said != right {
            println!(
                "  {:?} {said}, should be {right}: {}",
                plan.kind, shown.text
            );
        }
    }
    (weights, told)
}

fn values(look: &Look, with_vector: bool) -> Vec<f32> {
    let mut values = look.features.clone();
    if let (true, Some(meaning)) = (with_vector, &look.meaning) {
        values.extend(meaning.plain.iter().chain(&meaning.adapted));
    } else if with_vector {
        values.extend([0.0; 2 * DIM]);
    }
    values
}

/// The logit from which yes is best, half way from none at all: what is best on a few hundred
/// cases is best by chance too.
fn settle(scored: &mut [(f32, bool)]) -> f32 {
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let all = scored.iter().filter(|row| row.1).count();
    let (mut hits, mut best, mut point) = (0.0f32, 0.0f32, 0.0f32);
    for (said, (logit, right)) in scored.iter().enumerate() {
        hits += f32::from(*right);
        let f1 = 2.0 * hits / (said + 1 + all).max(1) as f32;
        if f1 > best {
            let next = scored.get(said + 1).map_or(*logit - 1.0, |row| row.0);
            (best, point) = (f1, (logit + next) / 2.0);
        }
    }
    0.5 * point.clamp(-2.0, 2.0)
}

/// Logistic regression with small weights (ridge) by Nesterov's gradient (1983), on numbers
/// that are spread alike first; the spreading is folded into the weights.
fn fit(plan: &Plan, rows: &mut [Row], features: usize) -> Weights {
    const STEPS: usize = 600;
    let width = rows.first().map_or(0, |row| row.values.len());
    let count = rows.len().max(1) as f32;
    let mut mean = vec![0.0f32; width];
    let mut spread = vec![0.0f32; width];
    for row in rows.iter() {
        for (sum, value) in mean.iter_mut().zip(&row.values) {
            *sum += value / count;
        }
    }
    for row in rows.iter() {
        for ((sum, value), mean) in spread.iter_mut().zip(&row.values).zip(&mean) {
            *sum += (value - mean).powi(2) / count;
        }
    }
    let scale: Vec<f32> = spread
        .iter()
        .enumerate()
        .map(|(at, spread)| {
            let counts = if at < features { 1.0 } else { plan.vector };
            if *spread > 1e-12 {
                counts / spread.sqrt()
            } else {
                0.0
            }
        })
        .collect();
    for row in rows.iter_mut() {
        for ((value, mean), scale) in row.values.iter_mut().zip(&mean).zip(&scale) {
            *value = (*value - mean) * scale;
        }
    }
    let weight = |row: &Row| plan.cost * if row.yes { plan.yes } else { 1.0 };
    let steepest = steepest(rows, width, &weight);
    let rate = 1.0 / (0.25 * steepest + 1.0);
    let (mut weights, mut ahead) = (vec![0.0f32; width + 1], vec![0.0f32; width + 1]);
    for step in 0..STEPS {
        let mut slope: Vec<f32> = ahead.clone();
        slope[width] = 0.0;
        for row in rows.iter() {
            let logit: f32 = dot(&ahead[..width], &row.values) + ahead[width];
            let wrong = crate::logistic::sigmoid(logit) - f32::from(row.yes);
            let wrong = wrong * weight(row);
            for (slope, value) in slope.iter_mut().zip(&row.values) {
                *slope += wrong * value;
            }
            slope[width] += wrong;
        }
        let push = step as f32 / (step as f32 + 3.0);
        for ((weight, ahead), slope) in weights.iter_mut().zip(&mut ahead).zip(&slope) {
            let next = *ahead - rate * slope;
            *ahead = next + push * (next - *weight);
            *weight = next;
        }
    }
    let mut bias = weights[width];
    for at in 0..width {
        weights[at] *= scale[at];
        bias -= weights[at] * mean[at];
    }
    Weights {
        features: weights[..features].to_vec(),
        vector: weights[features..width].to_vec(),
        bias,
    }
}

/// The greatest curvature of all directions, by power iteration.
fn steepest(rows: &[Row], width: usize, weight: &impl Fn(&Row) -> f32) -> f32 {
    let mut direction = vec![1.0 / (width as f32 + 1.0).sqrt(); width + 1];
    let mut length = 0.0f32;
    for _ in 0..20 {
        let mut next = vec![0.0f32; width + 1];
        for row in rows {
            let along = dot(&direction[..width], &row.values) + direction[width];
            let along = along * weight(row);
            for (next, value) in next.iter_mut().zip(&row.values) {
                *next += along * value;
            }
            next[width] += along;
        }
        length = next.iter().map(|value| value * value).sum::<f32>().sqrt();
        direction = next
            .into_iter()
            .map(|value| value / length.max(1e-9))
            .collect();
    }
    length * 1.05
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
