//! From a human back to the assistant: what the human did, what they promised, and what is
//! still open. From then on the assistant knows it, answers from it before it asks any
//! article, and says nothing against it.

use serde::{Deserialize, Serialize};

use crate::event::{AgentName, Event, Fact};
use crate::time::Timestamp;

/// The most lines of each part.
pub const MOST_LINES: usize = 8;
/// The longest line, in letters.
pub const LONGEST_LINE: usize = 300;

/// What an agent tells the assistant, each line one thing in a sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct HandBackBrief {
    /// What they did: "I have sent a replacement".
    pub done: Vec<String>,
    /// What the customer may rely on: "the refund arrives within 3 days".
    pub promised: Vec<String>,
    /// What nobody has settled yet.
    pub open: Vec<String>,
}

/// A brief with whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Agreed {
    /// Who told it.
    pub agent: AgentName,
    /// When.
    pub at: Timestamp,
    /// What they told.
    pub brief: HandBackBrief,
}

/// What a line of a brief says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Something that was done.
    Done,
    /// Something that was promised.
    Promised,
    /// Something that is open.
    Open,
}

impl Line {
    /// The name in keys of words.
    pub const fn name(self) -> &'static str {
        match self {
            Line::Done => "done",
            Line::Promised => "promised",
            Line::Open => "open",
        }
    }
}

impl HandBackBrief {
    /// Every line with what it is; promises first, for they bind.
    pub fn lines(&self) -> impl Iterator<Item = (Line, &str)> {
        let promised = self.promised.iter().map(|it| (Line::Promised, it.as_str()));
        let done = self.done.iter().map(|it| (Line::Done, it.as_str()));
        let open = self.open.iter().map(|it| (Line::Open, it.as_str()));
        promised.chain(done).chain(open)
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.lines().next().is_none()
    }

    /// The same without blank lines, each on one line; `None` where it says nothing, or more
    /// than anybody would read.
    pub fn tidy(self) -> Option<Self> {
        let lines = |lines: Vec<String>| -> Option<Vec<String>> {
            let tidy = |line: String| line.split_whitespace().collect::<Vec<_>>().join(" ");
            let lines: Vec<String> = lines.into_iter().map(tidy).collect();
            let lines: Vec<String> = lines.into_iter().filter(|it| !it.is_empty()).collect();
            let fits = |line: &String| line.chars().count() <= LONGEST_LINE;
            (lines.len() <= MOST_LINES && lines.iter().all(fits)).then_some(lines)
        };
        let tidy = Self {
            done: lines(self.done)?,
            promised: lines(self.promised)?,
            open: lines(self.open)?,
        };
        (!tidy.is_empty()).then_some(tidy)
    }
}

/// What agents have told the assistant in a conversation, the newest first.
pub fn agreed(events: &[Event]) -> Vec<Agreed> {
    let told = |event: &Event| match &event.fact {
        Fact::HandedBack { agent } => Some(Agreed {
            agent: agent.clone(),
            at: event.at,
            brief: (**event.body.as_ref()?.brief.as_ref()?).clone(),
        }),
        _ => None,
    };
    events.iter().rev().filter_map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brief_is_read_line_by_line_and_says_something() {
        let brief = |promised: &[&str]| HandBackBrief {
            promised: promised.iter().map(|line| (*line).into()).collect(),
            ..HandBackBrief::default()
        };
        assert_eq!(
            brief(&[" the refund\narrives  in 3 days", " "]).tidy(),
            Some(brief(&["the refund arrives in 3 days"]))
        );
        assert_eq!(brief(&["  "]).tidy(), None);
        assert_eq!(brief(&["x"; MOST_LINES + 1]).tidy(), None);
        assert_eq!(brief(&[&"x".repeat(LONGEST_LINE + 1)]).tidy(), None);
    }
}
