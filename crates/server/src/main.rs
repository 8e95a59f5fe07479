//! The `segue` binary.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use segue_core::access::Role;
use segue_server::demo::Demo;
use segue_server::desk::{Desk, Error, read_folder};
use segue_server::edge::Clock;
use segue_server::http::{Rates, hash_password, openapi};
use segue_server::serve::{Options, start};
use segue_store::{Store, Workspace};

/// AI-to-human handoff for customer support.
#[derive(Parser)]
#[command(name = "segue", version)]
struct Cli {
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
    /// Make or upgrade the database, then end.
    Migrate(Database),
    /// Print the OpenAPI document.
    Openapi,
}

#[derive(Args, Clone)]
struct Database {
    /// The folder of the embedded database.
    #[arg(long, env = "SEGUE_DATA", default_value = "segue-data")]
    data: PathBuf,
    /// PostgreSQL instead: postgres://user:password@host:port/name.
    #[arg(long, env = "SEGUE_DATABASE")]
    database: Option<String>,
}

#[derive(Args)]
struct Serve {
    /// Where to listen.
    #[arg(long, env = "SEGUE_LISTEN", default_value = "127.0.0.1:7700")]
    listen: SocketAddr,
    #[command(flatten)]
    database: Database,
    /// A mail server for answers by e-mail: smtp://user:password@host:587?tls=required.
    #[arg(long, env = "SEGUE_SMTP", requires = "mail_from")]
    smtp: Option<String>,
    /// The address that mails come from.
    #[arg(long, env = "SEGUE_MAIL_FROM", requires = "smtp")]
    mail_from: Option<String>,
    /// Switch the rate limits off, for load tests.
    #[arg(long)]
    no_rate_limits: bool,
}

#[derive(Subcommand)]
enum Kb {
    /// Import a folder of Markdown files; importing again updates.
    Import {
        /// The folder.
        folder: PathBuf,
        #[command(flatten)]
        database: Database,
    },
}

#[derive(Subcommand)]
enum User {
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
}

#[derive(Subcommand)]
enum Token {
    /// Make an API token; it is shown this once.
    Add {
        /// What it is for.
        name: String,
        #[command(flatten)]
        database: Database,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("SEGUE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,segue_server=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
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

type Outcome = Result<(), Box<dyn std::error::Error>>;

async fn run(command: Command) -> Outcome {
    match command {
        Command::Serve(serve) => serve_until_stopped(serve, false).await,
        Command::Demo(serve) => serve_until_stopped(serve, true).await,
        Command::Kb(Kb::Import { folder, database }) => import(&folder, &database).await,
        Command::User(User::Add {
            email,
            name,
            role,
            capacity,
            database,
        }) => add_user(email, name, &role, capacity, &database).await,
        Command::Token(Token::Add { name, database }) => add_token(name, &database).await,
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

async fn serve_until_stopped(serve: Serve, is_demo: bool) -> Outcome {
    if is_demo && !serve.listen.ip().is_loopback() {
        return Err("the demo opens its console to anybody, so it listens on this machine only; use `segue serve`".into());
    }
    let data = match (is_demo, serve.database.data.to_str()) {
        (true, Some("segue-data")) => PathBuf::from("segue-data/demo"),
        _ => serve.database.data,
    };
    let rates = if serve.no_rate_limits {
        Rates::unlimited()
    } else {
        Rates::default()
    };
    let options = Options {
        listen: serve.listen,
        data,
        database: serve.database.database,
        mail: serve.smtp.zip(serve.mail_from),
        rates,
        runners: 2,
    };
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder()?;
    let mut running = start(options).await?.with_metrics(metrics);
    let address = running.address();
    if is_demo {
        let demo = Demo::seed(&running.app.desk, |doing| eprintln!("segue: {doing}")).await?;
        running = running.with_demo(demo);
        println!(
            "Open http://{address}/demo to play both parts: the shop's customer and the agent."
        );
    } else if let Some(link) = running.setup_link().await? {
        println!(
            "First start: open {link} to name your company and make the first account. The link works once, for a day."
        );
    } else {
        println!("Segue serves http://{address}/");
    }
    running.serve(stopped()).await?;
    Ok(())
}

async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    let kind = tokio::signal::unix::SignalKind::terminate();
    match tokio::signal::unix::signal(kind) {
        Ok(mut terminate) => tokio::select! { _ = interrupted => {}, _ = terminate.recv() => {} },
        Err(_) => drop(interrupted.await),
    }
}

fn open(database: &Database) -> Result<Store, segue_store::Error> {
    match &database.database {
        Some(url) => Store::open_postgres(url),
        None => Store::open_sqlite(&database.data),
    }
}

async fn import(folder: &std::path::Path, database: &Database) -> Outcome {
    let (desk, workspace) = desk_of(database).await?;
    let read = read_folder(folder)
        .map_err(|error| format!("could not read {}: {error}", folder.display()))?;
    let progress = |done, all| eprintln!("{done} of {all} files");
    let imported = desk.import(&workspace.id, read.files, progress).await?;
    let faults: Vec<_> = read.faults.iter().chain(&imported.faults).collect();
    for fault in &faults {
        eprintln!("left out {}: {}", fault.name, fault.fault);
    }
    println!(
        "{} added, {} updated, {} unchanged, {} left out",
        imported.added,
        imported.updated,
        imported.unchanged,
        faults.len()
    );
    Ok(())
}

async fn add_user(
    email: String,
    name: String,
    role: &str,
    capacity: i64,
    database: &Database,
) -> Outcome {
    let role = Role::from_name(role).ok_or("a role is `agent`, `lead` or `admin`")?;
    let mut password = String::new();
    std::io::stdin().read_line(&mut password)?;
    let password = password.trim_end_matches(['\n', '\r']);
    let (email, name) = (email.trim().to_string(), name.trim().to_string());
    if email.parse::<lettre::Address>().is_err() {
        return Err("that is not an e-mail address".into());
    }
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err("give a name that customers can read with --name".into());
    }
    if password.chars().count() < 10 {
        return Err("give a password of at least 10 characters on standard input".into());
    }
    let (desk, workspace) = desk_of(database).await?;
    let added = desk.add_agent(
        workspace.id,
        email,
        name,
        role,
        capacity,
        hash_password(password),
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

async fn add_token(name: String, database: &Database) -> Outcome {
    let (desk, workspace) = desk_of(database).await?;
    println!("{}", desk.add_token(workspace.id, name).await?);
    Ok(())
}

/// A desk over a database that was started once, with its workspace.
async fn desk_of(database: &Database) -> Result<(Desk, Workspace), Box<dyn std::error::Error>> {
    let desk = Desk::new(open(database)?, Clock::System, false);
    let workspace = desk
        .store
        .read(|tx| tx.first_workspace())
        .await?
        .ok_or("start `segue serve` once first")?;
    Ok((desk, workspace))
}
