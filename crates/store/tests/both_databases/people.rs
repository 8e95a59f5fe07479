//! Teams, agents and the units of their capacity; inboxes, and who writes to them.

use segue_core::conversation::Conversation;
use segue_core::ids::{AgentId, ContactId, ConversationId, TeamId, WorkspaceId};
use segue_core::package::Teller;
use segue_store::{
    AddressStanding, Contact, Error, Kept, NewAgent, Person, Presence, Stay, Store, Team, Told, Tx,
    VisitorKey,
};

use crate::ground::{NOW, Place, dice, place};

on_both! {
    an_inbox_is_named_closed_and_opened_again
    a_contact_is_found_by_parts_of_what_is_known_and_not_once_erased
    a_visitor_whom_something_points_to_stays
    teams_their_people_and_their_customers_read_back
    units_are_taken_only_while_they_are_free
    comings_and_goings_are_written_down
}

async fn an_inbox_is_named_closed_and_opened_again(store: Store) {
    let place = place(&store).await;
    let done = store.write(move |tx| {
        let mut inbox = tx.inboxes(&place.workspace_id)?.remove(0);
        assert_eq!(inbox.closed_at, None);
        (inbox.name, inbox.closed_at) = ("App".into(), Some(NOW));
        tx.update_inbox(&inbox)?;
        let kept = tx.inbox(&place.workspace_id, &inbox.id)?.unwrap();
        assert_eq!((kept.name.as_str(), kept.closed_at), ("App", Some(NOW)));
        inbox.closed_at = None;
        tx.update_inbox(&inbox)?;
        let kept = tx.inbox_by_key(&inbox.site_key)?.unwrap();
        assert_eq!(kept.closed_at, None);
        assert!(tx.open_by_inbox(&place.workspace_id)?.is_empty());
        let begun = Conversation::start(
            ConversationId::new(NOW, dice()),
            place.workspace_id.clone(),
            inbox.id.clone(),
            place.contact_id.clone(),
            "en",
            NOW,
        );
        tx.add_conversation(&begun.0, &inbox.policy.timings, NOW)?;
        let open = tx.open_by_inbox(&place.workspace_id)?;
        assert_eq!(open, [(inbox.id.clone(), 1)].into());
        Ok::<_, Error>(())
    });
    done.await.unwrap();
}

fn a_visitor(place: &Place, name: Option<&str>, email: Option<&str>) -> Contact {
    Contact {
        id: ContactId::new(NOW, dice()),
        workspace_id: place.workspace_id.clone(),
        person: Person {
            name: name.map(Into::into),
            email: email.map(Into::into),
            ..Person::default()
        },
        plan: String::new(),
        vip: false,
        signed_up_at: None,
        created_at: NOW,
        external_id: None,
    }
}

async fn a_contact_is_found_by_parts_of_what_is_known_and_not_once_erased(store: Store) {
    let (here, elsewhere) = (place(&store).await, place(&store).await);
    let done = store.write(move |tx| {
        let id = &here.workspace_id;
        let mut zoe = a_visitor(&here, Some("Zoë Ångström"), Some("Zoe_A@shop.example"));
        zoe.external_id = Some("user-100%".into());
        tx.add_contact(&zoe)?;
        tx.add_contact(&a_visitor(&here, None, None))?;
        tx.add_contact(&a_visitor(&elsewhere, Some("Zoë Elsewhere"), None))?;
        let found = |tx: &mut Tx<'_>, text: &str| {
            let found = tx.find_contacts(id, text, None, 9)?;
            Ok::<_, Error>(found.into_iter().map(|it| it.id).collect::<Vec<_>>())
        };
        for text in [
            "zoë",
            "ZOË ångst",
            "shop.example",
            "zoe_a",
            "100%",
            "ström zoë user shop",
        ] {
            assert_eq!(found(tx, text)?, [zoe.id.clone()], "{text}");
        }
        for text in ["zoexa", "user-1000", "zoë elsewhere", "%%x"] {
            assert!(found(tx, text)?.is_empty(), "{text}");
        }
        // Who is known by nothing is in no list.
        let all = tx.find_contacts(id, " ", None, 9)?;
        assert_eq!(all.len(), 2, "Ada and Zoë: {all:?}");
        let next = tx.find_contacts(id, "", Some(&all[0].id), 9)?;
        assert_eq!(next.len(), 1);
        assert_eq!(tx.kept_of(id, &zoe.id)?, Kept::default());
        zoe.person.name = Some("Zoë Berg".into());
        tx.update_contact(&zoe)?;
        assert!(found(tx, "ångström")?.is_empty());
        assert_eq!(found(tx, "berg")?, [zoe.id.clone()]);
        assert_eq!(tx.erased_at(id, &zoe.id)?, None);
        tx.erase_person(id, &zoe.id, NOW)?;
        assert_eq!(tx.erased_at(id, &zoe.id)?, Some(NOW));
        assert!(found(tx, "berg")?.is_empty());
        Ok::<_, Error>(())
    });
    done.await.unwrap();
}

async fn a_visitor_whom_something_points_to_stays(store: Store) {
    let place = place(&store).await;
    let done = store.write(move |tx| {
        let id = &place.workspace_id;
        let inbox = tx.inboxes(id)?.remove(0);
        let key = |contact: &Contact| VisitorKey {
            workspace_id: id.clone(),
            inbox_id: inbox.id.clone(),
            contact_id: contact.id.clone(),
            expires_at: None,
            only: None,
        };
        let visitor = a_visitor(&place, None, Some("a@shop.example"));
        tx.add_contact(&visitor)?;
        let hash = visitor.id.to_string();
        tx.add_visitor_token(&hash, &key(&visitor), NOW)?;
        let begun = Conversation::start(
            ConversationId::new(NOW, dice()),
            id.clone(),
            inbox.id.clone(),
            visitor.id.clone(),
            "en",
            NOW,
        );
        tx.add_conversation(&begun.0, &inbox.policy.timings, NOW)?;
        assert!(!tx.let_go_visitor(id, &visitor.id)?);
        assert!(tx.visitor_by_hash(&hash)?.is_some());

        let mut vouched = a_visitor(&place, None, None);
        vouched.external_id = Some("user-1".into());
        tx.add_contact(&vouched)?;
        assert!(!tx.let_go_visitor(id, &vouched.id)?);

        let mut told = a_visitor(&place, None, None);
        let by_program = Told {
            by: Teller::Program,
            at: NOW,
        };
        told.person.told_by.insert("Seats".into(), by_program);
        tx.add_contact(&told)?;
        assert!(!tx.let_go_visitor(id, &told.id)?, "a program knows of them");

        let free = a_visitor(&place, None, Some("b@shop.example"));
        tx.add_contact(&free)?;
        let hash = free.id.to_string();
        tx.add_visitor_token(&hash, &key(&free), NOW)?;
        let standing = AddressStanding {
            proved_at: Some(NOW),
            ..AddressStanding::default()
        };
        tx.note_address(id, &free.id, "b@shop.example", &standing)?;
        assert!(tx.let_go_visitor(id, &free.id)?);
        assert!(tx.contact(id, &free.id)?.is_none());
        assert!(tx.visitor_by_hash(&hash)?.is_none());
        assert!(!tx.let_go_visitor(id, &free.id)?, "once");
        Ok::<_, Error>(())
    });
    done.await.unwrap();
}

pub fn an_agent(place: &Place, n: u128) -> NewAgent {
    NewAgent {
        id: AgentId::new(NOW, n),
        workspace_id: place.workspace_id.clone(),
        email: format!("{n}@shop.example"),
        name: format!("Agent {n}"),
        role: segue_core::access::Role::Agent,
        password_hash: String::new(),
        capacity: 2,
    }
}

async fn teams_their_people_and_their_customers_read_back(store: Store) {
    let place = place(&store).await;
    let done = store.write(move |tx| {
        let workspace_id = &place.workspace_id;
        let (maya, jonas) = (an_agent(&place, dice()), an_agent(&place, dice()));
        for agent in [&maya, &jonas] {
            tx.add_agent(agent, NOW)?;
            tx.set_presence(workspace_id, &agent.id, Presence::Online, None, NOW)?;
        }
        let team = |name: &str| Team {
            id: TeamId::new(NOW, dice()),
            workspace_id: workspace_id.clone(),
            name: name.into(),
            overflow: None,
        };
        let (mut billing, help) = (team("Billing"), team("Help"));
        tx.add_team(&help, NOW)?;
        tx.add_team(&billing, NOW)?;
        billing.overflow = Some((help.id.clone(), 600_000));
        assert!(tx.update_team(&billing)?);
        assert_eq!(tx.teams(workspace_id)?, [billing.clone(), help.clone()]);
        let stranger = AgentId::new(NOW, dice());
        tx.set_team_members(workspace_id, &billing.id, &[maya.id.clone(), stranger])?;
        let members = tx.team_members(workspace_id)?;
        assert_eq!(members, [(billing.id.clone(), maya.id.clone())]);

        let mut row = tx.agent(workspace_id, &maya.id)?.unwrap();
        row.skills = vec!["refunds".into()];
        row.languages = vec!["en".into(), "es".into()];
        tx.update_agent(&row)?;
        let until = Some(NOW.plus(60));
        tx.set_presence(workspace_id, &maya.id, Presence::WrapUp, until, NOW)?;
        let floor = tx.floor(workspace_id, NOW, NOW)?;
        let on_floor = floor.agent(&maya.id).unwrap();
        assert_eq!(on_floor.teams, [billing.id.clone()]);
        assert_eq!((on_floor.capacity, on_floor.free()), (4, 4));
        assert_eq!(on_floor.languages, ["en", "es"]);
        assert!(on_floor.is_there && !on_floor.takes_new);
        assert!(floor.agent(&jonas.id).unwrap().takes_new);
        assert!(
            !tx.floor(workspace_id, NOW, NOW.plus(1))?
                .agent(&jonas.id)
                .unwrap()
                .is_there
        );
        assert!(
            tx.floor(workspace_id, NOW.plus(60), NOW)?
                .agent(&maya.id)
                .unwrap()
                .takes_new
        );
        assert_eq!(tx.end_wrap_ups(workspace_id, NOW.plus(59))?, 0);
        assert_eq!(tx.end_wrap_ups(workspace_id, NOW.plus(60))?, 1);

        let contact_id = &place.contact_id;
        assert_eq!(tx.dedicated_agent(workspace_id, contact_id)?, None);
        assert!(tx.set_dedicated_agent(workspace_id, contact_id, Some(&maya.id))?);
        assert_eq!(
            tx.dedicated_agent(workspace_id, contact_id)?,
            Some(maya.id.clone())
        );
        assert!(!tx.set_dedicated_agent(&WorkspaceId::new(NOW, dice()), contact_id, None)?);

        assert!(tx.drop_team(workspace_id, &help.id)?);
        assert!(!tx.drop_team(workspace_id, &help.id)?);
        assert_eq!(tx.teams(workspace_id)?.pop().unwrap().overflow, None);
        let taken = Team {
            name: "BILLING".into(),
            id: TeamId::new(NOW, dice()),
            ..billing
        };
        tx.add_team(&taken, NOW)
    });
    assert!(matches!(done.await, Err(Error::Conflict)));
}

async fn units_are_taken_only_while_they_are_free(store: Store) {
    let place = place(&store).await;
    let done = store.write(move |tx| {
        let (workspace_id, agent) = (&place.workspace_id, an_agent(&place, dice()));
        tx.add_agent(&agent, NOW)?;
        let take = |tx: &mut Tx<'_>, units| tx.take_units(workspace_id, &agent.id, (units, 2), NOW);
        let taken = [2, 1, 2, 1, 1].map(|units| take(tx, units).unwrap());
        assert_eq!(taken, [true, true, false, true, false]);
        tx.give_units(workspace_id, &agent.id, 2)?;
        assert!(take(tx, 2)?);
        let row = tx.agent(workspace_id, &agent.id)?.unwrap();
        assert_eq!((row.busy, row.busy_units), (3, 4));
        Ok::<_, Error>(())
    });
    done.await.unwrap();
}

async fn comings_and_goings_are_written_down(store: Store) {
    let place = place(&store).await;
    let done: Result<(), Error> = store
        .write(move |tx| {
            let workspace_id = &place.workspace_id;
            let (maya, jonas) = (an_agent(&place, dice()), an_agent(&place, dice()));
            tx.add_agent(&maya, NOW)?;
            tx.add_agent(&jonas, NOW)?;
            assert_eq!(tx.stays_known_since(workspace_id)?, None);
            let says = |tx: &mut Tx<'_>, who: &NewAgent, presence, at: i64, until: Option<i64>| {
                let until = until.map(|ms| NOW.plus(ms));
                tx.set_presence(workspace_id, &who.id, presence, until, NOW.plus(at))
            };
            says(tx, &maya, Presence::Online, 10, None)?;
            says(tx, &maya, Presence::Online, 15, None)?;
            says(tx, &jonas, Presence::Away, 20, None)?;
            says(tx, &maya, Presence::WrapUp, 30, Some(40))?;
            tx.end_wrap_ups(workspace_id, NOW.plus(41))?;
            says(tx, &jonas, Presence::Online, 50, None)?;
            says(tx, &maya, Presence::Offline, 60, None)?;
            let stay = |who: &NewAgent, from: i64, until: Option<i64>| Stay {
                agent_id: who.id.clone(),
                from: NOW.plus(from),
                until: until.map(|ms| NOW.plus(ms)),
            };
            let whole = [stay(&maya, 10, Some(60)), stay(&jonas, 50, None)];
            assert_eq!(tx.stays(workspace_id, NOW)?, whole);
            assert_eq!(tx.stays_known_since(workspace_id)?, Some(NOW.plus(10)));
            let late = [stay(&maya, 45, Some(60)), stay(&jonas, 50, None)];
            assert_eq!(tx.stays(workspace_id, NOW.plus(45))?, late);
            let others = WorkspaceId::new(NOW, dice());
            assert_eq!(tx.stays(&others, NOW)?, []);
            assert_eq!(tx.purge_presences(NOW.plus(-1_000))?, 0);
            Ok(())
        })
        .await;
    done.unwrap();
}
