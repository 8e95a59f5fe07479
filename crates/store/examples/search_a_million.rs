//! How long a search takes over a million messages, and what it costs to keep up with them:
//! `cargo run --profile evals -p segue-store --example search_a_million [MESSAGES] [POSTGRES_URL]`.
//! Conversations of eight messages of 24 words, words as frequent as in speech (Zipf).

#![expect(clippy::unwrap_used, reason = "an experiment may stop where it stands")]
#![expect(clippy::disallowed_methods, reason = "an experiment takes times")]

use std::time::Instant;

use segue_core::conversation::Conversation;
use segue_core::event::{Body, Fact, Message, Role};
use segue_core::ids::{ContactId, ConversationId, InboxId, MessageId, WorkspaceId};
use segue_core::policy::{Policy, Timings};
use segue_core::time::{Hours, Timestamp};
use segue_store::{
    Contact, Error, Findable, Inbox, Person, Settings, Sought, Store, Tx, Workspace,
};

const WORDS: u64 = 50_000;
const MESSAGES_EACH: u64 = 8;
const WORDS_EACH: usize = 24;
const AT_ONCE: u64 = 200;
const ROUNDS: usize = 50;
const BEGUN: i64 = 1_700_000_000_000;

/// A generator that anybody can repeat (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Word 0 is the most frequent one; the density falls with the rank.
    fn word(&mut self) -> String {
        let part = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let rank = (WORDS as f64).powf(part) as u64 - 1;
        format!("word{rank}")
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let messages: u64 = arguments.next().map_or(1_000_000, |it| it.parse().unwrap());
    let folder = std::env::temp_dir().join(format!("segue-search-{}", std::process::id()));
    let store = match arguments.next() {
        Some(url) => Store::open_postgres(&url).unwrap(),
        None => Store::open_sqlite(&folder).unwrap(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(measure(&store, messages));
    let size = std::fs::metadata(folder.join("segue.db")).map_or(0, |it| it.len());
    if size > 0 {
        println!("the file has {} MB", size / 1_000_000);
    }
    drop(store);
    let _ = std::fs::remove_dir_all(folder);
}

async fn measure(store: &Store, messages: u64) {
    let now = Timestamp::from_millis(BEGUN);
    let (workspace_id, inbox_id, contact_id) = (
        WorkspaceId::new(now, 1),
        InboxId::new(now, 2),
        ContactId::new(now, 3),
    );
    let (ws, inbox, contact) = (workspace_id.clone(), inbox_id.clone(), contact_id.clone());
    let made: Result<(), Error> = store
        .write(move |tx| set_up(tx, &ws, &inbox, &contact, now))
        .await;
    made.unwrap();
    let conversations = messages / MESSAGES_EACH;
    let (mut said_ms, mut found_ms) = (0, 0);
    for first in (0..conversations).step_by(AT_ONCE as usize) {
        let last = conversations.min(first + AT_ONCE);
        let (ws, inbox, contact) = (workspace_id.clone(), inbox_id.clone(), contact_id.clone());
        let times = store.write(move |tx| {
            let begun = Instant::now();
            let mut talks = Vec::new();
            for n in first..last {
                talks.push(talk(tx, &ws, &inbox, &contact, n)?);
            }
            let said = begun.elapsed();
            for (it, findable) in &talks {
                tx.make_findable(it, it.seq, findable)?;
            }
            Ok::<_, Error>((said.as_micros(), (begun.elapsed() - said).as_micros()))
        });
        let (said, found) = times.await.unwrap();
        said_ms += said / 1_000;
        found_ms += found / 1_000;
    }
    println!(
        "{messages} messages in {conversations} conversations: written in {said_ms} ms, made findable in {found_ms} ms"
    );
    for (what, groups) in [
        ("a frequent word", vec!["word3"]),
        ("a rare word", vec!["word41000"]),
        ("two frequent words", vec!["word5", "word8"]),
        ("three words", vec!["word30", "word200", "word900"]),
        ("a frequent and a rare word", vec!["word2", "word30000"]),
        ("a word and a state", vec!["word40", "state:resolved"]),
        ("a word that is nowhere", vec!["word7", "nowhere"]),
        ("a state alone", vec!["state:resolved"]),
        ("nothing", vec![]),
    ] {
        let groups = groups.iter().map(|word| vec![(*word).into()]).collect();
        let sought = Sought {
            groups,
            ..Sought::default()
        };
        let mut times = Vec::new();
        let mut hits = 0;
        for _ in 0..ROUNDS {
            let (ws, sought, begun) = (workspace_id.clone(), sought.clone(), Instant::now());
            let found = store.read(move |tx| tx.search(&ws, &sought, 26)).await;
            hits = found.unwrap().len();
            times.push(begun.elapsed().as_micros());
        }
        times.sort_unstable();
        let (half, most) = (times[ROUNDS / 2], times[ROUNDS * 99 / 100]);
        println!("{what}: {hits} hits, p50 {half} us, p99 {most} us");
    }
}

fn set_up(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    inbox_id: &InboxId,
    contact_id: &ContactId,
    now: Timestamp,
) -> Result<(), Error> {
    let workspace = Workspace {
        id: workspace_id.clone(),
        name: "Shop".into(),
        settings: Settings::default(),
    };
    tx.add_workspace(&workspace, now)?;
    tx.add_inbox(&Inbox {
        id: inbox_id.clone(),
        workspace_id: workspace_id.clone(),
        name: "Site".into(),
        site_key: "site-search".into(),
        policy: Policy::default(),
        hours: Hours::always(),
        closed_at: None,
    })?;
    tx.add_contact(&Contact {
        id: contact_id.clone(),
        workspace_id: workspace_id.clone(),
        person: Person::default(),
        plan: String::new(),
        vip: false,
        signed_up_at: None,
        created_at: now,
        external_id: None,
    })
}

/// A conversation of some messages, and what it is to be found by.
fn talk(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    inbox_id: &InboxId,
    contact_id: &ContactId,
    n: u64,
) -> Result<(Conversation, Findable), Error> {
    let mut dice = Dice(n);
    let at = Timestamp::from_millis(BEGUN + n as i64 * 60_000);
    let random = u128::from(n) << 32;
    let (mut it, first) = Conversation::start(
        ConversationId::new(at, random),
        workspace_id.clone(),
        inbox_id.clone(),
        contact_id.clone(),
        "en",
        at,
    );
    tx.add_conversation(&it, &Timings::default(), at)?;
    tx.add_event(workspace_id, &it.id, &first)?;
    let mut words = Vec::new();
    for k in 0..MESSAGES_EACH {
        let said: Vec<String> = (0..WORDS_EACH).map(|_| dice.word()).collect();
        let message = Message {
            message_id: MessageId::new(at, random + u128::from(k)),
            role: if k % 2 == 0 {
                Role::Customer
            } else {
                Role::Assistant
            },
            agent: None,
            private: false,
            template: None,
            client_message_id: Some(format!("{n}-{k}-message")),
            attempt_id: None,
            offers_person: false,
            channel: Default::default(),
        };
        let event = it.record(at, Fact::MessageAdded(message), Body::text(said.join(" ")));
        tx.add_event(workspace_id, &it.id, &event)?;
        words.extend(said);
    }
    tx.touch_conversation(&it, at)?;
    // Nine of ten are over.
    let state = if dice.next().is_multiple_of(10) {
        "queued"
    } else {
        "resolved"
    };
    let facets = vec![
        format!("state:{state}"),
        "language:en".into(),
        "team:none".into(),
        format!("agent:{}", dice.next() % 20),
    ];
    Ok((it, Findable { words, facets }))
}
