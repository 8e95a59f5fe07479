//! Importing articles: files of Markdown, HTML pages, tables of questions and answers.
//! Importing again updates; what is bad is reported by name and the rest is taken.

use std::collections::HashSet;
use std::path::Path;

use segue_core::audit::{Action, By};
use segue_core::ids::WorkspaceId;
use segue_sense::markdown::{ArticleFault, MAX_BYTES};
use segue_sense::sources::{MAX_SOURCE_BYTES, Reading, SourceFault, read_source};
use segue_store::Article;
use serde::Serialize;

use super::audit::Deed;
use super::{Desk, Error};

/// What became of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Imported {
    /// Articles that are new.
    pub added: usize,
    /// Articles that have changed.
    pub updated: usize,
    /// Articles that were the same before.
    pub unchanged: usize,
    /// What could not be taken.
    pub faults: Vec<FileFault>,
}

/// A file, or a part of it, that could not be taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FileFault {
    /// Its name.
    pub name: String,
    /// The kind of fault, for words in other languages.
    pub code: String,
    /// The line that it is about, from 1.
    pub line: Option<u64>,
    /// What the words name beside that: a status, a kind of file.
    pub detail: Option<String>,
    /// What is wrong with it and what to do.
    pub fault: String,
}

impl FileFault {
    /// A fault of a file.
    pub fn of(name: &str, fault: SourceFault) -> Self {
        Self {
            name: name.into(),
            code: fault.code().into(),
            line: fault.line(),
            detail: None,
            fault: fault.to_string(),
        }
    }
}

/// Articles written in one transaction.
const BATCH: usize = 50;
/// The longest name of a file or address, in letters.
const LONGEST_NAME: usize = 500;

impl Desk {
    /// Imports files by name. `progress` hears how many of how many are done.
    pub async fn import(
        &self,
        workspace_id: &WorkspaceId,
        files: Vec<(String, Vec<u8>)>,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<Imported, Error> {
        let mut imported = Imported::default();
        let total = files.len();
        let mut known = self.sources(workspace_id).await?;
        let mut done = 0;
        let mut files = files.into_iter().peekable();
        while files.peek().is_some() {
            let batch: Vec<_> = files.by_ref().take(BATCH).collect();
            let count = batch.len();
            // A page of megabytes takes a core for a while; sockets must not wait for that.
            let read = tokio::task::spawn_blocking(move || {
                let read = batch.into_iter().map(|(name, bytes)| {
                    let reading = read_source(&name, &bytes);
                    (name, reading)
                });
                read.collect::<Vec<_>>()
            });
            let read = read.await;
            let read = read.map_err(|_| Error::Invalid("the files could not be read"))?;
            self.enter(workspace_id, read, &mut known, &mut imported)
                .await?;
            done += count;
            progress(done, total);
        }
        Ok(imported)
    }

    /// Imports what was read elsewhere, from pages of the web for example.
    pub async fn import_read(
        &self,
        workspace_id: &WorkspaceId,
        read: Vec<(String, Reading)>,
    ) -> Result<Imported, Error> {
        let mut imported = Imported::default();
        let mut known = self.sources(workspace_id).await?;
        self.enter(workspace_id, read, &mut known, &mut imported)
            .await?;
        Ok(imported)
    }

    /// Writes down who imported, where it changed something. An import is several
    /// transactions, so its line comes after them.
    pub async fn note_import(
        &self,
        workspace_id: WorkspaceId,
        by: By,
        imported: &Imported,
    ) -> Result<(), Error> {
        if imported.added + imported.updated == 0 {
            return Ok(());
        }
        let deed = Deed::new(Action::ArticlesImported)
            .with("added", imported.added)
            .with("updated", imported.updated);
        self.write_down(workspace_id, by, deed).await
    }

    async fn sources(&self, workspace_id: &WorkspaceId) -> Result<HashSet<String>, Error> {
        let id = workspace_id.clone();
        let articles = self.store.read(move |tx| tx.articles(&id)).await?;
        Ok(articles.into_iter().map(|article| article.source).collect())
    }

    async fn enter(
        &self,
        workspace_id: &WorkspaceId,
        read: Vec<(String, Reading)>,
        known: &mut HashSet<String>,
        imported: &mut Imported,
    ) -> Result<(), Error> {
        let mut articles = Vec::new();
        for (name, reading) in read {
            if name.is_empty()
                || name.chars().count() > LONGEST_NAME
                || name.chars().any(char::is_control)
            {
                imported.faults.push(bad_name(&name));
                continue;
            }
            let faults = reading.faults.into_iter();
            imported
                .faults
                .extend(faults.map(|fault| FileFault::of(&name, fault)));
            let moment = self.clock.moment();
            articles.extend(reading.found.into_iter().map(|found| Article {
                id: moment.id(),
                workspace_id: workspace_id.clone(),
                source: found.source,
                title: found.article.title,
                tags: found.article.tags,
                text: found.article.body,
                updated_at: moment.now,
            }));
        }
        for batch in articles.chunks(BATCH) {
            let batch = batch.to_vec();
            let changed: Vec<(String, bool)> = self
                .verb(move |tx, _| {
                    let put = |article: &Article| {
                        Ok::<_, Error>((article.source.clone(), tx.put_article(article)?))
                    };
                    batch.iter().map(put).collect()
                })
                .await?;
            for (source, changed) in changed {
                match (known.insert(source), changed) {
                    (true, _) => imported.added += 1,
                    (false, true) => imported.updated += 1,
                    (false, false) => imported.unchanged += 1,
                }
            }
        }
        Ok(())
    }
}

fn bad_name(name: &str) -> FileFault {
    FileFault {
        name: name.chars().filter(|c| !c.is_control()).take(80).collect(),
        code: "bad_name".into(),
        line: None,
        detail: None,
        fault: format!(
            "its name is empty, longer than {LONGEST_NAME} letters or holds control characters; rename it"
        ),
    }
}

/// What a folder holds for an import: files by their path in it, and what was left out.
#[derive(Debug, Default)]
pub struct FolderRead {
    /// Name and content.
    pub files: Vec<(String, Vec<u8>)>,
    /// What could not be taken.
    pub faults: Vec<FileFault>,
}

/// Reads the Markdown files of a folder and the folders in it. Links are not followed: they
/// may lead round in circles or out of the folder.
pub fn read_folder(folder: &Path) -> std::io::Result<FolderRead> {
    read_ending_in(folder, &["md"])
}

/// Reads all that can be imported from a folder and the folders in it.
pub fn read_sources(folder: &Path) -> std::io::Result<FolderRead> {
    read_ending_in(
        folder,
        &["md", "markdown", "html", "htm", "xhtml", "csv", "tsv"],
    )
}

/// Reads one file for an import.
pub fn read_one(path: &Path) -> Result<(String, Vec<u8>), FileFault> {
    let name = path.file_name().unwrap_or(path.as_os_str());
    let name = name.to_string_lossy().into_owned();
    match read_file(path, path.is_file()) {
        Ok(bytes) => Ok((name, bytes)),
        Err(fault) => Err(unread(name, fault)),
    }
}

fn unread(name: String, fault: String) -> FileFault {
    FileFault {
        name,
        code: "unread".into(),
        line: None,
        detail: None,
        fault,
    }
}

fn read_ending_in(folder: &Path, ends: &[&str]) -> std::io::Result<FolderRead> {
    let mut read = FolderRead::default();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            let end = path.extension().unwrap_or_default();
            if kind.is_dir() {
                folders.push(path);
            } else if ends.iter().any(|it| end.eq_ignore_ascii_case(it)) {
                let inside = path.strip_prefix(folder).unwrap_or(&path);
                let name = inside.to_string_lossy().replace('\\', "/");
                match read_file(&path, kind.is_file() && inside.to_str().is_some()) {
                    Ok(bytes) => read.files.push((name, bytes)),
                    Err(fault) => read.faults.push(unread(name, fault)),
                }
            }
        }
    }
    read.files.sort();
    Ok(read)
}

fn read_file(path: &Path, is_plain: bool) -> Result<Vec<u8>, String> {
    if !is_plain {
        return Err("it is no plain file with a name in UTF-8; links are not followed".into());
    }
    let end = path.extension().unwrap_or_default();
    let is_markdown = ["md", "markdown"]
        .iter()
        .any(|it| end.eq_ignore_ascii_case(it));
    let limit = if is_markdown {
        MAX_BYTES
    } else {
        MAX_SOURCE_BYTES
    };
    let unread = |error: std::io::Error| format!("it could not be read: {error}");
    if std::fs::metadata(path).map_err(unread)?.len() > limit as u64 {
        return Err(if is_markdown {
            ArticleFault::TooLarge.to_string()
        } else {
            SourceFault::TooLarge.to_string()
        });
    }
    std::fs::read(path).map_err(unread)
}
