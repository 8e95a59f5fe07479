//! A wake-up that really gets lost between two nodes. Both stores are in this process, so
//! that it can be lost on purpose.

use segue_server::desk::{Desk, Inbound};
use segue_server::edge::Clock;
use segue_server::live::{Audience, Frame, Hub};
use segue_store::Store;

use crate::database::Database;
use crate::node::PATIENCE;
use crate::people::company;

#[test]
fn a_wake_up_that_is_lost_is_made_up_for_by_the_slow_poll() {
    let database = Database::fresh();
    company(&database, &[]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let open = || Store::open_postgres(&database.url).unwrap();
        let (here, there) = (open(), open());
        let hub = Hub::new();
        tokio::spawn(hub.clone().serve(there.clone()));

        let desk = Desk::new(here.clone(), Clock::System, false);
        let inbox = here
            .read(|tx| {
                let workspace = tx.first_workspace()?.expect("there is a company");
                tx.inboxes(&workspace.id)
            })
            .await
            .unwrap()
            .remove(0);
        let place = desk.place(&inbox.workspace_id, &inbox.id).await.unwrap();
        let (contact_id, _) = desk.arrive(place.clone()).await.unwrap();
        let conversation = desk
            .open(place.clone(), contact_id.clone(), "en".into())
            .await
            .unwrap();
        let conversation = desk
            .request_human(place.clone(), conversation.id, contact_id.clone())
            .await
            .unwrap();
        let mut ear = hub.subscription();
        let id = conversation.id.clone();
        ear.listen(
            &place.workspace.id,
            &id,
            conversation.seq,
            Audience::Customer,
        );

        here.lose_rings(u32::MAX);
        let inbound = Inbound {
            conversation_id: id,
            contact_id,
            client_message_id: "message-1".into(),
            text: "is anybody there?".into(),
            files: vec![],
        };
        let received = desk.receive(place, inbound).await.unwrap();
        let frame = tokio::time::timeout(PATIENCE, ear.frames.recv());
        let frame = frame.await.expect("the poll finds it").unwrap();
        let Frame::Events { through, .. } = &*frame else {
            panic!("{frame:?}")
        };
        assert_eq!(*through, received.seq);
    });
}
