//! Several processes on one PostgreSQL database: they hear of each other, one of them
//! keeps the queue, and whatever is killed, paused, cut or restarted, nothing that was
//! acknowledged is lost or doubled. `scripts/with-postgres` provides the database.
//!
//! The tests named `soak_…` do the same for longer; `make soak` runs them.

#![expect(clippy::unwrap_used, reason = "a test may unwrap, its helpers too")]

mod answers;
mod database;
mod lines;
mod node;
mod people;
mod presence;
mod queue;
mod races;
mod restarts;
mod tls;
mod wake_ups;
