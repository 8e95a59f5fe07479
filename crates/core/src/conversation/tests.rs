//! Property tests: random histories keep the conversation's invariants.

use proptest::prelude::*;

use super::*;
use crate::asking::Detail;
use crate::event::{Disposition, InvitationEnd, Knowable, Message, ResolvedBy, Role, TransferTo};
use crate::ids::{MessageId, TeamId};
use crate::policy::Policy;
use crate::route::Routing;

/// Something that somebody tries; most tries are not legal most of the time.
#[derive(Clone, Debug)]
enum Try {
    Hear {
        is_farewell: bool,
    },
    Answer {
        stale_by: u64,
    },
    HandOff,
    Cancel,
    ChooseEmail,
    Invite {
        agent: u128,
    },
    Decline {
        agent: u128,
    },
    Accept {
        agent: u128,
        stale_by: u64,
    },
    Reply {
        agent: u128,
        stale_by: u64,
    },
    Note,
    Identify,
    Leave,
    Return,
    KeepPlace,
    Call,
    EndHours,
    Ask,
    Tell,
    Drop {
        agent: u128,
    },
    Transfer {
        agent: u128,
        to: u128,
        stale_by: u64,
    },
    TransferToTeam {
        agent: u128,
    },
    HandBack {
        agent: u128,
        stale_by: u64,
    },
    TakeOver {
        agent: u128,
        stale_by: u64,
    },
    /// The customer comes back, and the desk finds this agent there.
    ReturnTo {
        agent: u128,
    },
    Resolve {
        agent: u128,
    },
    CustomerResolves,
    Rate {
        score: u8,
    },
    FallDue,
    Wait {
        ms: i64,
    },
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let agent = 0u128..3;
    let stale = prop_oneof![4 => Just(0u64), 1 => 1u64..3];
    let one = prop_oneof![
        4 => any::<bool>().prop_map(|is_farewell| Try::Hear { is_farewell }),
        3 => stale.clone().prop_map(|stale_by| Try::Answer { stale_by }),
        3 => Just(Try::HandOff),
        1 => Just(Try::Cancel),
        1 => Just(Try::ChooseEmail),
        2 => agent.clone().prop_map(|agent| Try::Invite { agent }),
        1 => agent.clone().prop_map(|agent| Try::Decline { agent }),
        3 => (agent.clone(), stale.clone()).prop_map(|(agent, stale_by)| Try::Accept { agent, stale_by }),
        3 => (agent.clone(), stale.clone()).prop_map(|(agent, stale_by)| Try::Reply { agent, stale_by }),
        1 => Just(Try::Note),
        1 => Just(Try::Identify),
        2 => Just(Try::Leave),
        1 => Just(Try::Return),
        1 => Just(Try::KeepPlace),
        1 => Just(Try::Call),
        1 => Just(Try::EndHours),
        1 => Just(Try::Ask),
        1 => Just(Try::Tell),
        1 => agent.clone().prop_map(|agent| Try::Drop { agent }),
        2 => (agent.clone(), 0u128..3, stale.clone())
            .prop_map(|(agent, to, stale_by)| Try::Transfer { agent, to, stale_by }),
        1 => agent.clone().prop_map(|agent| Try::TransferToTeam { agent }),
        2 => (agent.clone(), stale.clone()).prop_map(|(agent, stale_by)| Try::HandBack { agent, stale_by }),
        2 => (agent.clone(), stale).prop_map(|(agent, stale_by)| Try::TakeOver { agent, stale_by }),
        2 => agent.clone().prop_map(|agent| Try::ReturnTo { agent }),
        3 => agent.prop_map(|agent| Try::Resolve { agent }),
        1 => Just(Try::CustomerResolves),
        1 => (0u8..7).prop_map(|score| Try::Rate { score }),
        3 => Just(Try::FallDue),
        2 => (1i64..7_200_000).prop_map(|ms| Try::Wait { ms }),
    ];
    prop::collection::vec(one, 1..80)
}

struct Life {
    conversation: Conversation,
    events: Vec<Event>,
    now: Timestamp,
    dice: u128,
    said: Vec<MessageId>,
}

impl Life {
    fn start() -> Self {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let (conversation, first) = Conversation::start(
            ConversationId::new(now, 1),
            WorkspaceId::new(now, 1),
            InboxId::new(now, 1),
            ContactId::new(now, 1),
            "en",
            now,
        );
        Self {
            conversation,
            events: vec![first],
            now,
            dice: 10,
            said: vec![],
        }
    }

    fn message(&mut self, role: Role) -> Message {
        self.dice += 1;
        Message {
            message_id: MessageId::new(self.now, self.dice),
            role,
            agent: None,
            private: false,
            template: None,
            client_message_id: None,
            attempt_id: None,
            offers_person: false,
            channel: Default::default(),
        }
    }

    fn record(&mut self, fact: Fact) {
        if let Fact::MessageAdded(message) = &fact {
            self.said.push(message.message_id.clone());
        }
        let event = self.conversation.record(self.now, fact, None);
        self.events.push(event);
    }

    /// Tries a move; a refusal changes nothing. Returns whether somebody spoke under
    /// an epoch that was not the current one.
    fn attempt(&mut self, step: &Try) -> bool {
        let timings = Policy::default().timings;
        let agent = |n: u128| AgentId::new(Timestamp::from_millis(0), n);
        let name = |n: u128| AgentName {
            id: agent(n),
            name: format!("agent {n}"),
        };
        let epoch = |stale_by: &u64, now: u64| now.saturating_sub(*stale_by);
        let current = self.conversation.epoch;
        let mut stale_spoke = false;
        let fact = match step {
            Try::Hear { is_farewell } => {
                let message = self.message(Role::Customer);
                if !is_farewell && self.conversation.owner() == Owner::Nobody {
                    let reopened = self.conversation.reopen(self.now, &timings, None);
                    self.record(reopened.unwrap());
                }
                Ok(self.conversation.hear(message))
            }
            Try::ReturnTo { agent: n } => {
                let to = Some((name(*n), 2));
                self.conversation.reopen(self.now, &timings, to)
            }
            Try::Transfer {
                agent: n,
                to,
                stale_by,
            } => {
                let to = TransferTo::Agent { agent: name(*to) };
                let needs = Needs::default();
                let moved =
                    self.conversation
                        .transfer(&agent(*n), epoch(stale_by, current), to, needs);
                stale_spoke = moved.is_ok() && epoch(stale_by, current) != current;
                moved
            }
            Try::TransferToTeam { agent: n } => {
                let team_id = TeamId::new(self.now, 1);
                let needs = Needs {
                    team: Some(team_id.clone()),
                    ..Needs::default()
                };
                let name = "Billing".into();
                let to = TransferTo::Team { team_id, name };
                self.conversation.transfer(&agent(*n), current, to, needs)
            }
            Try::HandBack { agent: n, stale_by } => {
                let back = self
                    .conversation
                    .hand_back(&agent(*n), epoch(stale_by, current));
                stale_spoke = back.is_ok() && epoch(stale_by, current) != current;
                back
            }
            Try::TakeOver { agent: n, stale_by } => {
                self.dice += 1;
                let handoff_id = HandoffId::new(self.now, self.dice);
                let epoch = epoch(stale_by, current);
                let taken = self.conversation.take_over(name(*n), epoch, 2, handoff_id);
                stale_spoke = taken.is_ok() && epoch != current;
                taken
            }
            Try::Answer { stale_by } => {
                let message = self.message(Role::Assistant);
                let spoke = self
                    .conversation
                    .speak_as_assistant(epoch(stale_by, current), message);
                stale_spoke = spoke.is_ok() && epoch(stale_by, current) != current;
                spoke
            }
            Try::HandOff => {
                self.dice += 1;
                self.conversation.hand_off(
                    HandoffId::new(self.now, self.dice),
                    vec![Trigger::Complaint],
                    None,
                    Needs::default(),
                )
            }
            Try::Cancel => self.conversation.cancel_handoff(),
            Try::ChooseEmail => self
                .conversation
                .choose_email(self.now.plus(timings.reply_by_email_ms)),
            Try::Invite { agent: n } => self
                .conversation
                .invite(agent(*n), self.now.plus(timings.invitation_ms)),
            Try::Decline { agent: n } => self
                .conversation
                .end_invitation(&agent(*n), InvitationEnd::Declined),
            Try::Accept { agent: n, stale_by } => {
                let epoch = epoch(stale_by, current);
                self.conversation
                    .accept(name(*n), epoch, &Routing::default())
            }
            Try::Reply { agent: n, stale_by } => {
                let message = self.message(Role::Agent);
                let spoke =
                    self.conversation
                        .speak_as_agent(&agent(*n), epoch(stale_by, current), message);
                let owner = self.conversation.owner() == Owner::Agent(agent(*n));
                stale_spoke = spoke.is_ok() && (epoch(stale_by, current) != current || !owner);
                spoke
            }
            Try::Note => {
                let message = self.message(Role::Agent);
                Ok(self.conversation.note(message))
            }
            Try::Identify => {
                self.dice += 1;
                let contact = ContactId::new(self.now, self.dice);
                Ok(self.conversation.identify(contact))
            }
            Try::Leave => self
                .conversation
                .leave_line(self.now.plus(timings.keep_place_ms)),
            Try::Return => self.conversation.return_to_line(),
            Try::KeepPlace => self.conversation.keep_place(),
            Try::Call => self.conversation.call(self.now.plus(timings.keep_place_ms)),
            Try::EndHours => self.conversation.end_hours(self.now),
            Try::Ask => {
                let details = [Detail::Reference, Detail::Since];
                self.conversation.ask(&details).ok_or(Refusal::NotQueued)
            }
            Try::Tell => {
                let said = self.message(Role::Customer).message_id;
                self.conversation.tell(said).ok_or(Refusal::NotQueued)
            }
            Try::Drop { agent: n } => self.conversation.drop_agent(&agent(*n)),
            Try::Resolve { agent: n } => self.conversation.resolve_with(
                ResolvedBy::Agent { agent: name(*n) },
                Some(Disposition::Solved),
                Some(Knowable::ArticleMissing),
            ),
            Try::CustomerResolves => self.conversation.resolve(ResolvedBy::Customer, None),
            Try::Rate { score } => self.conversation.rate(*score, Some(false)),
            Try::FallDue => match self.conversation.due(&timings) {
                Some((at, due)) => {
                    self.now = self.now.max(at);
                    self.conversation.fall_due(due, self.now, &timings)
                }
                None => return false,
            },
            Try::Wait { ms } => {
                self.now = self.now.plus(*ms);
                return false;
            }
        };
        if let Ok(fact) = fact {
            self.record(fact);
        }
        stale_spoke
    }

    fn messages(&self) -> Vec<MessageId> {
        let message = |event: &Event| match &event.fact {
            Fact::MessageAdded(message) => Some(message.message_id.clone()),
            _ => None,
        };
        self.events.iter().filter_map(message).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_history_keeps_the_invariants(steps in tries()) {
        let timings = Policy::default().timings;
        let mut life = Life::start();
        for step in &steps {
            let epoch_before = life.conversation.epoch;
            let owner_before = life.conversation.owner();
            prop_assert!(!life.attempt(step), "spoke under a stale epoch: {step:?}");
            let conversation = &life.conversation;

            // No human is on their way, or has it, without a handoff that knows of them.
            if matches!(conversation.owner(), Owner::Queue | Owner::Agent(_)) {
                prop_assert!(conversation.handed_off, "{step:?} left no handoff");
            }
            // Who has it back was there before, and nobody else.
            if let Try::ReturnTo { .. } = step
                && owner_before == Owner::Nobody
                && let Owner::Agent(back) = conversation.owner()
            {
                let mut served = life.events.iter().rev().skip(1);
                let last = served.find_map(|event| match &event.fact {
                    Fact::Resolved { by: ResolvedBy::Agent { agent }, .. } => Some(agent.id.clone()),
                    Fact::Resolved { .. } => Some(AgentId::new(Timestamp::from_millis(0), 99)),
                    _ => None,
                });
                prop_assert_eq!(Some(back), last, "glued to somebody else");
            }
            // What a human has settled is not what it is handed off for next.
            let newest = &life.events[life.events.len() - 1];
            if let Fact::HandedBack { .. } = &newest.fact {
                prop_assert_eq!(conversation.fresh_from, Some(newest.at));
                prop_assert_eq!(conversation.owner(), Owner::Assistant);
            }

            // The epoch tells every change of owner.
            if conversation.owner() != owner_before {
                prop_assert!(conversation.epoch > epoch_before, "{step:?} changed the owner silently");
            }
            // A due time exists, and what is then due is legal.
            if matches!(conversation.owner(), Owner::Queue | Owner::Assistant) {
                let Some((at, due)) = conversation.due(&timings) else {
                    return Err(TestCaseError::fail(format!("nothing is due after {step:?}")));
                };
                let later = life.now.max(at);
                prop_assert!(conversation.fall_due(due, later, &timings).is_ok(), "{due:?} is not legal");
            }
        }

        let seqs: Vec<u64> = life.events.iter().map(|event| event.seq).collect();
        prop_assert_eq!(seqs, (1..=life.events.len() as u64).collect::<Vec<_>>(), "a gap in seq");
        prop_assert_eq!(life.messages(), life.said.clone(), "a message was lost or moved");

        let id = life.conversation.id.clone();
        let workspace = life.conversation.workspace_id.clone();
        let replayed = Conversation::replay(id, workspace, &life.events);
        prop_assert_eq!(replayed.as_ref(), Some(&life.conversation));

        // A stored state and a stored history read back the same.
        let state: Conversation = serde_json::from_str(&serde_json::to_string(&life.conversation).unwrap()).unwrap();
        prop_assert_eq!(&state, &life.conversation);
        let events: Vec<Event> = serde_json::from_str(&serde_json::to_string(&life.events).unwrap()).unwrap();
        prop_assert_eq!(events, life.events);
    }

    #[test]
    fn time_alone_never_leaves_a_conversation_stuck(steps in tries()) {
        let timings = Policy::default().timings;
        let mut life = Life::start();
        for step in &steps {
            life.attempt(step);
        }
        // With nobody acting, a live wait or a silent customer ends; only an answer
        // owed by e-mail or a human's conversation stays, and the former alarms.
        for _ in 0..2_000 {
            let Some((at, due)) = life.conversation.due(&timings) else { break };
            if due == Due::ReplyOverdue { break }
            life.now = life.now.max(at);
            let fact = life.conversation.fall_due(due, life.now, &timings).unwrap();
            life.record(fact);
        }
        let state = life.conversation.state();
        let by_email = matches!(life.conversation.due(&timings), Some((_, Due::ReplyOverdue)));
        prop_assert!(matches!(state, State::Resolved | State::WithAgent) || by_email, "stuck in {state:?}");
    }
}

#[test]
fn a_dropped_conversation_keeps_its_place_in_the_queue() {
    let mut life = Life::start();
    life.attempt(&Try::HandOff);
    let queued_at = life.conversation.wait().unwrap().queued_at;
    life.attempt(&Try::Wait { ms: 60_000 });
    life.attempt(&Try::Accept {
        agent: 1,
        stale_by: 0,
    });
    life.attempt(&Try::Drop { agent: 1 });
    assert_eq!(life.conversation.wait().unwrap().queued_at, queued_at);
    life.attempt(&Try::Cancel);
    assert_eq!(
        life.conversation.declined,
        [Trigger::Complaint],
        "why it waits is not forgotten on the way"
    );
}

#[test]
fn a_customer_who_leaves_the_line_keeps_the_place_for_a_time() {
    let timings = Policy::default().timings;
    let mut life = Life::start();
    life.attempt(&Try::HandOff);
    let queued_at = life.conversation.wait().unwrap().queued_at;
    life.attempt(&Try::Leave);
    let until = life.now.plus(timings.keep_place_ms);
    // A look at the wait may come first; the limit of the place comes too.
    let limits = |life: &mut Life| {
        while life.conversation.due(&timings).unwrap().1 == Due::WaitReview {
            life.attempt(&Try::FallDue);
        }
        life.conversation.due(&timings)
    };
    assert_eq!(limits(&mut life), Some((until, Due::PlaceLimit)));
    life.attempt(&Try::Return);
    assert_eq!(life.conversation.wait().unwrap().queued_at, queued_at);
    assert_ne!(limits(&mut life).unwrap().1, Due::PlaceLimit);
    assert_eq!(life.conversation.return_to_line(), Err(Refusal::NotAway));
    life.attempt(&Try::Leave);
    while life.conversation.state() == State::Queued {
        life.attempt(&Try::FallDue);
    }
    assert!(matches!(
        life.conversation.phase,
        Phase::Resolved { unserved: true, .. }
    ));
}

#[test]
fn nothing_is_due_and_nobody_owns_it_after_erasure() {
    for before in [
        vec![],
        vec![Try::HandOff],
        vec![Try::HandOff, Try::ChooseEmail],
    ] {
        let mut life = Life::start();
        for step in &before {
            life.attempt(step);
        }
        let epoch = life.conversation.epoch;
        let erased = life.conversation.erase();
        life.record(erased);
        let conversation = &life.conversation;
        assert!(conversation.erased && conversation.epoch > epoch);
        assert_eq!(conversation.owner(), Owner::Nobody);
        assert_eq!(conversation.due(&Policy::default().timings), None);
    }
}

#[test]
fn of_two_agents_who_accept_at_once_one_wins() {
    let mut life = Life::start();
    life.attempt(&Try::HandOff);
    let epoch = life.conversation.epoch;
    let name = |n: u128| AgentName {
        id: AgentId::new(Timestamp::from_millis(0), n),
        name: "x".into(),
    };
    let first = life
        .conversation
        .accept(name(1), epoch, &Routing::default())
        .unwrap();
    life.record(first);
    assert_eq!(
        life.conversation
            .accept(name(2), epoch, &Routing::default()),
        Err(Refusal::StaleEpoch)
    );
}

#[test]
fn cancelling_remembers_what_was_declined_until_the_next_reopening() {
    let mut life = Life::start();
    life.attempt(&Try::HandOff);
    life.attempt(&Try::Cancel);
    assert_eq!(life.conversation.declined, [Trigger::Complaint]);
    assert_eq!(life.conversation.owner(), Owner::Assistant);
}

fn served(steps: &[Try]) -> Life {
    let mut life = Life::start();
    life.attempt(&Try::HandOff);
    life.attempt(&Try::Accept {
        agent: 1,
        stale_by: 0,
    });
    for step in steps {
        life.attempt(step);
    }
    life
}

#[test]
fn what_an_agent_had_does_not_count_as_waiting_for_others() {
    let asked_since = |life: &Life| life.conversation.wait().unwrap().asked_since();
    let mut life = Life::start();
    life.attempt(&Try::HandOff);
    life.attempt(&Try::Wait { ms: 40_000 });
    life.attempt(&Try::Accept {
        agent: 1,
        stale_by: 0,
    });
    life.attempt(&Try::Wait { ms: 600_000 });
    life.attempt(&Try::Drop { agent: 1 });
    assert_eq!(
        life.now.since(asked_since(&life)),
        40_000,
        "the same people were asked for so long"
    );
    life.attempt(&Try::Accept {
        agent: 1,
        stale_by: 0,
    });
    life.attempt(&Try::TransferToTeam { agent: 1 });
    assert_eq!(asked_since(&life), life.now, "others are asked from now on");
}

#[test]
fn a_word_from_the_page_ends_mails_that_went_for_a_kept_place_whoever_has_it_by_then() {
    let accept = Try::Accept {
        agent: 1,
        stale_by: 0,
    };
    let hear = Try::Hear { is_farewell: false };
    let mut life = Life::start();
    for step in [Try::HandOff, Try::KeepPlace, accept] {
        life.attempt(&step);
    }
    assert!(life.conversation.by_email, "they may have closed the page");
    life.attempt(&Try::Drop { agent: 1 });
    life.attempt(&Try::Accept {
        agent: 2,
        stale_by: 0,
    });
    assert!(life.conversation.by_email, "not a word came yet");
    life.attempt(&hear);
    assert!(!life.conversation.by_email, "they are on the page");

    let mut chosen = Life::start();
    chosen.attempt(&Try::HandOff);
    chosen.attempt(&Try::ChooseEmail);
    chosen.attempt(&hear);
    assert!(chosen.conversation.by_email, "that was their own choice");
}

#[test]
fn a_transfer_keeps_the_place_and_is_the_owners_to_make() {
    let mut life = served(&[Try::Wait { ms: 60_000 }]);
    let Phase::Served { queued_at, .. } = life.conversation.phase else {
        panic!("it was accepted");
    };
    life.attempt(&Try::Transfer {
        agent: 2,
        to: 1,
        stale_by: 0,
    });
    assert_eq!(life.conversation.state(), State::WithAgent, "not theirs");
    life.attempt(&Try::TransferToTeam { agent: 1 });
    let wait = life.conversation.wait().expect("it waits for the team");
    assert_eq!(wait.queued_at, queued_at);
    assert_eq!(wait.needs.team, life.conversation.team);
    assert!(wait.to_ask.is_empty(), "nobody is asked again");
    assert_eq!(wait.passed_by.len(), 1, "who passed it on is not asked");
}

#[test]
fn what_an_agent_had_for_days_is_not_over_when_they_let_go_of_it() {
    let timings = Policy::default().timings;
    for let_go in [Try::Drop { agent: 1 }, Try::TransferToTeam { agent: 1 }] {
        let days = Try::Wait {
            ms: 2 * timings.longest_wait_ms,
        };
        let life = served(&[days, let_go]);
        let (at, due) = life.conversation.due(&timings).expect("it waits");
        assert_ne!(due, Due::WaitLimit);
        assert!(at > life.now, "{due:?}");
        let wait = life.conversation.wait().expect("it waits");
        assert_eq!(
            wait.limit(timings.longest_wait_ms),
            life.now.plus(timings.longest_wait_ms)
        );
    }
}

#[test]
fn handing_back_begins_afresh_and_declines_what_a_human_has_settled() {
    let life = served(&[
        Try::Wait { ms: 60_000 },
        Try::HandBack {
            agent: 1,
            stale_by: 0,
        },
    ]);
    let conversation = &life.conversation;
    assert_eq!(conversation.owner(), Owner::Assistant);
    assert_eq!(conversation.fresh_from, Some(life.now));
    for trigger in [Trigger::Complaint, Trigger::Vip, Trigger::Onboarding] {
        assert!(conversation.declined.contains(&trigger), "{trigger}");
    }
    assert!(!conversation.declined.contains(&Trigger::LegalCompliance));
}

#[test]
fn of_two_who_take_over_at_once_one_wins() {
    let mut life = Life::start();
    let epoch = life.conversation.epoch;
    let taken = |life: &Life, n: u128| {
        let agent = AgentName {
            id: AgentId::new(Timestamp::from_millis(0), n),
            name: "x".into(),
        };
        let handoff_id = HandoffId::new(life.now, n);
        life.conversation.take_over(agent, epoch, 2, handoff_id)
    };
    let first = taken(&life, 1).unwrap();
    life.record(first);
    assert_eq!(taken(&life, 2), Err(Refusal::StaleEpoch));
}

#[test]
fn a_handoff_goes_on_whoever_has_it() {
    let mut life = served(&[]);
    let handoff = |life: &Life| match &life.conversation.phase {
        Phase::Served { handoff_id, .. } => Some(handoff_id.clone()),
        _ => None,
    };
    let first = handoff(&life);
    let take = Try::TakeOver {
        agent: 2,
        stale_by: 0,
    };
    life.attempt(&take);
    assert_eq!(handoff(&life), first, "from a colleague");
    life.attempt(&Try::Resolve { agent: 2 });
    life.attempt(&Try::ReturnTo { agent: 2 });
    assert_eq!(handoff(&life), first, "back after its end");
    life.attempt(&Try::HandBack {
        agent: 2,
        stale_by: 0,
    });
    life.attempt(&take);
    assert_ne!(handoff(&life), first, "from the assistant a new one begins");
}

#[test]
fn who_had_it_last_has_it_back_for_the_days_that_are_set() {
    let timings = Policy::default().timings;
    let check = |after_ms: i64, comes_back: bool| {
        let mut life = served(&[Try::Resolve { agent: 1 }, Try::Wait { ms: after_ms }]);
        life.attempt(&Try::ReturnTo { agent: 2 });
        assert_eq!(life.conversation.owner(), Owner::Nobody, "never theirs");
        life.attempt(&Try::ReturnTo { agent: 1 });
        let is_back = matches!(life.conversation.owner(), Owner::Agent(_));
        assert_eq!(is_back, comes_back, "after {after_ms} ms");
        life.attempt(&Try::Hear { is_farewell: false });
        let declined = &life.conversation.declined;
        assert_eq!(declined.contains(&Trigger::Complaint), comes_back);
    };
    check(timings.reopen_within_ms, true);
    check(timings.reopen_within_ms + 1, false);
}
