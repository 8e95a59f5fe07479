//! Fetches customers' mails: a line to each mailbox that is set and tested, held by the
//! node that keeps its workspace. A mail counts as fetched once it is taken, so a process
//! that dies between the two fetches it again, and whoever takes it knows it by then.

use std::collections::HashMap;
use std::time::Duration;

use segue_core::ids::InboxId;
use segue_core::time::Timestamp;
use segue_store::{Mailbox, Progress, kill_point};
use tokio::task::JoinHandle;

use super::Tools;
use crate::channels::incoming::Unreadable;
use crate::channels::{Line, set_aside_unread, take_in};
use crate::desk::Error;

/// How often it is looked which mailboxes are set.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long a line waits for news before it asks whether it is still wanted.
const NEWS_WITHIN: Duration = Duration::from_secs(20);
/// Between two tries of a mailbox that cannot be read.
const FIRST_REST: Duration = Duration::from_secs(5);
const LONGEST_REST: Duration = Duration::from_secs(300);

/// A mailbox under these settings.
type Set = (InboxId, Timestamp);

/// Keeps a line to each mailbox until this node stops.
pub async fn fetch_mail(tools: Tools) {
    let mut lines: HashMap<Set, JoinHandle<()>> = HashMap::new();
    while !tools.hub.is_closing() {
        match tools.desk.store.glance(|tx| tx.mailboxes()).await {
            Ok(mailboxes) => {
                let wanted = mailboxes.into_iter();
                let wanted = wanted.filter(|it| it.server.is_some() && it.tested_at.is_some());
                let wanted: HashMap<Set, Mailbox> = wanted
                    .map(|it| ((it.inbox_id.clone(), it.changed_at), it))
                    .collect();
                lines.retain(|set, line| {
                    let stays = wanted.contains_key(set) && !line.is_finished();
                    if !stays {
                        line.abort();
                    }
                    stays
                });
                for (set, mailbox) in wanted {
                    let hold = || tokio::spawn(hold(tools.clone(), mailbox));
                    lines.entry(set).or_insert_with(hold);
                }
            }
            Err(error) => tracing::warn!(%error, "could not look which mailboxes are set"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = tools.hub.closing() => {}
        }
    }
    for line in lines.into_values() {
        line.abort();
    }
}

/// Reads one mailbox again and again.
async fn hold(tools: Tools, mailbox: Mailbox) {
    let mut rest = FIRST_REST;
    loop {
        match tools.desk.keep(&mailbox.workspace_id).await {
            Ok(Some(_)) => match read_on(&tools, &mailbox).await {
                Ok(()) => rest = FIRST_REST,
                Err(why) => {
                    tracing::warn!(inbox.id = %mailbox.inbox_id, why, "a mailbox cannot be read; it is tried again");
                    metrics::counter!("segue_mailbox_failures_total").increment(1);
                    note_failure(&tools, &mailbox, why).await;
                    tokio::time::sleep(rest).await;
                    rest = (rest * 2).min(LONGEST_REST);
                    continue;
                }
            },
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "could not find out who reads a mailbox"),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Reads a mailbox for as long as this node keeps its workspace.
async fn read_on(tools: &Tools, mailbox: &Mailbox) -> Result<(), String> {
    let Some(server) = &mailbox.server else {
        return Ok(());
    };
    let mut line = Line::open(server)
        .await
        .map_err(|fault| fault.to_string())?;
    loop {
        if !read_news(tools, mailbox, &mut line).await? {
            line.close().await;
            return Ok(());
        }
        line = line
            .wait(NEWS_WITHIN)
            .await
            .map_err(|fault| fault.to_string())?;
        let kept = tools.desk.keep(&mailbox.workspace_id).await;
        if !kept.is_ok_and(|keep| keep.is_some()) {
            line.close().await;
            return Ok(());
        }
    }
}

/// Takes what is new; `false` if the mailbox was set otherwise meanwhile.
async fn read_news(tools: &Tools, mailbox: &Mailbox, line: &mut Line) -> Result<bool, String> {
    let desk = &tools.desk;
    let said = |error: Error| error.to_string();
    let asked = desk.mailbox(&mailbox.workspace_id, &mailbox.inbox_id);
    let Some(mailbox) = asked
        .await
        .map_err(said)?
        .filter(|it| it.changed_at == mailbox.changed_at)
    else {
        return Ok(false);
    };
    let sender = match tools.mailer_for(&mailbox.workspace_id).await? {
        Some(mailer) => mailer.from(),
        None => String::new(),
    };
    let news = line.news(&mailbox.progress, desk.clock.now()).await;
    let (mut progress, numbers) = news.map_err(|fault| fault.to_string())?;
    let before = progress.clone();
    for uid in &numbers {
        let slip = line.fetch(*uid).await.map_err(|fault| fault.to_string())?;
        kill_point("mail_in.fetched");
        match slip.raw {
            Some(raw) => {
                take_in(desk, &mailbox, &sender, raw).await.map_err(said)?;
            }
            None if slip.is_too_large => {
                let unread = set_aside_unread(desk, &mailbox, *uid, Unreadable::TooLarge);
                unread.await.map_err(said)?;
            }
            // Somebody else has removed it meanwhile.
            None => {}
        }
        kill_point("mail_in.taken");
        progress.last_uid = *uid;
        if !note(tools, &mailbox, &progress).await? {
            return Ok(false);
        }
    }
    // Once in a while it is said that all is well, and after a fault at once.
    let read_at = progress.read_at;
    let is_old = read_at.is_none_or(|at| desk.clock.now().since(at) > 60_000);
    if is_old || before.failure.is_some() || before.uid_validity != mailbox.progress.uid_validity {
        return note(tools, &mailbox, &progress).await;
    }
    Ok(true)
}

async fn note(tools: &Tools, mailbox: &Mailbox, progress: &Progress) -> Result<bool, String> {
    let progress = Progress {
        read_at: Some(tools.desk.clock.now()),
        failure: None,
        ..progress.clone()
    };
    let noted = tools.desk.note_progress(mailbox, progress).await;
    noted.map_err(|error| error.to_string())
}

/// Whoever looks at the settings sees since when a mailbox cannot be read, and why.
async fn note_failure(tools: &Tools, mailbox: &Mailbox, why: String) {
    let found = tools
        .desk
        .mailbox(&mailbox.workspace_id, &mailbox.inbox_id)
        .await;
    let Ok(Some(known)) = found else { return };
    // A fault of settings that are no more says nothing of those that are.
    if known.changed_at != mailbox.changed_at {
        return;
    }
    let since = known.progress.failure.as_ref().map(|(at, _)| *at);
    let progress = Progress {
        failure: Some((since.unwrap_or(tools.desk.clock.now()), why)),
        ..known.progress.clone()
    };
    if let Err(error) = tools.desk.note_progress(&known, progress).await {
        tracing::warn!(%error, "could not note that a mailbox cannot be read");
    }
}
