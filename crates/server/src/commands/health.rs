//! `segue health`: asks a running server, in the way a container's health check wants it.

use std::net::SocketAddr;

use clap::Args;

use super::Outcome;
use crate::doctor::ask;

#[derive(Args)]
pub(super) struct Health {
    /// Where it listens.
    #[arg(long, env = "SEGUE_LISTEN", default_value = "127.0.0.1:7700")]
    listen: SocketAddr,
}

impl Health {
    pub(super) fn run(self) -> Outcome {
        let (status, body) = ask(self.listen, "/health/ready")
            .map_err(|error| format!("no answer at {}: {error}", self.listen))?;
        match status {
            200 => {
                print!("{body}");
                Ok(())
            }
            status => Err(format!("not ready (status {status}): {}", body.trim()).into()),
        }
    }
}
