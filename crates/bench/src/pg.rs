//! PostgreSQL beside pgbench: messages a second through the whole of Segue, and the same
//! statements alone from a client that does nothing else, on the same database in turns.

use std::process::Command;
use std::time::Duration;

use crate::{Failed, w1};

/// More than this machine takes, so that what is achieved is what it can.
const RATE: u64 = 6_000;
/// As many connections as a node writes with.
const CONNECTIONS: &str = "8";
const SCRIPT: &str = include_str!("receive.pgbench");
/// Conversations for pgbench: copies that nobody listens to and no clock looks at.
const COPIES: &str = "insert into conversations (id, workspace_id, inbox_id, contact_id, seq, epoch, state, \
    priority, opened_at, touched_at, snapshot) \
    select 'bench' || row_number() over (order by id), workspace_id, inbox_id, contact_id, seq, epoch, \
      'resolved', 0, opened_at, touched_at, snapshot \
    from conversations where state = 'with_agent' on conflict do nothing";

/// What one of the two gave in one round.
#[derive(Clone, Copy)]
struct Figures {
    per_second: f64,
    /// Microseconds of a core for each, the server's own and those of whoever asks it.
    postgres_us: f64,
    asking_us: f64,
}

/// Measures both in turns and prints medians with their ratio.
pub async fn run(rounds: usize, seconds: u64, database: &str) -> Result<(), Failed> {
    let mut stage = w1::Stage::open(Some(database)).await?;
    psql(database, COPIES)?;
    let workspace = psql(database, "select id from workspaces limit 1")?;
    let script = stage.house.folder.join("receive.pgbench");
    std::fs::write(&script, SCRIPT)?;
    let postmaster = postmaster(database);

    let (mut whole, mut alone) = (Vec::new(), Vec::new());
    for round in 0..rounds as u64 {
        let before = spent(postmaster);
        let measured = stage.one(round + 1, RATE, seconds.div_ceil(2)).await?;
        whole.push(Figures {
            per_second: measured.achieved,
            postgres_us: per(spent(postmaster) - before, measured.count),
            asking_us: measured.cpu_us,
        });
        if measured.lost + measured.doubled > 0 {
            return Err(format!("lost {}, doubled {}", measured.lost, measured.doubled).into());
        }
        alone.push(pgbench(database, &workspace, &script, seconds, postmaster)?);
    }
    println!(
        "PG  messages a second through Segue, beside the same statements from pgbench -c {CONNECTIONS} -M prepared"
    );
    println!("    {}", stage.house.switches());
    println!("                a second   CPU µs each: PostgreSQL   who asks");
    let (whole, alone) = (medians(&whole), medians(&alone));
    for (name, figures) in [("Segue  ", whole), ("pgbench", alone)] {
        println!(
            "    {name}     {:8.0}                {:8.0}   {:8.0}",
            figures.per_second, figures.postgres_us, figures.asking_us
        );
    }
    println!(
        "    ratio       {:7.0} %   (by PostgreSQL's time on a core: {:.0} %)",
        100.0 * whole.per_second / alone.per_second,
        100.0 * alone.postgres_us / whole.postgres_us,
    );
    Ok(())
}

fn pgbench(
    database: &str,
    workspace: &str,
    script: &std::path::Path,
    seconds: u64,
    postmaster: Option<u32>,
) -> Result<Figures, Failed> {
    let (before, mine) = (spent(postmaster), children());
    let ran = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-c", CONNECTIONS, "-j", "2"])
        .args(["-T", &seconds.to_string(), "-D"])
        .arg(format!("workspace={workspace}"))
        .arg("-f")
        .arg(script)
        .arg(database)
        .output()
        .map_err(|error| format!("could not run pgbench: {error}"))?;
    let said = String::from_utf8_lossy(&ran.stdout);
    let figure = |sign: &str| -> Option<f64> {
        let line = said.lines().find(|line| line.starts_with(sign))?;
        line.split(['=', ':'])
            .nth(1)?
            .split_whitespace()
            .next()?
            .split('/')
            .next()?
            .parse()
            .ok()
    };
    let failed = || {
        format!(
            "pgbench said: {said}{}",
            String::from_utf8_lossy(&ran.stderr)
        )
    };
    let per_second = figure("tps").ok_or_else(failed)?;
    let count = figure("number of transactions actually processed").ok_or_else(failed)? as u64;
    Ok(Figures {
        per_second,
        postgres_us: per(spent(postmaster) - before, count),
        asking_us: per(children() - mine, count),
    })
}

fn psql(database: &str, sql: &str) -> Result<String, Failed> {
    let ran = Command::new("psql")
        .args([database, "-qAtc", sql])
        .output()
        .map_err(|error| format!("could not run psql: {error}"))?;
    if !ran.status.success() {
        return Err(String::from_utf8_lossy(&ran.stderr).into());
    }
    Ok(String::from_utf8_lossy(&ran.stdout).trim().to_string())
}

/// The server's first process, if it runs on this machine.
fn postmaster(database: &str) -> Option<u32> {
    let folder = psql(database, "show data_directory").ok()?;
    let file = std::fs::read_to_string(format!("{folder}/postmaster.pid")).ok()?;
    file.lines().next()?.parse().ok()
}

/// Time on a core of the server's processes, those that have ended among them.
fn spent(postmaster: Option<u32>) -> Duration {
    let Some(postmaster) = postmaster else {
        return Duration::ZERO;
    };
    let mut ticks = 0;
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some((id, stat)) = stat_of(&entry.file_name().to_string_lossy()) else {
            continue;
        };
        if id == postmaster {
            ticks += stat[11..15].iter().sum::<u64>();
        } else if stat[1] == u64::from(postmaster) {
            ticks += stat[11] + stat[12];
        }
    }
    Duration::from_millis(ticks * 10)
}

/// Time on a core of this process's children that have ended.
fn children() -> Duration {
    let ticks = stat_of("self").map_or(0, |(_, stat)| stat[13] + stat[14]);
    Duration::from_millis(ticks * 10)
}

/// A process's figures in /proc, after its name; the first is its state and counts as 0.
fn stat_of(name: &str) -> Option<(u32, Vec<u64>)> {
    let text = std::fs::read_to_string(format!("/proc/{name}/stat")).ok()?;
    let id = text.split(' ').next()?.parse().ok()?;
    let figures = text.rsplit(')').next()?.split_whitespace();
    Some((id, figures.map(|one| one.parse().unwrap_or(0)).collect()))
}

fn per(time: Duration, count: u64) -> f64 {
    time.as_secs_f64() * 1e6 / count.max(1) as f64
}

fn medians(rounds: &[Figures]) -> Figures {
    let median = |of: &dyn Fn(&Figures) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Figures {
        per_second: median(&|one| one.per_second),
        postgres_us: median(&|one| one.postgres_us),
        asking_us: median(&|one| one.asking_us),
    }
}
