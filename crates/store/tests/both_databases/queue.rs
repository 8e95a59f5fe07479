//! Who waits, and until when.

use segue_core::conversation::Conversation;
use segue_core::ids::{AgentId, HandoffId, TeamId, WorkspaceId};
use segue_core::policy::Timings;
use segue_core::queue::{Needs, Priority, Waiting};
use segue_store::{Error, Store, Tx};

use crate::ground::{NOW, begin, dice, place};

on_both! {
    who_waits_stands_in_the_queue_until_they_do_not
}

async fn who_waits_stands_in_the_queue_until_they_do_not(store: Store) {
    let place = place(&store).await;
    let (workspace_id, agent_id) = (place.workspace_id.clone(), AgentId::new(NOW, dice()));
    let id = begin(&store, &place).await;
    let done = store.write(move |tx| {
        let mut it = tx.conversation_for_update(&workspace_id, &id)?.unwrap();
        let needs = Needs {
            priority: Priority::new(3),
            team: Some(TeamId::new(NOW, dice())),
            skills: vec!["refunds".into()],
            dedicated: Some(agent_id.clone()),
            last_agent: None,
        };
        let reach = |tx: &mut Tx<'_>, it: &Conversation| {
            tx.update_conversation(it, &Timings::default(), NOW)?;
            let expected: Vec<_> = Waiting::of(it).into_iter().collect();
            assert_eq!(tx.waiting(&workspace_id)?, expected);
            Ok::<_, Error>(())
        };
        reach(tx, &it)?;
        let fact = it.hand_off(HandoffId::new(NOW, dice()), vec![], None, needs);
        it.record(NOW, fact.unwrap(), None);
        reach(tx, &it)?;
        assert_eq!(tx.listed(&workspace_id, &id)?.unwrap().priority.level(), 3);
        let fact = it.invite(agent_id.clone(), NOW.plus(5)).unwrap();
        it.record(NOW, fact, None);
        reach(tx, &it)?;
        assert_eq!(
            tx.invited_to(&workspace_id, &agent_id)?,
            std::slice::from_ref(&id)
        );
        let stranger = WorkspaceId::new(NOW, dice());
        assert!(tx.invited_to(&stranger, &agent_id)?.is_empty());
        assert!(tx.waiting(&stranger)?.is_empty());
        let end = segue_core::event::InvitationEnd::Declined;
        let fact = it.end_invitation(&agent_id, end).unwrap();
        it.record(NOW, fact, None);
        let fact = it.choose_email(NOW.plus(9)).unwrap();
        it.record(NOW, fact, None);
        reach(tx, &it)?;
        let fact = it.cancel_handoff().unwrap();
        it.record(NOW, fact, None);
        reach(tx, &it)
    });
    done.await.unwrap();
}
