//! `segue token`: API tokens.

use clap::Subcommand;

use super::Outcome;
use super::database::{Database, desk_of};

#[derive(Subcommand)]
pub(super) enum Token {
    /// Make an API token; it is shown this once.
    Add {
        /// What it is for.
        name: String,
        #[command(flatten)]
        database: Database,
    },
}

impl Token {
    pub(super) async fn run(self) -> Outcome {
        match self {
            Token::Add { name, database } => add(name, &database).await,
        }
    }
}

async fn add(name: String, database: &Database) -> Outcome {
    let (desk, workspace) = desk_of(database).await?;
    println!("{}", desk.add_token(workspace.id, name).await?);
    Ok(())
}
