//! Steps that are told without a colon: what customers and agents do, and time passing.

use segue_core::event::{Disposition, Knowable};
use segue_core::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

use super::given::{Given, number};
use super::script::{Act, Expect, Fault, LeftTo, What};

const KEEPS: &str = "presses \"Keep my place\", ";

/// `Somebody does something`, or a state told without a colon.
pub fn deed(line: &str, given: &Given) -> Result<What, Fault> {
    let act = match line {
        "The assistant is down" => Act::AssistantDown,
        "The assistant is back" => Act::AssistantBack,
        "Nobody is invited" => return Ok(What::Expect(Expect::Invited(None))),
        _ => {
            let (who, does) = line.split_once(' ').unwrap_or((line, ""));
            return match who {
                name if given.is_customer(name) => customer(name, does),
                name if given.is_agent(name) => agent(name, does, given),
                "Look" => match does.strip_prefix("at ") {
                    Some(name) if given.is_customer(name) => {
                        Ok(What::Act(Act::LookAt(name.into())))
                    }
                    _ => Err(Fault("one looks at a customer".into())),
                },
                _ => passes(line).map(|ms| What::Act(Act::Passes(ms))),
            };
        }
    };
    Ok(What::Act(act))
}

fn customer(name: &str, does: &str) -> Result<What, Fault> {
    let me = || name.to_string();
    if let Some(words) = does.strip_prefix("has not seen ") {
        return Ok(What::Expect(Expect::NotSeen(me(), quoted(words)?)));
    }
    let act = match does {
        "opens the chat" => Act::Opens(me()),
        "presses \"Talk to a person\"" => Act::WantsPerson(me()),
        "presses \"Did this help?\" Yes" => Act::Judges(me(), true),
        "presses \"Did this help?\" No" => Act::Judges(me(), false),
        "presses \"Go back to the assistant\"" => Act::GoesBack(me()),
        "closes the page" => Act::ClosesPage(me()),
        "comes back" => Act::ComesBack(me()),
        "is erased" => Act::Erases(me()),
        _ if does.starts_with(KEEPS) => Act::KeepsPlace(me(), does[KEEPS.len()..].into()),
        _ => match (
            does.strip_prefix("presses \"Answer me by e-mail\", "),
            does.strip_prefix("rates "),
        ) {
            (Some(address), _) => Act::ChoosesEmail(me(), address.into()),
            (_, Some(rating)) => match rating.split_once(", ") {
                None => Act::Rates(me(), number(Some(rating))?, None),
                Some((score, "had to repeat")) => {
                    Act::Rates(me(), number(Some(score))?, Some(true))
                }
                Some((score, "repeated nothing")) => {
                    Act::Rates(me(), number(Some(score))?, Some(false))
                }
                Some((_, other)) => return Err(cannot(name, other)),
            },
            _ => return Err(cannot(name, does)),
        },
    };
    Ok(What::Act(act))
}

fn agent(name: &str, does: &str, given: &Given) -> Result<What, Fault> {
    let me = || name.to_string();
    for (verb, is_seen) in [("sees ", true), ("does not see ", false)] {
        match does.strip_prefix(verb) {
            Some(customer) if given.is_customer(customer) => {
                let sees = Expect::SeesWait(me(), customer.into(), is_seen);
                return Ok(What::Expect(sees));
            }
            _ => {}
        }
    }
    if let Some(presence) = does.strip_prefix("is now ") {
        return Ok(What::Expect(Expect::Presence(me(), presence.into())));
    }
    if let Some(words) = does.strip_prefix("sees ") {
        return Ok(What::Expect(Expect::Sees(me(), quoted(words)?)));
    }
    let act = match does {
        "is invited" => return Ok(What::Expect(Expect::Invited(Some(me())))),
        "accepts" => Act::Accepts(me(), None),
        "declines" => Act::Declines(me()),
        "comes online" => Act::ComesOnline(me()),
        "goes away" => Act::GoesAway(me()),
        "wraps up" => Act::WrapsUp(me()),
        _ if does.starts_with("forgets ") => Act::Forgets(me(), does["forgets ".len()..].into()),
        _ if does.starts_with("takes only ") => {
            Act::Takes(me(), number(does["takes only ".len()..].split(' ').next())?)
        }
        _ if does.starts_with("leaves the team ") => {
            Act::LeavesTeam(me(), does["leaves the team ".len()..].into())
        }
        "goes offline" => Act::GoesOffline(me(), false),
        "gives back and goes offline" => Act::GoesOffline(me(), true),
        "vanishes" => Act::Vanishes(me()),
        "begins to write" => Act::BeginsToWrite(me()),
        "sends the draft" => Act::SendsDraft(me()),
        "takes over" => Act::TakesOver(me(), None),
        _ if does.starts_with("resolves as ") => resolves(name, &does["resolves as ".len()..])?,
        _ if does.starts_with("hands back: ") => {
            Act::HandsBack(me(), brief(&does["hands back: ".len()..])?)
        }
        _ if does.starts_with("goes offline, leaving ") => {
            let all = does["goes offline, leaving ".len()..].split("; ");
            Act::Leaves(
                me(),
                all.map(|one| left_to(one, given))
                    .collect::<Result<_, _>>()?,
            )
        }
        _ if does.starts_with("passes on ") => {
            let (customer, to) = left_to(&does["passes on ".len()..], given)?;
            Act::PassesOn(me(), customer, to)
        }
        _ => match (does.strip_prefix("accepts "), does.split_once(' ')) {
            (Some(customer), _) if given.is_customer(customer) => {
                Act::Accepts(me(), Some(customer.into()))
            }
            (None, Some(("takes", rest))) => match rest.strip_prefix("over ") {
                Some(customer) if given.is_customer(customer) => {
                    Act::TakesOver(me(), Some(customer.into()))
                }
                _ => return Err(cannot(name, does)),
            },
            (None, Some(("and", rest))) => match rest.split_once(' ') {
                Some((other, "accept at once")) if given.is_agent(other) => {
                    Act::AcceptAtOnce(me(), other.into())
                }
                Some((other, "take over at once")) if given.is_agent(other) => {
                    Act::TakeOverAtOnce(me(), other.into())
                }
                _ => return Err(cannot(name, does)),
            },
            _ => return Err(cannot(name, does)),
        },
    };
    Ok(What::Act(act))
}

/// `solved`, or another disposition, and whether the assistant could have known:
/// `refunded, an article is missing`.
fn resolves(name: &str, how: &str) -> Result<Act, Fault> {
    let (how, knowable) = match how.split_once(", ") {
        Some((how, "an article is missing")) => (how, Some(Knowable::ArticleMissing)),
        Some((how, "an article is wrong")) => (how, Some(Knowable::ArticleWrong)),
        Some((how, "it took a person")) => (how, Some(Knowable::No)),
        Some((_, other)) => return Err(cannot(name, other)),
        None => (how, None),
    };
    let disposition = match how {
        "solved" => Disposition::Solved,
        "workaround" => Disposition::Workaround,
        "product problem" => Disposition::ProductProblem,
        "refunded" => Disposition::Refunded,
        "not solvable" => Disposition::NotSolvable,
        "needless" => Disposition::Needless,
        _ => return Err(cannot(name, how)),
    };
    Ok(Act::Resolves(name.into(), disposition, knowable))
}

/// `promised "WORDS", done "WORDS", open "WORDS"`, as many as there are.
fn brief(text: &str) -> Result<Vec<(String, String)>, Fault> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let split = rest
            .split_once(" \"")
            .and_then(|(kind, rest)| rest.split_once('"').map(|(line, rest)| (kind, line, rest)));
        let Some((kind @ ("done" | "promised" | "open"), line, after)) = split else {
            let fault = "a brief is: done \"…\", promised \"…\", open \"…\"";
            return Err(Fault(fault.into()));
        };
        lines.push((kind.to_string(), line.to_string()));
        rest = after.trim_start_matches(',').trim();
    }
    Ok(lines)
}

/// `Sara to Jonas`, `Sara to the team Billing`, `Sara in the queue`, `Sara by e-mail` or
/// `Sara solved`; the first two with a note if they end in `: WORDS`.
fn left_to(text: &str, given: &Given) -> Result<(String, LeftTo), Fault> {
    let (customer, way) = text.split_once(' ').unwrap_or((text, ""));
    if !given.is_customer(customer) {
        return Err(Fault(format!("nobody here is called {customer}")));
    }
    let (way, note) = way.split_once(": ").unwrap_or((way, ""));
    if let Some(team) = way.strip_prefix("to the team ") {
        return Ok((customer.into(), LeftTo::Team(team.into(), note.into())));
    }
    let to = match (way, way.strip_prefix("to ")) {
        ("in the queue", _) => LeftTo::Queue,
        ("by e-mail", _) => LeftTo::Email,
        ("solved", _) => LeftTo::Closed,
        (_, Some(colleague)) if given.is_agent(colleague) => {
            LeftTo::Colleague(colleague.into(), note.into())
        }
        _ => return Err(Fault(format!("“{way}” is no way to leave a customer"))),
    };
    Ok((customer.into(), to))
}

fn cannot(name: &str, does: &str) -> Fault {
    Fault(format!(
        "{name} cannot “{does}”; scenarios/README.md lists what can be done"
    ))
}

fn quoted(words: &str) -> Result<String, Fault> {
    let inner = words
        .strip_prefix('"')
        .and_then(|words| words.strip_suffix('"'));
    let inner = inner.ok_or_else(|| Fault("the words belong in quotation marks".into()))?;
    Ok(inner.into())
}

/// `2 minutes pass`, in milliseconds.
fn passes(line: &str) -> Result<i64, Fault> {
    let words: Vec<&str> = line.split(' ').collect();
    let [count, unit, "pass" | "passes"] = words[..] else {
        return Err(Fault(format!(
            "“{line}” is not a step; scenarios/README.md lists them"
        )));
    };
    let unit_ms = match unit {
        "second" | "seconds" => SECOND_MS,
        "minute" | "minutes" => MINUTE_MS,
        "hour" | "hours" => HOUR_MS,
        "day" | "days" => DAY_MS,
        _ => return Err(Fault(format!("time does not pass in {unit}"))),
    };
    Ok(number::<i64>(Some(count))? * unit_ms)
}
