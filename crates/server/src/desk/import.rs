//! Importing articles: a folder or an upload of Markdown files. Importing again
//! updates; a bad file is reported by name and the rest is taken.

use std::path::Path;

use segue_core::ids::WorkspaceId;
use segue_sense::markdown::parse_article;
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
        progress: impl FnMut(usize, usize),
    ) -> Result<Imported, Error> {
        import(self, workspace_id, files, progress).await
    }
}

async fn import(
    desk: &Desk,
    workspace_id: &WorkspaceId,
    files: Vec<(String, Vec<u8>)>,
    mut progress: impl FnMut(usize, usize),
) -> Result<Imported, Error> {
    let mut imported = Imported::default();
    let total = files.len();
    let known: Vec<String> = {
        let id = workspace_id.clone();
        let articles = desk
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
                    let moment = desk.clock.moment();
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
        let changed: Vec<(String, bool)> = desk
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

/// The Markdown files of a folder and the folders in it, by their path in it.
pub fn read_folder(folder: &Path) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next)? {
            let path = entry?.path();
            let is_markdown = path
                .extension()
                .is_some_and(|end| end.eq_ignore_ascii_case("md"));
            if path.is_dir() {
                folders.push(path);
            } else if is_markdown {
                let name = path
                    .strip_prefix(folder)
                    .unwrap_or(&path)
                    .to_string_lossy()
                    .replace('\\', "/");
                files.push((name, std::fs::read(&path)?));
            }
        }
    }
    files.sort();
    Ok(files)
}
