//! What articles are imported from: Markdown, a page of HTML, a table of questions and
//! answers. A file that cannot be taken says why and what to do; a bad row of a table
//! leaves the others alone.

mod decode;
mod html;
mod table;

use std::fmt;

use crate::markdown::{ArticleFault, ParsedArticle, parse_article};

pub use html::{Complete, fragment, page};

/// The largest page or table that is read, in bytes.
pub const MAX_SOURCE_BYTES: usize = 8 * 1024 * 1024;

/// An article with the name under which importing it again finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The file's name; for a row of a table with `#` and what tells it from the others.
    pub source: String,
    /// The article.
    pub article: ParsedArticle,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The articles that could be taken.
    pub found: Vec<Found>,
    /// What could not, in the order of the file.
    pub faults: Vec<SourceFault>,
}

impl Reading {
    /// The same with sources that begin after the file's name.
    pub fn without_name(mut self, name: &str) -> Self {
        for found in &mut self.found {
            if let Some(rest) = found.source.strip_prefix(name) {
                found.source = rest.to_owned();
            }
        }
        self
    }

    fn fault(fault: SourceFault) -> Self {
        Self {
            found: vec![],
            faults: vec![fault],
        }
    }
}

/// Why a file, or a row of it, is no article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceFault {
    /// It is no article.
    Article(ArticleFault),
    /// Neither Markdown nor HTML nor CSV, by its name.
    UnknownKind,
    /// Pictures, spreadsheets and the like.
    NotText,
    /// Larger than [`MAX_SOURCE_BYTES`].
    TooLarge,
    /// A page that holds no text, or only fetches it when a browser runs its scripts.
    NoReadableText,
    /// A table whose first line does not name its columns.
    NoColumns,
    /// A table with names of columns and nothing below.
    NoRows,
    /// A row that breaks the table's form, a quote that is never closed for example.
    BrokenRow {
        /// Its line, from 1.
        line: u64,
    },
    /// A row with an answer and no question.
    NoQuestion {
        /// Its line, from 1.
        line: u64,
    },
    /// A row with a question and no answer.
    NoAnswer {
        /// Its line, from 1.
        line: u64,
    },
}

impl SourceFault {
    /// Its name for programs and for words in other languages.
    pub const fn code(self) -> &'static str {
        match self {
            SourceFault::Article(fault) => fault.code(),
            SourceFault::UnknownKind => "unknown_kind",
            SourceFault::NotText => "not_text",
            SourceFault::TooLarge => "source_too_large",
            SourceFault::NoReadableText => "no_readable_text",
            SourceFault::NoColumns => "no_columns",
            SourceFault::NoRows => "no_rows",
            SourceFault::BrokenRow { .. } => "broken_row",
            SourceFault::NoQuestion { .. } => "no_question",
            SourceFault::NoAnswer { .. } => "no_answer",
        }
    }

    /// The line that it is about, from 1.
    pub const fn line(self) -> Option<u64> {
        match self {
            SourceFault::BrokenRow { line }
            | SourceFault::NoQuestion { line }
            | SourceFault::NoAnswer { line } => Some(line),
            _ => None,
        }
    }
}

impl fmt::Display for SourceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceFault::Article(fault) => fault.fmt(f),
            SourceFault::UnknownKind => f.write_str(
                "it is neither Markdown (.md), HTML (.html) nor CSV (.csv); save it as one of them",
            ),
            SourceFault::NotText => {
                f.write_str("it holds no text; save it as Markdown, HTML or CSV")
            }
            SourceFault::TooLarge => {
                f.write_str("it is larger than 8 MiB; split it into several files")
            }
            SourceFault::NoReadableText => f.write_str(
                "the page holds no text of its own; copy the text into a Markdown file instead",
            ),
            SourceFault::NoColumns => f.write_str(
                "the first line does not name the columns; write `question` and `answer` there",
            ),
            SourceFault::NoRows => f.write_str("there is no row below the names of the columns"),
            SourceFault::BrokenRow { line } => {
                write!(
                    f,
                    "line {line} breaks the table; look for a quote that is never closed"
                )
            }
            SourceFault::NoQuestion { line } => write!(f, "line {line} has no question"),
            SourceFault::NoAnswer { line } => write!(f, "line {line} has no answer"),
        }
    }
}

/// Reads a file by what its name ends in.
pub fn read_source(name: &str, bytes: &[u8]) -> Reading {
    let end = name.rsplit('.').next().unwrap_or_default();
    match end.to_ascii_lowercase().as_str() {
        "md" | "markdown" => markdown(name, bytes),
        "html" | "htm" | "xhtml" => match html::page(bytes, None, None) {
            Ok(article) => one(name, article),
            Err(fault) => Reading::fault(fault),
        },
        "csv" | "tsv" => table::read(name, bytes),
        _ => Reading::fault(SourceFault::UnknownKind),
    }
}

fn markdown(name: &str, bytes: &[u8]) -> Reading {
    match parse_article(name, bytes) {
        Ok(article) => one(name, article),
        Err(fault) => Reading::fault(SourceFault::Article(fault)),
    }
}

fn one(name: &str, article: ParsedArticle) -> Reading {
    Reading {
        found: vec![Found {
            source: name.into(),
            article,
        }],
        faults: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_by_what_its_name_ends_in() {
        let check = |name: &str, bytes: &[u8], titles: &[&str], faults: &[SourceFault]| {
            let reading = read_source(name, bytes);
            let seen: Vec<&str> = reading
                .found
                .iter()
                .map(|found| found.article.title.as_str())
                .collect();
            assert_eq!(seen, titles, "{name}");
            assert_eq!(reading.faults, faults, "{name}");
        };
        check("a.md", b"# Returns\n\nFree.", &["Returns"], &[]);
        check(
            "A.HTML",
            b"<h1>Returns</h1><p>You can return everything that you bought here within 60 days.",
            &["Returns"],
            &[],
        );
        check("a.csv", b"question,answer\nHow?,So.", &["How?"], &[]);
        check("logo.png", b"\x89PNG", &[], &[SourceFault::UnknownKind]);
        check("noend", b"text", &[], &[SourceFault::UnknownKind]);
        check(
            "a.md",
            b"",
            &[],
            &[SourceFault::Article(ArticleFault::Empty)],
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            for name in ["a.md", "a.html", "a.csv"] {
                let _ = read_source(name, &bytes);
            }
        }

        #[test]
        fn any_tags_are_read_or_refused(parts in proptest::collection::vec("(<(/)?(div|p|li|ul|a href='x'|table|td|pre|main|nav|h2|title|script|b)>)|[a-z ]{1,9}", 0..60)) {
            let _ = read_source("a.html", parts.concat().as_bytes());
        }
    }
}
