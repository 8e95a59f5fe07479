//! What a dead process left in its folder, and how it goes on from there: everything that
//! stood is finished, with the clock set on so that nothing rests any more.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use segue_core::ids::WorkspaceId;
use segue_core::time::MINUTE_MS;
use segue_server::channels::Mailer;
use segue_server::desk::Desk;
use segue_server::edge::Clock;
use segue_server::fetch::{FetchLimits, Fetcher};
use segue_server::jobs::{Tools, work_one};
use segue_server::live::Hub;
use segue_store::{Error, Store, View};

use crate::ground::runtime;
use crate::post::Post;
use crate::rules;

/// Reads the rules off a folder that nobody serves.
pub fn check(folder: &Path) -> Result<(), String> {
    runtime().block_on(async {
        let store = Store::open_sqlite(folder).map_err(|error| error.to_string())?;
        look(&store).await
    })
}

/// Reads the rules off a database that others may serve.
pub fn check_at(url: &str) -> Result<(), String> {
    runtime().block_on(async {
        let store = Store::open_postgres(url).map_err(|error| error.to_string())?;
        look(&store).await
    })
}

async fn look(store: &Store) -> Result<(), String> {
    let faults = store.read(|tx| {
        let mut faults = Vec::new();
        for workspace in tx.workspaces()? {
            faults.extend(rules::faults(tx, &workspace.id)?);
        }
        Ok::<_, Error>(faults)
    });
    let faults = faults.await.unwrap();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n"))
    }
}

/// Finishes the jobs that were left: no answer is owed, and every mail that was owed is in
/// its mailbox, each under one Message-ID.
pub fn finish(folder: &Path, post: &Post) -> Result<(), String> {
    let store = Store::open_sqlite(folder).map_err(|error| error.to_string())?;
    finish_in(store, post)
}

/// The same on PostgreSQL.
pub fn finish_at(url: &str, post: &Post) -> Result<(), String> {
    let store = Store::open_postgres(url).map_err(|error| error.to_string())?;
    finish_in(store, post)
}

fn finish_in(store: Store, post: &Post) -> Result<(), String> {
    runtime().block_on(async {
        // Two minutes later the claims of the dead have run out.
        let clock = Clock::standing_at(Clock::System.now().plus(2 * MINUTE_MS));
        let tools = Tools {
            desk: Desk::new(store.clone(), clock.clone(), true),
            hub: Hub::new(),
            mailer: Some(Arc::new(Mailer::new(post.url(), "help@shop.example")?)),
            fetcher: Fetcher::new(vec!["127.0.0.0/8".parse().unwrap()], FetchLimits::default()),
            model: None,
        };
        for _ in 0..20 {
            while work_one(&tools).await.map_err(|error| error.to_string())? {}
            clock.advance(MINUTE_MS);
        }
        look(&store).await?;
        let jobs = store.read(|tx| tx.count_jobs()).await.unwrap();
        if !jobs.is_empty() {
            return Err(format!("jobs are left: {jobs:?}"));
        }
        let owed = store.read(owed).await.unwrap();
        let taken: BTreeSet<String> = post.taken().into_iter().collect();
        if owed != taken {
            return Err(format!("mails owed {owed:?}, taken {taken:?}"));
        }
        Ok(())
    })
}

fn owed(tx: &mut segue_store::Tx<'_>) -> Result<BTreeSet<String>, Error> {
    let mut owed = BTreeSet::new();
    let workspaces: Vec<WorkspaceId> = tx.workspaces()?.into_iter().map(|it| it.id).collect();
    for workspace_id in workspaces {
        for listed in tx.list_conversations(&workspace_id, &View::All, None, 10_000)? {
            let id = listed.conversation.id;
            let events = tx.events(&workspace_id, &id, 0, 10_000)?;
            owed.extend(rules::mails_owed(&events).iter().map(ToString::to_string));
        }
    }
    Ok(owed)
}
