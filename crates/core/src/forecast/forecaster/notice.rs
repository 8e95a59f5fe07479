//! What is read between the lines: who went together, and what agents prefer.

use super::super::learned::Skill;
use super::{Agent, Forecaster, Key, Wait};

/// Who goes within this long of each other goes together.
const TOGETHER_S: f64 = 120.0;

impl Forecaster {
    /// Marks those who went within the last minutes, where they are many.
    pub(super) fn see_who_went_together(&mut self) {
        let now_s = self.now_s;
        let just_went = |agent: &&mut Agent| !agent.is_on && now_s - agent.since_s <= TOGETHER_S;
        let went = self.agents.iter_mut().filter(just_went).count();
        let on = self.agents.iter().filter(|agent| agent.is_on).count();
        let many = if on + went < 8 { 2 } else { 3 };
        if went >= many && went * 5 >= on + went {
            let all = self.agents.iter_mut().filter(just_went);
            all.for_each(|agent| agent.together = true);
        }
    }

    /// Learns whether agents take what they prefer, where that is not who waits longest.
    pub(super) fn see_choice(&mut self, number: usize, taken: Key, wait: &Wait) {
        let skills = &self.agents[number].skills;
        if skills.len() < 2 {
            return;
        }
        let place = |skill: Skill| skills.iter().position(|own| *own == skill);
        let others = self
            .waiting
            .iter()
            .filter(|(_, other)| place(other.skill).is_some());
        let Some((first, first_in_list)) = others.fold(None, |best, (key, other)| {
            let (first, listed) = best.unwrap_or((*key, place(other.skill)));
            Some((first.min(*key), listed.min(place(other.skill))))
        }) else {
            return;
        };
        let own = place(wait.skill);
        if taken < first && own > first_in_list {
            self.learned.chose(false);
        } else if taken > first && own <= first_in_list && self.waiting[&first].skill != wait.skill
        {
            self.learned.chose(true);
        }
    }
}
