//! Fairness: how much a company that is flooded slows another one on the same host. The
//! limits are on, as `segue serve` comes; behind a trusted proxy, so that every customer
//! has an address of their own, which is the worst case: no limit by address holds a
//! flood up.

use std::ffi::OsString;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use segue_core::ids::{InboxId, WorkspaceId};
use segue_core::policy::Policy;
use segue_core::time::{Hours, Timestamp};
use segue_store::{Error as StoreError, Inbox, Settings, Store, Workspace};

use crate::client::Http;
use crate::house::start_with;
use crate::{Failed, now, quantile};

/// Customers of the company that is measured; each says a word a second.
const CUSTOMERS: usize = 40;
/// Connections that flood the other one without a pause, each as another customer.
const FLOODERS: usize = 64;

/// What was switched for measuring.
const SWITCHES: &str =
    "switched: --trusted-proxy 127.0.0.1; limits are on (SQLite, synchronous=full)";

/// Runs quiet and flooded rounds in turns and prints both p99s and their ratio.
pub async fn run(rounds: usize, seconds: u64) -> Result<(), Failed> {
    let folder = std::env::temp_dir().join(format!("segue-bench-fair-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    make_companies(&folder).await?;
    let place: Vec<OsString> = vec!["--data".into(), folder.clone().into()];
    let (mut server, line) = start_with(&["--trusted-proxy", "127.0.0.1"], &place).await?;
    let host = line
        .split("http://")
        .nth(1)
        .and_then(|rest| rest.split('/').next())
        .ok_or("no address was printed")?
        .trim()
        .to_string();
    println!(
        "fairness  {CUSTOMERS} customers of one company, a message a second each; {FLOODERS} connections flood the other"
    );
    println!("    {SWITCHES}");
    let mut customers = Vec::new();
    for number in 0..CUSTOMERS {
        customers.push(customer(&host, "site-quiet", number).await?);
    }
    let (mut quiet, mut flooded, mut sent) = (Vec::new(), Vec::new(), 0);
    for round in 0..rounds as u64 {
        quiet.extend(talk(&mut customers, 2 * round, seconds).await?);
        let flood = Flood::begin(&host);
        flooded.extend(talk(&mut customers, 2 * round + 1, seconds).await?);
        sent += flood.end().await;
    }
    quiet.sort_unstable();
    flooded.sort_unstable();
    let figures = |spans: &[Duration]| (quantile(spans, 0.5), quantile(spans, 0.99));
    let ((quiet_p50, quiet_p99), (flooded_p50, flooded_p99)) = (figures(&quiet), figures(&flooded));
    println!(
        "    alone     p50 {quiet_p50:7.2} ms  p99 {quiet_p99:7.2} ms  ({} messages)",
        quiet.len()
    );
    println!(
        "    flooded   p50 {flooded_p50:7.2} ms  p99 {flooded_p99:7.2} ms  ({} messages; the flood got {sent} answers)",
        flooded.len()
    );
    println!(
        "    ratio of the p99s {:.2}",
        flooded_p99 / quiet_p99.max(0.001)
    );
    server.kill().await?;
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}

/// Two companies on one host, each with a site; there is no door for that yet.
async fn make_companies(folder: &std::path::Path) -> Result<(), Failed> {
    let store = Store::open_sqlite(folder)?;
    let now = Timestamp::from_millis(1_800_000_000_000);
    let made: Result<(), StoreError> = store
        .write(move |tx| {
            for (number, key) in [(1, "site-quiet"), (2, "site-flooded")] {
                let id = WorkspaceId::new(now, number);
                let workspace = Workspace {
                    id: id.clone(),
                    name: key.into(),
                    settings: Settings::default(),
                };
                tx.add_workspace(&workspace, now)?;
                tx.add_inbox(&Inbox {
                    id: InboxId::new(now, number),
                    workspace_id: id,
                    name: "Site".into(),
                    site_key: key.into(),
                    policy: Policy::default(),
                    hours: Hours::always(),
                    closed_at: None,
                })?;
            }
            Ok(())
        })
        .await;
    Ok(made?)
}

/// A customer who waits for a person, so that their words are recorded and rung only.
async fn customer(host: &str, site: &str, number: usize) -> Result<(Http, String), Failed> {
    let mut http = Http::connect(host).await?;
    let address = format!(
        "X-Forwarded-For: 10.1.{}.{}\r\n",
        number / 250,
        number % 250 + 1
    );
    http.headers = address.clone();
    let body = format!(r#"{{"inbox":"{site}"}}"#);
    let arrived = http.json("POST", "/api/widget/visitors", &body).await?;
    let token = arrived["token"].as_str().unwrap_or_default();
    http.headers = format!("{address}Authorization: Bearer {token}\r\n");
    let view = http
        .json("POST", "/api/widget/conversations", r#"{"language":"en"}"#)
        .await?;
    let id = view["id"].as_str().unwrap_or_default().to_string();
    let path = format!("/api/widget/conversations/{id}/handoff");
    http.json("POST", &path, "{}").await?;
    Ok((http, id))
}

/// Each customer says a word a second, evenly spread; how long each was on its way, from
/// the instant at which it was due.
async fn talk(
    customers: &mut Vec<(Http, String)>,
    run: u64,
    seconds: u64,
) -> Result<Vec<Duration>, Failed> {
    let start = now() + Duration::from_millis(200);
    let mut talking = Vec::new();
    for (number, (mut http, id)) in std::mem::take(customers).into_iter().enumerate() {
        talking.push(tokio::spawn(async move {
            let path = format!("/api/widget/conversations/{id}/messages");
            let mut spans = Vec::new();
            for n in 0..seconds {
                let share = number as f64 / CUSTOMERS as f64;
                let due = start + Duration::from_secs_f64(n as f64 + share);
                tokio::time::sleep_until(due.into()).await;
                let body =
                    format!(r#"{{"client_message_id":"fair-{run}-{n}-{number}","text":"a word"}}"#);
                let (status, answer) = http.call("POST", &path, &body).await?;
                // Their own limit is theirs to keep; the flood must not take from it.
                if status != 200 {
                    return Err(format!("{path}: {status} {answer}").into());
                }
                spans.push(now().saturating_duration_since(due));
            }
            Ok::<_, Failed>((http, id, spans))
        }));
    }
    let mut all = Vec::new();
    for talk in talking {
        let (http, id, spans) = talk.await??;
        customers.push((http, id));
        all.extend(spans);
    }
    Ok(all)
}

/// Connections that ask without a pause until they are told to stop.
struct Flood {
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicU64>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Flood {
    fn begin(host: &str) -> Self {
        let (stop, answers) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let tasks = (0..FLOODERS).map(|number| {
            let (host, stop, answers) = (host.to_string(), stop.clone(), answers.clone());
            tokio::spawn(async move {
                let _ = flood(&host, number, &stop, &answers).await;
            })
        });
        let tasks = tasks.collect();
        Self {
            stop,
            answers,
            tasks,
        }
    }

    async fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            let _ = task.await;
        }
        self.answers.load(Ordering::Relaxed)
    }
}

/// One half writes in a conversation, the other arrives anew from ever other addresses.
async fn flood(
    host: &str,
    number: usize,
    stop: &AtomicBool,
    answers: &AtomicU64,
) -> Result<(), Failed> {
    let writer = if number.is_multiple_of(2) {
        customer(host, "site-flooded", 1_000 + number).await.ok()
    } else {
        None
    };
    let mut http = Http::connect(host).await?;
    let mut n = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        n += 1;
        let body = match &writer {
            Some(_) => format!(r#"{{"client_message_id":"flood-{number}-{n}","text":"more"}}"#),
            None => r#"{"inbox":"site-flooded"}"#.to_string(),
        };
        let path = match &writer {
            Some((own, id)) => {
                http.headers.clone_from(&own.headers);
                format!("/api/widget/conversations/{id}/messages")
            }
            None => {
                http.headers = format!(
                    "X-Forwarded-For: 172.{number}.{}.{}\r\n",
                    n / 250 % 250,
                    n % 250 + 1
                );
                "/api/widget/visitors".into()
            }
        };
        http.call("POST", &path, &body).await?;
        answers.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}
