//! What is noticed while a human has the conversation (P35).

use segue_core::time::SECOND_MS;
use serde_json::{Value, json};

use crate::shop::{As, Shop};

async fn taken(shop: &Shop, maya: &As, id: &str) -> Value {
    shop.work().await;
    let epoch = &shop.detail(maya, id).await["item"]["epoch"];
    let path = format!("/api/console/conversations/{id}/accept");
    let (status, detail) = shop.post(&path, maya, json!({ "epoch": epoch })).await;
    assert_eq!(status, 200, "{detail}");
    detail
}

fn of_kind<'a>(detail: &'a Value, kind: &str) -> Vec<&'a Value> {
    let events = detail["events"].as_array().unwrap().iter();
    events.filter(|event| event["kind"] == kind).collect()
}

#[tokio::test]
async fn a_customer_who_says_it_again_to_a_human_is_noticed_with_the_earlier_message() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    let told = shop
        .say(&visitor, &id, 1, "The lamp from order 48213 arrived broken")
        .await;
    shop.say(&visitor, &id, 2, "let me talk to a human").await;
    taken(&shop, &maya, &id).await;
    let said = shop
        .say(
            &visitor,
            &id,
            3,
            "As I already told the bot, the lamp from order 48213 is broken",
        )
        .await;
    let fine = shop
        .say(&visitor, &id, 4, "Thank you for looking at it")
        .await;
    assert_eq!(
        of_kind(&shop.detail(&maya, &id).await, "customer_repeated").len(),
        0
    );

    shop.desk.clock.advance(20 * SECOND_MS);
    shop.work().await;
    shop.desk.clock.advance(20 * SECOND_MS);
    shop.work().await;
    let detail = shop.detail(&maya, &id).await;
    let noticed = of_kind(&detail, "customer_repeated");
    assert_eq!(noticed.len(), 1, "{noticed:?}, not {fine}");
    assert_eq!(noticed[0]["message_id"], said["message_id"]);
    assert_eq!(noticed[0]["of"], told["message_id"]);
    assert_eq!(noticed[0]["how"], "said");

    let (_, page) = shop
        .get(&format!("/api/widget/conversations/{id}/events"), &visitor)
        .await;
    assert!(!page.to_string().contains("customer_repeated"), "hidden");
}
