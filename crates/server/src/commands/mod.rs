//! What is said on the command line. Each command has a file; it reads its arguments,
//! calls what does the work, and says in words how that went.

mod backup;
mod database;
mod doctor;
mod forecast;
mod health;
mod jobs;
mod judge;
mod knowledge;
mod model;
mod past;
mod policy;
mod reference;
mod serve;
mod tokens;
mod users;
mod workspaces;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::http::openapi;
use crate::http::schemas::handoff_package;
use crate::logs::{self, LogFormat};
use backup::{Backup, Restore};
use database::Migrate;
use doctor::Doctor;
use forecast::{Forecast, Simulate};
use health::Health;
use jobs::Jobs;
use judge::{JudgeOptions, Judged, judge_lines};
use knowledge::Kb;
use model::Model;
use past::Past;
use policy::{PolicyFile, Replay};
pub use reference::settings_page;
use serve::{Serve, serve_until_stopped};
use tokens::Token;
use users::User;
use workspaces::Workspaces;

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
    /// Companies that are served here.
    #[command(subcommand)]
    Workspace(Workspaces),
    /// When the assistant hands over, as a file.
    #[command(subcommand)]
    Policy(PolicyFile),
    /// Make every decision of a conversation again from what was stored; status 1 where one
    /// comes out otherwise.
    Replay(Replay),
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
    /// Foretell waits from what happens, one JSON object a line, from standard input.
    Forecast(Forecast),
    /// Print what happened in the queue, as the log that `segue forecast` reads.
    Past(Past),
    /// Play a contact centre and measure how good forecasts are.
    Simulate(Simulate),
    /// Make or upgrade the database, then end.
    Migrate(Migrate),
    /// Copy the embedded database into one file, also while it is served.
    Backup(Backup),
    /// Put a backup in the place of the database.
    Restore(Restore),
    /// Work that was given up after several tries.
    #[command(subcommand)]
    Jobs(Jobs),
    /// Look for what is wrong, and say what to do about it. Takes the options of `serve`.
    Doctor(Doctor),
    /// Ask a running server whether it is ready; for containers.
    Health(Health),
    /// Print the OpenAPI document.
    Openapi,
    /// Print the JSON Schema of what an agent receives with a handoff.
    Schema,
    /// Print the operator's list of settings, as the book has it.
    #[command(hide = true)]
    Settings,
    /// Write the manual pages into a folder, for packages.
    #[command(hide = true)]
    Man {
        /// The folder.
        folder: PathBuf,
    },
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
    let ended = runtime.block_on(run(cli.command));
    #[cfg(feature = "otel")]
    crate::trace::stop();
    match ended {
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
        Command::Workspace(workspaces) => workspaces.run().await,
        Command::Policy(policy) => policy.run().await,
        Command::Replay(replay) => replay.run().await,
        Command::Model(model) => model.run(),
        Command::Judge { what, options } => judge_lines(&what, &options),
        Command::Forecast(forecast) => forecast.run(),
        Command::Past(past) => past.run().await,
        Command::Simulate(simulate) => simulate.run(),
        Command::Migrate(migrate) => migrate.run(),
        Command::Backup(backup) => backup.run().await,
        Command::Restore(restore) => restore.run().await,
        Command::Jobs(jobs) => jobs.run().await,
        Command::Doctor(doctor) => doctor.run().await,
        Command::Health(health) => health.run(),
        Command::Settings => {
            print!("{}", settings_page());
            Ok(())
        }
        Command::Man { folder } => Ok(clap_mangen::generate_to(cli(), folder)?),
        Command::Schema => {
            println!("{}", serde_json::to_string_pretty(&handoff_package())?);
            Ok(())
        }
        Command::Openapi => {
            println!("{}", serde_json::to_string_pretty(&openapi())?);
            Ok(())
        }
    }
}
