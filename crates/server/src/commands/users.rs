//! `segue user`: agents.

use clap::Subcommand;
use segue_core::access::Role;

use super::Outcome;
use super::database::{Database, desk_of};
use crate::desk::Error;
use crate::http::hash_password;

#[derive(Subcommand)]
pub(super) enum User {
    /// Add an agent. The password is read from the first line of standard input.
    Add {
        /// What they sign in with.
        email: String,
        /// What customers see.
        #[arg(long)]
        name: String,
        /// `agent`, `lead` or `admin`.
        #[arg(long, default_value = "agent")]
        role: String,
        /// Conversations they can hold at once.
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(i64).range(1..))]
        capacity: i64,
        #[command(flatten)]
        database: Database,
    },
    /// List the agents: address, role, name.
    List {
        #[command(flatten)]
        database: Database,
    },
    /// Give an agent another password, read from the first line of standard input. Their
    /// sessions end.
    ResetPassword {
        /// What they sign in with.
        email: String,
        #[command(flatten)]
        database: Database,
    },
}

impl User {
    pub(super) async fn run(self) -> Outcome {
        match self {
            User::Add {
                email,
                name,
                role,
                capacity,
                database,
            } => add(email, name, &role, capacity, &database).await,
            User::List { database } => list(&database).await,
            User::ResetPassword { email, database } => reset_password(&email, &database).await,
        }
    }
}

async fn add(
    email: String,
    name: String,
    role: &str,
    capacity: i64,
    database: &Database,
) -> Outcome {
    let role = Role::from_name(role).ok_or("a role is `agent`, `lead` or `admin`")?;
    let (email, name) = (email.trim().to_string(), name.trim().to_string());
    if email.parse::<lettre::Address>().is_err() {
        return Err("that is not an e-mail address".into());
    }
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err("give a name that customers can read with --name".into());
    }
    let password = read_password()?;
    let (desk, workspace) = desk_of(database).await?;
    let added = desk.add_agent(
        workspace.id,
        email,
        name,
        role,
        capacity,
        hash_password(&password),
    );
    match added.await {
        Err(Error::Store(segue_store::Error::Conflict)) => {
            Err("somebody signs in with that address already".into())
        }
        other => {
            other?;
            println!("added; they sign in at /console/");
            Ok(())
        }
    }
}

/// The first line of standard input.
fn read_password() -> Result<String, Box<dyn std::error::Error>> {
    let mut password = String::new();
    std::io::stdin().read_line(&mut password)?;
    let password = password.trim_end_matches(['\n', '\r']);
    if password.chars().count() < 10 {
        return Err("give a password of at least 10 characters on standard input".into());
    }
    Ok(password.into())
}

async fn list(database: &Database) -> Outcome {
    let (desk, workspace) = desk_of(database).await?;
    let agents = desk.store.read(move |tx| tx.agents(&workspace.id)).await?;
    if agents.is_empty() {
        println!("nobody yet; `segue user add` makes the first account");
    }
    for agent in agents {
        let note = match agent.deactivated_at {
            Some(_) => "  (deactivated)",
            None => "",
        };
        println!(
            "{}  {}  {}{note}",
            agent.email,
            agent.role.name(),
            agent.name
        );
    }
    Ok(())
}

async fn reset_password(email: &str, database: &Database) -> Outcome {
    let (desk, workspace) = desk_of(database).await?;
    let hash = hash_password(&read_password()?);
    let email = email.trim().to_lowercase();
    match desk.reset_password(workspace.id, email, hash).await {
        Err(Error::NotFound) => {
            Err("nobody signs in with that address; `segue user list` says who does".into())
        }
        other => {
            println!(
                "{} has the new password; their sessions have ended",
                other?.name
            );
            Ok(())
        }
    }
}
