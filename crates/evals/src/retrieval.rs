//! `segue-evals retrieval`: how well a knowledge base is searched, and whether it is known
//! when it has no answer. With `--train` it finds the weights for that first.
//!
//! A line of a file is `{"lang", "query", "articles": [file], "answerable"}`, or one of the
//! public sets': `{"lang", "text", "labels": [file or intent]}`.

pub mod figures;
pub mod searches;
pub mod speed;
mod train;

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use segue_core::ids::ArticleId;
use segue_core::time::Timestamp;
use segue_sense::markdown::parse_article;
use segue_sense::read::Reader;
use segue_sense::retrieval::{Article, Features, Hit, Index, Library, Query};
use serde::Deserialize;

use figures::{Ranked, Scored};
pub use train::train;

/// Passages that are looked at, as everywhere in the product.
const HITS: usize = 5;

/// Which reading is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Lexical,
    WithVectors,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Line {
    lang: String,
    query: String,
    text: String,
    articles: Vec<String>,
    labels: Vec<String>,
}

/// A question with the files that answer it; none if nothing does.
#[derive(Clone, Debug)]
pub struct Asked {
    pub text: String,
    pub language: String,
    pub right: Vec<String>,
}

/// A knowledge base with questions.
pub struct Set {
    pub articles: Vec<Article>,
    pub files: HashMap<ArticleId, String>,
    pub asked: Vec<Asked>,
}

impl Set {
    /// Reads a folder of articles and files of questions; a question that stands in an
    /// article word for word is left out.
    pub fn read(kb: &Path, files: &[PathBuf]) -> Result<Set, Box<dyn Error>> {
        let (articles, names) = articles(kb)?;
        let known: Vec<&String> = names.values().collect();
        let mut asked = Vec::new();
        for path in files {
            let text = fs::read_to_string(path)
                .map_err(|error| format!("could not read {}: {error}", path.display()))?;
            for (number, line) in text
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.is_empty())
            {
                let line: Line = serde_json::from_str(line)
                    .map_err(|error| format!("{} line {}: {error}", path.display(), number + 1))?;
                let text = if line.query.is_empty() {
                    line.text
                } else {
                    line.query
                };
                let file = |label: &String| {
                    let stem = label.trim_end_matches(".md").to_lowercase();
                    format!("{}.md", stem.replace(['_', ' '], "-"))
                };
                let right = line.articles.iter().chain(&line.labels).map(file);
                let right = right.filter(|file| known.contains(&file)).collect();
                let stands = |article: &Article| article.text.contains(&format!("- {text}\n"));
                if !articles.iter().any(stands) {
                    asked.push(Asked {
                        text,
                        language: line.lang,
                        right,
                    });
                }
            }
        }
        Ok(Set {
            articles,
            files: names,
            asked,
        })
    }

    /// Whether what was found is of a right article.
    pub fn is_right(&self, asked: &Asked, hit: &Hit) -> bool {
        self.files
            .get(&hit.article_id)
            .is_some_and(|file| asked.right.contains(file))
    }
}

/// Articles, and the file that each came from.
type Folder = (Vec<Article>, HashMap<ArticleId, String>);

fn articles(kb: &Path) -> Result<Folder, Box<dyn Error>> {
    let entries =
        fs::read_dir(kb).map_err(|error| format!("could not read {}: {error}", kb.display()))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    let mut articles = Vec::new();
    let mut files = HashMap::new();
    for (number, path) in paths.iter().enumerate() {
        let file = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let parsed = parse_article(&file, &fs::read(path)?)
            .map_err(|fault| format!("{}: {fault}", path.display()))?;
        let id = ArticleId::new(Timestamp::from_millis(0), number as u128);
        files.insert(id.clone(), file);
        articles.push(Article {
            id,
            title: parsed.title,
            tags: parsed.tags,
            text: parsed.body,
        });
    }
    Ok((articles, files))
}

/// What reads a set: its index, and the index without each article that answers something.
pub struct Desk<'a> {
    set: &'a Set,
    library: Library,
    index: Index,
    queries: Vec<Query>,
    without: HashMap<Vec<String>, Index>,
}

/// What was seen of a question.
pub struct Seen {
    pub language: String,
    /// Whether the articles that were searched answer it.
    pub answerable: bool,
    /// Whether the best passage is of the right article.
    pub right: bool,
    /// Place of the right article among the articles found, from 1.
    pub rank: Option<usize>,
    /// Whether its article was taken away.
    pub taken_away: bool,
    pub score: f64,
    pub features: Option<Features>,
}

impl<'a> Desk<'a> {
    pub fn new(set: &'a Set, mode: Mode, model: &Path) -> Result<Desk<'a>, Box<dyn Error>> {
        let texts = set.asked.iter().map(|asked| asked.text.as_str());
        let (library, queries) = match mode {
            Mode::Lexical => (Library::lexical(), texts.map(Query::from).collect()),
            Mode::WithVectors => {
                let reader = Reader::open(model)?;
                let queries = texts.map(|text| reader.query(text)).collect();
                (Library::of(&reader, 2), queries)
            }
        };
        let index = Index::build_with(set.articles.clone(), &library, usize::MAX);
        Ok(Desk {
            set,
            library,
            index,
            queries,
            without: HashMap::new(),
        })
    }

    /// Asks every question, and every answerable one again without its articles.
    pub fn ask_all(&mut self) -> Vec<Seen> {
        let mut seen = Vec::new();
        for (asked, query) in self.set.asked.iter().zip(&self.queries) {
            seen.push(look(self.set, &self.index, asked, query, false));
            if !asked.right.is_empty() {
                let rest = self.without.entry(asked.right.clone()).or_insert_with(|| {
                    let stays =
                        |article: &&Article| !asked.right.contains(&self.set.files[&article.id]);
                    let rest = self.set.articles.iter().filter(stays).cloned().collect();
                    Index::build_with(rest, &self.library, usize::MAX)
                });
                seen.push(look(self.set, rest, asked, query, true));
            }
        }
        seen
    }
}

fn look(set: &Set, index: &Index, asked: &Asked, query: &Query, taken_away: bool) -> Seen {
    let hits = index.search(query, HITS);
    let mut ranked: Vec<&ArticleId> = Vec::new();
    let wide = index.search(query, 40);
    for hit in &wide {
        if !ranked.contains(&&hit.article_id) {
            ranked.push(&hit.article_id);
        }
    }
    let is_right = |id: &&ArticleId| asked.right.contains(&set.files[*id]);
    Seen {
        language: asked.language.clone(),
        answerable: !asked.right.is_empty() && !taken_away,
        right: hits.first().is_some_and(|best| set.is_right(asked, best)),
        rank: ranked.iter().position(is_right).map(|at| at + 1),
        taken_away,
        score: index.answerable(query, &hits),
        features: index.features(query, &hits),
    }
}

/// Measures a knowledge base on files of questions in both modes.
pub fn measure(
    kb: &Path,
    files: &[PathBuf],
    model: Option<&Path>,
    errors: bool,
) -> Result<(), Box<dyn Error>> {
    let set = Set::read(kb, files)?;
    for mode in [Mode::Lexical, Mode::WithVectors] {
        let path = match (mode, model) {
            (Mode::WithVectors, None) => {
                println!("with vectors: not measured; give the sentence model with --model");
                continue;
            }
            (_, path) => path.unwrap_or(Path::new("")),
        };
        println!("== {mode:?}: {} articles", set.articles.len());
        let seen = Desk::new(&set, mode, path)?.ask_all();
        if errors {
            name_errors(&set, &seen);
        }
        report(&seen);
    }
    Ok(())
}

/// Names each question that went wrong, for development sets.
fn name_errors(set: &Set, seen: &[Seen]) {
    let given = seen.iter().filter(|seen| !seen.taken_away);
    for (asked, seen) in set.asked.iter().zip(given) {
        let wrong = match (seen.answerable, seen.right) {
            (true, true) if seen.score < 0.55 => "unsure",
            (true, false) => "not first",
            (false, _) if seen.score >= 0.35 => "believed",
            _ => continue,
        };
        println!(
            "{wrong} {:.2} {} {:?} {:?}, at {:?}",
            seen.score, asked.language, asked.text, asked.right, seen.rank
        );
    }
}

fn report(seen: &[Seen]) {
    let mut languages: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
    for one in seen {
        languages.entry(&one.language).or_default().push(one);
    }
    let all: Vec<&Seen> = seen.iter().collect();
    if languages.len() > 1 {
        for (language, seen) in &languages {
            println!("{language}: {}", line(seen));
        }
    }
    println!("all: {}", line(&all));
    let scored: Vec<Scored> = seen.iter().map(|seen| (seen.score, seen.right)).collect();
    figures::print_calibration(&scored);
}

/// Without a right article nothing can be ranked; without a wrong one nothing told apart.
fn line(seen: &[&Seen]) -> String {
    let ranks: Vec<Ranked> = seen
        .iter()
        .filter(|seen| seen.answerable)
        .map(|seen| (seen.right, seen.rank))
        .collect();
    let scored = |with_taken_away: bool| -> Vec<Scored> {
        seen.iter()
            .filter(|seen| with_taken_away || !seen.taken_away)
            .map(|seen| (seen.score, seen.answerable))
            .collect()
    };
    format!(
        "{}; answerable AUROC {} as given, {} with articles taken away",
        figures::ranking(&ranks),
        figures::auroc_words(&scored(false)),
        figures::auroc_words(&scored(true))
    )
}
