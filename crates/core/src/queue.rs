//! Who waits, in which order, and which agent is asked. No clock and no dice: equal
//! cases fall back to ids.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::conversation::Pass;
use crate::ids::{AgentId, ContactId, ConversationId};
use crate::time::{MINUTE_MS, Timestamp};

/// A conversation that waits for a human.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Which.
    pub conversation_id: ConversationId,
    /// Whose.
    pub contact_id: ContactId,
    /// When it entered; kept when an agent drops it.
    pub queued_at: Timestamp,
    /// Higher goes first.
    pub priority: Priority,
    /// Whether it waits for an answer by e-mail; those come after the live ones.
    pub by_email: bool,
    /// The agent it is proposed to now.
    pub invited: Option<AgentId>,
    /// Agents who let it pass.
    pub passed_by: Vec<Pass>,
    /// Whether the customer is away: the place is kept, and no agent is asked for it.
    pub away: bool,
}

/// How urgent a wait is.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Most conversations.
    #[default]
    Normal,
    /// What the policy gives a priority: by default VIPs and account security.
    High,
}

impl Priority {
    /// The number in SQL.
    pub const fn rank(self) -> i64 {
        match self {
            Priority::Normal => 0,
            Priority::High => 1,
        }
    }

    /// From the number in SQL, or a decision's priority, of which all above 0 go first.
    pub const fn from_rank(rank: i64) -> Self {
        if rank > 0 {
            Priority::High
        } else {
            Priority::Normal
        }
    }
}

/// An agent who could take a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Who.
    pub agent_id: AgentId,
    /// Conversations they may still take.
    pub free: i64,
    /// When they last took one; the longest idle is asked first.
    pub last_accepted_at: Option<Timestamp>,
}

/// Sorts the queue: live before e-mail, then priority, then who came first. Of one
/// customer only the first conversation waits in its turn; others of theirs come after
/// everybody's first, so that nobody can fill the queue alone.
pub fn order(queue: &mut [Waiting]) {
    queue.sort_by(|a, b| {
        a.by_email
            .cmp(&b.by_email)
            .then(b.priority.cmp(&a.priority))
            .then(a.queued_at.cmp(&b.queued_at))
            .then(a.conversation_id.cmp(&b.conversation_id))
    });
    let mut seen = HashSet::new();
    let later: HashSet<ConversationId> = queue
        .iter()
        .filter(|waiting| !seen.insert(waiting.contact_id.clone()))
        .map(|waiting| waiting.conversation_id.clone())
        .collect();
    if !later.is_empty() {
        queue.sort_by_key(|waiting| {
            let is_later = later.contains(&waiting.conversation_id);
            (waiting.by_email, is_later)
        });
    }
}

/// The place in an ordered queue, 1 for the first; `None` if it is not in it.
pub fn position(queue: &[Waiting], conversation_id: &ConversationId) -> Option<u32> {
    let index = queue
        .iter()
        .position(|waiting| waiting.conversation_id == *conversation_id)?;
    Some(index as u32 + 1)
}

/// How long an agent who let an invitation pass is not asked again.
pub const ASK_AGAIN_MS: i64 = 2 * MINUTE_MS;

/// Which agents to ask for which conversations: the first in the queue gets the
/// agent with the most room. Nobody is asked for more than they can take.
pub fn invitations(
    queue: &[Waiting],
    candidates: &[Candidate],
    now: Timestamp,
) -> Vec<(ConversationId, AgentId)> {
    let mut candidates = candidates.to_vec();
    for candidate in &mut candidates {
        let invited = |waiting: &&Waiting| waiting.invited.as_ref() == Some(&candidate.agent_id);
        candidate.free -= queue.iter().filter(invited).count() as i64;
    }
    let mut proposed = Vec::new();
    let may_be_asked = |waiting: &&Waiting| waiting.invited.is_none() && !waiting.away;
    for waiting in queue.iter().filter(may_be_asked) {
        let passed = |agent_id: &AgentId| {
            waiting
                .passed_by
                .iter()
                .any(|pass| pass.agent_id == *agent_id && now.since(pass.at) < ASK_AGAIN_MS)
        };
        let best = candidates
            .iter_mut()
            .filter(|candidate| candidate.free > 0 && !passed(&candidate.agent_id))
            .min_by(|a, b| {
                b.free
                    .cmp(&a.free)
                    .then(a.last_accepted_at.cmp(&b.last_accepted_at))
                    .then(a.agent_id.cmp(&b.agent_id))
            });
        if let Some(best) = best {
            best.free -= 1;
            proposed.push((waiting.conversation_id.clone(), best.agent_id.clone()));
        }
    }
    proposed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(n: u128) -> ConversationId {
        ConversationId::new(Timestamp::from_millis(0), n)
    }
    fn agent(n: u128) -> AgentId {
        AgentId::new(Timestamp::from_millis(0), n)
    }
    fn waiting(n: u128, queued_at: i64) -> Waiting {
        Waiting {
            conversation_id: conversation(n),
            contact_id: contact(n),
            queued_at: Timestamp::from_millis(queued_at),
            priority: Priority::Normal,
            by_email: false,
            invited: None,
            passed_by: vec![],
            away: false,
        }
    }
    fn contact(n: u128) -> ContactId {
        ContactId::new(Timestamp::from_millis(0), n)
    }
    fn candidate(n: u128, free: i64) -> Candidate {
        Candidate {
            agent_id: agent(n),
            free,
            last_accepted_at: None,
        }
    }

    #[test]
    fn no_agent_is_asked_for_who_is_away_and_their_place_stays() {
        let away = Waiting {
            away: true,
            ..waiting(1, 10)
        };
        let mut queue = vec![waiting(2, 20), away];
        order(&mut queue);
        assert_eq!(position(&queue, &conversation(1)), Some(1));
        let asked = invitations(&queue, &[candidate(7, 2)], Timestamp::from_millis(30));
        assert_eq!(asked, [(conversation(2), agent(7))]);
    }

    #[test]
    fn nobody_is_overtaken_by_an_equal_who_came_later() {
        let mut queue = vec![waiting(1, 30), waiting(2, 10), waiting(3, 20)];
        queue[0].priority = Priority::High;
        queue.push(Waiting {
            by_email: true,
            ..waiting(4, 1)
        });
        order(&mut queue);
        let places: Vec<_> = [1, 2, 3, 4]
            .map(|n| position(&queue, &conversation(n)).unwrap())
            .into();
        assert_eq!(places, [1, 2, 3, 4]);
        assert_eq!(position(&queue, &conversation(9)), None);
    }

    /// Attack case 62: who asks for people again and again waits behind everybody else.
    #[test]
    fn nobody_fills_the_queue_alone() {
        let mut queue: Vec<_> = (1..=5)
            .map(|n| Waiting {
                contact_id: contact(99),
                priority: Priority::High,
                ..waiting(n, n as i64)
            })
            .collect();
        queue.extend([waiting(6, 60), waiting(7, 70)]);
        order(&mut queue);
        let places: Vec<_> = [1, 6, 7, 2, 3, 4, 5]
            .map(|n| position(&queue, &conversation(n)).unwrap())
            .into();
        assert_eq!(places, [1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn nobody_is_asked_for_more_than_they_can_take() {
        let queue = [waiting(1, 1), waiting(2, 2), waiting(3, 3)];
        let asked = invitations(
            &queue,
            &[candidate(1, 1), candidate(2, 1)],
            Timestamp::from_millis(9),
        );
        assert_eq!(
            asked,
            [(conversation(1), agent(1)), (conversation(2), agent(2))]
        );
    }

    #[test]
    fn an_agent_who_passed_is_not_asked_again_at_once() {
        let pass = Pass {
            agent_id: agent(1),
            at: Timestamp::from_millis(0),
        };
        let queue = [Waiting {
            passed_by: vec![pass],
            ..waiting(1, 0)
        }];
        let ask = |now| invitations(&queue, &[candidate(1, 3)], Timestamp::from_millis(now));
        assert_eq!(ask(ASK_AGAIN_MS - 1), []);
        assert_eq!(ask(ASK_AGAIN_MS), [(conversation(1), agent(1))]);
    }

    #[test]
    fn an_invited_conversation_is_not_proposed_twice_and_takes_its_agents_place() {
        let invited = Waiting {
            invited: Some(agent(1)),
            ..waiting(1, 0)
        };
        let queue = [invited, waiting(2, 1)];
        let ask = |free| invitations(&queue, &[candidate(1, free)], Timestamp::from_millis(0));
        assert_eq!(ask(1), [], "the invitation that is out counts");
        assert_eq!(ask(2), [(conversation(2), agent(1))]);
    }
}
