//! Replies that agents have ready, and articles for one conversation.

use serde_json::{Value, json};

use crate::shop::{As, Shop};

const PATH: &str = "/api/console/canned-replies";

impl Shop {
    async fn ready(&self, who: &As) -> Vec<String> {
        let (status, page) = self.get(PATH, who).await;
        assert_eq!(status, 200, "{page}");
        let replies = page["replies"].as_array().unwrap();
        let name = |reply: &Value| reply["name"].as_str().unwrap().to_string();
        replies.iter().map(name).collect()
    }
}

#[tokio::test]
async fn replies_are_everybodys_a_teams_or_ones_own() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let ((ann, ann_id), (bea, _)) = (shop.hire("ann").await, shop.hire("bea").await);
    let billing = shop.add_team(&maya, "Billing", &[&ann_id]).await;
    let wanted = |name: &str, with: &str| json!({ "name": name, "text": "Hello {customer.name}", "shared_with": with, "team_id": billing["id"] });
    for (name, with) in [("Hello", "all"), ("Invoice", "team"), ("Mine", "me")] {
        let (status, page) = shop.post(PATH, &maya, wanted(name, with)).await;
        assert_eq!(status, 201, "{page}");
    }
    assert_eq!(shop.post(PATH, &ann, wanted("Own", "me")).await.0, 201);
    assert_eq!(shop.ready(&maya).await, ["Hello", "Invoice", "Mine"]);
    assert_eq!(shop.ready(&ann).await, ["Hello", "Invoice", "Own"]);
    assert_eq!(shop.ready(&bea).await, ["Hello"]);

    // An agent writes for themselves alone, and changes nothing of others.
    for with in ["all", "team"] {
        assert_eq!(shop.post(PATH, &ann, wanted("x", with)).await.0, 404);
    }
    let (_, page) = shop.get(PATH, &maya).await;
    for reply in page["replies"].as_array().unwrap() {
        let path = format!("{PATH}/{}", reply["id"].as_str().unwrap());
        let (status, ..) = shop
            .raw("PUT", &path, &ann, Some(wanted("x", "me")), &[])
            .await;
        assert_eq!(status, 404, "{reply}");
        assert_eq!(shop.raw("DELETE", &path, &bea, None, &[]).await.0, 404);
    }
    let (_, own) = shop.get(PATH, &ann).await;
    let changes: Vec<bool> = own["replies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reply| reply["may_change"] == true)
        .collect();
    assert_eq!(
        (changes, &own["may_share"]),
        (vec![false, false, true], &json!(false))
    );
    let path = format!("{PATH}/{}", own["replies"][2]["id"].as_str().unwrap());
    // What is one's own is not an admin's either.
    assert_eq!(shop.raw("DELETE", &path, &maya, None, &[]).await.0, 404);
    let (status, _, page) = shop
        .raw("PUT", &path, &ann, Some(wanted("A new name", "me")), &[])
        .await;
    assert_eq!(
        (status, &page["replies"][0]["name"]),
        (200, &json!("A new name"))
    );
    assert_eq!(shop.raw("DELETE", &path, &ann, None, &[]).await.0, 204);
    for wrong in [
        json!({ "name": " ", "text": "x", "shared_with": "me" }),
        json!({ "name": "x", "text": "", "shared_with": "me" }),
        json!({ "name": "x", "text": "x".repeat(4_001), "shared_with": "all" }),
        json!({ "name": "x", "text": "x", "shared_with": "team", "team_id": "team_00000000000000000000000000" }),
    ] {
        assert_eq!(shop.post(PATH, &maya, wrong).await.0, 422);
    }
    assert_eq!(
        shop.post(
            PATH,
            &maya,
            json!({ "name": "x", "text": "x", "shared_with": "team" })
        )
        .await
        .0,
        400
    );
    let (_, audit) = shop
        .get("/api/console/audit?action=canned_replies_changed", &maya)
        .await;
    assert_eq!(audit["entries"].as_array().unwrap().len(), 2, "{audit}");
}

#[tokio::test]
async fn articles_for_a_conversation_say_which_were_tried() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    shop.say(&visitor, &id, 1, "How long does standard delivery take?")
        .await;
    let path = format!("/api/console/conversations/{id}/articles");
    let (status, page) = shop.get(&path, &maya).await;
    assert_eq!(status, 200, "{page}");
    let first = &page["articles"][0];
    assert_eq!(first["title"], "Delivery times");
    assert_eq!(first["tried"]["outcome"], "unknown");
    assert!(
        first["passage"].as_str().unwrap().contains("3 to 5"),
        "{page}"
    );
    let (_, page) = shop.get(&format!("{path}?q=return%20goods"), &maya).await;
    let first = &page["articles"][0];
    assert_eq!(
        (&first["title"], &first["tried"]),
        (&json!("Return something"), &Value::Null)
    );
    assert_eq!(
        shop.get(&path.replace("conv_", "conv_0"), &maya).await.0,
        404
    );
}
