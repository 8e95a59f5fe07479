//! One suite, run on the embedded database and on PostgreSQL. `scripts/with-postgres`
//! provides the latter; without it the suite fails rather than skip.

#![expect(clippy::unwrap_used, reason = "a test may unwrap, its helpers too")]

#[macro_use]
mod ground;
mod audit;
mod connections;
mod decisions;
mod files;
mod jobs;
mod leases;
mod leaving;
mod measures;
mod people;
mod policies;
mod queue;
mod search;
mod settings;
mod webhooks;
mod writes;
