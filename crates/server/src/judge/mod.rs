//! `segue judge`: labelled cases in, what Segue makes of them out, one JSON object a line
//! each way, so that anybody can measure it on cases of their own. It is the code that
//! live conversations go through.

mod decisions;
mod drafts;
mod lines;
mod repetition;
mod retrieval;

use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::path::Path;

use segue_core::ids::ArticleId;
use segue_core::policy::Policy;
use segue_core::time::Timestamp;
use segue_sense::markdown::parse_article;
use segue_sense::read::Reader;
use segue_sense::retrieval::{Article, Index, Library};

use crate::desk::read_folder;
use lines::each_line;

/// A knowledge base as a folder of Markdown files; empty by default.
#[derive(Default)]
pub struct Kb {
    index: Index,
    file_of: HashMap<ArticleId, String>,
}

impl Kb {
    /// Reads and indexes a folder. Files that cannot be taken come back with the fault.
    pub fn read(folder: &Path, reader: &Reader) -> io::Result<(Self, Vec<String>)> {
        let mut read = read_folder(folder)?;
        read.files.sort();
        let told = |fault: crate::desk::FileFault| format!("{}: {}", fault.name, fault.fault);
        let mut faults: Vec<String> = read.faults.into_iter().map(told).collect();
        let mut articles = Vec::new();
        let mut file_of = HashMap::new();
        for (number, (name, bytes)) in read.files.into_iter().enumerate() {
            match parse_article(&name, &bytes) {
                Ok(parsed) => {
                    let id = ArticleId::new(Timestamp::from_millis(0), number as u128);
                    file_of.insert(id.clone(), name);
                    articles.push(Article {
                        id,
                        title: parsed.title,
                        tags: parsed.tags,
                        text: parsed.body,
                    });
                }
                Err(fault) => faults.push(format!("{name}: {fault}")),
            }
        }
        let index = Index::build_with(articles, &Library::of(reader, 2), usize::MAX);
        Ok((Self { index, file_of }, faults))
    }

    fn file(&self, id: &ArticleId) -> &str {
        self.file_of.get(id).map_or("", String::as_str)
    }
}

/// What is judged.
pub enum Task<'a> {
    /// Whole conversations: what to do at the last message.
    Decisions {
        /// What the assistant knows.
        kb: &'a Kb,
        /// The rules.
        policy: &'a Policy,
        /// The instant of cases that name none.
        now: Timestamp,
    },
    /// Questions: which articles, and whether one answers.
    Retrieval {
        /// What is searched.
        kb: &'a Kb,
    },
    /// Agents' drafts: whether one greets coldly or asks for what was tried.
    Drafts,
    /// Customers' texts: whether one says again what was said before.
    Repetition,
}

/// Judges every line; returns whether all of them could be read.
pub fn judge(
    task: &Task<'_>,
    reader: &Reader,
    input: impl BufRead,
    output: impl Write,
) -> io::Result<bool> {
    match task {
        Task::Decisions { kb, policy, now } => each_line(input, output, |line| {
            decisions::judge(reader, kb, policy, *now, line)
        }),
        Task::Retrieval { kb } => {
            each_line(input, output, |line| retrieval::judge(reader, kb, line))
        }
        Task::Drafts => each_line(input, output, |line| drafts::judge(reader, line)),
        Task::Repetition => each_line(input, output, |line| repetition::judge(reader, line)),
    }
}
