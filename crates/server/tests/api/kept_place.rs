//! A customer who waits leaves, keeps the place and comes back by the link of a mail, or
//! answers it (P31).

use segue_core::time::MINUTE_MS;
use serde_json::{Value, json};

use crate::mail::Office;
use crate::shop::As;

impl Office {
    /// Somebody waits, with their key and the conversation.
    async fn somebody_waits(&self) -> (As, String) {
        let (visitor, id) = self.shop.arrive().await;
        let path = format!("/api/widget/conversations/{id}/handoff");
        let (status, view) = self.shop.post(&path, &visitor, json!({})).await;
        assert_eq!(status, 200, "{view}");
        (visitor, id)
    }

    async fn keep_place(&self, visitor: &As, id: &str, email: &str) -> (u16, Value) {
        let path = format!("/api/widget/conversations/{id}/place");
        let wanted = json!({ "email": email });
        self.shop.post(&path, visitor, wanted).await
    }

    async fn come_back(&self, link: &str) -> (u16, Value) {
        let back = json!({ "inbox": self.shop.site_key, "link": link });
        self.shop
            .post("/api/widget/return", &As::Nobody, back)
            .await
    }

    /// Two minutes later somebody is there to answer, and what is due happens.
    async fn turn_comes_near(&self) {
        self.shop.desk.clock.advance(2 * MINUTE_MS);
        let online = json!({ "presence": "online" });
        let (status, _) = self
            .shop
            .post("/api/console/presence", &self.maya, online)
            .await;
        assert!(status < 300);
        segue_server::jobs::sweep_once(&self.shop.desk)
            .await
            .unwrap();
        self.shop.work().await;
    }
}

#[tokio::test]
async fn a_link_leads_back_to_one_conversation_and_no_further() {
    let mut office = Office::open().await;
    let desk = office.shop.tools.desk.clone();
    office.shop.tools.desk = desk.with_public_url(Some("https://chat.shop.example"));
    let (visitor, id) = office.somebody_waits().await;
    let (status, refused) = office.keep_place(&visitor, &id, "nonsense").await;
    assert_eq!(status, 422, "{refused}");
    let (status, view) = office
        .keep_place(&visitor, &id, "ada@customer.example")
        .await;
    assert_eq!(status, 200, "{view}");
    assert_eq!(view["wait"]["kept"], true);
    assert_eq!(view["email"], "ada@customer.example");

    // Somebody is there to answer: the turn is near.
    office.turn_comes_near().await;
    let sent = office.sent();
    assert!(sent.text().contains("nearly your turn"), "{}", sent.source);
    assert!(sent.reply_to().starts_with("help+"), "{}", sent.reply_to());
    let text = sent.text().replace("=3D", "=");
    let (_, link) = text.split_once("#back=").expect("the mail has the link");
    let link: String = link
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();

    let (status, back) = office.come_back(&link).await;
    assert_eq!(status, 200, "{back}");
    assert_eq!(back["conversation_id"], id.as_str());
    let holder = As::Visitor(back["token"].as_str().unwrap().into());
    let path = format!("/api/widget/conversations/{id}");
    let (status, seen) = office.shop.get(&path, &holder).await;
    assert_eq!((status, &seen["state"]), (200, &json!("queued")));

    // What else the customer has is not the link's to open.
    let opened = office
        .shop
        .post("/api/widget/conversations", &visitor, json!({}))
        .await;
    let other = opened.1["id"].as_str().unwrap().to_string();
    let path = format!("/api/widget/conversations/{other}");
    assert_eq!(office.shop.get(&path, &visitor).await.0, 200);
    assert_eq!(office.shop.get(&path, &holder).await.0, 404);
    let said = json!({ "client_message_id": "message-1", "text": "hello" });
    let to = format!("{path}/messages");
    assert_eq!(office.shop.post(&to, &holder, said).await.0, 404);
    let listed = office
        .shop
        .get("/api/widget/conversations", &holder)
        .await
        .1;
    assert_eq!(listed["conversations"].as_array().unwrap().len(), 1);
    let opened = office
        .shop
        .post("/api/widget/conversations", &holder, json!({}))
        .await;
    assert_eq!(opened.0, 401);

    // A letter more or less leads nowhere.
    let last = if link.ends_with('0') { '1' } else { '0' };
    let forged = format!("{}{last}", &link[..link.len() - 1]);
    for wrong in [forged.as_str(), "", &link[..40], &id] {
        assert_eq!(office.come_back(wrong).await.0, 404, "{wrong}");
    }

    // Once the handoff is over the link is too.
    let path = format!("/api/widget/conversations/{id}/handoff/cancel");
    assert_eq!(office.shop.post(&path, &visitor, json!({})).await.0, 200);
    assert_eq!(office.come_back(&link).await.0, 404);
}

#[tokio::test]
async fn who_answers_the_mail_keeps_the_place_and_is_answered_by_mail() {
    let office = Office::open().await;
    let (visitor, id) = office.somebody_waits().await;
    office
        .keep_place(&visitor, &id, "ada@customer.example")
        .await;
    office.turn_comes_near().await;
    let address = office.sent().reply_to();
    let mail = format!(
        "From: Ada <ada@customer.example>\r\nTo: {address}\r\nMessage-ID: <back-1@customer.example>\r\n\
         Subject: Re: your turn\r\n\r\nI am here, but only by mail.\r\n"
    );
    assert_eq!(office.take(&mail).await["outcome"], "kept");
    office.turn_comes_near().await;
    let path = format!("/api/widget/conversations/{id}");
    let (_, view) = office.shop.get(&path, &visitor).await;
    assert_eq!(view["state"], "queued", "the place is theirs still: {view}");
    let (epoch, text) = (view["epoch"].clone(), "Good to hear from you.");
    let path = format!("/api/console/conversations/{id}");
    let taken = json!({ "epoch": epoch });
    let (status, detail) = office
        .shop
        .post(&format!("{path}/accept"), &office.maya, taken)
        .await;
    assert_eq!(status, 200, "{detail}");
    let reply = json!({ "epoch": detail["item"]["epoch"], "client_message_id": "reply-0001", "text": text });
    let (status, sent) = office
        .shop
        .post(&format!("{path}/reply"), &office.maya, reply)
        .await;
    assert_eq!(status, 200, "{sent}");
    office.shop.work().await;
    assert!(office.sent().text().contains(text));
}

#[tokio::test]
async fn who_is_asked_for_at_once_is_called_all_the_same() {
    let office = Office::open().await;
    let (visitor, id) = office.somebody_waits().await;
    office
        .keep_place(&visitor, &id, "ada@customer.example")
        .await;
    let online = json!({ "presence": "online" });
    let (status, _) = office
        .shop
        .post("/api/console/presence", &office.maya, online)
        .await;
    assert!(status < 300);
    // She is asked for as soon as somebody is there, before anybody looks whose turn is near.
    let desk = &office.shop.desk;
    let workspace = desk.store.read(|tx| tx.first_workspace()).await.unwrap();
    let keep = desk.keep(&workspace.unwrap().id).await.unwrap().unwrap();
    assert_eq!(desk.assign(keep).await.unwrap(), 1);
    office.shop.work().await;
    let sent = office.sent();
    assert!(sent.text().contains("nearly your turn"), "{}", sent.source);
    let path = format!("/api/widget/conversations/{id}");
    let (_, view) = office.shop.get(&path, &visitor).await;
    assert_eq!(
        (&view["wait"]["kept"], &view["wait"]["called"]),
        (&json!(true), &json!(true)),
        "the card says so: {view}"
    );
}
