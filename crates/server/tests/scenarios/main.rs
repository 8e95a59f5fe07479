//! Handoffs as plain text: every file of `scenarios/` is played at the real desk, with an
//! embedded database, a clock that only the scenario moves, and no language model.
//! `scenarios/README.md` explains the format.

#![expect(clippy::unwrap_used, reason = "a test may unwrap, its parts too")]

mod act;
mod deeds;
mod expect;
mod given;
mod mailbox;
mod past;
mod routing;
mod script;
mod show;
mod stage;

use std::collections::BTreeMap;
use std::path::Path;

use script::{Script, Step, What, parse};
use stage::Stage;

#[tokio::test]
async fn every_scenario_tells_what_happens() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut faults = Vec::new();
    let scripts = scripts(&folder);
    for (name, text) in &scripts {
        let played = match parse(text) {
            Ok(script) => play(&script, &folder).await,
            Err((line, fault)) => Err((line, fault.0)),
        };
        if let Err((line, fault)) = played {
            faults.push(format!("scenarios/{name}:{line}: {fault}"));
        }
    }
    let (bad, all) = (faults.len(), scripts.len());
    assert!(
        faults.is_empty(),
        "{bad} of {all} scenarios went otherwise\n\n{}",
        faults.join("\n\n")
    );
}

/// The scenarios by their files' names, and the example of the README.
fn scripts(folder: &Path) -> BTreeMap<String, String> {
    let mut scripts = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "README.md" {
            let text = std::fs::read_to_string(&path).unwrap();
            let (before, example) = text.split_once("```text\n").unwrap();
            let (example, _) = example.split_once("```").unwrap();
            // A remark for each line before it, so that faults name the README's lines.
            let lines_before = "#\n".repeat(before.lines().count() + 1);
            scripts.insert(name, lines_before + example);
        } else if path.extension().is_some_and(|end| end == "txt") {
            scripts.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
    scripts
}

async fn play(script: &Script, folder: &Path) -> Result<(), (usize, String)> {
    let mut articles = Vec::new();
    for name in &script.given.articles {
        let path = folder.join("articles").join(format!("{name}.md"));
        let bytes = std::fs::read(&path);
        let bytes = bytes.map_err(|error| (1, format!("{}: {error}", path.display())))?;
        articles.push((format!("{name}.md"), bytes));
    }
    let mut stage = Stage::open(&script.given, articles).await;
    for step in &script.steps {
        let done = match &step.what {
            What::Act(act) => stage.act(act).await,
            What::Expect(expect) => stage.check(expect).await,
        };
        if let Err(found) = done {
            return Err((step.line, report(&stage, step, &found).await));
        }
    }
    let last = script.steps.len() - 1;
    let unsaid = match stage.refused.take() {
        Some(refusal) => Err(format!("the last step was refused: {refusal}")),
        None => stage.everything_is_read().await,
    };
    match unsaid {
        Ok(()) => Ok(()),
        Err(found) => {
            let step = &script.steps[last];
            Err((step.line, report(&stage, step, &found).await))
        }
    }
}

/// What was wanted, what was there, and the conversation so far.
async fn report(stage: &Stage, step: &Step, found: &str) -> String {
    let mut report = format!("{}\n  but: {found}\n", step.text);
    for (name, customer) in &stage.customers {
        if let Some(id) = &customer.conversation {
            let so_far = show::transcript(&stage.events(id).await, name);
            report += &format!("  {name}'s conversation so far:\n{so_far}");
        }
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;
    use show::says;

    /// A script with these lines after a title and one customer and one agent.
    fn fault_of(lines: &str) -> (usize, String) {
        let given = "Title\nGiven the customer is Sara\nAnd Maya is online\n";
        match parse(&format!("{given}{lines}")) {
            Ok(script) => panic!("understood as {:?}", script.steps),
            Err((line, fault)) => (line, fault.0),
        }
    }

    #[test]
    fn a_line_that_is_not_understood_is_a_fault_with_its_number() {
        let check = |lines: &str, line: usize, words: &str| {
            let (at, fault) = fault_of(lines);
            assert!(
                at == line && fault.contains(words),
                "{lines}: {at}: {fault}"
            );
        };
        check("Bob: hello", 4, "nobody here is called Bob");
        check("Sara: hello\nSara dances", 5, "Sara cannot “dances”");
        check(
            "Sara: hi\n# a remark\n\nMaya and Bob accept at once",
            7,
            "Maya cannot",
        );
        check("Maya accepts Bob", 4, "Maya cannot “accepts Bob”");
        check("Why: topic.weather", 4, "no trigger topic.weather");
        check("Assistant (sings): la", 4, "says nothing about an answer");
        check("Sara (note): la", 4, "says nothing about Sara");
        check("Later, it rains", 4, "is not a step");
        check("2 fortnights pass", 4, "does not pass in fortnights");
        check("two minutes pass", 4, "“two” should be a number");
        check("Sara has not seen secrets", 4, "quotation marks");
        check("And Tom is drunk", 4, "online or offline, not drunk");
        check("And it rains", 4, "not something that can be given");
        check("And it is Someday 9:00", 4, "no day of the week");
        check("And it is Monday 25:00", 4, "no time of day");
        check("And another customer is tom", 4, "not a name");
        check("And another customer is Tom, plan gold", 4, "no plan gold");
        check(
            "And another customer is Tom, writes Klingon",
            4,
            "reads Klingon",
        );
        check("And Bob wrote 3 days ago: hi", 4, "introduce Bob");
        check("Sara: hi\nAnd Tom is online", 5, "is not a step");
        check("", 1, "steps after it");
    }

    #[test]
    fn a_title_and_a_customer_are_needed() {
        assert_eq!(parse("").unwrap_err().0, 1);
        assert_eq!(parse("Title\n\nOnly prose.").unwrap_err().0, 1);
    }

    #[test]
    fn three_dots_stand_for_any_words_and_nothing_else_does() {
        assert!(says("… 3 to 5 …", "It takes 3 to 5 days."));
        assert!(says("It ... days.", "It takes\n\n3 to 5 days."));
        assert!(!says("3 to 5", "It takes 3 to 5 days."));
        assert!(!says("… 5 … 3 …", "It takes 3 to 5 days."));
        assert!(!says("It … days", "It takes 3 to 5 days."));
    }
}
