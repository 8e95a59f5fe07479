//! `segue policy`: when the assistant hands over, as a file.

use std::path::PathBuf;

use clap::Subcommand;

use super::Outcome;
use crate::policy;

#[derive(Subcommand)]
pub(super) enum PolicyFile {
    /// Print the default policy, every line explained.
    Init,
    /// Say what a policy means, or what is wrong with it.
    Check {
        /// The file.
        file: PathBuf,
    },
}

impl PolicyFile {
    pub(super) fn run(self) -> Outcome {
        match self {
            PolicyFile::Init => print!("{}", policy::init()),
            PolicyFile::Check { file } => print!("{}", policy::check(&file)?),
        }
        Ok(())
    }
}
