//! Who a customer is: what a site has signed, and nothing that somebody merely says.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use segue_server::edge::hash_of;
use serde_json::{Value, json};

use crate::shop::{As, NOW, Shop};

const IDENTITY: &str = "/api/widget/identity";

/// A site with a key, as its server has it.
struct Site {
    inbox: String,
    kid: String,
    secret: String,
}

impl Site {
    /// Makes a key in the console of the shop.
    async fn open(shop: &Shop, admin: &As) -> Self {
        let (_, listed) = shop.get("/api/console/identity-keys", admin).await;
        let inbox = &listed["inboxes"][0];
        let new = json!({ "inbox_id": inbox["id"] });
        let (status, made) = shop.post("/api/console/identity-keys", admin, new).await;
        assert_eq!(status, 201, "{made}");
        let text = |value: &Value| value.as_str().unwrap().to_string();
        Site {
            inbox: text(&inbox["site_key"]),
            kid: text(&made["key"]["id"]),
            secret: text(&made["secret"]),
        }
    }

    fn sign(&self, claims: Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut payload = json!({ "aud": self.inbox, "exp": NOW.as_millis() / 1_000 + 600 });
        for (name, value) in claims.as_object().unwrap() {
            payload[name] = value.clone();
        }
        let header = json!({ "alg": "HS256", "typ": "JWT", "kid": self.kid });
        let signed = format!("{}.{}", part(&header), part(&payload));
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let tag = hmac::sign(&key, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    }
}

impl Shop {
    /// Has a site vouch for somebody; `who` is what the browser was before.
    async fn vouch(&self, inbox: &str, token: &str, who: &As) -> (u16, Value) {
        let body = json!({ "inbox": inbox, "token": token });
        self.post(IDENTITY, who, body).await
    }

    async fn identified(&self, site: &Site, user: &str, who: &As) -> As {
        let token = site.sign(json!({ "sub": user }));
        let (status, arrived) = self.vouch(&site.inbox, &token, who).await;
        assert_eq!(status, 200, "{arrived}");
        As::Visitor(arrived["token"].as_str().unwrap().into())
    }

    async fn conversations(&self, visitor: &As) -> Vec<String> {
        let (status, listed) = self.get("/api/widget/conversations", visitor).await;
        assert_eq!(status, 200, "{listed}");
        let listed = listed["conversations"].as_array().unwrap().iter();
        listed
            .map(|view| view["id"].as_str().unwrap().to_string())
            .collect()
    }

    async fn opened(&self, visitor: &As) -> String {
        let (status, view) = self
            .post(
                "/api/widget/conversations",
                visitor,
                json!({ "language": "en" }),
            )
            .await;
        assert_eq!(status, 201, "{view}");
        view["id"].as_str().unwrap().to_string()
    }
}

/// Attack case 28.
#[tokio::test]
async fn a_signed_customer_finds_their_conversations_in_a_second_browser_and_nobody_elses() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let site = Site::open(&shop, &maya).await;
    let ada = shop.identified(&site, "user-1", &As::Nobody).await;
    let id = shop.opened(&ada).await;
    shop.say(&ada, &id, 1, "where is my parcel").await;
    let bob = shop.identified(&site, "user-2", &As::Nobody).await;
    let second = shop.identified(&site, "user-1", &As::Nobody).await;
    assert_eq!(shop.conversations(&second).await, std::slice::from_ref(&id));
    assert!(
        shop.texts(&second, &id)
            .await
            .contains(&"where is my parcel".into())
    );
    assert!(shop.conversations(&bob).await.is_empty());
    let path = format!("/api/widget/conversations/{id}");
    assert_eq!(shop.get(&path, &bob).await.0, 404);
}

#[tokio::test]
async fn what_was_begun_before_signing_in_goes_along_and_leaves_the_anonymous_visitor() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let site = Site::open(&shop, &maya).await;
    let (anonymous, id) = shop.arrive().await;
    shop.say(&anonymous, &id, 1, "a question before signing in")
        .await;
    let ada = shop.identified(&site, "user-1", &anonymous).await;
    assert_eq!(shop.conversations(&ada).await, std::slice::from_ref(&id));
    assert!(shop.conversations(&anonymous).await.is_empty());
    let path = format!("/api/widget/conversations/{id}");
    assert_eq!(shop.get(&path, &anonymous).await.0, 404);
    let claims = json!({ "sub": "user-1", "name": "Ada", "email": "ada@customer.example", "plan": "team", "vip": true });
    shop.vouch(&site.inbox, &site.sign(claims), &As::Nobody)
        .await;
    let detail = shop.detail(&maya, &id).await;
    assert_eq!(detail["contact"]["name"], "Ada");
    assert_eq!(detail["contact"]["verified"], true);
    let kinds = detail["events"].as_array().unwrap().iter();
    assert_eq!(
        kinds.filter(|event| event["kind"] == "identified").count(),
        1
    );
    // Another customer's key takes nothing along, whoever shows it.
    shop.identified(&site, "user-2", &ada).await;
    assert_eq!(shop.conversations(&ada).await, [id]);
}

#[tokio::test]
async fn nobody_stays_known_as_the_visitor_they_were_unless_something_points_to_that() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let site = Site::open(&shop, &maya).await;
    let program = As::Program("sga_Shop".into());
    let contacts = async || {
        let (_, page) = shop.get("/api/v1/contacts", &program).await;
        let contacts = page["contacts"].as_array().unwrap().iter();
        let mut ids: Vec<String> = contacts
            .map(|it| it["id"].as_str().unwrap().into())
            .collect();
        ids.sort();
        ids
    };
    let (anonymous, id) = shop.arrive().await;
    shop.say(&anonymous, &id, 1, "a question").await;
    let before = contacts().await;
    assert_eq!(before.len(), 1);
    let ada = shop.identified(&site, "user-1", &anonymous).await;
    let after = contacts().await;
    assert_eq!(after.len(), 1, "{after:?}");
    assert_ne!(after, before);
    // Whoever comes with the old key begins anew, as somebody new.
    let path = "/api/widget/conversations";
    let opening = json!({ "language": "en" });
    assert_eq!(shop.post(path, &anonymous, opening).await.0, 401);
    assert_eq!(shop.conversations(&ada).await, [id]);

    let (told_of, _) = shop.arrive().await;
    let ids = contacts().await;
    let new = ids.iter().find(|id| !after.contains(id)).unwrap();
    let events = json!({ "events": [{ "name": "Returned a parcel" }] });
    let path = format!("/api/v1/contacts/{new}/events");
    assert_eq!(shop.post(&path, &program, events).await.0, 200);
    shop.identified(&site, "user-1", &told_of).await;
    assert_eq!(contacts().await, ids, "a program told something of them");
}

/// Attack case 25.
#[tokio::test]
async fn claiming_somebody_s_address_opens_nothing_of_theirs() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let site = Site::open(&shop, &maya).await;
    let token = site.sign(json!({ "sub": "user-1", "email": "ada@customer.example" }));
    let (_, arrived) = shop.vouch(&site.inbox, &token, &As::Nobody).await;
    let ada = As::Visitor(arrived["token"].as_str().unwrap().into());
    let hers = shop.opened(&ada).await;
    shop.say(&ada, &hers, 1, "my account number is 4711").await;

    let (stranger, id) = shop.arrive().await;
    let path = format!("/api/widget/conversations/{id}");
    shop.post(&format!("{path}/handoff"), &stranger, json!({}))
        .await;
    let claimed = json!({ "email": "ada@customer.example" });
    let (status, _) = shop
        .post(&format!("{path}/email"), &stranger, claimed)
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        shop.conversations(&stranger).await,
        std::slice::from_ref(&id)
    );
    assert_eq!(
        shop.get(&format!("/api/widget/conversations/{hers}"), &stranger)
            .await
            .0,
        404
    );
    // Nor does the agent get her conversations laid before them as the stranger's own.
    let detail = shop.detail(&maya, &id).await;
    assert!(!detail["package"].to_string().contains("4711"));
    assert!(!detail["package"].to_string().contains(&hers));
    assert_eq!(detail["contact"]["verified"], false);
}

/// Attack cases 4, 23 and 27.
#[tokio::test]
async fn what_does_not_hold_is_refused_and_the_visitor_stays_who_they_were() {
    let shop = Shop::open().await;
    shop.add_workspace("Other", &["eve"]).await;
    let maya = shop.sign_in("maya@shop.example").await;
    let eve = shop.sign_in("eve@other.example").await;
    let (ours, theirs) = (
        Site::open(&shop, &maya).await,
        Site::open(&shop, &eve).await,
    );
    let (anonymous, id) = shop.arrive().await;
    let good = ours.sign(json!({ "sub": "user-1" }));
    let secret_of_others = Site {
        secret: theirs.secret.clone(),
        ..site(&ours)
    };
    let now_s = NOW.as_millis() / 1_000;
    for (what, token) in [
        ("missing", String::new()),
        ("cut", good[..good.len() - 2].to_string()),
        (
            "another workspace's key",
            theirs.sign(json!({ "sub": "user-1" })),
        ),
        (
            "another workspace's key for our site",
            Site {
                inbox: ours.inbox.clone(),
                ..site(&theirs)
            }
            .sign(json!({ "sub": "user-1" })),
        ),
        (
            "another workspace's secret under our name",
            secret_of_others.sign(json!({ "sub": "user-1" })),
        ),
        (
            "for another site",
            ours.sign(json!({ "sub": "user-1", "aud": theirs.inbox })),
        ),
        (
            "expired",
            ours.sign(json!({ "sub": "user-1", "exp": now_s - 1 })),
        ),
        (
            "endless",
            ours.sign(json!({ "sub": "user-1", "exp": now_s + 90_000_000 })),
        ),
        ("nobody", ours.sign(json!({ "name": "Ada" }))),
        ("a visitor's key", "sgv_0000".into()),
    ] {
        let (status, problem) = shop.vouch(&ours.inbox, &token, &anonymous).await;
        assert_eq!(status, 401, "{what}: {problem}");
        assert!(!problem.to_string().contains(&ours.secret), "{what}");
        assert_eq!(
            shop.conversations(&anonymous).await,
            std::slice::from_ref(&id),
            "{what}"
        );
    }
    assert_eq!(shop.vouch("site-none", &good, &anonymous).await.0, 404);
    let contacts = shop
        .get("/api/v1/contacts", &As::Program("sga_Shop".into()))
        .await
        .1;
    assert!(
        contacts["contacts"]
            .as_array()
            .unwrap()
            .iter()
            .all(|contact| contact["id"].is_string())
    );
    // What holds now is refused when it is shown again after it has expired.
    assert_eq!(shop.vouch(&ours.inbox, &good, &As::Nobody).await.0, 200);
    shop.desk.clock.advance(600_000);
    assert_eq!(shop.vouch(&ours.inbox, &good, &As::Nobody).await.0, 401);
}

fn site(of: &Site) -> Site {
    Site {
        inbox: of.inbox.clone(),
        kid: of.kid.clone(),
        secret: of.secret.clone(),
    }
}

/// Attack case 24.
#[tokio::test]
async fn keys_change_with_an_overlap() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (old, new) = (
        Site::open(&shop, &maya).await,
        Site::open(&shop, &maya).await,
    );
    let path = format!("/api/console/identity-keys/{}", old.kid);
    let end = Some(json!({ "in_hours": 2 }));
    assert_eq!(shop.raw("PATCH", &path, &maya, end, &[]).await.0, 204);
    let both = |exp: i64| {
        let claims = json!({ "sub": "user-1", "exp": NOW.as_millis() / 1_000 + exp });
        (old.sign(claims.clone()), new.sign(claims))
    };
    let (by_old, by_new) = both(86_000);
    assert_eq!(shop.vouch(&old.inbox, &by_old, &As::Nobody).await.0, 200);
    assert_eq!(shop.vouch(&old.inbox, &by_new, &As::Nobody).await.0, 200);
    shop.desk.clock.advance(2 * 3_600_000);
    assert_eq!(
        shop.vouch(&old.inbox, &by_old, &As::Nobody).await.0,
        401,
        "it has ended"
    );
    assert_eq!(shop.vouch(&old.inbox, &by_new, &As::Nobody).await.0, 200);
    let path = format!("/api/console/identity-keys/{}", new.kid);
    assert_eq!(shop.raw("DELETE", &path, &maya, None, &[]).await.0, 204);
    assert_eq!(
        shop.vouch(&old.inbox, &by_new, &As::Nobody).await.0,
        401,
        "it is gone"
    );
}

#[tokio::test]
async fn an_identified_visitor_s_key_ends() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let site = Site::open(&shop, &maya).await;
    let ada = shop.identified(&site, "user-1", &As::Nobody).await;
    assert!(shop.conversations(&ada).await.is_empty());
    shop.desk.clock.advance(86_400_000);
    assert_eq!(shop.get("/api/widget/conversations", &ada).await.0, 401);
}

/// Attack case 26: what opens a door is shown once, and stands nowhere else.
#[tokio::test]
async fn no_secret_stands_in_an_answer_or_in_the_audit_log() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let site = Site::open(&shop, &maya).await;
    let token = json!({ "name": "bot", "scopes": ["decisions"] });
    let (_, made) = shop.post("/api/console/tokens", &maya, token).await;
    let token = made["secret"].as_str().unwrap().to_string();
    let ada = shop.identified(&site, "user-1", &As::Nobody).await;
    let id = shop.opened(&ada).await;
    shop.post(
        &format!("/api/widget/conversations/{id}/handoff"),
        &ada,
        json!({}),
    )
    .await;
    let As::Visitor(key) = &ada else {
        unreachable!("an identified visitor")
    };
    let secrets = [site.secret.clone(), token, key.clone(), hash_of(key)];
    let program = As::Program("sga_Shop".into());
    shop.desk.clock.advance(60_000);
    for (path, who) in [
        ("/api/console/identity-keys", &maya),
        ("/api/console/tokens", &maya),
        ("/api/console/audit", &maya),
        (&format!("/api/console/conversations/{id}") as &str, &maya),
        (&format!("/api/widget/conversations/{id}/events"), &ada),
        ("/api/v1/contacts", &program),
        ("/api/v1/events", &program),
        ("/api/v1/handoffs", &program),
    ] {
        let (status, shown) = shop.get(path, who).await;
        assert_eq!(status, 200, "{path}");
        let shown = shown.to_string();
        for secret in &secrets {
            assert!(!shown.contains(secret.as_str()), "{path} shows a secret");
        }
    }
}

#[tokio::test]
async fn what_a_site_signs_of_its_user_is_in_the_package_and_says_where_it_is_from() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let site = Site::open(&shop, &maya).await;
    let token = site.sign(json!({ "sub": "user-7", "name": "Ada Berg", "plan": "team",
        "attributes": { "seats": 12 }, "events": [{ "id": "e1", "name": "Payment failed" }] }));
    for _ in 0..2 {
        let (status, _) = shop.vouch(&site.inbox, &token, &As::Nobody).await;
        assert_eq!(status, 200);
    }
    let visitor = shop.identified(&site, "user-7", &As::Nobody).await;
    let id = shop.opened(&visitor).await;
    let path = format!("/api/widget/conversations/{id}/handoff");
    let (status, view) = shop.post(&path, &visitor, json!({})).await;
    assert_eq!(status, 200, "{view}");
    let package = shop.detail(&maya, &id).await["package"].clone();
    assert_eq!(package["customer"]["attributes"]["seats"], "12");
    let events = package["customer"]["events"].as_array().unwrap();
    assert_eq!((events.len(), &events[0]["told_by"]), (1, &json!("site")));
    for at in [
        "/customer/name",
        "/customer/plan",
        "/customer/attributes/seats",
    ] {
        assert_eq!(package["provenance"][at]["from"], "site", "{at}");
    }
}

#[tokio::test]
async fn a_token_that_is_shown_twice_tells_what_happened_once() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let site = Site::open(&shop, &maya).await;
    let token = site.sign(json!({ "sub": "u-7", "iat": NOW.as_millis() / 1_000,
        "events": [{ "name": "Payment failed", "detail": "card expired" }] }));
    let mut contact = String::new();
    for _ in 0..2 {
        shop.desk.clock.advance(5_000);
        let said = json!({ "inbox": site.inbox, "token": token });
        let (status, known) = shop.post(IDENTITY, &As::Nobody, said).await;
        assert!(status < 300, "{known}");
        contact = known["contact_id"].as_str().unwrap().to_string();
    }
    let program = As::Program("sga_Shop".into());
    let path = format!("/api/v1/contacts/{contact}/events");
    let (_, events) = shop.get(&path, &program).await;
    assert_eq!(events["events"].as_array().unwrap().len(), 1, "{events}");
}
