//! What tests must not assert because it is a time: that guessing an address learns nothing
//! from how long the answer takes, that a hostile body is refused before it costs anything,
//! and how quickly one is let in while ten thousand sockets are open. Attack cases 1, 9, 57, 59.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::client::{Http, Socket};
use crate::house::{House, SWITCHES};
use crate::{Failed, now, quantile};

/// Handshakes a second beside the idle sockets, and for how long.
const HANDSHAKES: u64 = 1_000;
const SECONDS: u64 = 5;
/// Bodies of each kind.
const BODIES: usize = 30;

/// All of them.
pub async fn run(tries: usize, sockets: usize) -> Result<(), Failed> {
    let house = House::open().await?;
    sign_ins(&house, tries).await?;
    bodies(&house).await?;
    handshakes(&house, sockets).await?;
    println!("    {SWITCHES}");
    Ok(())
}

/// Wrong passwords for an address that somebody has and for addresses that nobody has, in
/// turns.
async fn sign_ins(house: &House, tries: usize) -> Result<(), Failed> {
    let mut http = Http::connect(&house.host).await?;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for n in 0..tries {
        for (address, spans) in [
            ("admin@bench.example".to_string(), &mut known),
            (format!("nobody{n}@bench.example"), &mut unknown),
        ] {
            let body = format!(r#"{{"email":"{address}","password":"wrong password {n}"}}"#);
            let begin = now();
            http.call("POST", "/api/console/session", &body).await?;
            spans.push(begin.elapsed());
        }
    }
    known.sort_unstable();
    unknown.sort_unstable();
    let (known, unknown) = (quantile(&known, 0.5), quantile(&unknown, 0.5));
    println!(
        "guards  a wrong password, {tries} each in turns: median {known:.2} ms for a known address, {unknown:.2} ms for an unknown one ({:+.1} %)",
        100.0 * (unknown / known - 1.0)
    );
    Ok(())
}

/// Bodies that nobody writes, from their first byte to the refusal.
async fn bodies(house: &House) -> Result<(), Failed> {
    let deep = "[".repeat(10_000);
    let wide: String = (0..200_000).map(|n| format!(r#""f{n}":1,"#)).collect();
    for (name, body) in [
        ("10,000 levels", deep),
        ("200,000 fields, 2 MB", format!("{{{wide}\"z\":1}}")),
        ("10 MB", "x".repeat(10_000_000)),
    ] {
        let mut spans = Vec::new();
        let mut last = String::new();
        for _ in 0..BODIES {
            let mut line = TcpStream::connect(&house.host).await?;
            let head = format!(
                "POST /api/widget/visitors HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let begin = now();
            line.write_all(head.as_bytes()).await?;
            // It may hang up before all of it has come.
            let (mut hears, mut says) = line.split();
            let mut first = [0; 12];
            let answered = async {
                let read = hears.read_exact(&mut first).await;
                (begin.elapsed(), read.is_ok())
            };
            let said = async {
                let _ = says.write_all(body.as_bytes()).await;
            };
            let ((took, is_answered), ()) = tokio::join!(answered, said);
            spans.push(took);
            last = if is_answered {
                String::from_utf8_lossy(&first[9..12]).into_owned()
            } else {
                "hung up".into()
            };
        }
        spans.sort_unstable();
        println!(
            "guards  a body of {name}: {last} after {:.2} ms (median), {:.2} ms (p99)",
            quantile(&spans, 0.5),
            quantile(&spans, 0.99)
        );
    }
    Ok(())
}

/// Sockets that are opened and closed, so many a second, beside idle ones.
async fn handshakes(house: &House, idle: usize) -> Result<(), Failed> {
    let mut held = Vec::with_capacity(idle);
    let mut visitors = Vec::new();
    for n in 0..idle {
        if n % 30 == 0 {
            let (_, token, id) = house.visitor().await?;
            visitors.push((token, id));
        }
        let (token, id) = &visitors[n / 30];
        let mut socket = Socket::connect(&house.host, "/api/widget/socket", None).await?;
        socket
            .say(format!(
                r#"{{"type":"hello","token":"{token}","conversation":"{id}","after":0}}"#
            ))
            .await?;
        socket.hear().await.ok_or("no welcome came")?;
        held.push(socket);
    }
    let memory = house.memory()?;
    let mut tick = tokio::time::interval(Duration::from_secs(1) / HANDSHAKES as u32);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let mut opened = JoinSet::new();
    let begin = now();
    for _ in 0..HANDSHAKES * SECONDS {
        tick.tick().await;
        let host = house.host.clone();
        opened.spawn(async move {
            let begin = now();
            let socket = Socket::connect(&host, "/api/widget/socket", None).await;
            socket.map(|_| begin.elapsed())
        });
    }
    let (mut spans, mut refused) = (Vec::new(), 0);
    while let Some(done) = opened.join_next().await {
        match done? {
            Ok(span) => spans.push(span),
            Err(_) => refused += 1,
        }
    }
    let rate = spans.len() as f64 / begin.elapsed().as_secs_f64();
    spans.sort_unstable();
    println!(
        "guards  {idle} idle sockets and {rate:.0} handshakes a second beside them ({HANDSHAKES} were tried): p50 {:.1} ms, p99 {:.1} ms, {refused} refused, {:+.0} MB",
        quantile(&spans, 0.5),
        quantile(&spans, 0.99),
        (house.memory()? as f64 - memory as f64) / 1e6
    );
    Ok(())
}
