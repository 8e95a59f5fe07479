//! What breaks from outside: the process is killed at named points, the disk is full or does
//! not keep what it is told, the mail server dies in the middle of a word, the clock jumps.
//! `docs/faults.md` says what is promised.

#![expect(clippy::unwrap_used, reason = "a test may unwrap, its helpers too")]
#![cfg_attr(
    not(feature = "failpoints"),
    expect(dead_code, reason = "only the kills at named points use all of it")
)]

mod clock;
mod disk;
#[cfg(feature = "failpoints")]
#[expect(dead_code, reason = "the API's tests use the rest of it")]
#[path = "../post/dovecot.rs"]
mod dovecot;
mod ground;
#[cfg(feature = "failpoints")]
mod kill_points;
#[cfg(feature = "failpoints")]
mod kill_points_postgres;
mod left_behind;
mod mail;
#[cfg(feature = "failpoints")]
mod mail_in;
#[path = "../post/mod.rs"]
mod post;
mod process;
#[path = "../rules/mod.rs"]
mod rules;
mod talk;
#[cfg(feature = "failpoints")]
mod webhook;
