//! Who and what goes: visitors seen once, erased contacts, old conversations.

use segue_core::policy::Timings;
use segue_core::queue::Needs;
use segue_store::{Error, Person, Retention, Store};

use crate::ground::{NOW, begin, dice, hear, place};

on_both! {
    a_customer_is_gone_who_was_seen_once_and_not_since
    an_erased_contact_keeps_no_words
    what_is_over_ages_and_is_erased_once
}

async fn a_customer_is_gone_who_was_seen_once_and_not_since(store: Store) {
    let place = place(&store).await;
    let (seen, unseen) = (begin(&store, &place).await, begin(&store, &place).await);
    let workspace_id = place.workspace_id.clone();
    let gone: Result<_, Error> = store
        .write(move |tx| {
            for id in [&seen, &unseen] {
                let mut conversation = tx.conversation_for_update(&workspace_id, id)?.unwrap();
                let handoff_id = segue_core::ids::HandoffId::new(NOW, dice());
                let fact = conversation
                    .hand_off(handoff_id, vec![], None, Needs::default())
                    .unwrap();
                conversation.record(NOW, fact, None);
                tx.update_conversation(&conversation, &Timings::default(), NOW)?;
            }
            let mut found = vec![];
            tx.see_customer(&workspace_id, &seen, NOW)?;
            for (seen_before, is_gone) in [(NOW, false), (NOW.plus(1), true)] {
                let gone = tx.customers_gone(&workspace_id, seen_before)?;
                found.push((gone.len(), is_gone));
            }
            tx.see_customer(&workspace_id, &seen, NOW.plus(5))?;
            found.push((tx.customers_gone(&workspace_id, NOW.plus(1))?.len(), false));
            Ok(found)
        })
        .await;
    assert_eq!(gone.unwrap(), [(0, false), (1, true), (0, false)]);
}

async fn an_erased_contact_keeps_no_words(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let (workspace_id, contact_id) = (place.workspace_id.clone(), place.contact_id.clone());
    let left: Result<_, Error> = store
        .write(move |tx| {
            hear(tx, &workspace_id, &id, "a word", "m-1")?;
            tx.erase_words(&workspace_id, &id)?;
            tx.erase_person(&workspace_id, &contact_id, NOW)?;
            let contact = tx.contact(&workspace_id, &contact_id)?.unwrap();
            let bodies = tx.events(&workspace_id, &id, 0, 100)?;
            Ok((
                contact.person,
                bodies.iter().filter(|event| event.body.is_some()).count(),
                tx.is_erased(&workspace_id, &contact_id)?,
            ))
        })
        .await;
    assert_eq!(left.unwrap(), (Person::default(), 0, true));
}

async fn what_is_over_ages_and_is_erased_once(store: Store) {
    let place = place(&store).await;
    let (over, open) = (begin(&store, &place).await, begin(&store, &place).await);
    let (id, contact_id) = (place.workspace_id.clone(), place.contact_id.clone());
    let done = store.write(move |tx| {
        let mut conversation = tx.conversation_for_update(&id, &over)?.unwrap();
        let fact = conversation.erase();
        let event = conversation.record(NOW, fact, None);
        tx.add_event(&id, &over, &event)?;
        tx.update_conversation(&conversation, &Timings::default(), NOW)?;
        let mut kept = tx.retention(&id)?;
        assert_eq!(
            kept,
            Retention::default(),
            "nothing goes until somebody says so"
        );
        kept.days = Some(30);
        kept.due_at = Some(NOW);
        tx.set_retention(&id, &kept)?;
        kept.conversations = 7;
        tx.set_retention(&id, &kept)?;
        assert_eq!(tx.retention(&id)?, kept);
        assert_eq!(tx.retentions_due(NOW.plus(-1))?, []);
        assert_eq!(tx.retentions_due(NOW)?, std::slice::from_ref(&id));

        let later = NOW.plus(1);
        assert_eq!(tx.aged(&id, NOW, 9)?, [], "what is as old as that stays");
        assert_eq!(tx.count_aged(&id, later)?, 1, "what is open stays");
        let aged = tx.aged(&id, later, 9)?;
        assert_eq!((&aged[0].id, &aged[0].contact_id), (&over, &contact_id));
        assert!(tx.has_words(&id, &contact_id)?);
        tx.erase_words(&id, &over)?;
        assert!(!tx.is_aged(&id, &over)?, "erased with its customer");
        tx.mark_aged(&id, &over)?;
        assert!(tx.is_aged(&id, &over)? && !tx.is_aged(&id, &open)?);
        assert_eq!(
            (tx.count_aged(&id, later)?, tx.aged(&id, later, 9)?),
            (0, vec![])
        );
        assert!(tx.has_words(&id, &contact_id)?, "the open one's");
        tx.erase_words(&id, &open)?;
        assert!(!tx.has_words(&id, &contact_id)?);
        Ok::<_, Error>(())
    });
    done.await.unwrap();
}
