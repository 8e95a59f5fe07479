//! Three months of the company's past, played from a seed: customers who come by day, not by
//! night, more of them before the weekend; two weeks with an agent missing; a recall and a new
//! computer that no article knows. What the assistant did then is decided by the policy, as
//! it would have been.

mod scene;

use std::collections::BTreeMap;

use segue_core::attempt::Attempt;
use segue_core::conversation::Conversation;
use segue_core::decide::{Decision, View};
use segue_core::event::{AgentName, Event};
use segue_core::forecast::chance::Chance;
use segue_core::ids::{DecisionId, Id, InboxId, Kind, WorkspaceId};
use segue_core::policy::{Policy, Timings};
use segue_core::signal::Trigger;
use segue_core::time::{DAY_MS, HOUR_MS, Hours, Timestamp};
use segue_store::{Article, Contact, Handoff, Person, Tx};
use serde::Deserialize;

use self::scene::Scene;
use super::read_json;
use crate::desk::{Desk, Error};

/// The seed of the past: every demonstration has the same.
const SEED: u64 = 7;
/// Conversations that are entered in one transaction.
const AT_ONCE: usize = 250;
/// Days ago between which an agent was missing.
const SHORT: std::ops::Range<i64> = 24..38;
/// How hard the hours of a day are, in parts of the busiest.
const HOURS: [f64; 24] = [
    0.02, 0.01, 0.01, 0.01, 0.01, 0.03, 0.1, 0.3, 0.6, 0.9, 1.0, 1.0, 0.8, 0.85, 0.95, 0.9, 0.85,
    0.8, 0.7, 0.6, 0.5, 0.35, 0.2, 0.07,
];

/// What the past is made of.
#[derive(Deserialize)]
struct Months {
    days: i64,
    a_day: f64,
    first: Vec<String>,
    last: Vec<String>,
    thanks: Vec<String>,
    no_help: Vec<String>,
    again: Vec<String>,
    then: Vec<String>,
    hello: String,
    sorry: String,
    connecting: String,
    topics: Vec<Topic>,
}

/// What customers come about.
#[derive(Deserialize)]
struct Topic {
    /// The article that answers it, by its file; empty where none does.
    source: String,
    weight: f64,
    asks: Vec<String>,
    /// How often the article helps, 0..1.
    helped: f64,
    answerable: f64,
    signals: BTreeMap<Trigger, f64>,
    /// From how many days ago on it is how many times as frequent.
    grows: Option<(i64, f64)>,
    /// How often it turns out to be the product.
    product: f64,
    /// What agents say about it.
    answers: Vec<String>,
}

/// Where the past is entered.
struct Ground {
    months: Months,
    workspace_id: WorkspaceId,
    inbox_id: InboxId,
    hours: Hours,
    policy: Policy,
    agents: Vec<AgentName>,
    articles: BTreeMap<String, Article>,
    now: Timestamp,
}

/// All rows of one conversation.
struct Past {
    conversation: Conversation,
    touched_at: Timestamp,
    contact: Option<Contact>,
    events: Vec<Event>,
    attempts: Vec<Attempt>,
    decisions: Vec<(DecisionId, View, Decision, Timestamp)>,
    handoffs: Vec<Handoff>,
    ratings: Vec<(Timestamp, u8, Option<bool>)>,
}

/// Enters three months; how many conversations they were.
pub(super) async fn seed_months(desk: &Desk, workspace_id: &WorkspaceId) -> Result<usize, Error> {
    let (months, id, now): (Months, _, _) = (
        read_json("months.json")?,
        workspace_id.clone(),
        desk.clock.now(),
    );
    let read = desk.store.read(move |tx| {
        let inbox = tx.inboxes(&id)?.into_iter().next().ok_or(Error::NotFound)?;
        Ok::<_, Error>((inbox, tx.agents(&id)?, tx.articles(&id)?))
    });
    let (inbox, agents, articles) = read.await?;
    let named = |agent: segue_store::Agent| AgentName {
        id: agent.id,
        name: agent.name,
    };
    let ground = Ground {
        months,
        workspace_id: workspace_id.clone(),
        inbox_id: inbox.id,
        hours: inbox.hours,
        policy: inbox.policy,
        agents: agents.into_iter().map(named).collect(),
        articles: articles
            .into_iter()
            .map(|it| (it.source.clone(), it))
            .collect(),
        now,
    };
    let played = tokio::task::spawn_blocking(move || play(&ground)).await;
    let played = played.map_err(|_| Error::Invalid("the past could not be played"))?;
    let count = played.len();
    let mut rest = played.into_iter();
    loop {
        let some: Vec<Past> = rest.by_ref().take(AT_ONCE).collect();
        if some.is_empty() {
            return Ok(count);
        }
        desk.store
            .write(move |tx| {
                for past in &some {
                    enter(tx, past)?;
                }
                Ok::<_, Error>(())
            })
            .await?;
    }
}

/// Writes a conversation down as it would have been recorded then.
fn enter(tx: &mut Tx<'_>, past: &Past) -> Result<(), Error> {
    let workspace_id = &past.conversation.workspace_id;
    let id = &past.conversation.id;
    if let Some(contact) = &past.contact {
        tx.add_contact(contact)?;
    }
    tx.add_conversation(&past.conversation, &Timings::default(), past.touched_at)?;
    for event in &past.events {
        tx.add_event(workspace_id, id, event)?;
    }
    for attempt in &past.attempts {
        tx.add_attempt(workspace_id, id, attempt)?;
    }
    for (decision_id, view, decision, at) in &past.decisions {
        tx.add_decision(decision_id, workspace_id, id, view, decision, *at)?;
    }
    for handoff in &past.handoffs {
        tx.add_handoff(handoff)?;
    }
    let served_by = if past.conversation.handed_off {
        "handoff"
    } else {
        "assistant"
    };
    for (at, score, repeated) in &past.ratings {
        tx.add_rating(workspace_id, id, *score, *repeated, served_by, *at)?;
    }
    Ok(())
}

/// Plays the days, oldest first.
fn play(ground: &Ground) -> Vec<Past> {
    let mut chance = Chance::new(SEED, 90);
    let mut customers: Vec<Contact> = Vec::new();
    let mut past = Vec::new();
    for ago in (1..=ground.months.days).rev() {
        let morning = ground.hours.day_begins(ground.hours.day(ground.now) - ago);
        let mut begins: Vec<Timestamp> = Vec::new();
        let weekday = (ground.hours.day(ground.now) - ago + 3).rem_euclid(7);
        let weight = [1.1, 1.0, 1.0, 1.05, 1.15, 0.6, 0.5][weekday as usize];
        // The shop grows by a sixth in three months.
        let growth = 1.0 + (ground.months.days - ago) as f64 / ground.months.days as f64 / 6.0;
        let many = ground.months.a_day * weight * growth;
        let many = (many + many.sqrt() * chance.normal()).round().max(1.0) as usize;
        while begins.len() < many {
            let at = chance.unit() * 24.0;
            if chance.unit() < HOURS[at as usize % 24] {
                begins.push(morning.plus((at * HOUR_MS as f64) as i64));
            }
        }
        begins.sort_unstable();
        for began in begins {
            let topic = pick_topic(ground, &mut chance, ago);
            let (contact, is_new) = pick_customer(ground, &mut chance, &mut customers, began);
            let mut scene = Scene::begin(ground, &mut chance, &contact, began, ago);
            scene.past.contact = is_new.then_some(contact);
            scene.play(topic);
            past.push(scene.past);
        }
    }
    past
}

fn pick_topic<'a>(ground: &'a Ground, chance: &mut Chance, ago: i64) -> &'a Topic {
    let weight = |topic: &Topic| match topic.grows {
        Some((days_in, times)) if ground.months.days - ago >= days_in => topic.weight * times,
        // Before there was the thing nobody asked about it.
        Some(_) => topic.weight * 0.25,
        None => topic.weight,
    };
    let topics = &ground.months.topics;
    let total: f64 = topics.iter().map(weight).sum();
    let mut left = chance.unit() * total;
    for topic in topics {
        left -= weight(topic);
        if left < 0.0 {
            return topic;
        }
    }
    &topics[0]
}

fn pick_customer(
    ground: &Ground,
    chance: &mut Chance,
    known: &mut Vec<Contact>,
    at: Timestamp,
) -> (Contact, bool) {
    if !known.is_empty() && chance.unit() < 0.3 {
        return (known[chance.below(known.len())].clone(), false);
    }
    let (first, last) = (
        pick(&ground.months.first, chance),
        pick(&ground.months.last, chance),
    );
    let plan = match chance.below(20) {
        0..10 => "free",
        10..16 => "team",
        16..19 => "business",
        _ => "enterprise",
    };
    // One in thirty began last week; of the others it is months ago.
    let days = if chance.below(30) == 0 {
        3
    } else {
        20 + chance.below(700) as i64
    };
    let email = format!("{}.{}{}@mail.example", first, last, known.len()).to_lowercase();
    let contact = Contact {
        id: id(chance, at),
        workspace_id: ground.workspace_id.clone(),
        person: Person {
            name: Some(format!("{first} {last}")),
            email: Some(email),
            ..Person::default()
        },
        plan: plan.into(),
        vip: chance.below(60) == 0,
        signed_up_at: Some(at.plus(-days * DAY_MS)),
        created_at: at,
        external_id: None,
    };
    known.push(contact.clone());
    (contact, true)
}

fn pick<'a>(all: &'a [String], chance: &mut Chance) -> &'a str {
    all.get(chance.below(all.len())).map_or("", String::as_str)
}

fn id<K: Kind>(chance: &mut Chance, at: Timestamp) -> Id<K> {
    let random = u128::from(chance.bits()) << 64 | u128::from(chance.bits());
    Id::new(at, random)
}
