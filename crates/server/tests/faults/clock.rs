//! The clock jumps: agents who could not be heard are not gone, no wait is below zero, and
//! nothing is due an hour late.

use std::sync::Arc;

use segue_core::conversation::{Conversation, State};
use segue_core::ids::{ContactId, WorkspaceId};
use segue_core::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp};
use segue_server::desk::{Actor, Desk, NewContact, Place, Plain};
use segue_server::edge::Clock;
use segue_server::jobs::{Sweeper, Tools, work_one};
use segue_server::live::Hub;
use segue_store::{Person, Presence, Store};

use crate::ground::{Folder, found};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

struct Floor {
    desk: Desk,
    tools: Tools,
    clock: Clock,
    place: Arc<Place>,
    agents: Vec<Actor>,
    contact_id: ContactId,
    _folder: Folder,
}

async fn floor() -> Floor {
    let folder = Folder::new();
    let store = Store::open_sqlite(&folder.0).unwrap();
    let clock = Clock::seeded(NOW, 79);
    found(&store, clock.clone()).await;
    let desk = Desk::new(store.clone(), clock.clone(), false);
    let read = store.read(|tx| {
        let workspace_id: WorkspaceId = tx.first_workspace()?.unwrap().id;
        let inbox_id = tx.inboxes(&workspace_id)?.remove(0).id;
        let agents = tx.agents(&workspace_id)?;
        Ok::<_, segue_store::Error>((workspace_id, inbox_id, agents))
    });
    let (workspace_id, inbox_id, agents) = read.await.unwrap();
    let place = desk.place(&workspace_id, &inbox_id).await.unwrap();
    let new = NewContact {
        person: Person::default(),
        plan: String::new(),
        vip: false,
        signed_up_at: None,
    };
    let contact_id = desk
        .meet(workspace_id.clone(), new, Plain)
        .await
        .unwrap()
        .id;
    let actor = |agent: segue_store::Agent| Actor {
        id: agent.id,
        workspace_id: workspace_id.clone(),
        name: agent.name,
    };
    let floor = Floor {
        tools: Tools {
            desk: desk.clone(),
            hub: Hub::new(),
            mailer: None,
            fetcher: Default::default(),
            model: None,
        },
        desk,
        clock,
        place,
        agents: agents.into_iter().map(actor).collect(),
        contact_id,
        _folder: folder,
    };
    for agent in &floor.agents {
        let comes = floor
            .desk
            .set_presence(agent.clone(), Presence::Online, false);
        comes.await.unwrap();
    }
    floor
}

impl Floor {
    async fn queued(&self) -> Conversation {
        let (place, contact_id) = (self.place.clone(), self.contact_id.clone());
        let opened = self
            .desk
            .open(place.clone(), contact_id.clone(), "en".into());
        let id = opened.await.unwrap().id;
        let asked = self.desk.request_human(place, id, contact_id);
        asked.await.unwrap()
    }

    async fn served(&self, agent: usize) -> Conversation {
        let asked = self.queued().await;
        let actor = self.agents[agent].clone();
        let taken = self
            .desk
            .accept(self.place.clone(), asked.id, actor, asked.epoch);
        taken.await.unwrap()
    }

    async fn now_is(&self, conversation: &Conversation) -> Conversation {
        let (workspace_id, id) = (self.place.workspace.id.clone(), conversation.id.clone());
        let read = self
            .desk
            .store
            .read(move |tx| tx.conversation(&workspace_id, &id));
        read.await.unwrap().unwrap()
    }

    async fn see(&self, agent: usize) {
        let actor = self.agents[agent].clone();
        self.desk.see(actor.workspace_id, actor.id).await.unwrap();
    }

    /// Seconds pass; those named show signs of life.
    async fn live(&self, sweeper: &mut Sweeper, seconds: i64, seen: &[usize]) {
        for second in 0..seconds {
            self.clock.advance(SECOND_MS);
            if second % 15 == 0 {
                for agent in seen {
                    self.see(*agent).await;
                }
            }
            sweeper.sweep().await.unwrap();
        }
    }
}

/// Attack case 79. A clock that is set on by an hour makes everybody look silent for an hour.
#[tokio::test(flavor = "multi_thread")]
async fn an_hour_ahead_drops_nobody_and_expires_no_invitation() {
    let floor = floor().await;
    let mut sweeper = Sweeper::new(floor.desk.clone());
    floor.live(&mut sweeper, 60, &[0, 1]).await;
    let served = floor.served(0).await;
    let waiting = floor.queued().await;
    floor.live(&mut sweeper, 2, &[0, 1]).await;
    let invited = floor.now_is(&waiting).await;
    assert!(invited.wait().unwrap().invitation.is_some());
    floor.clock.set_by(HOUR_MS);
    sweeper.sweep().await.unwrap();
    assert_eq!(floor.now_is(&served).await.state(), State::WithAgent);
    let after = floor.now_is(&waiting).await;
    assert_eq!(
        after.wait().unwrap().invitation,
        invited.wait().unwrap().invitation,
        "who was asked has the time to answer still"
    );
    // Who is really gone is found out after the grace time, and only they.
    floor.live(&mut sweeper, 95, &[1]).await;
    assert_eq!(floor.now_is(&served).await.state(), State::Queued);
    let of_the_other = floor.served(1).await;
    floor.live(&mut sweeper, 95, &[1]).await;
    assert_eq!(floor.now_is(&of_the_other).await.state(), State::WithAgent);
}

/// The policy says how long an agent may be out of reach, such as on a train.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_gone_after_the_time_that_the_policy_gives() {
    let floor = floor().await;
    let mut policy = segue_core::policy::Policy::default();
    policy.timings.agent_grace_ms = 3 * MINUTE_MS;
    floor.desk.set_policy(policy).await.unwrap();
    let mut sweeper = Sweeper::new(floor.desk.clone());
    floor.live(&mut sweeper, 60, &[0, 1]).await;
    let served = floor.served(0).await;
    floor.live(&mut sweeper, 150, &[1]).await;
    assert_eq!(floor.now_is(&served).await.state(), State::WithAgent);
    floor.live(&mut sweeper, 45, &[1]).await;
    assert_eq!(floor.now_is(&served).await.state(), State::Queued);
}

/// Attack case 82: after a start the agents have the time to find their way back.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_away_for_minutes_drops_nobody_who_comes_back() {
    let floor = floor().await;
    let mut sweeper = Sweeper::new(floor.desk.clone());
    floor.live(&mut sweeper, 60, &[0, 1]).await;
    let (first, second) = (floor.served(0).await, floor.served(1).await);
    floor.clock.advance(10 * MINUTE_MS);
    let mut next = Sweeper::new(floor.desk.clone());
    floor.live(&mut next, 40, &[0]).await;
    assert_eq!(floor.now_is(&second).await.state(), State::WithAgent);
    floor.live(&mut next, 60, &[0]).await;
    assert_eq!(floor.now_is(&first).await.state(), State::WithAgent);
    assert_eq!(
        floor.now_is(&second).await.state(),
        State::Queued,
        "who does not come back is gone"
    );
}

/// A disk that is full for minutes keeps signs of life from being written down; that is not
/// the agents' silence.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_was_full_for_minutes_drops_nobody() {
    let floor = floor().await;
    let mut sweeper = Sweeper::new(floor.desk.clone());
    floor.live(&mut sweeper, 60, &[0, 1]).await;
    let served = floor.served(0).await;
    floor.desk.store.fail_commits(u32::MAX);
    for second in 0..180 {
        floor.clock.advance(SECOND_MS);
        if second % 15 == 0 {
            let actor = floor.agents[0].clone();
            let seen = floor.desk.see(actor.workspace_id, actor.id).await;
            assert!(seen.is_err());
        }
        // It may not be able to write; it must not judge.
        let _ = sweeper.sweep().await;
    }
    floor.desk.store.fail_commits(0);
    sweeper.sweep().await.unwrap();
    floor.live(&mut sweeper, 90, &[0, 1]).await;
    assert_eq!(floor.now_is(&served).await.state(), State::WithAgent);
}

/// Attack case 79. Set back by an hour: what was due is due soon, not in an hour.
#[tokio::test(flavor = "multi_thread")]
async fn an_hour_back_delays_no_answer_and_makes_no_wait_negative() {
    let floor = floor().await;
    let queued = floor.queued().await;
    floor.clock.advance(5 * MINUTE_MS);
    floor.clock.set_by(-HOUR_MS);
    let before = floor.clock.now();
    floor.clock.advance(10 * SECOND_MS);
    assert_eq!(floor.clock.now().since(before), 5 * SECOND_MS, "half speed");
    let opened = floor
        .desk
        .open(floor.place.clone(), floor.contact_id.clone(), "en".into());
    let asked = segue_server::desk::Inbound {
        conversation_id: opened.await.unwrap().id,
        contact_id: floor.contact_id.clone(),
        client_message_id: "message-1".into(),
        text: "How long does delivery take?".into(),
        files: vec![],
    };
    floor
        .desk
        .receive(floor.place.clone(), asked)
        .await
        .unwrap();
    assert!(
        work_one(&floor.tools).await.unwrap(),
        "the answer is not put off"
    );
    // A process that starts while the wall is behind goes on from the record.
    floor.clock.read_anew();
    floor.desk.resume_clock().await.unwrap();
    assert!(floor.clock.now() >= before);
    let actor = floor.agents[0].clone();
    let taken = floor
        .desk
        .accept(floor.place.clone(), queued.id, actor, queued.epoch);
    taken.await.unwrap();
    let workspace_id = floor.place.workspace.id.clone();
    let handoffs = floor
        .desk
        .store
        .read(move |tx| tx.handoffs(&workspace_id, None, None, 10));
    for handoff in handoffs.await.unwrap() {
        assert!(handoff.accepted_at.is_none_or(|at| at >= handoff.at));
    }
}

/// Attack case 79: even a clock that was set back by days, which is followed, leaves no wait
/// below zero on record.
#[tokio::test(flavor = "multi_thread")]
async fn days_back_are_followed_and_still_no_wait_is_negative() {
    let floor = floor().await;
    let queued = floor.queued().await;
    floor.clock.set_by(-3 * DAY_MS);
    let actor = floor.agents[0].clone();
    let (place, id) = (floor.place.clone(), queued.id.clone());
    let taken = floor
        .desk
        .accept(place.clone(), id.clone(), actor.clone(), queued.epoch);
    let epoch = taken.await.unwrap().epoch;
    let reply = segue_server::desk::Reply {
        conversation_id: id,
        epoch: Some(epoch),
        client_message_id: "reply-1".into(),
        text: "Hello".into(),
        files: vec![],
    };
    floor.desk.reply(place, actor, reply).await.unwrap();
    let workspace_id = floor.place.workspace.id.clone();
    let handoffs = floor
        .desk
        .store
        .read(move |tx| tx.handoffs(&workspace_id, None, None, 10));
    let handoffs = handoffs.await.unwrap();
    assert_eq!(handoffs[0].first_reply_at, Some(handoffs[0].at));
}
