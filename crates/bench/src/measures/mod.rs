//! The leads' views over a million messages: a past is written as the desk stores it, the
//! server's own jobs count it and make it findable, and then each view's door is asked as the
//! console asks it, with the periods and filters that it offers.

mod history;

use std::time::Duration;

use segue_core::time::Timestamp;
use segue_store::Store;

use crate::client::Http;
use crate::house::{House, admin};
use crate::{Failed, now, quantile};

/// How long is waited for the jobs to come through.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// The aim.
const AIM_MS: f64 = 300.0;

/// Measures and prints.
pub async fn run(messages: usize, rounds: usize, database: Option<&str>) -> Result<(), Failed> {
    let mut house = House::open_on(database).await?;
    house.stop().await?;
    let begun = now();
    let conversations = messages / history::EACH;
    {
        let store = match database {
            Some(url) => Store::open_postgres(url)?,
            None => Store::open_sqlite(&house.folder)?,
        };
        history::write(&store, conversations, the_time()).await?;
    }
    println!(
        "{messages} messages in {conversations} conversations of {} days, written in {:.0} s",
        history::DAYS,
        begun.elapsed().as_secs_f64()
    );
    house.start_again().await?;
    let mut lead = admin(&house.host).await?;
    let begun = now();
    counted(&mut lead).await?;
    println!("counted in {:.0} s", begun.elapsed().as_secs_f64());
    found(&mut lead).await?;
    println!("all findable after {:.0} s", begun.elapsed().as_secs_f64());
    if let Ok(file) = std::fs::metadata(house.folder.join("segue.db")) {
        println!("the file has {} MB", file.len() / 1_000_000);
    }
    let mut slow = 0;
    for (what, path) in views(&mut lead).await? {
        slow += usize::from(one(&mut lead, &what, &path, rounds).await? > AIM_MS);
    }
    println!("{slow} of them take longer than {AIM_MS:.0} ms at the median");
    println!("{}", house.switches());
    Ok(())
}

/// Until everything is counted.
async fn counted(lead: &mut Http) -> Result<(), Failed> {
    let begun = now();
    loop {
        let shown = lead.json("GET", "/api/console/measures?days=7", "").await?;
        if shown["is_whole"] == true {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            return Err("it was not counted within an hour".into());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Until the last conversation is found by its words.
async fn found(lead: &mut Http) -> Result<(), Failed> {
    let begun = now();
    let path = format!("/api/console/search?q={}", history::LAST);
    loop {
        let shown = lead.json("GET", &path, "").await?;
        if shown["items"].as_array().is_some_and(|it| !it.is_empty()) {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            return Err("it was not made findable within an hour".into());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Every view with its door.
async fn views(lead: &mut Http) -> Result<Vec<(String, String)>, Failed> {
    let shown = lead
        .json("GET", "/api/console/measures?days=90", "")
        .await?;
    let inbox = shown["choices"]["inboxes"][0]["id"]
        .as_str()
        .unwrap_or_default();
    let filters = [
        ("", String::new()),
        (", of an inbox", format!("&inbox={inbox}")),
        (", of a plan", "&plan=team".into()),
        (", in a language", "&language=de".into()),
        (", of a topic", "&topic=topic%203".into()),
        (", for a reason", "&trigger=topic.complaint".into()),
        (
            ", of an inbox, a plan and a topic",
            format!("&inbox={inbox}&plan=free&topic=topic%200"),
        ),
    ];
    let mut views = vec![];
    let mut view = |what: &str, path: String| views.push((what.to_string(), path));
    for days in [7, 30, 90] {
        for (name, filter) in &filters {
            view(
                &format!("overview, course, causes: {days} days{name}"),
                format!("/api/console/measures?days={days}{filter}"),
            );
            view(
                &format!("product problems: {days} days{name}"),
                format!("/api/console/measures/product?days={days}{filter}"),
            );
            view(
                &format!("load: {days} days{name}"),
                format!("/api/console/measures/load?days={days}{filter}"),
            );
        }
        for figure in [
            "handoffs",
            "dissatisfied",
            "mail_late",
            "product_problem",
            "repeated",
            "unsettled",
        ] {
            for (name, filter) in [&filters[0], &filters[4], &filters[6]] {
                view(
                    &format!("behind {figure}: {days} days{name}"),
                    format!("/api/console/measures/behind?days={days}&figure={figure}{filter}"),
                );
            }
        }
        view(
            &format!("gaps: {days} days"),
            format!("/api/console/gaps?days={days}"),
        );
    }
    view(
        "overview, course, causes: a year",
        "/api/console/measures?days=365".into(),
    );
    view("floor", "/api/console/floor".into());
    view("policy lab", "/api/console/policy?language=en".into());
    view(
        "policy lab: verdicts",
        "/api/console/policy/verdicts".into(),
    );
    for q in [
        "word3",
        "word41000",
        "word5+word8",
        "word30+word200+word900",
        "nowhere",
    ] {
        view(
            &format!("search: {q}"),
            format!("/api/console/search?q={q}"),
        );
    }
    Ok(views)
}

/// Asks a door some times; the median in milliseconds.
async fn one(lead: &mut Http, what: &str, path: &str, rounds: usize) -> Result<f64, Failed> {
    let mut spans = Vec::new();
    for _ in 0..rounds.max(1) {
        let begun = now();
        let (status, text) = lead.call("GET", path, "").await?;
        spans.push(begun.elapsed());
        if status != 200 {
            return Err(format!("{path}: {status} {text}").into());
        }
    }
    let first = spans[0].as_secs_f64() * 1_000.0;
    spans.sort_unstable();
    let (half, most) = (quantile(&spans, 0.5), quantile(&spans, 1.0));
    let mark = if half > AIM_MS { " SLOW" } else { "" };
    println!("{what}: first {first:.0} ms, p50 {half:.0} ms, longest {most:.0} ms{mark}");
    Ok(half)
}

fn the_time() -> Timestamp {
    #[expect(
        clippy::disallowed_methods,
        reason = "the past ends when it is measured"
    )]
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp::from_millis(since.map_or(0, |since| since.as_millis() as i64))
}
