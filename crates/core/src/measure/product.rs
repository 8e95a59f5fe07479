//! What is no matter for support: handoffs that agents had in hand and could not settle, by
//! what they are about (P38). They ended at product or engineering, with nothing to be done or
//! with no more than a way round; or they came back; or they take longer than three days.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::case::Sign;
use super::cells::CellKey;
use super::figure::{Compared, Share};
use super::parts::{by_topic, sum};
use super::tally::{Count, Tally};

/// Handoffs that agents had in hand, and those of them that they could not settle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Settled {
    /// Could not settle, of those of which it is known.
    pub unsettled: Share,
    /// How many have which sign; one may have several.
    pub signs: Vec<Signs>,
}

/// A sign and how many have it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Signs {
    /// Which.
    pub sign: Sign,
    /// How many.
    pub n: u32,
}

/// What one topic leaves unsettled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProductMatter {
    /// The topic; empty where nothing is known.
    pub topic: String,
    /// Of its handoffs.
    pub settled: Settled,
    /// Its share beside that of all other topics together. Where the interval of the
    /// difference lies above 0, it is more the product's matter than the rest.
    pub beside_others: Compared,
    /// Agents' minutes in the topic's handoffs.
    pub agent_minutes: f64,
}

impl Settled {
    fn of(tally: &Tally) -> Self {
        let signs = Sign::ALL.into_iter().map(|sign| Signs {
            sign,
            n: tally.get(Count::Signed(sign)).max(0) as u32,
        });
        Self {
            unsettled: unsettled(tally),
            signs: signs.filter(|it| it.n > 0).collect(),
        }
    }
}

fn unsettled(tally: &Tally) -> Share {
    Share::of(tally.get(Count::Unsettled), tally.get(Count::Tackled))
}

/// All together, and by topic what is not settled, most first.
pub fn product(cells: &[(CellKey, Tally)]) -> (Settled, Vec<ProductMatter>) {
    let topics: BTreeMap<String, Tally> = by_topic(cells);
    let all = sum(cells);
    let open = topics
        .into_iter()
        .filter(|(_, tally)| tally.get(Count::Unsettled) > 0);
    let mut matters: Vec<ProductMatter> = open
        .map(|(topic, tally)| {
            let mut others = all.clone();
            others.merge(&tally, -1);
            ProductMatter {
                topic,
                settled: Settled::of(&tally),
                beside_others: Compared::of(unsettled(&tally), unsettled(&others)),
                agent_minutes: tally.get(Count::WorkSeconds) as f64 / 60.0,
            }
        })
        .collect();
    matters.sort_by(|a, b| {
        let many = |it: &ProductMatter| it.settled.unsettled.k;
        many(b).cmp(&many(a)).then_with(|| a.topic.cmp(&b.topic))
    });
    (Settled::of(&all), matters)
}
