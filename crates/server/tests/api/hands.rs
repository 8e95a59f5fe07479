//! From hand to hand: taken over, passed on, given back to the assistant, and wrapped up.

use segue_core::access::Role;
use serde_json::{Value, json};

use crate::shop::{As, Shop};

impl Shop {
    async fn hire_lead(&self, name: &'static str) -> As {
        let workspaces = self.desk.store.read(|tx| tx.workspaces()).await.unwrap();
        let hash = segue_server::http::hash_password("correct horse");
        let (id, email) = (workspaces[0].id.clone(), format!("{name}@shop.example"));
        let added = self
            .desk
            .add_agent(id, email.clone(), name.into(), Role::Lead, 2, hash);
        added.await.unwrap();
        self.sign_in(&email).await
    }

    async fn online(&self, agent: &As) {
        let body = json!({ "presence": "online" });
        let (status, me) = self.post("/api/console/presence", agent, body).await;
        assert_eq!(status, 200, "{me}");
    }

    /// A conversation that the assistant has, with its epoch.
    async fn with_assistant(&self) -> (As, String, u64) {
        let (visitor, id) = self.arrive().await;
        self.say(&visitor, &id, 1, "How long does standard delivery take?")
            .await;
        let epoch = self.view(&visitor, &id).await["epoch"].as_u64().unwrap();
        (visitor, id, epoch)
    }

    async fn act(&self, agent: &As, id: &str, what: &str, body: Value) -> (u16, Value) {
        let path = format!("/api/console/conversations/{id}/{what}");
        self.post(&path, agent, body).await
    }

    async fn kinds(&self, agent: &As, id: &str) -> Vec<String> {
        let detail = self.detail(agent, id).await;
        let events = detail["events"].as_array().unwrap().iter();
        let kind = |event: &Value| event["kind"].as_str().unwrap().to_string();
        events.map(kind).collect()
    }
}

#[tokio::test]
async fn of_two_agents_who_take_over_at_once_one_has_it_and_the_other_is_told_who() {
    let shop = Shop::open().await;
    let ((ann, _), (bea, _)) = (shop.hire("ann").await, shop.hire("bea").await);
    shop.online(&ann).await;
    shop.online(&bea).await;
    for _ in 0..3 {
        let (visitor, id, epoch) = shop.with_assistant().await;
        let (_, listed) = shop
            .get("/api/console/conversations?view=assistant", &ann)
            .await;
        assert!(listed.to_string().contains(&id), "{listed}");
        let seen = json!({ "epoch": epoch });
        let (a, b) = tokio::join!(
            shop.act(&ann, &id, "take-over", seen.clone()),
            shop.act(&bea, &id, "take-over", seen.clone())
        );
        let (won, lost) = if a.0 == 200 { (a, b) } else { (b, a) };
        assert_eq!((won.0, lost.0), (200, 409), "{} {}", won.1, lost.1);
        let winner = won.1["view"]["agent"]["name"].as_str().unwrap().to_string();
        assert_eq!(lost.1["code"], "taken");
        assert!(lost.1["detail"].as_str().unwrap().contains(&winner));
        assert_eq!(won.1["package"]["attempts"].as_array().unwrap().len(), 1);
        let said = shop.texts(&visitor, &id).await;
        assert!(said.last().unwrap().contains(&winner), "{said:?}");
        let me = if winner == "ann" { &ann } else { &bea };
        let wrap_up = json!({ "epoch": won.1["view"]["epoch"], "disposition": "needless",
            "knowable": "article_wrong" });
        let (status, view) = shop.act(me, &id, "resolve", wrap_up).await;
        assert_eq!(status, 200, "{view}");
        let detail = shop.detail(me, &id).await;
        let events = detail["events"].as_array().unwrap();
        let resolved = events.iter().find(|it| it["kind"] == "resolved").unwrap();
        assert_eq!(resolved["knowable"], "article_wrong");
        let (_, page) = shop
            .get(&format!("/api/widget/conversations/{id}/events"), &visitor)
            .await;
        assert!(!page.to_string().contains("article_wrong"), "{page}");
    }
}

#[tokio::test]
async fn a_lead_takes_over_from_an_agent_and_the_agent_can_say_nothing_more() {
    let shop = Shop::open().await;
    let ((ann, _), (bea, _)) = (shop.hire("ann").await, shop.hire("bea").await);
    let lea = shop.hire_lead("lea").await;
    for agent in [&ann, &bea, &lea] {
        shop.online(agent).await;
    }
    let (visitor, id, epoch) = shop.with_assistant().await;
    let (_, taken) = shop
        .act(&ann, &id, "take-over", json!({ "epoch": epoch }))
        .await;
    let seen = json!({ "epoch": taken["view"]["epoch"] });
    let refused = shop.act(&bea, &id, "take-over", seen.clone()).await;
    assert_eq!(
        (refused.0, &refused.1["code"]),
        (409, &json!("taken")),
        "{}",
        refused.1
    );
    // Twice is once.
    assert_eq!(shop.act(&ann, &id, "take-over", seen.clone()).await.0, 200);
    let (status, hers) = shop.act(&lea, &id, "take-over", seen.clone()).await;
    assert_eq!(
        (status, &hers["view"]["agent"]["name"]),
        (200, &json!("lea"))
    );
    let late = json!({ "epoch": seen["epoch"], "client_message_id": "message-ann", "text": "so" });
    let (status, problem) = shop.act(&ann, &id, "reply", late).await;
    assert_eq!((status, &problem["code"]), (409, &json!("stale_epoch")));
    let said = shop.texts(&visitor, &id).await;
    assert!(said.last().unwrap().contains("lea takes over from ann"));
    // Room is given back and taken.
    let (_, floor) = shop.get("/api/console/floor", &ann).await;
    assert_eq!(floor["me"]["busy"], 0, "{floor}");
    let (_, floor) = shop.get("/api/console/floor", &lea).await;
    assert_eq!(floor["me"]["busy"], 1, "{floor}");
}

#[tokio::test]
async fn what_is_passed_on_or_handed_back_at_once_goes_one_way() {
    let shop = Shop::open().await;
    let ((ann, ann_id), (_, bea_id)) = (shop.hire("ann").await, shop.hire("bea").await);
    let maya = shop.sign_in("maya@shop.example").await;
    let billing = shop.add_team(&maya, "Billing", &[&bea_id]).await;
    shop.online(&ann).await;
    let (visitor, id, epoch) = shop.with_assistant().await;
    let (_, taken) = shop
        .act(&ann, &id, "take-over", json!({ "epoch": epoch }))
        .await;
    let epoch = taken["view"]["epoch"].clone();
    let nowhere = json!({ "epoch": epoch, "note": "x" });
    assert_eq!(shop.act(&ann, &id, "transfer", nowhere).await.0, 400);
    let passing =
        json!({ "epoch": epoch, "team_id": billing["id"], "note": "she waits since May" });
    let brief = json!({ "promised": ["the parcel comes on Friday"] });
    let back = json!({ "epoch": epoch, "brief": brief });
    let (a, b) = tokio::join!(
        shop.act(&ann, &id, "transfer", passing),
        shop.act(&ann, &id, "hand-back", back)
    );
    let mut states = [a.0, b.0];
    states.sort_unstable();
    assert_eq!(states, [200, 409], "{} {}", a.1, b.1);
    let moves = shop.kinds(&maya, &id).await;
    let moves = moves
        .iter()
        .filter(|it| ["transferred", "handed_back"].contains(&it.as_str()));
    assert_eq!(moves.count(), 1);
    // What agents tell each other, the customer does not read.
    let (_, page) = shop
        .get(&format!("/api/widget/conversations/{id}/events"), &visitor)
        .await;
    assert!(!page.to_string().contains("since May"), "{page}");
    let _ = ann_id;
}

#[tokio::test]
async fn a_program_acts_in_an_agents_name_and_once_for_each_key() {
    let shop = Shop::open().await;
    let ((ann, ann_id), (bea, bea_id)) = (shop.hire("ann").await, shop.hire("bea").await);
    shop.online(&ann).await;
    shop.online(&bea).await;
    let program = As::Program("sga_Shop".into());
    let (visitor, id, epoch) = shop.with_assistant().await;
    let at = |what: &str| format!("/api/v1/conversations/{id}/{what}");
    let key = [("idempotency-key", "take-1")];
    let body = json!({ "agent_id": ann_id, "epoch": epoch });
    let mut answers = vec![];
    for _ in 0..2 {
        let (status, _, view) = shop
            .raw("POST", &at("take-over"), &program, Some(body.clone()), &key)
            .await;
        assert_eq!(status, 200, "{view}");
        answers.push(view);
    }
    assert_eq!(answers[0], answers[1]);
    let foreign = json!({ "agent_id": "agt_00000000000000000000000000", "epoch": epoch });
    let (status, _) = shop.post(&at("take-over"), &program, foreign).await;
    assert!([400, 404, 422].contains(&status), "{status}");

    let epoch = answers[0]["epoch"].clone();
    let passing = json!({ "from_agent_id": ann_id, "epoch": epoch, "agent_id": bea_id,
        "note": "please send a new one" });
    let (status, view) = shop.post(&at("transfer"), &program, passing).await;
    assert_eq!((status, &view["state"]), (200, &json!("queued")), "{view}");
    let (status, detail) = shop
        .act(&bea, &id, "accept", json!({ "epoch": view["epoch"] }))
        .await;
    assert_eq!(status, 200, "{detail}");
    assert_eq!(
        detail["package"]["passed"][0]["note"],
        "please send a new one"
    );

    let brief = json!({ "promised": ["standard delivery of the new parcel takes 1 day"] });
    let back = json!({ "agent_id": bea_id, "epoch": detail["view"]["epoch"], "brief": brief });
    let (status, view) = shop.post(&at("hand-back"), &program, back).await;
    assert_eq!((status, &view["state"]), (200, &json!("with_assistant")));
    shop.say(&visitor, &id, 2, "How long does standard delivery take?")
        .await;
    let said = shop.texts(&visitor, &id).await;
    let answer = said.last().unwrap();
    assert!(answer.contains("bea promised you this"), "{answer}");
    assert!(!answer.contains("3 to 5"), "{answer}");

    let epoch = shop.view(&visitor, &id).await["epoch"].clone();
    let body = json!({ "agent_id": bea_id, "epoch": epoch });
    let (_, view) = shop.post(&at("take-over"), &program, body).await;
    let wrap_up = json!({ "agent_id": bea_id, "epoch": view["epoch"], "disposition": "refunded",
        "knowable": "no", "note": "done" });
    let (status, view) = shop.post(&at("resolve"), &program, wrap_up).await;
    assert_eq!(
        (status, &view["state"]),
        (200, &json!("resolved")),
        "{view}"
    );
}
