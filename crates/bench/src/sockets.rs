//! W2: what an idle widget socket costs. W6: from the customer's click to the agent.

use std::time::Duration;

use crate::client::Socket;
use crate::house::{House, SWITCHES};
use crate::{Failed, now, quantile};

/// Sockets of one visitor's conversation; visitors cost rows, sockets are measured.
const PER_VISITOR: usize = 50;

/// Opens idle widget sockets, each after its hello, and divides the memory gained.
pub async fn w2(count: usize) -> Result<(), Failed> {
    let house = House::open().await?;
    let mut visitors = Vec::new();
    for _ in 0..count.div_ceil(PER_VISITOR) {
        let (_, token, id) = house.visitor().await?;
        visitors.push((token, id));
    }
    let before = house.memory()?;
    let mut sockets = Vec::with_capacity(count);
    for n in 0..count {
        let (token, id) = &visitors[n / PER_VISITOR];
        let mut socket = match Socket::connect(&house.host, "/api/widget/socket", None).await {
            Ok(socket) => socket,
            Err(error) => {
                println!("W2  stopped at {n} sockets: {error} (raise `ulimit -n`)");
                break;
            }
        };
        socket
            .say(format!(
                r#"{{"type":"hello","token":"{token}","conversation":"{id}","after":0}}"#
            ))
            .await?;
        socket.hear().await.ok_or("no welcome came")?;
        sockets.push(socket);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let gained = house.memory()?.saturating_sub(before);
    println!(
        "W2  {} idle widget sockets after hello and resume: {:.1} KB each ({:.0} MB in all)\n    {SWITCHES}",
        sockets.len(),
        gained as f64 / sockets.len().max(1) as f64 / 1024.0,
        gained as f64 / 1e6
    );
    Ok(())
}

/// Measures from the POST of the button to the console's list that shows it.
pub async fn w6(count: usize) -> Result<(), Failed> {
    let mut house = House::open().await?;
    let cookie = house.agent.cookie.clone();
    let mut console =
        Socket::connect(&house.host, "/api/console/socket", cookie.as_deref()).await?;
    let (frames, mut heard) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(frame) = console.hear().await {
            let _ = frames.send(frame);
        }
    });
    let mut spans = Vec::with_capacity(count);
    for _ in 0..count {
        let (mut customer, _, id) = house.visitor().await?;
        tokio::time::sleep(Duration::from_millis(5)).await;
        while heard.try_recv().is_ok() {}
        let path = format!("/api/widget/conversations/{id}/handoff");
        let begin = now();
        let clicked = tokio::spawn(async move {
            customer.json("POST", &path, "{}").await?;
            Ok::<_, Failed>(customer)
        });
        loop {
            let frame = heard.recv().await.ok_or("the console's line is over")?;
            if !frame.contains(r#""floor""#) {
                continue;
            }
            let (_, floor) = house.agent.call("GET", "/api/console/floor", "").await?;
            if floor.contains(&id) {
                break;
            }
        }
        spans.push(begin.elapsed());
        let mut customer = clicked.await??;
        customer
            .json(
                "POST",
                &format!("/api/widget/conversations/{id}/handoff/cancel"),
                "{}",
            )
            .await?;
    }
    spans.sort_unstable();
    println!(
        "W6  customer's click to the agent's list, {count} handoffs: p50 {:.1} ms, p99 {:.1} ms\n    {SWITCHES}",
        quantile(&spans, 0.5),
        quantile(&spans, 0.99)
    );
    Ok(())
}
