//! Teams: who sees what, who may set them up, and what becomes of what waits.

use segue_core::access::Role;
use segue_core::policy::Policy;
use segue_core::signal::Trigger;
use serde_json::{Value, json};

use crate::shop::{As, Shop};

impl Shop {
    pub async fn hire(&self, name: &'static str) -> (As, String) {
        let workspaces = self.desk.store.read(|tx| tx.workspaces()).await.unwrap();
        let hash = segue_server::http::hash_password("correct horse");
        let (id, email) = (workspaces[0].id.clone(), format!("{name}@shop.example"));
        let added =
            self.desk
                .add_agent(id.clone(), email.clone(), name.into(), Role::Agent, 2, hash);
        added.await.unwrap();
        let agents = self
            .desk
            .store
            .read(move |tx| tx.agents(&id))
            .await
            .unwrap();
        let row = agents.iter().find(|agent| agent.name == name).unwrap();
        (self.sign_in(&email).await, row.id.to_string())
    }

    pub async fn add_team(&self, admin: &As, name: &str, members: &[&str]) -> Value {
        let wanted = json!({ "name": name, "members": members });
        let (status, teams) = self.post("/api/console/teams", admin, wanted).await;
        assert_eq!(status, 201, "{teams}");
        let teams = teams["teams"].as_array().unwrap().clone();
        teams.into_iter().find(|team| team["name"] == name).unwrap()
    }

    async fn put(&self, path: &str, who: &As, body: Value) -> (u16, Value) {
        let (status, _, body) = self.raw("PUT", path, who, Some(body), &[]).await;
        (status, body)
    }

    /// Every wish for a person goes to Billing.
    pub async fn send_wishes_to_billing(&self) {
        let mut policy = Policy::default();
        policy.teams.insert(Trigger::RequestHuman, "billing".into());
        assert_eq!(self.desk.set_policy(policy).await.unwrap(), 1);
        // Places are remembered for two seconds.
        self.desk.clock.advance(3_000);
    }

    async fn wait(&self) -> String {
        let (visitor, id) = self.arrive().await;
        let path = format!("/api/widget/conversations/{id}/handoff");
        let (status, view) = self.post(&path, &visitor, json!({})).await;
        assert_eq!(status, 200, "{view}");
        self.work().await;
        id
    }
}

/// Attack case 19.
#[tokio::test]
async fn an_agent_sees_nothing_of_what_another_team_answers_for() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let ((ann, ann_id), (bea, bea_id)) = (shop.hire("ann").await, shop.hire("bea").await);
    let billing = shop.add_team(&maya, "Billing", &[&ann_id]).await;
    shop.add_team(&maya, "Support", &[&bea_id]).await;
    let before = shop.wait().await;
    shop.send_wishes_to_billing().await;
    let theirs = shop.wait().await;

    let (_, floor) = shop.get("/api/console/floor", &bea).await;
    let seen: Vec<&Value> = floor["queue"].as_array().unwrap().iter().collect();
    assert_eq!(seen.len(), 1, "{floor}");
    assert_eq!(
        (&seen[0]["conversation_id"], &seen[0]["place"]),
        (&json!(before), &json!(1))
    );
    assert_eq!(floor["waiting"], 1);
    let named: Vec<&Value> = floor["teams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(named, ["Support"]);
    assert!(!floor.to_string().contains(&theirs), "{floor}");
    let (_, all) = shop.get("/api/console/conversations?view=all", &bea).await;
    assert!(!all.to_string().contains(&theirs), "{all}");

    let at = |rest: &str| format!("/api/console/conversations/{theirs}{rest}");
    let epoch = json!({ "epoch": 3 });
    let note = json!({ "client_message_id": "message-9", "text": "hi" });
    let unknown = shop
        .get(
            "/api/console/conversations/conv_00000000000000000000000000",
            &bea,
        )
        .await;
    assert_eq!(unknown.0, 404);
    assert_eq!(shop.get(&at(""), &bea).await, unknown);
    assert_eq!(shop.get(&at("/decisions"), &bea).await, unknown);
    let file = at("/files/file_00000000000000000000000000");
    assert_eq!(shop.get(&file, &bea).await.0, 404);
    for (rest, body) in [
        ("/accept", epoch.clone()),
        ("/decline", json!({})),
        ("/note", note.clone()),
        (
            "/reply",
            json!({ "epoch": 3, "client_message_id": "message-8", "text": "hi" }),
        ),
        ("/introduction/check", json!({ "text": "hi" })),
        ("/draft-checks", json!({ "text": "hi" })),
        ("/release", json!({ "epoch": 3, "to": "queue" })),
        ("/resolve", json!({ "epoch": 3, "disposition": "solved" })),
    ] {
        assert_eq!(shop.post(&at(rest), &bea, body).await, unknown, "{rest}");
    }

    // Its people and leads see it; who leaves the team sees it no more.
    for who in [&ann, &maya] {
        assert_eq!(shop.get(&at(""), who).await.0, 200);
        let (_, floor) = shop.get("/api/console/floor", who).await;
        assert_eq!(floor["waiting"], 2, "{floor}");
    }
    let path = format!("/api/console/teams/{}", billing["id"].as_str().unwrap());
    let wanted = json!({ "name": "Billing", "members": [bea_id] });
    assert_eq!(shop.put(&path, &maya, wanted).await.0, 200);
    assert_eq!(shop.get(&at(""), &bea).await.0, 200);
    assert_eq!(shop.get(&at(""), &ann).await, unknown);
    // A team that is removed leaves it to everybody.
    let (status, ..) = shop.raw("DELETE", &path, &maya, None, &[]).await;
    assert_eq!(status, 204);
    assert_eq!(shop.get(&at(""), &ann).await.0, 200);
}

/// Attack case 83: the team is lost while an invitation is out.
#[tokio::test]
async fn who_leaves_a_team_gives_its_invitations_back_at_once() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let ((_, ann_id), (_, bea_id)) = (shop.hire("ann").await, shop.hire("bea").await);
    let billing = shop.add_team(&maya, "Billing", &[&ann_id]).await;
    shop.send_wishes_to_billing().await;
    let id = shop.wait().await;
    let asked = async || shop.detail(&maya, &id).await["item"]["invited_agent_id"].clone();
    assert_eq!(asked().await, json!(ann_id));
    let path = format!("/api/console/teams/{}", billing["id"].as_str().unwrap());
    let wanted = json!({ "name": "Billing", "members": [bea_id] });
    assert_eq!(shop.put(&path, &maya, wanted).await.0, 200);
    assert_eq!(asked().await, Value::Null);
    shop.work().await;
    assert_eq!(asked().await, json!(bea_id));
}

#[tokio::test]
async fn teams_and_routing_are_checked_kept_and_written_down() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (ann, ann_id) = shop.hire("ann").await;
    let billing = shop.add_team(&maya, "Billing", &[&ann_id]).await;
    let support = shop.add_team(&maya, "Support", &[]).await;
    assert_eq!(shop.get("/api/console/teams", &ann).await.0, 403);
    let refused = async |wanted: Value| shop.post("/api/console/teams", &maya, wanted).await.0;
    assert_eq!(refused(json!({ "name": "BILLING" })).await, 422);
    assert_eq!(refused(json!({ "name": "  " })).await, 422);
    let helped = |minutes: i64, to: &Value| json!({ "name": "Tax", "overflow_to": to, "overflow_minutes": minutes });
    assert_eq!(refused(helped(0, &support["id"])).await, 422);
    let path = format!("/api/console/teams/{}", billing["id"].as_str().unwrap());
    let (status, _) = shop.put(&path, &maya, helped(5, &billing["id"])).await;
    assert_eq!(status, 422, "a team helps another out, not itself");
    let (status, teams) = shop.put(&path, &maya, helped(5, &support["id"])).await;
    assert_eq!(status, 200, "{teams}");

    let routing = |chat: i64, email: i64| {
        json!({ "chat_units": chat, "email_units": email, "wrap_up_s": 30,
            "dedicated_for_s": 60, "needs_for_s": 600 })
    };
    let set = async |wanted: Value| shop.put("/api/console/routing", &maya, wanted).await.0;
    assert_eq!(set(routing(1, 2)).await, 422);
    assert_eq!(set(routing(0, 0)).await, 422);
    assert_eq!(set(routing(3, 1)).await, 200);
    let (_, shown) = shop.get("/api/console/teams", &maya).await;
    assert_eq!(shown["routing"], routing(3, 1));

    let (visitor, id) = shop.arrive().await;
    shop.say(&visitor, &id, 1, "hello").await;
    let contact = shop.detail(&maya, &id).await["contact"]["id"].clone();
    let path = format!(
        "/api/console/contacts/{}/dedicated-agent",
        contact.as_str().unwrap()
    );
    assert_eq!(
        shop.put(&path, &ann, json!({ "agent_id": ann_id })).await.0,
        403
    );
    assert_eq!(
        shop.put(&path, &maya, json!({ "agent_id": ann_id }))
            .await
            .0,
        204
    );
    assert_eq!(
        shop.detail(&maya, &id).await["dedicated_agent_id"],
        json!(ann_id)
    );

    // A CRM says so by its own door, by id or by address, and takes it back.
    let crm = As::Program("sga_Shop".into());
    let path = path.replace("/console/", "/v1/");
    let (status, shown) = shop.get(&path, &crm).await;
    assert_eq!((status, &shown["agent_id"]), (200, &json!(ann_id)));
    let give = async |wanted: Value| shop.put(&path, &crm, wanted).await;
    let (status, shown) = give(json!({})).await;
    assert_eq!((status, &shown["agent_id"]), (200, &Value::Null));
    let (status, shown) = give(json!({ "agent_email": "Ann@shop.example " })).await;
    assert_eq!(
        (status, &shown["agent_id"]),
        (200, &json!(ann_id)),
        "{shown}"
    );
    assert_eq!(
        give(json!({ "agent_email": "nobody@shop.example" }))
            .await
            .0,
        422
    );
    let both = json!({ "agent_id": ann_id, "agent_email": "ann@shop.example" });
    assert_eq!(give(both).await.0, 400);

    let (_, log) = shop.get("/api/console/audit", &maya).await;
    let done: Vec<&str> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    for action in [
        "team_made",
        "team_changed",
        "routing_changed",
        "dedicated_agent_set",
    ] {
        assert!(done.contains(&action), "{action} is not in {done:?}");
    }
}
