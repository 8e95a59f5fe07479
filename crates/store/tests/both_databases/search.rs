//! Conversations found by their words.

use segue_core::conversation::Conversation;
use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::policy::Timings;
use segue_core::time::Timestamp;
use segue_store::{Error, Findable, Sought, Store, Tx};

use crate::ground::{NOW, dice, place};

on_both! {
    conversations_are_found_by_their_words_until_those_are_erased
}

/// What a search for these groups finds, as places in the order in which they began.
fn found(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    ids: &[ConversationId],
    groups: &[&[&str]],
    change: impl FnOnce(&mut Sought),
) -> Vec<usize> {
    let owned = |group: &&[&str]| group.iter().map(ToString::to_string).collect();
    let mut sought = Sought {
        groups: groups.iter().map(owned).collect(),
        ..Sought::default()
    };
    change(&mut sought);
    let hits = tx.search(workspace_id, &sought, 3).unwrap();
    let place = |id: &ConversationId| ids.iter().position(|one| one == id).unwrap();
    hits.iter()
        .map(|(_, it)| place(&it.conversation.id))
        .collect()
}

async fn conversations_are_found_by_their_words_until_those_are_erased(store: Store) {
    let (here, elsewhere) = (place(&store).await, place(&store).await);
    let done = store.write(move |tx| {
        let workspace_id = &here.workspace_id;
        let words = [
            "refund order",
            "refund",
            "order",
            "refund order late",
            "late",
        ];
        let mut ids = Vec::new();
        for (n, said) in words.iter().enumerate() {
            let id = ConversationId::new(NOW, dice());
            // The first three begin in one millisecond.
            let at = NOW.plus(n.saturating_sub(2) as i64);
            let (it, _) = Conversation::start(
                id.clone(),
                workspace_id.clone(),
                here.inbox_id.clone(),
                here.contact_id.clone(),
                "en",
                at,
            );
            tx.add_conversation(&it, &Timings::default(), at)?;
            let findable = Findable {
                words: said.split(' ').map(Into::into).collect(),
                facets: vec![format!("state:{}", n % 2)],
            };
            tx.make_findable(&it, 4, &findable)?;
            assert_eq!(tx.searched_through(workspace_id, &id)?, 4);
            ids.push(id);
        }
        let look =
            |tx: &mut Tx<'_>, groups: &[&[&str]]| found(tx, workspace_id, &ids, groups, |_| {});
        assert_eq!(look(tx, &[&["refund"]]), [3, 1, 0]);
        assert_eq!(look(tx, &[&["refund"], &["order"]]), [3, 0]);
        assert_eq!(look(tx, &[&["refund", "late"]]), [4, 3, 1]);
        assert_eq!(look(tx, &[&["refund"], &["state:1"]]), [3, 1]);
        assert_eq!(look(tx, &[&["nothing"], &["order"]]), [0; 0]);
        assert_eq!(look(tx, &[]), [4, 3, 2], "a page of three");
        let many: Vec<&[&str]> = vec![&["refund"]; 16];
        assert_eq!(look(tx, &many), [3, 1, 0]);

        // The next page, and spans of time.
        let first = tx.search(workspace_id, &Sought::default(), 3)?;
        let before = first.last().map(|(place, _)| *place);
        assert_eq!(
            found(tx, workspace_id, &ids, &[], |it| it.before = before),
            [1, 0]
        );
        let of = |it: &mut Sought| (it.from, it.until) = (Some(NOW.plus(1)), Some(NOW.plus(2)));
        assert_eq!(found(tx, workspace_id, &ids, &[], of), [3]);

        // Another workspace finds nothing by the same words.
        let theirs = tx.search(&elsewhere.workspace_id, &Sought::default(), 3)?;
        assert!(theirs.is_empty());
        let refunds = Sought {
            groups: vec![vec!["refund".into()]],
            ..Sought::default()
        };
        assert!(tx.search(&elsewhere.workspace_id, &refunds, 3)?.is_empty());

        // What is narrowed down by changes, what was said is added to.
        let it = tx.conversation(workspace_id, &ids[1])?.unwrap();
        let more = Findable {
            words: vec!["late".into()],
            facets: vec!["state:7".into()],
        };
        tx.make_findable(&it, 9, &more)?;
        assert_eq!(look(tx, &[&["late"], &["refund"]]), [3, 1]);
        assert_eq!(look(tx, &[&["state:1"]]), [3]);
        assert_eq!(look(tx, &[&["state:7"]]), [1]);

        // Erased words are in no list, where it stands still is (P48).
        tx.erase_words(workspace_id, &ids[1])?;
        assert_eq!(look(tx, &[&["refund"]]), [3, 0]);
        assert_eq!(look(tx, &[&["state:7"]]), [1]);
        assert_eq!(tx.unsearched(workspace_id, NOW, 9)?, []);
        let begin = Timestamp::default();
        tx.set_searched_until(workspace_id, begin, NOW)?;
        tx.set_searched_until(workspace_id, NOW, NOW.plus(1))?;
        tx.set_searched_until(workspace_id, NOW, NOW.plus(9))?;
        assert_eq!(
            tx.searched_until(workspace_id)?,
            NOW.plus(1),
            "somebody was quicker"
        );
        tx.search_anew(workspace_id)?;
        assert_eq!(tx.searched_until(workspace_id)?, begin);
        Ok::<_, Error>(())
    });
    done.await.unwrap();
}
