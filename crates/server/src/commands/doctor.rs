//! `segue doctor`: what is wrong here, and what to do about it.

use clap::{Args, CommandFactory};

use super::serve::Serve;
use super::{Cli, Outcome};
use crate::doctor::{State, Subject, examine};
use crate::edge::Clock;

#[derive(Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    serve: Serve,
    /// Print one JSON object instead, for programs.
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(super) async fn run(self) -> Outcome {
        let serve = self.serve;
        let subject = Subject {
            listen: serve.listen,
            data: serve.database.data,
            database: serve.database.database,
            mail: serve.smtp.zip(serve.mail_from),
            policy: serve.policy,
            model_url: serve.model_url,
            settings: settings(),
            clock: Clock::System,
        };
        // Databases, mail servers and disks are waited for here.
        let checks = tokio::task::spawn_blocking(move || examine(&subject)).await?;
        let failed = checks
            .iter()
            .filter(|check| check.state == State::Fail)
            .count();
        if self.json {
            let told = serde_json::json!({ "ok": failed == 0, "checks": checks });
            println!("{}", serde_json::to_string_pretty(&told)?);
        } else {
            for check in &checks {
                println!(
                    "{:<5} {:<15} {}",
                    check.state.name(),
                    check.name,
                    check.found
                );
                if let Some(next) = &check.next {
                    println!("{:<21} → {next}", "");
                }
            }
        }
        match failed {
            0 => Ok(()),
            1 => Err("one thing is wrong".into()),
            several => Err(format!("{several} things are wrong").into()),
        }
    }
}

/// The names of all settings in the environment.
fn settings() -> Vec<String> {
    let mut names = vec![
        "SEGUE_LOG".to_string(),
        "SEGUE_MODEL".into(),
        "SEGUE_MODEL_KEY".into(),
        "SEGUE_METRICS_TOKEN".into(),
    ];
    let cli = Cli::command();
    let mut commands = vec![&cli];
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands());
        let variables = command
            .get_arguments()
            .filter_map(|option| option.get_env());
        names.extend(variables.map(|name| name.to_string_lossy().into_owned()));
    }
    names
}
