//! Importing articles: a folder or an upload of Markdown files. Importing again
//! updates; a bad file is reported by name and the rest is taken.

use std::path::Path;

use segue_core::ids::WorkspaceId;
use segue_sense::markdown::{ArticleFault, MAX_BYTES, parse_article};
use segue_store::Article;
use serde::Serialize;

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
    /// Files that could not be taken.
    pub faults: Vec<FileFault>,
}

/// A file that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FileFault {
    /// Its name.
    pub name: String,
    /// What is wrong with it and what to do.
    pub fault: String,
}

/// Articles written in one transaction.
const BATCH: usize = 50;

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
        let known: Vec<String> = {
            let id = workspace_id.clone();
            let articles = self
                .store
                .read(move |tx| tx.articles(&id).map_err(Error::from))
                .await?;
            articles.into_iter().map(|article| article.source).collect()
        };
        let mut done = 0;
        for batch in files.chunks(BATCH) {
            let mut articles = Vec::with_capacity(batch.len());
            for (name, bytes) in batch {
                match parse_article(name, bytes) {
                    Ok(parsed) => {
                        let moment = self.clock.moment();
                        articles.push(Article {
                            id: moment.id(),
                            workspace_id: workspace_id.clone(),
                            source: name.clone(),
                            title: parsed.title,
                            tags: parsed.tags,
                            text: parsed.body,
                            updated_at: moment.now,
                        });
                    }
                    Err(fault) => imported.faults.push(FileFault {
                        name: name.clone(),
                        fault: fault.to_string(),
                    }),
                }
            }
            let changed: Vec<(String, bool)> = self
                .verb(move |tx, _| {
                    let put = |article: &Article| {
                        Ok::<_, Error>((article.source.clone(), tx.put_article(article)?))
                    };
                    articles.iter().map(put).collect()
                })
                .await?;
            for (source, changed) in changed {
                match (known.contains(&source), changed) {
                    (false, _) => imported.added += 1,
                    (true, true) => imported.updated += 1,
                    (true, false) => imported.unchanged += 1,
                }
            }
            done += batch.len();
            progress(done, total);
        }
        Ok(imported)
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
    let mut read = FolderRead::default();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            let end = path.extension().unwrap_or_default();
            if kind.is_dir() {
                folders.push(path);
            } else if end.eq_ignore_ascii_case("md") {
                let inside = path.strip_prefix(folder).unwrap_or(&path);
                let name = inside.to_string_lossy().replace('\\', "/");
                match read_file(&path, kind.is_file() && inside.to_str().is_some()) {
                    Ok(bytes) => read.files.push((name, bytes)),
                    Err(fault) => read.faults.push(FileFault { name, fault }),
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
    let unread = |error: std::io::Error| format!("it could not be read: {error}");
    if std::fs::metadata(path).map_err(unread)?.len() > MAX_BYTES as u64 {
        return Err(ArticleFault::TooLarge.to_string());
    }
    std::fs::read(path).map_err(unread)
}
