//! `segue policy`: when the assistant hands over, as a file; compared, and tried on what was
//! decided before. `segue replay`: decisions made again from what was stored.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Subcommand;
use segue_core::decide::decide;
use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::policy::Policy;
use segue_core::trial::{Change, Rate};
use segue_core::words::Words;
use segue_store::Store;

use super::Outcome;
use super::database::{Database, desk_of, open};
use crate::desk::{Error, MOST_REPLAYED, Replayed, WaitsShown, live_policy};
use crate::policy;

#[derive(Subcommand)]
pub(super) enum PolicyFile {
    /// Print the default policy, every line explained.
    Init,
    /// Say what a policy means, what in it is hardly meant, or what is wrong with it.
    Check {
        /// The file.
        file: PathBuf,
    },
    /// Compare a policy with another, or with the one that holds: in meaning and in text.
    Diff {
        /// The file.
        file: PathBuf,
        /// The file that it becomes; without one, `file` is what would come after what holds.
        other: Option<PathBuf>,
        #[command(flatten)]
        database: Database,
    },
    /// Try a policy on past conversations: which decisions flip, and what comes of it.
    /// Nothing is written.
    Replay {
        /// The file.
        file: PathBuf,
        /// How many of the newest conversations.
        #[arg(long, default_value_t = 2_000)]
        last: i64,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: Database,
    },
}

impl PolicyFile {
    pub(super) async fn run(self) -> Outcome {
        match self {
            PolicyFile::Init => print!("{}", policy::init()),
            PolicyFile::Check { file } => print!("{}", policy::check(&file)?),
            PolicyFile::Diff {
                file,
                other,
                database,
            } => {
                let (policy, text) = policy::load_text(&file)?;
                let told = match other {
                    Some(other) => {
                        let (after, written) = policy::load_text(&other)?;
                        policy::compare((&policy, &text), (&after, &written))
                    }
                    None => {
                        let (desk, workspace) = desk_of(&database).await?;
                        let id = workspace.id;
                        let live = desk.store.read(move |tx| live_policy(tx, &id)).await?;
                        policy::compare((&live.policy, &live.text), (&policy, &text))
                    }
                };
                print!("{told}");
            }
            PolicyFile::Replay {
                file,
                last,
                json,
                database,
            } => replay(&policy::load(&file)?, last, json, &database).await?,
        }
        Ok(())
    }
}

async fn replay(candidate: &Policy, last: i64, json: bool, database: &Database) -> Outcome {
    let (desk, workspace) = desk_of(database).await?;
    let tell = |done: u32| eprintln!("segue: {done} conversations");
    let last = last.clamp(1, MOST_REPLAYED);
    let replayed = desk.replay(&workspace.id, candidate, last, tell).await?;
    if json {
        println!("{}", serde_json::to_string_pretty(&replayed)?);
    } else {
        print!("{}", told(&replayed));
    }
    Ok(())
}

fn told(replayed: &Replayed) -> String {
    let Replayed { report, effects } = replayed;
    let mut told = format!(
        "{} conversations with {} decisions over {:.0} days, each judged up to its first flip.\n",
        report.conversations, report.decisions, report.days
    );
    let rate = |rate: &Rate| {
        format!(
            "{} ({:.1} a day, {:.1} to {:.1})",
            rate.n, rate.per_day, rate.low, rate.high
        )
    };
    // Writing to a string cannot fail.
    let _ = writeln!(told, "handovers as it is      {}", rate(&report.handoffs));
    let _ = writeln!(told, "more                    {}", rate(&report.more));
    let _ = writeln!(told, "earlier than they came  {}", rate(&report.earlier));
    let _ = writeln!(told, "fewer, at most          {}", rate(&report.fewer));
    if report.open > 0 {
        let _ = writeln!(
            told,
            "  of which {} are open: the articles were never asked",
            report.open
        );
    }
    for flip in &report.flips {
        let (from, to) = (flip.from.name(), flip.to.name());
        let _ = writeln!(told, "  {from} becomes {to}: {}", flip.n);
    }
    for lead in &report.by_lead {
        let key = format!("console.trigger_{}", lead.trigger.name().replace('.', "_"));
        let name = lead.rule.as_deref().unwrap_or(Words::of("en").get(&key));
        let _ = writeln!(
            told,
            "{name}: {} more, {} earlier, {} fewer, {} other; {:+.1} handovers a day",
            lead.more, lead.earlier, lead.fewer, lead.other, lead.per_day
        );
    }
    if let (Some(minutes), Some(hours)) = (effects.handling_minutes, effects.hours_per_day) {
        let (low, high) = (
            effects.hours_low.unwrap_or(hours),
            effects.hours_high.unwrap_or(hours),
        );
        let _ = writeln!(
            told,
            "agents' hours a day: {hours:+.1} ({low:+.1} to {high:+.1}), at {minutes:.1} minutes a handover (n = {})",
            effects.handled
        );
    }
    match &effects.queue {
        Some(queue) => {
            let waits = |waits: &WaitsShown| {
                format!(
                    "half within {:.1} min, nine in ten within {:.1} min, {:.0} % longer than 15 min",
                    waits.p50_s / 60.0,
                    waits.p90_s / 60.0,
                    waits.long * 100.0
                )
            };
            let _ = writeln!(
                told,
                "waits on record: {} (n = {})",
                waits(&queue.recorded),
                queue.recorded.n
            );
            let _ = writeln!(told, "lived through before: {}", waits(&queue.before));
            let _ = writeln!(told, "lived through after:  {}", waits(&queue.after));
        }
        None => told.push_str("waits: too few handovers are known to say\n"),
    }
    for setting in &report.unseen {
        let _ = writeln!(
            told,
            "{setting} changes, and no replay of decisions can show what that does"
        );
    }
    if report.blind.refunds > 0 {
        let _ = writeln!(
            told,
            "{} messages were read before amounts were kept: the refund threshold is not tried on them",
            report.blind.refunds
        );
    }
    if report.cut > 0 {
        let _ = writeln!(
            told,
            "{} conversations end early: the policy that holds would not have let them go on as they did",
            report.cut
        );
    }
    if !report.examples.is_empty() {
        told.push_str("to read:\n");
    }
    for example in &report.examples {
        let change = match example.change {
            Change::More => "more",
            Change::Earlier => "earlier",
            Change::Fewer => "fewer",
            Change::Other => "other",
        };
        let _ = writeln!(
            told,
            "  {} {change}: {} becomes {}, {} at {:+.2} then {:+.2}",
            example.conversation_id,
            example.from.name(),
            example.to.name(),
            example.trigger,
            example.margin_before,
            example.margin_after
        );
    }
    told
}

/// `segue replay`: makes every decision of a conversation again, from what was stored.
#[derive(clap::Args)]
pub(super) struct Replay {
    /// The conversation, `conv_…`.
    conversation: String,
    #[command(flatten)]
    database: Database,
}

impl Replay {
    pub(super) async fn run(self) -> Outcome {
        let id = ConversationId::parse(&self.conversation)
            .ok_or("give the id of a conversation, such as conv_…")?;
        let store = open(&self.database)?;
        let differ = again(&store, &id).await?;
        match differ {
            0 => Ok(()),
            count => Err(format!("{count} decisions are not made again as they were").into()),
        }
    }
}

/// Makes the decisions of a conversation again and says of each whether it is the same; how
/// many are not.
async fn again(store: &Store, id: &ConversationId) -> Result<usize, Box<dyn std::error::Error>> {
    let (workspace_id, decided) = find(store, id).await?;
    println!("{} decisions", decided.len());
    let mut differ = 0;
    for stored in decided {
        let version = stored.decision.policy_version;
        let (date, time) = (stored.at.date("UTC"), stored.at.clock_time("UTC"));
        let made = format!(
            "{date} {time} {} under version {version}",
            stored.decision.action.name()
        );
        let Some(policy) = policy_of(store, &workspace_id, version).await? else {
            differ += 1;
            println!("✗ {made}: that version of the policy is not kept");
            continue;
        };
        let anew = decide(&policy, &stored.view, stored.at);
        let (was, is) = (
            serde_json::to_value(&stored.decision)?,
            serde_json::to_value(&anew)?,
        );
        if was == is {
            println!("✓ {made}");
            continue;
        }
        differ += 1;
        println!("✗ {made}: now {}", anew.action.name());
        let fields = was.as_object().into_iter().flatten();
        for (name, before) in fields.filter(|(name, before)| is.get(name.as_str()) != Some(*before))
        {
            let now = is.get(name).cloned().unwrap_or_default();
            println!("    {name}: {before} is now {now}");
        }
    }
    Ok(differ)
}

type Found = (WorkspaceId, Vec<segue_core::trial::Decided>);

/// The conversation in whichever workspace of this host it is.
async fn find(store: &Store, id: &ConversationId) -> Result<Found, Box<dyn std::error::Error>> {
    let id = id.clone();
    let found = store.read(move |tx| {
        for workspace in tx.workspaces()? {
            if tx.conversation(&workspace.id, &id)?.is_some() {
                let decided = tx.past_course(&workspace.id, &id)?;
                return Ok::<_, Error>(Some((workspace.id, decided)));
            }
        }
        Ok(None)
    });
    Ok(found
        .await?
        .ok_or("there is no conversation with that id")?)
}

async fn policy_of(
    store: &Store,
    workspace_id: &WorkspaceId,
    version: u32,
) -> Result<Option<Policy>, Error> {
    let id = workspace_id.clone();
    store
        .read(move |tx| {
            if let Some(kept) = tx.policy_version(&id, version)? {
                return Ok(Some(kept.policy));
            }
            // Before a first change nothing is kept but what the inboxes have.
            let mut inboxes = tx.inboxes(&id)?.into_iter();
            let found = inboxes.find(|inbox| inbox.policy.version == version);
            Ok(found.map(|inbox| inbox.policy))
        })
        .await
}
