//! Keeps the search up with what is said.

use std::time::Duration;

use crate::desk::Desk;

/// How often it is looked at what is new: what was said is found so much later. A conversation
/// in which much is said is written once for all that.
const EVERY: Duration = Duration::from_secs(5);

/// Makes what is said findable until the process ends.
pub async fn keep_findable(desk: Desk) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = desk.make_findable().await {
            tracing::warn!(%error, "could not make what was said findable; the next look will");
        }
    }
}
