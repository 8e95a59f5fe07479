//! A policy tried on past decisions: a database is filled with conversations as the desk
//! stores them, then `segue policy replay` goes through them, its start included. Three in
//! five decisions are an answer, the others hand over; the candidate has another threshold,
//! another refund threshold and a rule of its own, so that every decision is made again.

use std::path::Path;
use std::time::Duration;

use segue_core::attempt::{Attempt, Outcome};
use segue_core::conversation::Conversation;
use segue_core::decide::{Action, Customer, View, decide};
use segue_core::ids::{
    AgentId, AttemptId, ContactId, ConversationId, DecisionId, HandoffId, InboxId, MessageId,
    WorkspaceId,
};
use segue_core::policy::{Policy, Timings};
use segue_core::queue::Priority;
use segue_core::signal::{Evidence, Reading, Signal, Trigger};
use segue_core::time::{DAY_MS, Hours, MINUTE_MS, Timestamp};
use segue_store::{Contact, Error, Handoff, Inbox, Person, Settings, Store, Tx, Workspace};
use tokio::process::Command;

use crate::house::binary;
use crate::{Failed, now};

/// Decisions of each conversation.
const EACH: usize = 5;
/// Conversations that are entered in one transaction.
const AT_ONCE: usize = 200;
/// Over so many days.
const DAYS: i64 = 28;

const CANDIDATE: &str = r#"
threshold = 0.62
refund_threshold = { default = 100, EUR = 50 }
[[rule]]
name = "Business complaints"
when = 'contact.plan == "business" && signal("topic.complaint") > 0.3 && message.amount > 10.0'
do = "escalate"
"#;

/// Measures and prints.
pub async fn run(decisions: usize, rounds: usize) -> Result<(), Failed> {
    let folder = std::env::temp_dir().join(format!("segue-replay-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let measured = measure(&folder, decisions, rounds).await;
    let _ = std::fs::remove_dir_all(&folder);
    measured
}

async fn measure(folder: &Path, decisions: usize, rounds: usize) -> Result<(), Failed> {
    let conversations = decisions.div_ceil(EACH);
    let data = folder.join("data");
    fill(&data, conversations).await?;
    let candidate = folder.join("candidate.toml");
    std::fs::write(&candidate, CANDIDATE)?;
    let size = std::fs::metadata(data.join("segue.db"))?.len();
    let mut spans: Vec<(Duration, String)> = Vec::new();
    for _ in 0..rounds.max(1) {
        spans.push(one(&data, &candidate, conversations).await?);
    }
    spans.sort();
    let (span, said) = &spans[spans.len() / 2];
    let made = conversations * EACH;
    println!(
        "replay  {made} decisions in {conversations} conversations ({:.0} MB) in {:.1} s, {:.0} a second (median of {}, start included)",
        size as f64 / 1e6,
        span.as_secs_f64(),
        made as f64 / span.as_secs_f64(),
        spans.len()
    );
    for line in said.lines().take(9) {
        println!("  {line}");
    }
    Ok(())
}

async fn one(data: &Path, candidate: &Path, last: usize) -> Result<(Duration, String), Failed> {
    let begun = now();
    let ran = Command::new(binary())
        .args(["policy", "replay"])
        .arg(candidate)
        .args(["--last", &last.to_string(), "--data"])
        .arg(data)
        .output()
        .await?;
    if !ran.status.success() {
        let said = String::from_utf8_lossy(&ran.stderr);
        return Err(format!("segue policy replay ended with {}: {said}", ran.status).into());
    }
    Ok((begun.elapsed(), String::from_utf8(ran.stdout)?))
}

async fn fill(data: &Path, conversations: usize) -> Result<(), Failed> {
    let store = Store::open_sqlite(data)?;
    let end = Timestamp::from_millis(1_800_000_000_000);
    let (workspace_id, inbox_id) = (WorkspaceId::new(end, 1), InboxId::new(end, 2));
    let (workspace, inbox) = (workspace_id.clone(), inbox_id.clone());
    let made = store.write(move |tx| {
        tx.add_workspace(
            &Workspace {
                id: workspace.clone(),
                name: "Bench".into(),
                settings: Settings::default(),
            },
            end,
        )?;
        tx.add_inbox(&Inbox {
            id: inbox.clone(),
            workspace_id: workspace.clone(),
            name: "Site".into(),
            site_key: "bench".into(),
            policy: Policy::default(),
            hours: Hours::always(),
            closed_at: None,
        })?;
        tx.add_contact(&Contact {
            id: ContactId::new(end, 3),
            workspace_id: workspace.clone(),
            person: Person::default(),
            plan: String::new(),
            vip: false,
            signed_up_at: None,
            created_at: end,
            external_id: None,
        })
    });
    let made: Result<(), Error> = made.await;
    made?;
    let between = DAYS * DAY_MS / conversations.max(1) as i64;
    for first in (0..conversations).step_by(AT_ONCE) {
        let (workspace_id, inbox_id) = (workspace_id.clone(), inbox_id.clone());
        let last = (first + AT_ONCE).min(conversations);
        let entered = store.write(move |tx| {
            for n in first..last {
                let at = end.plus(-DAYS * DAY_MS + n as i64 * between);
                enter(tx, &workspace_id, &inbox_id, n, at)?;
            }
            Ok::<_, Error>(())
        });
        entered.await?;
    }
    Ok(())
}

fn enter(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    inbox_id: &InboxId,
    n: usize,
    at: Timestamp,
) -> Result<(), Error> {
    let number = n as u128 * 100 + 10;
    let id = ConversationId::new(at, number);
    let (conversation, _) = Conversation::start(
        id.clone(),
        workspace_id.clone(),
        inbox_id.clone(),
        ContactId::new(Timestamp::from_millis(1_800_000_000_000), 3),
        "en",
        at,
    );
    tx.add_conversation(&conversation, &Timings::default(), at)?;
    let policy = Policy::default();
    for turn in 0..EACH {
        let when = at.plus(turn as i64 * MINUTE_MS);
        let view = view(n, turn, when);
        let decision = decide(&policy, &view, when);
        let made = DecisionId::new(when, number + turn as u128);
        tx.add_decision(&made, workspace_id, &id, &view, &decision, when)?;
        if decision.action == Action::Escalate {
            tx.add_handoff(&Handoff {
                id: HandoffId::new(when, number + turn as u128),
                workspace_id: workspace_id.clone(),
                conversation_id: id.clone(),
                inbox_id: inbox_id.clone(),
                at: when,
                reasons: decision.triggers(),
                package: None,
                promise: None,
                accepted_at: Some(when.plus(2 * MINUTE_MS)),
                agent_id: Some(AgentId::new(
                    Timestamp::from_millis(1_800_000_000_000),
                    (n % 8) as u128,
                )),
                first_reply_at: Some(when.plus(3 * MINUTE_MS)),
                ended_at: Some(when.plus(13 * MINUTE_MS)),
                outcome: Some("solved".into()),
                team_id: None,
                priority: Priority::NORMAL,
                told_until: None,
            })?;
        }
    }
    Ok(())
}

/// A view with what a real one holds: signals with their words, moods, a ledger.
fn view(n: usize, turn: usize, at: Timestamp) -> View {
    let share = |salt: usize| ((n * 31 + turn * 17 + salt * 101) % 100) as f64 / 100.0;
    let words = "I have been waiting for this parcel since Monday and nobody tells me where it is";
    let signal = |trigger, strength| Signal {
        trigger,
        strength,
        evidence: vec![Evidence::words(words)],
    };
    let attempt = |k: usize| {
        Attempt {
        id: AttemptId::new(at, k as u128),
        message_id: MessageId::new(at, k as u128),
        at,
        suggestion: "Standard delivery takes 3 to 5 working days; the tracking page shows where a parcel is.".into(),
        article_id: None,
        article_title: Some("Delivery times".into()),
        outcome: Outcome::Unknown,
        outcome_words: None,
    }
    };
    let topic = [
        Trigger::Complaint,
        Trigger::BillingDispute,
        Trigger::Cancellation,
    ][n % 3];
    View {
        customer: Customer {
            plan: ["free", "team", "business"][n % 3].into(),
            ..Customer::default()
        },
        reading: Reading {
            language: Some("en".into()),
            signals: vec![
                signal(topic, share(1) * 0.68),
                signal(Trigger::Frustration, share(2) * 0.5),
                signal(Trigger::BugInvestigation, share(3) * 0.4),
            ],
            ..Reading::default()
        },
        inbox: "Site".into(),
        moods: (0..turn).map(|k| share(k) * 0.5).collect(),
        attempts: (0..turn).map(attempt).collect(),
        answerable: Some(0.4 + share(4) * 0.6),
        ..View::default()
    }
}
