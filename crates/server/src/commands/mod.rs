//! What is said on the command line. Each command has a file; it reads its arguments,
//! calls what does the work, and says in words how that went.

mod database;
mod judge;
mod knowledge;
mod model;
mod policy;
mod serve;
mod tokens;
mod users;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::http::openapi;
use crate::logs::{self, LogFormat};
use database::{Database, open};
use judge::{JudgeOptions, Judged, judge_lines};
use knowledge::Kb;
use model::Model;
use policy::PolicyFile;
use serve::{Serve, serve_until_stopped};
use tokens::Token;
use users::User;

/// AI-to-human handoff for customer support.
#[derive(Parser)]
#[command(name = "segue", version)]
struct Cli {
    /// How log lines are written; SEGUE_LOG says which, such as `debug`.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        env = "SEGUE_LOG_FORMAT"
    )]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve widget, console and API.
    Serve(Serve),
    /// A believable company to play with, on this machine only.
    Demo(Serve),
    /// The knowledge base.
    #[command(subcommand)]
    Kb(Kb),
    /// Agents.
    #[command(subcommand)]
    User(User),
    /// API tokens.
    #[command(subcommand)]
    Token(Token),
    /// When the assistant hands over, as a file.
    #[command(subcommand)]
    Policy(PolicyFile),
    /// The sentence model, without which Segue reads texts by their words alone.
    #[command(subcommand)]
    Model(Model),
    /// Judge labelled cases, one JSON object a line, from standard input.
    Judge {
        #[arg(value_enum)]
        what: Judged,
        #[command(flatten)]
        options: JudgeOptions,
    },
    /// Make or upgrade the database, then end.
    Migrate(Database),
    /// Print the OpenAPI document.
    Openapi,
}

/// How a command ended; the error is what the operator is told.
type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The commands with their options, for what is generated from them.
pub fn cli() -> clap::Command {
    Cli::command()
}

/// Runs what the command line says.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    logs::start(cli.log_format);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("segue: could not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("segue: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Outcome {
    match command {
        Command::Serve(serve) => serve_until_stopped(serve, false).await,
        Command::Demo(serve) => serve_until_stopped(serve, true).await,
        Command::Kb(kb) => kb.run().await,
        Command::User(user) => user.run().await,
        Command::Token(token) => token.run().await,
        Command::Policy(policy) => policy.run(),
        Command::Model(model) => model.run(),
        Command::Judge { what, options } => judge_lines(&what, &options),
        Command::Migrate(database) => {
            open(&database)?;
            println!("the database is up to date");
            Ok(())
        }
        Command::Openapi => {
            println!("{}", serde_json::to_string_pretty(&openapi())?);
            Ok(())
        }
    }
}
