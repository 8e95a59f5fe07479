//! Whom a wait needs, and which agents are asked for it: the one rule by which agents are
//! invited and waits are foreseen.

use std::borrow::Cow;

use super::{Agent, Floor, Reach};
use crate::queue::{Needs, Waiting};
use crate::time::Timestamp;

/// Waits that are alike in whom they need.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kind<'q> {
    reach: Reach,
    skills: Cow<'q, [String]>,
    language: Cow<'q, str>,
    /// Skill and language only say who is asked first.
    is_relaxed: bool,
}

/// An agent who is asked for waits of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Their place in the floor's agents.
    pub agent: usize,
    /// How much of what is needed they lack.
    pub lacks: usize,
}

impl<'q> Kind<'q> {
    /// Whom a wait needs by now.
    pub fn of(waiting: &'q Waiting, floor: &Floor, now: Timestamp) -> Self {
        Self {
            reach: floor.reach(waiting, now),
            skills: Cow::Borrowed(&waiting.needs.skills),
            language: Cow::Borrowed(&waiting.language),
            is_relaxed: now.since(waiting.asked_since) >= floor.routing.needs_for_ms,
        }
    }

    /// Whom somebody needs who comes now.
    pub fn at_first(needs: &'q Needs, language: &'q str, floor: &Floor) -> Self {
        Self {
            reach: floor.reach_of(needs.team.as_ref()),
            skills: Cow::Borrowed(&needs.skills),
            language: Cow::Borrowed(language),
            is_relaxed: floor.routing.needs_for_ms <= 0,
        }
    }

    /// The same once skill and language are not insisted on any more.
    pub fn relaxed(&self) -> Self {
        Self {
            is_relaxed: true,
            ..self.clone()
        }
    }

    /// The same for somebody to whom it is all one who of those asked comes first.
    pub fn whoever(self) -> Kind<'static> {
        let (skills, language) = if self.is_relaxed {
            (vec![], String::new())
        } else {
            (self.skills.into_owned(), self.language.into_owned())
        };
        Kind {
            reach: self.reach,
            skills: Cow::Owned(skills),
            language: Cow::Owned(language),
            is_relaxed: self.is_relaxed,
        }
    }

    /// Which of those agents whom `counts` lets through are asked: those of the team who
    /// have what is needed. What nobody in the team has, there or not, is not asked for.
    pub fn asked(&self, floor: &Floor, counts: impl Fn(&Agent) -> bool) -> Vec<Asked> {
        let within: Vec<(usize, &Agent)> = floor
            .agents
            .iter()
            .enumerate()
            .filter(|(_, agent)| self.reach.has(agent))
            .collect();
        let has = |skill: &&String| within.iter().any(|(_, agent)| agent.has_skill(skill));
        let mut skills: Vec<&String> = self.skills.iter().filter(has).collect();
        skills.sort_unstable();
        skills.dedup();
        let is_spoken = within.iter().any(|(_, agent)| agent.speaks(&self.language));
        let lacks = |agent: &Agent| {
            let skills = skills.iter().filter(|skill| !agent.has_skill(skill));
            skills.count() + usize::from(is_spoken && !agent.speaks(&self.language))
        };
        let asked = within.iter().filter(|(_, agent)| counts(agent));
        asked
            .map(|(agent, it)| Asked {
                agent: *agent,
                lacks: lacks(it),
            })
            .filter(|it| self.is_relaxed || it.lacks == 0)
            .collect()
    }
}
