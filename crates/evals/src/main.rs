//! `segue-evals train` rebuilds every head that `sense` reads texts with, from the data
//! files under `evals/`, with fixed seeds; `segue-evals eval` scores what came of it on
//! files that training never opens.

#![expect(
    clippy::print_stdout,
    reason = "a command line tool talks to whoever runs it"
)]

mod baselines;
mod card;
mod cases;
mod checks;
mod eval;
mod guards;
mod limits;
mod logistic;
mod network;
mod retrieval;
mod score;
mod sets;
mod similar;
mod train;
mod vectors;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use segue_sense::read::Reader;

/// The weights of what drafts and repetitions are read with.
const GUARDS: &str = "crates/sense/data/guards.bin";

/// Trains and scores what Segue reads texts with.
#[derive(Parser)]
#[command(name = "segue-evals", version)]
struct Cli {
    /// The folder of the data.
    #[arg(long, default_value = "evals")]
    evals: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Rebuild crates/sense/data/heads.bin.
    Train {
        /// The sentence model; see `segue model install`.
        #[arg(long, env = "SEGUE_MODEL")]
        model: PathBuf,
        /// Where the sentence vectors of earlier runs are kept.
        #[arg(long, default_value = "target/vectors.bin")]
        vectors: PathBuf,
        /// The file of weights.
        #[arg(long, default_value = "crates/sense/data/heads.bin")]
        out: PathBuf,
    },
    /// Rebuild crates/sense/data/guards.bin alone: what drafts and repetitions are read with.
    Guards {
        /// The sentence model; see `segue model install`.
        #[arg(long, env = "SEGUE_MODEL")]
        model: PathBuf,
        /// The file of weights.
        #[arg(long, default_value = GUARDS)]
        out: PathBuf,
        /// Name each dev case that went wrong.
        #[arg(long)]
        errors: bool,
    },
    /// Tell what other limits on scores and cosines would do on the dev files.
    Limits {
        /// The sentence model; see `segue model install`.
        #[arg(long, env = "SEGUE_MODEL")]
        model: PathBuf,
    },
    /// Print every case that training and tuning learn from, with its labels.
    Cases,
    /// Print every knowledge base that tuning learns to search, with its questions.
    Searches,
    /// Measure a knowledge base on files of questions, by words and by meaning.
    Retrieval {
        /// The folder of its articles.
        #[arg(long, required_unless_present = "train")]
        kb: Option<PathBuf>,
        /// The files of questions.
        files: Vec<PathBuf>,
        /// Find the weights on the training sets and write them instead.
        #[arg(long, conflicts_with = "kb")]
        train: bool,
        /// Name each question that went wrong; not for test files.
        #[arg(long)]
        errors: bool,
        /// The sentence model; see `segue model install`.
        #[arg(long, env = "SEGUE_MODEL")]
        model: Option<PathBuf>,
        /// The file of weights.
        #[arg(long, default_value = "crates/sense/src/retrieval/weights.rs")]
        out: PathBuf,
    },
    /// What a search and an edit cost among so many articles.
    SearchSpeed {
        /// The numbers of articles.
        #[arg(default_values_t = [1_000, 10_000, 100_000])]
        sizes: Vec<usize>,
    },
    /// Whether messages about the same issue are told from others.
    Similar {
        /// The file of pairs.
        file: PathBuf,
        /// The sentence model; without it the lexical mode is measured.
        #[arg(long, env = "SEGUE_MODEL")]
        model: Option<PathBuf>,
    },
    /// Score on files that training never opens.
    Eval {
        /// The folder of cases below the data's: `test` or `dev`.
        #[arg(long, default_value = "test")]
        part: String,
        /// The binary whose `segue judge` is scored.
        #[arg(long, default_value = "target/evals/segue")]
        segue: PathBuf,
        /// The sentence model; without it the lexical mode is scored.
        #[arg(long, env = "SEGUE_MODEL")]
        model: Option<PathBuf>,
        /// Score drafts and repetitions alone.
        #[arg(long)]
        checks: bool,
        /// Print the cases that went wrong. For development files: whoever reads the errors
        /// of the test files has seen them.
        #[arg(long)]
        errors: bool,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.command {
        Command::Train {
            model,
            vectors,
            out,
        } => train::train(&cli.evals, model, vectors, out)
            .and_then(|()| guards::train(&cli.evals, model, Path::new(GUARDS), false)),
        Command::Guards { model, out, errors } => guards::train(&cli.evals, model, out, *errors),
        Command::Limits { model } => limits::tell(&cli.evals, model),
        Command::Cases => train::print_cases(&cli.evals),
        Command::Searches => retrieval::searches::print(&cli.evals),
        Command::Retrieval {
            kb: Some(kb),
            files,
            errors,
            model,
            ..
        } => retrieval::measure(kb, files, model.as_deref(), *errors),
        Command::Retrieval {
            model: Some(model),
            out,
            ..
        } => retrieval::train(&cli.evals, model, out),
        Command::Retrieval { .. } => Err("training needs the sentence model: give --model".into()),
        Command::SearchSpeed { sizes } => {
            retrieval::speed::measure(sizes);
            Ok(())
        }
        Command::Similar { file, model } => {
            reader(model.as_deref()).and_then(|reader| similar::measure(file, &reader))
        }
        Command::Eval {
            part,
            segue,
            model,
            checks,
            errors,
        } => score(&cli, part, segue, model.as_deref(), (*checks, *errors)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("segue-evals: {error}");
            ExitCode::FAILURE
        }
    }
}

fn score(
    cli: &Cli,
    part: &str,
    segue: &Path,
    model: Option<&Path>,
    (checks_alone, errors): (bool, bool),
) -> Result<(), Box<dyn Error>> {
    let arguments = match model {
        Some(path) => vec!["--model".into(), path.display().to_string()],
        None => vec!["--lexical".into()],
    };
    let reader = reader(model)?;
    eval::eval(&eval::Setting {
        evals: cli.evals.clone(),
        part: part.to_owned(),
        segue: segue.to_owned(),
        arguments,
        errors,
        checks_alone,
        reader,
    })
}

fn reader(model: Option<&Path>) -> Result<Reader, Box<dyn Error>> {
    match model {
        Some(path) => Reader::open(path)
            .map_err(|error| format!("could not open {}: {error}", path.display()).into()),
        None => Ok(Reader::lexical()),
    }
}
