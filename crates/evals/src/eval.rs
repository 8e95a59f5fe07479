//! `segue-evals eval`: every capability on the files it was never tuned on, with counts
//! and intervals, by language, beside what a keyword list and always escalating reach.
//! Decisions and searches go through the `segue judge` of the binary that ships; single
//! turns through the reader that it uses.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use segue_core::signal::{Feedback, Reading, SmallTalk, Trigger};
use segue_sense::read::{Context, Reader};
use serde::Deserialize;
use serde_json::Value;

use crate::baselines;
use crate::cases::lines;
use crate::checks;
use crate::score::{Confusion, Share, auroc};
use crate::sets::head_of;

/// Where things are.
pub struct Setting {
    pub evals: PathBuf,
    /// The folder of cases below it: `test`, or `dev`.
    pub part: String,
    /// The `segue` binary.
    pub segue: PathBuf,
    /// More arguments for `segue judge`, such as `--lexical`.
    pub arguments: Vec<String>,
    /// Print the cases that went wrong.
    pub errors: bool,
    /// Score drafts and repetitions alone.
    pub checks_alone: bool,
    pub reader: Reader,
}

type Done = Result<(), Box<dyn Error>>;

/// Scores everything.
pub fn eval(setting: &Setting) -> Done {
    println!("# {}: {}\n", setting.part, mode(&setting.reader));
    checks(setting)?;
    if setting.checks_alone {
        return Ok(());
    }
    decisions(setting)?;
    searches(setting)?;
    turns(setting)?;
    public(setting)
}

fn mode(reader: &Reader) -> &'static str {
    match reader.encoder() {
        Some(_) => "with sentence vectors",
        None => "lexical mode",
    }
}

fn folders(setting: &Setting) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let folder = setting.evals.join(&setting.part);
    let mut found: Vec<PathBuf> = fs::read_dir(&folder)
        .map_err(|error| format!("could not read {}: {error}", folder.display()))?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.join("kb").is_dir())
        .collect();
    found.sort();
    Ok(found)
}

/// Drafts and repetitions, the cases of all files together.
fn checks(setting: &Setting) -> Done {
    println!("## Drafts and repetitions\n");
    let (evals, part) = (&setting.evals, setting.part.as_str());
    let judged = |name: &str| -> Result<Vec<Value>, Box<dyn Error>> {
        let mut lines = Vec::new();
        for file in checks::files(evals, part, name)? {
            println!("- {}", file.display());
            lines.extend(judged(setting, name, None, &file)?);
        }
        Ok(lines)
    };
    let drafts = judged("drafts")?;
    checks::score_drafts(
        &checks::load(evals, part, "drafts")?,
        &drafts,
        setting.errors,
    );
    let repetitions = judged("repetition")?;
    let cases = checks::load(evals, part, "repetition")?;
    checks::score_repetitions(&cases, &repetitions, setting.errors);
    println!();
    Ok(())
}

/// The lines that `segue judge WHAT` makes of a file, with a knowledge base where it takes one.
fn judged(
    setting: &Setting,
    what: &str,
    kb: Option<&Path>,
    file: &Path,
) -> Result<Vec<Value>, Box<dyn Error>> {
    let mut command = Command::new(&setting.segue);
    command.args(["judge", what]);
    if let Some(kb) = kb {
        command.arg("--kb").arg(kb);
    }
    let output = command
        .args(&setting.arguments)
        .stdin(File::open(file)?)
        .stdout(Stdio::piped())
        .output()
        .map_err(|error| format!("could not run {}: {error}", setting.segue.display()))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(format!("segue judge {what} on {}: {told}", file.display()).into());
    }
    let text = String::from_utf8(output.stdout)?;
    text.lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

/// A conversation with what is accepted at its last message.
#[derive(Deserialize)]
pub struct DecisionCase {
    id: String,
    pub lang: String,
    pub messages: Vec<crate::cases::Said>,
    pub accept: Vec<String>,
    must: String,
    triggers: Vec<String>,
    #[serde(default)]
    note: String,
}

#[derive(Clone, Copy, Default)]
struct Decided {
    right: Share,
    must: Confusion,
    escalation: Confusion,
    named: Share,
}

impl Decided {
    fn count(&mut self, case: &DecisionCase, action: &str, reasons: &[&str]) {
        let escalates = action == "escalate";
        self.right
            .count(case.accept.iter().any(|one| one == action));
        if case.must != "either" {
            self.must.count(escalates, case.must == "escalate");
        }
        let accepts = case.accept.iter().any(|one| one == "escalate");
        if !(accepts && case.must == "either") {
            self.escalation.count(escalates, accepts);
        }
        if case.must == "escalate" && escalates {
            let named = case
                .triggers
                .iter()
                .any(|one| reasons.contains(&one.as_str()));
            self.named.count(named);
        }
    }

    fn row(&self, name: &str) {
        println!(
            "| {name} | {} | {:.3} | {} | {} |",
            self.right,
            self.must.balanced(),
            self.escalation,
            self.named
        );
    }
}

fn read_cases<T: for<'a> Deserialize<'a>>(file: &Path) -> Result<Vec<T>, Box<dyn Error>> {
    let text = fs::read_to_string(file)
        .map_err(|error| format!("could not read {}: {error}", file.display()))?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            serde_json::from_str(line)
                .map_err(|error| format!("{}: {error}", file.display()).into())
        })
        .collect()
}

fn decisions(setting: &Setting) -> Done {
    let mut all = Decided::default();
    let mut keywords = Decided::default();
    let mut always = Decided::default();
    let mut by_place: BTreeMap<String, Decided> = BTreeMap::new();
    let mut by_language: BTreeMap<String, Decided> = BTreeMap::new();
    let mut by_trigger: BTreeMap<String, (Share, Share)> = BTreeMap::new();
    for folder in folders(setting)? {
        let file = folder.join("decisions.jsonl");
        let cases: Vec<DecisionCase> = read_cases(&file)?;
        let judged = judged(setting, "decisions", Some(&folder.join("kb")), &file)?;
        let place = folder
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        for (case, line) in cases.iter().zip(&judged) {
            let action = line["action"].as_str().unwrap_or_default();
            let reasons: Vec<&str> = line["reasons"]
                .as_array()
                .map(|all| all.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default();
            all.count(case, action, &reasons);
            by_place
                .entry(place.clone())
                .or_default()
                .count(case, action, &reasons);
            by_language
                .entry(case.lang.clone())
                .or_default()
                .count(case, action, &reasons);
            let text = case.messages.last().map_or("", |last| last.text.as_str());
            let guess = baselines::keywords(text);
            keywords.count(
                case,
                if guess.is_empty() {
                    "answer"
                } else {
                    "escalate"
                },
                &guess,
            );
            always.count(case, "escalate", &[]);
            if let Some(first) = case.triggers.first().filter(|_| case.must == "escalate") {
                let (seen, named) = by_trigger.entry(first.clone()).or_default();
                seen.count(action == "escalate");
                named.count(reasons.contains(&first.as_str()));
            }
            let right = case.accept.iter().any(|one| one == action);
            if setting.errors && !right {
                println!(
                    "{} {} wanted {:?} {:?} got {action} {reasons:?} answerable {} | {} | {text:?}",
                    case.id, case.lang, case.accept, case.triggers, line["answerable"], case.note
                );
            }
        }
    }
    println!("## Decisions\n");
    println!(
        "| cases | right action | balanced accuracy, must against must not | escalation | a correct trigger named |"
    );
    println!("|---|---|---|---|---|");
    all.row("all");
    for (name, decided) in by_place.iter().chain(&by_language) {
        decided.row(name);
    }
    keywords.row("a keyword list");
    always.row("always escalating");
    println!("\n| must escalate for | did | named it first |\n|---|---|---|");
    for (trigger, (seen, named)) in by_trigger {
        println!("| {trigger} | {seen} | {named} |");
    }
    println!();
    Ok(())
}

#[derive(Deserialize)]
struct SearchCase {
    lang: String,
    articles: Vec<String>,
    answerable: bool,
    query: String,
}

fn searches(setting: &Setting) -> Done {
    let mut first: BTreeMap<String, Share> = BTreeMap::new();
    let mut five = Share::default();
    let mut sure: Vec<(f64, bool)> = Vec::new();
    for folder in folders(setting)? {
        let file = folder.join("retrieval.jsonl");
        let cases: Vec<SearchCase> = read_cases(&file)?;
        for (case, line) in cases.iter().zip(judged(
            setting,
            "retrieval",
            Some(&folder.join("kb")),
            &file,
        )?) {
            let ranked: Vec<&str> = line["ranked"]
                .as_array()
                .map(|all| all.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default();
            sure.push((line["confidence"].as_f64().unwrap_or(0.0), case.answerable));
            if case.answerable {
                let is_right = |name: &&str| case.articles.iter().any(|one| one == *name);
                let hit = ranked.first().is_some_and(is_right);
                for key in ["all", &case.lang] {
                    first.entry(key.to_string()).or_default().count(hit);
                }
                five.count(ranked.iter().take(5).any(is_right));
                if setting.errors && !hit {
                    println!(
                        "{:?} wanted {:?} got {:?}",
                        case.query,
                        case.articles,
                        ranked.first()
                    );
                }
            }
        }
    }
    println!("## Searches\n");
    for (language, share) in first {
        println!("- right article first, {language}: {share}");
    }
    println!("- right article among five: {five}");
    let n = sure.len();
    println!(
        "- answerable or not: AUROC {:.3} (n {n})\n",
        auroc(&mut sure)
    );
    Ok(())
}

/// A line of a file of single turns.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Turn {
    lang: String,
    text: String,
    last_ai: Option<String>,
    request_human: bool,
    kind: String,
    triggers: Vec<String>,
    moods: Vec<String>,
    feedback: String,
    a: String,
    b: String,
    same: bool,
}

fn read_turn(reader: &Reader, turn: &Turn) -> Reading {
    let last = turn.last_ai.as_deref();
    let earlier = if last.is_some() {
        vec!["…".to_string()]
    } else {
        vec![]
    };
    let context = Context {
        earlier: &earlier,
        last_answer: last,
        offered: last.is_some_and(|line| segue_sense::spoken::spoken(line).offers_person),
        ..Context::default()
    };
    reader.read(&turn.text, &context)
}

fn turns(setting: &Setting) -> Done {
    let part = setting.evals.join(&setting.part);
    let own = part.join("injected_triggers.jsonl");
    if own.is_file() {
        println!("## Texts that give orders\n");
        injected(setting, read_cases(&own)?);
        println!();
    }
    let folder = part.join("turns");
    if !folder.is_dir() {
        return Ok(());
    }
    let load = |name: &str| read_cases::<Turn>(&folder.join(name));
    let reader = &setting.reader;
    println!("## Single turns\n");

    let mut requests: BTreeMap<String, Confusion> = BTreeMap::new();
    for turn in load("requests.jsonl")? {
        let said = read_turn(reader, &turn).strength(Trigger::RequestHuman) >= 0.5;
        for key in ["all", &turn.lang] {
            requests
                .entry(key.to_string())
                .or_default()
                .count(said, turn.request_human);
        }
        wrong(setting, "request", said == turn.request_human, &turn);
    }
    for (language, confusion) in requests {
        println!("- a person wished for, {language}: {confusion}");
    }

    injected(setting, load("injections.jsonl")?);

    let mut moods: BTreeMap<&str, Confusion> = BTreeMap::new();
    let names = [
        "sentiment.frustration",
        "sentiment.urgency",
        "sentiment.anger",
        "sentiment.helplessness",
    ];
    for turn in load("moods.jsonl")? {
        let reading = read_turn(reader, &turn);
        moods
            .entry("any")
            .or_default()
            .count(reading.mood() >= 0.5, !turn.moods.is_empty());
        for name in names {
            let said =
                Trigger::from_name(name).is_some_and(|trigger| reading.strength(trigger) >= 0.5);
            moods
                .entry(name)
                .or_default()
                .count(said, turn.moods.iter().any(|mood| mood == name));
        }
        wrong(
            setting,
            "mood",
            (reading.mood() >= 0.5) != turn.moods.is_empty(),
            &turn,
        );
    }
    for (name, confusion) in moods {
        println!("- mood, {name}: {confusion}");
    }

    let (mut helped, mut useless) = (Confusion::default(), Confusion::default());
    for turn in load("feedback.jsonl")? {
        let feedback = read_turn(reader, &turn).feedback;
        helped.count(
            feedback == Some(Feedback::Helped),
            turn.feedback == "helped",
        );
        useless.count(
            feedback == Some(Feedback::DidNotHelp),
            turn.feedback == "did_not_help",
        );
        let right = match turn.feedback.as_str() {
            "helped" => Some(Feedback::Helped),
            "did_not_help" => Some(Feedback::DidNotHelp),
            _ => None,
        };
        wrong(setting, "feedback", feedback == right, &turn);
    }
    println!("- the answer helped: {helped}");
    println!("- the answer did not help: {useless}");

    let mut talk: BTreeMap<&str, Confusion> = BTreeMap::new();
    let kinds = [
        ("greeting", SmallTalk::Greeting),
        ("thanks", SmallTalk::Thanks),
        ("goodbye", SmallTalk::Goodbye),
        ("chat", SmallTalk::Chat),
        ("out_of_trade", SmallTalk::OutOfTrade),
    ];
    for turn in load("small_talk.jsonl")? {
        let found = read_turn(reader, &turn).small_talk;
        talk.entry("any")
            .or_default()
            .count(found.is_some(), turn.kind != "question");
        for (name, kind) in kinds {
            talk.entry(name)
                .or_default()
                .count(found == Some(kind), turn.kind == name);
        }
        wrong(
            setting,
            "small talk",
            found.is_some() == (turn.kind != "question"),
            &turn,
        );
    }
    for (name, confusion) in talk {
        println!("- small talk, {name}: {confusion}");
    }

    let mut same = Confusion::default();
    for turn in load("same_issue.jsonl")? {
        let said = reader.same_issue(&turn.a, &turn.b);
        same.count(said, turn.same);
        wrong(setting, "same issue", said == turn.same, &turn);
    }
    println!("- the same issue in other words: {same}\n");
    Ok(())
}

/// Whether what a text says is still seen where it gives orders to the assistant too.
fn injected(setting: &Setting, turns: Vec<Turn>) {
    let (mut hard, mut benign) = (Share::default(), Share::default());
    for turn in turns {
        let reading = read_turn(&setting.reader, &turn);
        let said = turn.triggers.iter();
        let said = said.filter_map(|name| Trigger::from_name(name));
        let hidden: Vec<Trigger> = said.filter(|said| *said != Trigger::Injection).collect();
        let seen = |trigger: &Trigger| reading.strength(*trigger) >= 0.5;
        if turn.kind == "hard_trigger" || !hidden.is_empty() {
            let moved = hidden.iter().all(seen);
            hard.count(moved);
            wrong(setting, "injection", moved, &turn);
        } else {
            let alarm = Trigger::ALL.into_iter().any(|trigger| {
                head_of(trigger.name()).is_some()
                    && trigger != Trigger::Injection
                    && trigger.group() != segue_core::signal::Group::Sentiment
                    && reading.strength(trigger) >= 0.5
            });
            benign.count(alarm);
            wrong(setting, "benign", !alarm, &turn);
        }
    }
    println!("- hard triggers still seen under an injection: {hard}");
    println!("- benign texts that raise a hard trigger: {benign}");
}

fn wrong(setting: &Setting, what: &str, is_right: bool, turn: &Turn) {
    if setting.errors && !is_right {
        println!(
            "{what} {} {:?} {:?} {:?} {:?} {:?}",
            turn.lang, turn.text, turn.a, turn.b, turn.triggers, turn.feedback
        );
    }
}

/// The dev splits of the public sets.
fn public(setting: &Setting) -> Done {
    println!("## Public sets, dev splits\n");
    let reader = &setting.reader;
    let mut alarms = Share::default();
    for set in ["banking77", "clinc150", "hwu64"] {
        for line in lines(&setting.evals.join("public").join(set).join("dev.jsonl"))? {
            let reading = reader.read(line.judged(), &Context::default());
            let said = reading.strength(Trigger::RequestHuman) >= 0.5;
            alarms.count(said);
            if setting.errors && said {
                println!("request {set} {:?}", line.judged());
            }
        }
    }
    println!("- false alarms for a person on banking77, clinc150, hwu64: {alarms}");
    let mut negative = Confusion::default();
    for line in lines(&setting.evals.join("public/goemotions/dev.jsonl"))? {
        let reading = reader.read(line.judged(), &Context::default());
        let is_negative = NEGATIVE.iter().any(|label| line.is_labelled(label));
        negative.count(reading.mood() >= 0.5, is_negative);
    }
    println!("- GoEmotions, one of the eleven negative labels: {negative}");
    let mut topics: BTreeMap<&str, Confusion> = BTreeMap::new();
    let known = [
        "topic.billing_dispute",
        "topic.account_security",
        "topic.cancellation",
        "complexity.account_change",
        "complexity.bug_investigation",
    ];
    for set in ["banking77", "natcs_insurance", "multidogo"] {
        for line in lines(&setting.evals.join("public").join(set).join("dev.jsonl"))? {
            let reading = reader.read(line.judged(), &Context::default());
            for name in known {
                let said = Trigger::from_name(name)
                    .is_some_and(|trigger| reading.strength(trigger) >= 0.5);
                topics
                    .entry(name)
                    .or_default()
                    .count(said, line.triggers.iter().any(|one| one == name));
            }
        }
    }
    let mean: f64 =
        topics.values().map(|confusion| confusion.f1()).sum::<f64>() / known.len() as f64;
    println!("- topics on banking77, natcs_insurance, multidogo: macro-F1 {mean:.3}");
    for (name, confusion) in topics {
        println!(
            "  - {name}: {confusion}, false alarms {}",
            confusion.alarms()
        );
    }
    println!();
    Ok(())
}

/// GoEmotions' negative labels.
const NEGATIVE: [&str; 11] = [
    "anger",
    "annoyance",
    "disappointment",
    "disapproval",
    "disgust",
    "embarrassment",
    "fear",
    "grief",
    "nervousness",
    "remorse",
    "sadness",
];
