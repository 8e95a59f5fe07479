//! `segue token`: API tokens.

use clap::Subcommand;
use segue_core::access::Scope;
use segue_core::audit::By;

use super::Outcome;
use super::database::{Database, desk_of};

#[derive(Subcommand)]
pub(super) enum Token {
    /// Make an API token; it is shown this once.
    Add {
        /// What it is for.
        name: String,
        /// What it may do: decisions, contacts:read, contacts:write, conversations:read,
        /// conversations:write, measures:read. Several with commas between.
        #[arg(long, required = true, value_delimiter = ',', value_parser = scope)]
        scope: Vec<Scope>,
        #[command(flatten)]
        database: Database,
    },
}

fn scope(name: &str) -> Result<Scope, String> {
    let names: Vec<&str> = Scope::ALL.iter().map(|scope| scope.name()).collect();
    Scope::from_name(name).ok_or_else(|| format!("the scopes are {}", names.join(", ")))
}

impl Token {
    pub(super) async fn run(self) -> Outcome {
        match self {
            Token::Add {
                name,
                scope,
                database,
            } => add(name, scope, &database).await,
        }
    }
}

async fn add(name: String, scopes: Vec<Scope>, database: &Database) -> Outcome {
    let (desk, workspace) = desk_of(database).await?;
    let (_, key) = desk
        .add_token(workspace.id, name, scopes, By::Operator)
        .await?;
    println!("{key}");
    Ok(())
}
