//! Reads pages of the web that are to become articles. A page that cannot be taken says
//! why; a site map leads to more of them.

use segue_core::ids::WorkspaceId;
use segue_sense::markdown::parse_article;
use segue_sense::sources::{Found, Reading, SourceFault, page, read_source};
use tokio::task::JoinSet;

use crate::desk::{Desk, Error, FileFault, Imported};
use crate::fetch::{FetchError, Fetcher, Page, PageKind};

/// Pages that a site map may lead to.
const MOST_MORE: usize = 1_000;

/// What became of pages that were to be imported.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// What was imported, and what could not be.
    pub imported: Imported,
    /// Addresses that site maps among them list.
    pub more: Vec<String>,
}

/// Reads pages side by side and imports them, each under its address.
pub async fn gather(
    desk: &Desk,
    fetcher: &Fetcher,
    workspace_id: &WorkspaceId,
    addresses: Vec<String>,
) -> Result<Gathered, Error> {
    let mut reading = JoinSet::new();
    for (number, address) in addresses.into_iter().enumerate() {
        let fetcher = fetcher.clone();
        reading.spawn(async move {
            let name = plain_address(&address);
            let page = match fetcher.get(&name).await {
                // A page of megabytes takes a core for a while; sockets must not wait.
                Ok(page) => tokio::task::spawn_blocking(move || understand(&page)).await,
                Err(error) => return (number, name.clone(), Err(fault_of(&name, &error))),
            };
            let broken = |_| fault_of(&name, &FetchError::Unreachable);
            (number, name.clone(), page.map_err(broken))
        });
    }
    let mut pages = reading.join_all().await;
    pages.sort_by_key(|(number, ..)| *number);
    let mut gathered = Gathered::default();
    let (mut read, mut faults) = (Vec::new(), Vec::new());
    for (_, name, page) in pages {
        match page {
            Ok(Understood::Articles(mut found)) => {
                for one in &mut found.found {
                    one.source = format!("{name}{}", one.source);
                }
                read.push((name, found));
            }
            Ok(Understood::More(more)) => gathered.more.extend(more),
            Err(fault) => faults.push(fault),
        }
    }
    gathered.more.truncate(MOST_MORE);
    gathered.imported = desk.import_read(workspace_id, read).await?;
    gathered.imported.faults.extend(faults);
    Ok(gathered)
}

enum Understood {
    /// Their sources are what follows the address.
    Articles(Reading),
    More(Vec<String>),
}

fn understand(page_read: &Page) -> Understood {
    let bytes = page_read.text.as_bytes();
    let one = |article| Reading {
        found: vec![Found {
            source: String::new(),
            article,
        }],
        faults: vec![],
    };
    let fault = |fault| Reading {
        found: vec![],
        faults: vec![fault],
    };
    Understood::Articles(match page_read.kind {
        PageKind::Html => {
            let here = reqwest::Url::parse(&page_read.address).ok();
            let complete = |href: &str| Some(here.as_ref()?.join(href).ok()?.to_string());
            page(bytes, None, Some(&complete)).map_or_else(fault, one)
        }
        PageKind::Markdown | PageKind::Plain => {
            let name = page_read.address.rsplit('/').next().unwrap_or_default();
            let parsed = parse_article(name, bytes).map_err(SourceFault::Article);
            parsed.map_or_else(fault, one)
        }
        PageKind::Csv => read_source(".csv", bytes).without_name(".csv"),
        PageKind::Xml => return Understood::More(listed(&page_read.text)),
    })
}

/// What a site map lists.
fn listed(text: &str) -> Vec<String> {
    let places = text.split("<loc>").skip(1);
    let places = places.filter_map(|rest| rest.split_once("</loc>"));
    places
        .map(|(place, _)| place.trim().replace("&amp;", "&"))
        .take(MOST_MORE)
        .collect()
}

/// An address as it is asked for and remembered: with a scheme, without a fragment.
fn plain_address(address: &str) -> String {
    let address = address.trim();
    let address = address.split('#').next().unwrap_or_default();
    if address.contains("://") {
        address.to_owned()
    } else {
        format!("https://{address}")
    }
}

fn fault_of(name: &str, error: &FetchError) -> FileFault {
    let (code, detail) = match error {
        FetchError::Address(_) => ("page_address", None),
        FetchError::NotPublic => ("page_not_public", None),
        FetchError::TooManyRedirects | FetchError::Redirected => ("page_redirects", None),
        FetchError::Status(status) => ("page_status", Some(status.to_string())),
        FetchError::Kind(kind) => ("page_kind", Some(kind.clone())),
        FetchError::NotJson => ("page_kind", Some("JSON".into())),
        FetchError::TooLarge(_) => ("page_too_large", None),
        FetchError::TooSlow(_) => ("page_too_slow", None),
        FetchError::Unreachable => ("page_unreachable", None),
    };
    FileFault {
        name: name.chars().take(300).collect(),
        code: code.into(),
        line: None,
        detail,
        fault: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_remembered_without_their_fragments() {
        let check = |given: &str, expected: &str| assert_eq!(plain_address(given), expected);
        check(" shop.example/help#top ", "https://shop.example/help");
        check("http://shop.example/?a=1", "http://shop.example/?a=1");
    }

    #[test]
    fn a_site_map_lists_pages() {
        let map = "<urlset><url><loc> https://shop.example/a?x=1&amp;y=2 </loc></url><url><loc>https://shop.example/b</loc></url><loc>open";
        assert_eq!(
            listed(map),
            ["https://shop.example/a?x=1&y=2", "https://shop.example/b"]
        );
    }
}
