//! What outlives a process, a disk's mistake and a version: backups that are taken back,
//! damage that is found, databases of an older version.

#![expect(clippy::unwrap_used, reason = "a test may unwrap, its helpers too")]

mod backup;
mod damage;
mod ground;
mod upgrade;
