//! `segue judge`: labelled cases in, what Segue makes of them out.

use std::io::BufWriter;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use segue_core::policy::Policy;
use segue_sense::read::Reader;

use super::Outcome;
use crate::edge::Clock;
use crate::judge::{Kb as JudgedKb, Task, judge};
use crate::{model, policy};

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Judged {
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
pub(super) struct JudgeOptions {
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

pub(super) fn judge_lines(what: &Judged, options: &JudgeOptions) -> Outcome {
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
    folder: Option<&Path>,
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
