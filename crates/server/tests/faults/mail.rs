//! Mail is sent exactly once in effect: whatever the mail server does in the middle of a
//! word, one mail with one Message-ID is in the mailbox in the end.

use std::sync::Arc;

use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::time::{HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp};
use segue_server::channels::Mailer;
use segue_server::desk::{Actor, Desk, Place, Plain, Reply};
use segue_server::edge::Clock;
use segue_server::jobs::{Tools, work_one};
use segue_server::live::Hub;
use segue_store::{Person, Presence, Store};

use crate::ground::{Folder, found};
use crate::post::{DiesAt, PLACES, Post};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A conversation whose answer is wanted by e-mail, with an agent who has it.
struct Desktop {
    tools: Tools,
    place: Arc<Place>,
    actor: Actor,
    id: ConversationId,
    epoch: u64,
    _folder: Folder,
}

async fn desktop(post: &Post) -> Desktop {
    let folder = Folder::new();
    let store = Store::open_sqlite(&folder.0).unwrap();
    let clock = Clock::standing_at(NOW);
    found(&store, clock.clone()).await;
    let desk = Desk::new(store.clone(), clock, true);
    let tools = Tools {
        desk: desk.clone(),
        hub: Hub::new(),
        mailer: Some(Arc::new(
            Mailer::new(post.url(), "help@shop.example").unwrap(),
        )),
        fetcher: Default::default(),
        model: None,
    };
    let found = store.read(|tx| {
        let workspace_id: WorkspaceId = tx.first_workspace()?.unwrap().id;
        let inbox = tx.inboxes(&workspace_id)?.remove(0).id;
        let agent = tx.agents(&workspace_id)?.remove(0);
        Ok::<_, segue_store::Error>((workspace_id, inbox, agent))
    });
    let (workspace_id, inbox_id, agent) = found.await.unwrap();
    let place = desk.place(&workspace_id, &inbox_id).await.unwrap();
    let actor = Actor {
        id: agent.id,
        workspace_id: workspace_id.clone(),
        name: agent.name,
    };
    let new = segue_server::desk::NewContact {
        person: Person::default(),
        plan: String::new(),
        vip: false,
        signed_up_at: None,
    };
    let contact_id = desk.meet(workspace_id, new, Plain).await.unwrap().id;
    let opened = desk.open(place.clone(), contact_id.clone(), "en".into());
    let id = opened.await.unwrap().id;
    let asked = desk.request_human(place.clone(), id.clone(), contact_id.clone());
    asked.await.unwrap();
    let email = "ada@customer.example".to_string();
    let chosen = desk.choose_email(place.clone(), id.clone(), contact_id, email);
    let epoch = chosen.await.unwrap().epoch;
    desk.set_presence(actor.clone(), Presence::Online, false)
        .await
        .unwrap();
    let accepted = desk.accept(place.clone(), id.clone(), actor.clone(), epoch);
    let epoch = accepted.await.unwrap().epoch;
    Desktop {
        tools,
        place,
        actor,
        id,
        epoch,
        _folder: folder,
    }
}

impl Desktop {
    /// The agent answers; the Message-ID that the mail must have.
    async fn answers(&self) -> String {
        let reply = Reply {
            conversation_id: self.id.clone(),
            epoch: Some(self.epoch),
            client_message_id: "reply-0001".into(),
            text: "Your parcel is on its way".into(),
            files: vec![],
        };
        let sent = self
            .tools
            .desk
            .reply(self.place.clone(), self.actor.clone(), reply);
        sent.await.unwrap().message_id.to_string()
    }

    /// Time passes in steps, and what is ready runs.
    async fn pass(&self, span_ms: i64, step_ms: i64) {
        for _ in 0..span_ms / step_ms {
            self.tools.desk.clock.advance(step_ms);
            while work_one(&self.tools).await.unwrap() {}
        }
    }

    async fn jobs(&self) -> Vec<(String, i64)> {
        let counted = self.tools.desk.store.read(|tx| tx.count_jobs());
        counted.await.unwrap()
    }
}

/// Attack case 91, outgoing mail.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_dies_at_any_verb_gets_one_mail_in_the_end() {
    for place in PLACES {
        let post = Post::open(move |n| (n < 2).then_some(place));
        let desktop = desktop(&post).await;
        let message_id = desktop.answers().await;
        desktop.pass(2 * MINUTE_MS, SECOND_MS).await;
        let taken = post.taken();
        assert!(
            taken.iter().all(|id| *id == message_id),
            "{place:?}: one mail, not {taken:?}"
        );
        // Only a server that had the mail and did not say so gets it more than once.
        let times = if place == DiesAt::Taken { 3 } else { 1 };
        assert_eq!(taken.len(), times, "{place:?}");
        assert_eq!(desktop.jobs().await, [], "{place:?}");
    }
}

/// Attack case 91: a run that has lost its claim, and the run that took it over, send the
/// same mail.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_after_the_server_took_it_sends_the_same_mail_again() {
    let post = Post::open(|_| None);
    let desktop = desktop(&post).await;
    let message_id = desktop.answers().await;
    let (until, now) = (NOW.plus(MINUTE_MS), NOW);
    let store = &desktop.tools.desk.store;
    // A process claimed it, sent it and died before it could say so.
    let claimed = store
        .write(move |tx| tx.claim_job(segue_store::Lot::Any, now, until))
        .await
        .unwrap();
    assert!(claimed.is_some_and(|job| job.kind == "mail"));
    desktop.pass(59 * SECOND_MS, SECOND_MS).await;
    assert_eq!(
        post.taken(),
        [] as [String; 0],
        "somebody else has it still"
    );
    desktop.pass(MINUTE_MS, SECOND_MS).await;
    assert_eq!(post.taken(), [message_id]);
    assert_eq!(desktop.jobs().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_away_for_a_day_loses_nothing() {
    let post = Post::open(|n| (n < 60).then_some(DiesAt::Greeting));
    let desktop = desktop(&post).await;
    let message_id = desktop.answers().await;
    desktop.pass(24 * HOUR_MS, MINUTE_MS).await;
    assert_eq!(post.taken(), [message_id]);
    assert_eq!(desktop.jobs().await, []);
}
