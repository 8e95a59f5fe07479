//! How often the check of written answers is right, on a folder of articles.
//!
//! `cargo run --release -p segue-sense --example grounding -- demo/kb`. Each sentence of an
//! article must pass before that article; it must not once a number in it is another, once
//! it says no for yes, or before the passages of another article. `SHOWS=1` prints what
//! went wrong.

use segue_sense::grounding::{Ground, Source, Verdict};
use segue_sense::markdown::parse_article;
use segue_sense::retrieval::passages;

struct Article {
    title: String,
    passages: Vec<String>,
}

#[derive(Default)]
struct Count {
    all: usize,
    passed: usize,
}

fn main() {
    let folder = std::env::args().nth(1).expect("name a folder of articles");
    let shows = std::env::var("SHOWS").is_ok();
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder can be read")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect();
    files.sort();
    let articles: Vec<Article> = files
        .iter()
        .map(|path| {
            let bytes = std::fs::read(path).expect("an article can be read");
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let article = parse_article(&name, &bytes).expect("an article is Markdown");
            let cut = passages(&article.title, &article.body).into_iter();
            Article {
                passages: cut.map(|passage| passage.text).collect(),
                title: article.title,
            }
        })
        .collect();
    let [mut own, mut number, mut opposite, mut other] = [(); 4].map(|()| Count::default());
    for (at, article) in articles.iter().enumerate() {
        let check = |ground: &Ground, sentence: &str, count: &mut Count, wanted: bool| {
            let passed = matches!(ground.check(sentence, "en"), Verdict::Supported(..));
            count.all += 1;
            count.passed += usize::from(passed);
            if shows && passed != wanted {
                println!("{:?}: {sentence}", ground.check(sentence, "en"));
            }
        };
        let here = ground(article);
        let there = ground(&articles[(at + 1) % articles.len()]);
        for sentence in article
            .passages
            .iter()
            .flat_map(|passage| sentences(passage))
        {
            if sentence.split(' ').count() < 4 {
                continue;
            }
            check(&here, sentence, &mut own, true);
            check(&there, sentence, &mut other, false);
            if let Some(changed) = other_number(sentence) {
                check(&here, &changed, &mut number, false);
            }
            if let Some(turned) = turned_round(sentence) {
                check(&here, &turned, &mut opposite, false);
            }
        }
    }
    for (what, count) in [
        ("own sentences", own),
        ("another number", number),
        ("no for yes", opposite),
        ("another article's", other),
    ] {
        let share = count.passed as f64 / count.all.max(1) as f64;
        println!("{what:<20}{:>6} passed {share:>6.3}", count.all);
    }
}

fn ground(article: &Article) -> Ground {
    let sources: Vec<Source<'_>> = article
        .passages
        .iter()
        .map(|passage| Source {
            title: &article.title,
            passage,
        })
        .collect();
    Ground::of(&sources)
}

fn sentences(passage: &str) -> Vec<&str> {
    // A point within a number ends no sentence.
    let lines = passage.lines().flat_map(|line| line.split(". "));
    lines.map(str::trim).collect()
}

fn other_number(sentence: &str) -> Option<String> {
    let at = sentence.find(|c: char| c.is_ascii_digit())?;
    // A list's own number is none.
    if at == 0 {
        return None;
    }
    let digit = if sentence[at..].starts_with('7') {
        "8"
    } else {
        "7"
    };
    Some(format!("{}{digit}{}", &sentence[..at], &sentence[at + 1..]))
}

fn turned_round(sentence: &str) -> Option<String> {
    let pairs = [
        (" cannot ", " can "),
        (" can ", " cannot "),
        (" is not ", " is "),
        (" is ", " is not "),
        (" are ", " are not "),
    ];
    let (from, to) = pairs.iter().find(|(from, _)| sentence.contains(from))?;
    Some(sentence.replacen(from, to, 1))
}
