//! The doors: through their router with a fake clock, through real sockets on loopback,
//! and as a process that is killed. Jobs and sweeps run when the test says so.

#![expect(clippy::unwrap_used, reason = "a test may unwrap, its helpers too")]

mod access;
mod answered;
mod audit;
mod canaries;
mod canned;
mod contacts;
mod decisions;
#[path = "../post/dovecot.rs"]
mod dovecot;
mod draft_checks;
mod files;
mod first_hour;
mod frames;
mod gaps;
mod guards;
mod handoff;
mod hands;
mod identity;
mod inboxes;
mod injection;
mod kept_place;
mod killed;
mod lab;
mod limits;
mod lists;
mod mail;
mod mailbox;
mod measures;
mod measures_read;
mod model;
mod overheard;
mod package;
mod personal_data;
mod retention;
mod scripted;
mod search;
mod seen;
mod sheets;
mod shop;
mod sockets;
#[path = "../scenarios/mailbox.rs"]
mod sorting_office;
mod teams;
mod walk;
mod webhooks;
