//! Measures a running Segue from outside, through the widget's and the console's own
//! doors. Every figure is printed with the switches that were changed for it.

mod client;
mod fairness;
mod guards;
mod house;
mod measures;
mod pg;
mod replay;
mod sockets;
mod w1;
mod w3;
mod w5;
mod w8;

use std::time::{Duration, Instant};

use clap::{Parser, Subcommand};

/// What may go wrong while measuring.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The message path: rates a second, each for some seconds.
    W1 {
        /// Messages a second over all conversations.
        #[arg(long, value_delimiter = ',', default_value = "500,2000,8000")]
        rates: Vec<u64>,
        /// How long each rate is held.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Rounds; medians are printed.
        #[arg(long, default_value_t = 1)]
        rounds: usize,
        /// An empty PostgreSQL database instead of the embedded one.
        #[arg(long, env = "SEGUE_TEST_POSTGRES")]
        database: Option<String>,
    },
    /// Messages on PostgreSQL beside pgbench with the same statements.
    Pg {
        /// How long each is measured.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Rounds, in turns; medians are printed.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// An empty PostgreSQL database.
        #[arg(long, env = "SEGUE_TEST_POSTGRES")]
        database: String,
    },
    /// Bytes of server memory for each idle widget socket.
    W2 {
        /// How many.
        #[arg(long, default_value_t = 10_000)]
        sockets: usize,
    },
    /// Decisions on whole conversations, one after the other.
    W3 {
        /// The folder of the cases, with the articles.
        #[arg(long, default_value = "evals/dev/learning")]
        cases: std::path::PathBuf,
        /// How often each is decided.
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
    /// A long queue: entering, taking, leaving, and everybody's place.
    W5 {
        /// How many wait.
        #[arg(long, default_value_t = 10_000)]
        waiting: usize,
        /// How many agents answer.
        #[arg(long, default_value_t = 500)]
        agents: usize,
    },
    /// From the customer's click to the agent's list.
    W6 {
        /// How many handoffs.
        #[arg(long, default_value_t = 200)]
        handoffs: usize,
    },
    /// How much a company that is flooded slows another one, with the limits on.
    Fairness {
        /// Rounds, quiet and flooded in turns.
        #[arg(long, default_value_t = 3)]
        rounds: usize,
        /// How long each is.
        #[arg(long, default_value_t = 8)]
        seconds: u64,
    },
    /// How long refusals take: sign-ins, bodies, handshakes beside idle sockets.
    Guards {
        /// Sign-ins of each kind.
        #[arg(long, default_value_t = 60)]
        tries: usize,
        /// Idle sockets.
        #[arg(long, default_value_t = 10_000)]
        sockets: usize,
    },
    /// A policy tried on past decisions, by the command that an operator runs.
    Replay {
        /// How many decisions.
        #[arg(long, default_value_t = 100_000)]
        decisions: usize,
        /// Rounds; the median is printed.
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
    /// The leads' views over a long past.
    Measures {
        /// Messages of that past.
        #[arg(long, default_value_t = 1_000_000)]
        messages: usize,
        /// How often each view is asked for.
        #[arg(long, default_value_t = 7)]
        rounds: usize,
        /// An empty PostgreSQL database instead of the embedded one.
        #[arg(long, env = "SEGUE_TEST_POSTGRES")]
        database: Option<String>,
    },
    /// Start, memory, size.
    W7,
    /// What a forecast of the wait costs.
    W8 {
        /// How many wait where one more comes.
        #[arg(long, default_value_t = 200)]
        waiting: usize,
        /// How many agents answer there.
        #[arg(long, default_value_t = 50)]
        agents: usize,
        /// How many wait where everybody's wait is forecast.
        #[arg(long, default_value_t = 10_000)]
        long: usize,
        /// How many agents answer there.
        #[arg(long, default_value_t = 500)]
        long_agents: usize,
    },
    /// All of them.
    All,
}

fn main() -> Result<(), Failed> {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match cli.what {
            What::W1 {
                rates,
                seconds,
                rounds,
                database,
            } => w1::run(&rates, seconds, rounds, database.as_deref()).await,
            What::Pg {
                seconds,
                rounds,
                database,
            } => pg::run(rounds, seconds, &database).await,
            What::W2 { sockets } => sockets::w2(sockets).await,
            What::W3 { cases, rounds } => w3::run(&cases, rounds).await,
            What::W5 { waiting, agents } => w5::run(waiting, agents).await,
            What::W6 { handoffs } => sockets::w6(handoffs).await,
            What::Fairness { rounds, seconds } => fairness::run(rounds, seconds).await,
            What::Guards { tries, sockets } => guards::run(tries, sockets).await,
            What::Replay { decisions, rounds } => replay::run(decisions, rounds).await,
            What::Measures {
                messages,
                rounds,
                database,
            } => measures::run(messages, rounds, database.as_deref()).await,
            What::W7 => house::w7().await,
            What::W8 {
                waiting,
                agents,
                long,
                long_agents,
            } => w8::run(waiting, agents, long, long_agents),
            What::All => {
                house::w7().await?;
                w5::run(10_000, 500).await?;
                w8::run(200, 50, 10_000, 500)?;
                sockets::w6(200).await?;
                sockets::w2(10_000).await?;
                w1::run(&[500, 2_000, 8_000, 16_000], 5, 5, None).await
            }
        }
    })
}

/// The present, for measuring.
pub fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
    Instant::now()
}

/// A quantile of spans in milliseconds, by rank; 0 without spans.
pub fn quantile(sorted: &[Duration], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted[rank.saturating_sub(1).min(last)].as_secs_f64() * 1_000.0
}

/// Appends 200 bytes and syncs, again and again: what one commit costs here at least.
pub fn fsync_probe(folder: &std::path::Path) -> Result<(f64, f64), Failed> {
    use std::io::Write;
    let mut file = std::fs::File::create(folder.join("fsync-probe"))?;
    let mut spans = Vec::new();
    for _ in 0..300 {
        let begin = now();
        file.write_all(&[7; 200])?;
        file.sync_data()?;
        spans.push(begin.elapsed());
    }
    spans.sort_unstable();
    Ok((quantile(&spans, 0.5), quantile(&spans, 0.99)))
}
