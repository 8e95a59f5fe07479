//! Segue as whoever runs it at night meets it: the installed binary, its words and how it
//! ends, on both databases.

#![expect(clippy::unwrap_used, reason = "a test may unwrap, its helpers too")]

mod book;
mod commands;
mod drain;
mod process;
mod replay;
#[cfg(feature = "otel")]
mod traces;
