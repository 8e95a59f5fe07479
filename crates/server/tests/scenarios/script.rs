//! A scenario's text becomes steps. Strict: a line that is not understood is a fault with
//! its number, never passed over.

use segue_core::event::{Disposition, Knowable};
use segue_core::signal::Trigger;

use super::deeds::deed;
use super::given::Given;

/// The alarm of an answer by e-mail.
pub const LATE: &str = "the answer by e-mail is late";

/// What is wrong with a line.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault(pub String);

#[derive(Debug)]
pub struct Script {
    pub given: Given,
    pub steps: Vec<Step>,
}

#[derive(Debug)]
pub struct Step {
    pub line: usize,
    pub text: String,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Act(Act),
    Expect(Expect),
}

/// Something that somebody does. The first name is who.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    Opens(String),
    Says(String, String),
    WantsPerson(String),
    Judges(String, bool),
    GoesBack(String),
    ChoosesEmail(String, String),
    KeepsPlace(String, String),
    Rates(String, u8, Option<bool>),
    Writes(String, String),
    Notes(String, String),
    BeginsToWrite(String),
    SendsDraft(String),
    Accepts(String, Option<String>),
    AcceptAtOnce(String, String),
    Declines(String),
    ComesOnline(String),
    GoesAway(String),
    WrapsUp(String),
    Forgets(String, String),
    Takes(String, i64),
    LeavesTeam(String, String),
    GoesOffline(String, bool),
    Vanishes(String),
    /// Goes offline, saying of each customer where they go.
    Leaves(String, Vec<(String, LeftTo)>),
    /// Lets go of one customer.
    PassesOn(String, String, LeftTo),
    ClosesPage(String),
    ComesBack(String),
    Erases(String),
    /// Takes over, of a customer if named.
    TakesOver(String, Option<String>),
    TakeOverAtOnce(String, String),
    /// Gives back to the assistant with lines that were `done`, `promised` or are `open`.
    HandsBack(String, Vec<(String, String)>),
    Resolves(String, Disposition, Option<Knowable>),
    Passes(i64),
    AssistantDown,
    AssistantBack,
    LookAt(String),
}

/// Where a customer goes whose agent leaves them.
#[derive(Clone, Debug, PartialEq)]
pub enum LeftTo {
    Queue,
    /// With a note for them.
    Colleague(String, String),
    Team(String, String),
    Email,
    Closed,
}

/// Something that must be so, in the conversation of the customer last named.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// The next thing that the customer reads.
    Hears(Voice, String),
    Now(Vec<String>),
    Why(Vec<Trigger>),
    Decided(String),
    Seen(Vec<Trigger>),
    Package {
        line: String,
        there: bool,
    },
    Draft(String),
    Refused(String),
    Alarm(String),
    Mail(String),
    Invited(Option<String>),
    NotSeen(String, String),
    Sees(String, String),
    /// Whether an agent has a customer's wait in their list.
    SeesWait(String, String, bool),
    /// What an agent's presence is.
    Presence(String, String),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Voice {
    Assistant {
        offers_person: bool,
        source: Option<String>,
    },
    System,
}

/// Reads a whole file.
pub fn parse(text: &str) -> Result<Script, (usize, Fault)> {
    let mut lines = (1..)
        .zip(text.lines())
        .map(|(n, line)| (n, line.trim()))
        .filter(|(_, line)| !line.starts_with('#'))
        .peekable();
    if lines.next().is_none_or(|(_, title)| title.is_empty()) {
        return Err((1, Fault("a scenario begins with its title".into())));
    }
    let mut given = Given::default();
    let mut steps = Vec::new();
    let mut begun = false;
    // What stands between the title and `Given` explains, in free words.
    for (n, line) in lines.skip_while(|(_, line)| !line.starts_with("Given ")) {
        let fact = line
            .strip_prefix(if begun { "And " } else { "Given " })
            .filter(|_| steps.is_empty());
        match fact {
            _ if line.is_empty() => continue,
            Some(fact) => given.add(fact.trim()).map_err(|fault| (n, fault))?,
            None => steps.push(Step {
                line: n,
                text: line.into(),
                what: step(line, &given).map_err(|fault| (n, fault))?,
            }),
        }
        begun = true;
    }
    if given.customers.is_empty() || steps.is_empty() {
        let fault = "a scenario needs “Given the customer is …” and steps after it";
        return Err((1, Fault(fault.into())));
    }
    Ok(Script { given, steps })
}

fn step(line: &str, given: &Given) -> Result<What, Fault> {
    if let Some((head, said)) = line.split_once(':') {
        let (who, aside) = match head.split_once(" (") {
            Some((who, aside)) => (who, aside.strip_suffix(')').unwrap_or(aside)),
            None => (head, ""),
        };
        // A colon can stand in what somebody does, too; a speaker is one word.
        if !who.contains(' ') {
            return speech(who, aside, said.trim(), given);
        }
    }
    deed(line, given)
}

/// `Somebody: words`, or `Something: what it must be`.
fn speech(who: &str, aside: &str, said: &str, given: &Given) -> Result<What, Fault> {
    let said = said.to_string();
    let act = match (who, aside) {
        (name, "") if given.is_customer(name) => Act::Says(name.into(), said),
        (name, "") if given.is_agent(name) => Act::Writes(name.into(), said),
        (name, "note") if given.is_agent(name) => Act::Notes(name.into(), said),
        _ => return expectation(who, aside, said).map(What::Expect),
    };
    Ok(What::Act(act))
}

fn expectation(what: &str, aside: &str, value: String) -> Result<Expect, Fault> {
    let list = || value.split(", ").map(str::to_string).collect::<Vec<_>>();
    let trigger = |name: &String| {
        Trigger::from_name(name).ok_or_else(|| Fault(format!("there is no trigger {name}")))
    };
    Ok(match (what, aside) {
        ("Assistant", _) => Expect::Hears(assistant(aside)?, value),
        ("Segue", "") => Expect::Hears(Voice::System, value),
        ("Now", "") => Expect::Now(list()),
        ("Why", "") => Expect::Why(list().iter().map(trigger).collect::<Result<_, _>>()?),
        ("Seen", "") => Expect::Seen(list().iter().map(trigger).collect::<Result<_, _>>()?),
        ("Decided", "") => Expect::Decided(value),
        ("Package", "" | "not") => Expect::Package {
            line: value,
            there: aside.is_empty(),
        },
        ("Draft", "") => Expect::Draft(value),
        ("Refused", "") => Expect::Refused(value),
        ("Mail", "") => Expect::Mail(value),
        ("Alarm", "") if value == LATE || value == "none" => Expect::Alarm(value),
        (_, "") => {
            return Err(Fault(format!(
                "nobody here is called {what}; introduce them with Given"
            )));
        }
        _ => return Err(Fault(format!("“({aside})” says nothing about {what}"))),
    })
}

fn assistant(aside: &str) -> Result<Voice, Fault> {
    let mut offers_person = false;
    let mut source = None;
    for part in aside.split(", ").filter(|part| !part.is_empty()) {
        match part.strip_prefix("source ") {
            Some(title) => source = Some(title.trim_matches('"').to_string()),
            None if part == "offers a person" => offers_person = true,
            None => return Err(Fault(format!("“({part})” says nothing about an answer"))),
        }
    }
    Ok(Voice::Assistant {
        offers_person,
        source,
    })
}
