//! Lists of open conversations, however many there are.

use std::collections::HashSet;

use segue_core::conversation::Conversation;
use segue_core::ids::{ConversationId, TeamId};
use segue_core::policy::Policy;
use segue_core::time::SECOND_MS;
use serde_json::Value;

use crate::shop::{As, Shop};

impl Shop {
    /// So many open conversations, the earliest of them `of_team`'s; three of each second.
    async fn fill(&self, count: i64, of_team: Option<(TeamId, i64)>) {
        let (visitor, id) = self.arrive().await;
        let (_, view) = self
            .get(&format!("/api/widget/conversations/{id}"), &visitor)
            .await;
        let id = ConversationId::parse(view["id"].as_str().unwrap()).unwrap();
        let moment = self.desk.clock.moment();
        let made: Result<(), segue_store::Error> = self
            .desk
            .store
            .write(move |tx| {
                let workspace = tx.first_workspace()?.unwrap();
                let like = tx.conversation(&workspace.id, &id)?.unwrap();
                for n in 0..count {
                    let at = moment.now.plus((n - count) / 3 * SECOND_MS);
                    let (mut one, _) = Conversation::start(
                        moment.id(),
                        workspace.id.clone(),
                        like.inbox_id.clone(),
                        like.contact_id.clone(),
                        "en",
                        at,
                    );
                    one.team = of_team
                        .as_ref()
                        .filter(|(_, of_it)| n < *of_it)
                        .map(|(team, _)| team.clone());
                    tx.add_conversation(&one, &Policy::default().timings, at)?;
                }
                Ok(())
            })
            .await;
        made.unwrap();
    }

    /// All pages of a list: the ids and how many pages there were.
    async fn turn_over(&self, who: &As, view: &str) -> (Vec<Value>, usize) {
        let (mut all, mut pages, mut before) = (Vec::new(), 0, String::new());
        loop {
            let path = format!("/api/console/conversations?view={view}{before}");
            let (status, page) = self.get(&path, who).await;
            assert_eq!(status, 200, "{page}");
            pages += 1;
            all.extend(page["items"].as_array().unwrap().clone());
            let Some(next) = page["next_before"].as_str() else {
                return (all, pages);
            };
            before = format!("&before={next}");
        }
    }
}

fn ids(items: &[Value]) -> Vec<&str> {
    let ids = items.iter().map(|item| item["conversation_id"].as_str());
    ids.map(Option::unwrap).collect()
}

#[tokio::test]
async fn whatever_is_open_is_reached_page_by_page() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    shop.fill(430, None).await;
    for view in ["open", "assistant"] {
        let (all, pages) = shop.turn_over(&maya, view).await;
        assert_eq!(all.len(), 431, "{view}: and the one that they are like");
        let seen: HashSet<&str> = ids(&all).into_iter().collect();
        assert_eq!((seen.len(), pages), (431, 9), "{view}");
        let touched = all.iter().map(|item| item["touched_at"].as_str().unwrap());
        assert!(touched.rev().is_sorted(), "{view}: the last word first");
    }
    let nonsense = "/api/console/conversations?view=open&before=yesterday";
    assert_eq!(shop.get(nonsense, &maya).await.0, 422);
}

#[tokio::test]
async fn what_is_a_teams_is_found_behind_hundreds_of_others() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let ((ann, ann_id), (bea, _)) = (shop.hire("ann").await, shop.hire("bea").await);
    let billing = shop.add_team(&maya, "Billing", &[&ann_id]).await;
    let team = TeamId::parse(billing["id"].as_str().unwrap()).unwrap();
    shop.fill(2_600, Some((team, 30))).await;
    let (hers, pages) = shop.turn_over(&ann, "team").await;
    assert_eq!(hers.len(), 30);
    assert_eq!(pages, 2, "no page reads more than two thousand");
    // Who is not of the team has the others alone.
    let (theirs, _) = shop.turn_over(&bea, "open").await;
    assert_eq!(theirs.len(), 2_571);
    let seen: HashSet<&str> = ids(&theirs).into_iter().collect();
    assert!(ids(&hers).iter().all(|id| !seen.contains(id)));
}
