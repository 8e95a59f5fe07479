//! W1: the message path. 200 conversations that a human owns, each with a customer's and
//! an agent's socket; customers send 160-byte messages through the widget's own door, in
//! an open loop. Latency counts from the instant at which a message was due, so a server
//! that falls behind is not let off.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::client::{Http, Socket};
use crate::house::{House, cpu_of};
use crate::{Failed, fsync_probe, now, quantile};

const CONVERSATIONS: usize = 200;
/// Pause before each rate.
const SETTLE: Duration = Duration::from_secs(2);

/// An arrival: which run, which conversation, which message, when, and on whose socket.
struct Arrival {
    run: u64,
    conversation: usize,
    n: u64,
    at: Instant,
    is_agent: bool,
}

/// What one rate gave in one round.
pub struct Figures {
    acknowledged: [f64; 3],
    agent: [f64; 3],
    customer: [f64; 3],
    /// Messages a second.
    pub achieved: f64,
    /// Microseconds of a core that the server spent on a message.
    pub cpu_us: f64,
    /// The same for this measuring side, which shares the cores with it.
    pub own_cpu_us: f64,
    /// Messages.
    pub count: u64,
    /// Frames that never came.
    pub lost: u64,
    /// Frames that came again.
    pub doubled: u64,
}

/// The house with everybody seated.
pub struct Stage {
    /// The server.
    pub house: House,
    customers: Vec<(Http, String)>,
    heard: mpsc::UnboundedReceiver<Arrival>,
    misdelivered: Arc<AtomicU64>,
}

impl Stage {
    /// Opens the house and seats everybody.
    pub async fn open(database: Option<&str>) -> Result<Self, Failed> {
        let mut house = House::open_on(database).await?;
        let (arrivals, heard) = mpsc::unbounded_channel();
        let misdelivered = Arc::new(AtomicU64::new(0));
        let mut customers = Vec::with_capacity(CONVERSATIONS);
        for number in 0..CONVERSATIONS {
            customers.push(seat(&mut house, number, &arrivals, &misdelivered).await?);
        }
        Ok(Self {
            house,
            customers,
            heard,
            misdelivered,
        })
    }

    /// Holds a rate for some seconds, after a pause.
    pub async fn one(&mut self, run: u64, rate: u64, seconds: u64) -> Result<Figures, Failed> {
        // What the rate before has left behind is not charged to this one.
        tokio::time::sleep(SETTLE).await;
        let customers = std::mem::take(&mut self.customers);
        let (back, measured) =
            one(customers, &mut self.heard, run, rate, seconds, &self.house).await?;
        self.customers = back;
        Ok(measured)
    }
}

/// Runs the rates in turn, round after round, and prints medians.
pub async fn run(
    rates: &[u64],
    seconds: u64,
    rounds: usize,
    database: Option<&str>,
) -> Result<(), Failed> {
    let mut stage = Stage::open(database).await?;
    let (fsync_p50, fsync_p99) = fsync_probe(&stage.house.folder)?;
    println!(
        "W1  {CONVERSATIONS} conversations owned by a human, customer → agent, 160 bytes; fsync p50 {fsync_p50:.2} ms, p99 {fsync_p99:.2} ms"
    );
    println!("    {}", stage.house.switches());
    println!(
        "    rate/s  achieved   acknowledged p50/p99/p99.9     agent's socket p50/p99/p99.9   customer's own socket          CPU µs, client's  lost  doubled"
    );
    // Rounds alternate between the rates, so that a noisy minute falls on all of them.
    let mut figures: Vec<Vec<Figures>> = rates.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds {
        for (n, &rate) in rates.iter().enumerate() {
            let number = (round * rates.len() + n) as u64 + 1;
            figures[n].push(stage.one(number, rate, seconds).await?);
        }
    }
    for (rate, figures) in rates.iter().zip(&figures) {
        show(*rate, figures);
    }
    println!(
        "    misdelivered: {}",
        stage.misdelivered.load(Ordering::Relaxed)
    );
    Ok(())
}

/// A customer in a conversation that an agent has taken, and both sockets.
async fn seat(
    house: &mut House,
    number: usize,
    arrivals: &mpsc::UnboundedSender<Arrival>,
    misdelivered: &Arc<AtomicU64>,
) -> Result<(Http, String), Failed> {
    let (mut http, token, id) = house.visitor().await?;
    let view = http
        .json(
            "POST",
            &format!("/api/widget/conversations/{id}/handoff"),
            "{}",
        )
        .await?;
    // An invitation may move the seq, never the epoch.
    let body = format!(r#"{{"epoch":{}}}"#, view["epoch"]);
    house
        .agent
        .json(
            "POST",
            &format!("/api/console/conversations/{id}/accept"),
            &body,
        )
        .await?;

    let mut widget = Socket::connect(&house.host, "/api/widget/socket", None).await?;
    widget
        .say(format!(
            r#"{{"type":"hello","token":"{token}","conversation":"{id}","after":0}}"#
        ))
        .await?;
    let mut console = Socket::connect(
        &house.host,
        "/api/console/socket",
        house.agent.cookie.as_deref(),
    )
    .await?;
    console
        .say(format!(
            r#"{{"type":"subscribe","conversation":"{id}","after":0}}"#
        ))
        .await?;
    for (mut socket, is_agent) in [(widget, false), (console, true)] {
        let (arrivals, misdelivered) = (arrivals.clone(), misdelivered.clone());
        tokio::spawn(async move {
            while let Some(frame) = socket.hear().await {
                let at = now();
                for (run, conversation, n) in messages(&frame) {
                    if conversation != number {
                        misdelivered.fetch_add(1, Ordering::Relaxed);
                    }
                    let _ = arrivals.send(Arrival {
                        run,
                        conversation,
                        n,
                        at,
                        is_agent,
                    });
                }
            }
        });
    }
    Ok((http, id))
}

/// What stands before a message of this bench in a frame.
const SIGN: &str = r#""text":"bench "#;

/// The messages of this bench in a frame: run, conversation, number. Found by their sign
/// rather than parsed, so that the measuring side takes little from the measured one.
fn messages(frame: &str) -> impl Iterator<Item = (u64, usize, u64)> {
    frame.split(SIGN).skip(1).filter_map(|rest| {
        let mut words = rest.split(' ');
        Some((
            words.next()?.parse().ok()?,
            words.next()?.parse().ok()?,
            words.next()?.parse().ok()?,
        ))
    })
}

/// A customer's turn to send: which message, and when it was due.
type Turn = (u64, Instant);

/// Tells each sender its turn at the instant it is due. A thread of its own, because a
/// runtime's timers come up to a millisecond late.
fn dispatch(senders: Vec<mpsc::UnboundedSender<Turn>>, start: Instant, rate: u64, count: u64) {
    std::thread::spawn(move || {
        for n in 0..count {
            let due = start + Duration::from_secs_f64(n as f64 / rate as f64);
            std::thread::sleep(due.saturating_duration_since(now()));
            let conversation = n as usize % senders.len();
            let _ = senders[conversation].send((n / senders.len() as u64, due));
        }
    });
}

async fn one(
    customers: Vec<(Http, String)>,
    heard: &mut mpsc::UnboundedReceiver<Arrival>,
    run: u64,
    rate: u64,
    seconds: u64,
    house: &House,
) -> Result<(Vec<(Http, String)>, Figures), Failed> {
    let expected = rate * seconds / CONVERSATIONS as u64 * CONVERSATIONS as u64;
    let start = now() + Duration::from_millis(300);
    let due = move |conversation: usize, n: u64| {
        let number = n * CONVERSATIONS as u64 + conversation as u64;
        start + Duration::from_secs_f64(number as f64 / rate as f64)
    };
    let (cpu_before, own_cpu_before) = (house.cpu()?, cpu_of(std::process::id())?);
    let mut senders = Vec::with_capacity(CONVERSATIONS);
    let mut working = Vec::with_capacity(CONVERSATIONS);
    for (number, (mut http, id)) in customers.into_iter().enumerate() {
        let (sender, mut turns) = mpsc::unbounded_channel::<Turn>();
        senders.push(sender);
        working.push(tokio::spawn(async move {
            let path = format!("/api/widget/conversations/{id}/messages");
            let mut spans = Vec::new();
            while let Some((n, due)) = turns.recv().await {
                let text = format!("{:x<160}", format!("bench {run} {number} {n} "));
                let body = format!(
                    r#"{{"client_message_id":"bench-{run}-{number}-{n}","text":"{text}"}}"#
                );
                let (status, answer) = http.call("POST", &path, &body).await?;
                if status != 200 {
                    return Err(format!("{path}: {status} {answer}").into());
                }
                spans.push(now().saturating_duration_since(due));
            }
            Ok::<_, Failed>((http, id, spans))
        }));
    }
    dispatch(senders, start, rate, expected);
    let mut customers = Vec::with_capacity(CONVERSATIONS);
    let mut acknowledged = Vec::new();
    for sender in working {
        let (http, id, spans) = sender.await??;
        customers.push((http, id));
        acknowledged.extend(spans);
    }
    let took = now().saturating_duration_since(start);
    let cpu = house.cpu()?.saturating_sub(cpu_before);
    let own_cpu = cpu_of(std::process::id())?.saturating_sub(own_cpu_before);
    let (mut agent, mut customer) = (Vec::new(), Vec::new());
    let mut seen = std::collections::HashSet::new();
    let mut doubled = 0;
    while agent.len().min(customer.len()) < expected as usize {
        let Ok(Some(arrival)) = tokio::time::timeout(Duration::from_secs(5), heard.recv()).await
        else {
            break;
        };
        if arrival.run != run {
            continue;
        }
        if !seen.insert((arrival.is_agent, arrival.conversation, arrival.n)) {
            doubled += 1;
            continue;
        }
        let span = arrival
            .at
            .saturating_duration_since(due(arrival.conversation, arrival.n));
        if arrival.is_agent {
            agent.push(span)
        } else {
            customer.push(span)
        }
    }
    let lost = 2 * expected - (agent.len() + customer.len()) as u64;
    let figures = Figures {
        acknowledged: quantiles(&mut acknowledged),
        agent: quantiles(&mut agent),
        customer: quantiles(&mut customer),
        achieved: expected as f64 / took.as_secs_f64(),
        cpu_us: cpu.as_secs_f64() * 1e6 / expected as f64,
        own_cpu_us: own_cpu.as_secs_f64() * 1e6 / expected as f64,
        count: expected,
        lost,
        doubled,
    };
    Ok((customers, figures))
}

fn quantiles(spans: &mut [Duration]) -> [f64; 3] {
    spans.sort_unstable();
    [
        quantile(spans, 0.5),
        quantile(spans, 0.99),
        quantile(spans, 0.999),
    ]
}

fn show(rate: u64, figures: &[Figures]) {
    let median = |of: &dyn Fn(&Figures) -> f64| {
        let mut values: Vec<f64> = figures.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let three = |of: &dyn Fn(&Figures) -> [f64; 3]| {
        let [a, b, c] = [0, 1, 2].map(|n| median(&|figures: &Figures| of(figures)[n]));
        format!("{a:7.2} {b:7.2} {c:7.2} ms")
    };
    println!(
        "    {rate:6}  {:8.0}   {}     {}     {}     {:6.0}  {:6.0}    {:4}  {:4}",
        median(&|figures| figures.achieved),
        three(&|figures| figures.acknowledged),
        three(&|figures| figures.agent),
        three(&|figures| figures.customer),
        median(&|figures| figures.cpu_us),
        median(&|figures| figures.own_cpu_us),
        figures.iter().map(|figures| figures.lost).sum::<u64>(),
        figures.iter().map(|figures| figures.doubled).sum::<u64>(),
    );
}
