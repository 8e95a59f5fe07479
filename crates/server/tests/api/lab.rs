//! The policy lab through its doors: a draft is checked, tried on what was decided before,
//! run beside, switched to and rolled back; and what each role may.

use segue_core::conversation::Conversation;
use segue_core::decide::{View, decide};
use segue_core::ids::{ContactId, ConversationId, DecisionId, HandoffId};
use segue_core::policy::{Policy, Timings, write};
use segue_core::queue::Priority;
use segue_core::signal::{Evidence, Reading, Signal, Trigger};
use segue_core::time::MINUTE_MS;
use segue_store::Handoff;
use serde_json::{Value, json};

use crate::shop::{As, NOW, Shop};

const LOWER_REFUND: &str = "refund_threshold = { default = 100, EUR = 50 }\n";

impl Shop {
    async fn lab(&self, who: &As) -> Value {
        let (status, shown) = self.get("/api/console/policy", who).await;
        assert_eq!(status, 200, "{shown}");
        shown
    }

    async fn check_draft(&self, who: &As, body: Value) -> Value {
        let (status, checked) = self.post("/api/console/policy/check", who, body).await;
        assert_eq!(status, 200, "{checked}");
        checked
    }

    async fn switch(&self, who: &As, text: &str, note: &str, seen: u64) -> (u16, Value) {
        let body = json!({ "text": text, "note": note, "seen": seen });
        let sent = self.raw("PUT", "/api/console/policy", who, Some(body), &[]);
        let (status, _, answer) = sent.await;
        (status, answer)
    }

    async fn begin(&self, who: &As, kind: &str, text: &str) -> Value {
        let body = json!({ "kind": kind, "text": text, "note": "tried", "last": 100 });
        let (status, begun) = self.post("/api/console/trials", who, body).await;
        assert_eq!(status, 201, "{begun}");
        begun
    }

    async fn trial(&self, who: &As, begun: &Value) -> Value {
        let id = begun["trial"]["id"].as_str().unwrap();
        let (status, trial) = self.get(&format!("/api/console/trials/{id}"), who).await;
        assert_eq!(status, 200, "{trial}");
        trial
    }

    async fn end(&self, who: &As, begun: &Value) {
        let id = begun["trial"]["id"].as_str().unwrap();
        let path = format!("/api/console/trials/{id}");
        let (status, _, _) = self.raw("DELETE", &path, who, None, &[]).await;
        assert_eq!(status, 204);
    }

    async fn audit_actions(&self, who: &As) -> Vec<String> {
        let (_, page) = self.get("/api/console/audit", who).await;
        let entries = page["entries"].as_array().unwrap().iter();
        entries
            .map(|entry| entry["action"].as_str().unwrap().to_string())
            .collect()
    }
}

#[tokio::test]
async fn a_draft_is_checked_with_lines_findings_meaning_and_changes() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let shown = shop.lab(&maya).await;
    assert_eq!(
        (&shown["live"]["version"], &shown["may_change"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(shown["text"], write(&Policy::default()));
    assert_eq!(shown["versions"].as_array().unwrap().len(), 1);

    let faulty = json!({ "text": "# ours\ntreshold = 0.4\n" });
    let checked = shop.check_draft(&maya, faulty).await;
    assert_eq!(checked["faults"][0]["line"], 2, "{checked}");
    assert!(
        checked["faults"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("did you mean \"threshold\"")
    );
    assert_eq!(checked["explained"], json!([]));

    let draft = json!({ "text": format!("{LOWER_REFUND}[only_inboxes]\n\"topic.complaint\" = [\"App\"]\n") });
    let checked = shop.check_draft(&maya, draft.clone()).await;
    assert_eq!(checked["faults"], json!([]));
    assert_eq!(checked["findings"][0]["kind"], "never_fires", "{checked}");
    assert_eq!(checked["findings"][0]["line"], 3);
    let changes = checked["changes"].to_string();
    assert!(
        changes.contains("The refund threshold in EUR goes from 100 to 50."),
        "{changes}"
    );
    assert!(
        checked["lines"]
            .as_array()
            .unwrap()
            .iter()
            .any(|line| line["mark"] == "added")
    );
    assert!(checked["explained"].to_string().contains("50 EUR"));

    let mut german = draft;
    german["language"] = "de".into();
    let checked = shop.check_draft(&maya, german).await;
    assert!(
        checked["changes"]
            .to_string()
            .contains("Die Erstattungsgrenze in EUR geht von 100 auf 50.")
    );
}

#[tokio::test]
async fn a_policy_is_switched_to_with_a_note_and_rolled_back() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let text = "off = [\"topic.complaint\"]\n";
    let (status, answer) = shop.switch(&maya, text, "too many complaints", 1).await;
    assert_eq!((status, &answer["version"]), (200, &json!(2)), "{answer}");
    let shown = shop.lab(&maya).await;
    assert_eq!(shown["text"], text);
    assert_eq!(shown["live"]["note"], "too many complaints");
    assert_eq!(shown["live"]["by_name"], "maya");
    let versions: Vec<u64> = shown["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["version"].as_u64().unwrap())
        .collect();
    assert_eq!(versions, [2, 1]);

    // It holds for the next message, and decisions say under which version they were made.
    let (visitor, id) = shop.arrive().await;
    shop.say(
        &visitor,
        &id,
        1,
        "this product is garbage and your company is a joke",
    )
    .await;
    let path = format!("/api/console/conversations/{id}/decisions");
    let (_, decided) = shop.get(&path, &maya).await;
    let decision = &decided["decisions"][0]["decision"];
    assert_eq!(decision["policy_version"], 2, "{decided}");
    assert!(!decision["reasons"].to_string().contains("topic.complaint"));

    // Whoever has not seen it is told so.
    let (status, refused) = shop.switch(&maya, "", "", 1).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("policy_moved")),
        "{refused}"
    );
    let (status, _) = shop.switch(&maya, "treshold = 1", "", 2).await;
    assert_eq!(status, 422);

    let back = json!({ "to": 1, "note": "they were right", "seen": 2 });
    let (status, answer) = shop
        .post("/api/console/policy/roll-back", &maya, back)
        .await;
    assert_eq!((status, &answer["version"]), (200, &json!(3)), "{answer}");
    let shown = shop.lab(&maya).await;
    assert_eq!(shown["text"], write(&Policy::default()));
    assert_eq!(shown["live"]["again"], 1);
    let (_, first) = shop
        .get("/api/console/policy/version?version=2", &maya)
        .await;
    assert_eq!(first["text"], text);
    let nowhere = json!({ "to": 9, "seen": 3 });
    assert_eq!(
        shop.post("/api/console/policy/roll-back", &maya, nowhere)
            .await
            .0,
        404
    );
    let written = shop.audit_actions(&maya).await;
    assert_eq!(
        written
            .iter()
            .filter(|action| *action == "policy_changed")
            .count(),
        2
    );
}

#[tokio::test]
async fn a_candidate_is_tried_on_what_was_decided_and_nothing_changes_by_it() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let says = [
        "please refund my €80",
        "How long does standard delivery take?",
        "You charged me twice, this is fraud, I want my money back",
    ];
    let mut ids = vec![];
    for text in says {
        let (visitor, id) = shop.arrive().await;
        shop.say(&visitor, &id, 1, text).await;
        ids.push(id);
    }
    let before = shop.lab(&maya).await;
    let begun = shop.begin(&maya, "replay", LOWER_REFUND).await;
    assert_eq!(begun["trial"]["state"], "runs");
    assert_eq!(begun["trial"]["total"], 3);
    shop.work().await;
    let trial = shop.trial(&maya, &begun).await;
    assert_eq!(trial["trial"]["state"], "done", "{trial}");
    let report = &trial["report"];
    assert_eq!(
        (&report["conversations"], &report["decisions"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(report["more"]["n"], 1, "{report}");
    assert_eq!(report["fewer"]["n"], 0);
    assert_eq!(report["by_lead"][0]["trigger"], "topic.billing_dispute");
    let example = &report["examples"][0];
    assert_eq!(example["conversation_id"], ids[0].as_str());
    assert_eq!(example["to"], "escalate");
    assert!(example["margin_after"].as_f64().unwrap() > example["margin_before"].as_f64().unwrap());
    assert_eq!(report["handoffs"]["n"], 1);
    assert_eq!(
        trial["effects"]["queue"],
        Value::Null,
        "three conversations say nothing of a queue"
    );
    let after = shop.lab(&maya).await;
    assert_eq!(
        (&before["live"], &before["text"]),
        (&after["live"], &after["text"])
    );
    assert_eq!(after["trials"][0]["state"], "done");
}

#[tokio::test]
async fn a_replay_that_was_cancelled_goes_no_further() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    shop.say(&visitor, &id, 1, "please refund my €80").await;
    let begun = shop.begin(&maya, "replay", LOWER_REFUND).await;
    shop.end(&maya, &begun).await;
    shop.work().await;
    let trial = shop.trial(&maya, &begun).await;
    assert_eq!(trial["trial"]["state"], "cancelled", "{trial}");
    assert_eq!(trial["report"], Value::Null);
}

#[tokio::test]
async fn a_candidate_beside_decides_and_nobody_acts_on_it() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let begun = shop.begin(&maya, "shadow", LOWER_REFUND).await;
    let (visitor, id) = shop.arrive().await;
    shop.say(&visitor, &id, 1, "How long does standard delivery take?")
        .await;
    shop.say(&visitor, &id, 2, "please refund my €80").await;
    assert_ne!(shop.view(&visitor, &id).await["state"], "queued");
    let trial = shop.trial(&maya, &begun).await;
    assert_eq!(trial["trial"]["state"], "runs");
    assert_eq!(trial["report"]["decisions"], 2, "{trial}");
    assert_eq!(trial["report"]["more"]["n"], 1, "{trial}");

    // A handover that comes after all makes it an earlier one.
    let path = format!("/api/widget/conversations/{id}/handoff");
    shop.desk.clock.advance(60_000);
    assert_eq!(shop.post(&path, &visitor, json!({})).await.0, 200);
    let report = &shop.trial(&maya, &begun).await["report"];
    assert_eq!(
        (&report["more"]["n"], &report["earlier"]["n"]),
        (&json!(0), &json!(1))
    );

    shop.end(&maya, &begun).await;
    let (visitor, id) = shop.arrive().await;
    shop.say(&visitor, &id, 1, "please refund my €80").await;
    let trial = shop.trial(&maya, &begun).await;
    assert_eq!(trial["trial"]["state"], "done");
    assert_eq!(trial["report"]["conversations"], 1, "it no longer decides");
    let written = shop.audit_actions(&maya).await;
    for action in ["shadow_begun", "shadow_ended"] {
        assert!(written.iter().any(|one| one == action), "{written:?}");
    }
}

#[tokio::test]
async fn switching_ends_what_ran_beside() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let begun = shop.begin(&maya, "shadow", LOWER_REFUND).await;
    let (status, _) = shop.switch(&maya, LOWER_REFUND, "it did well", 1).await;
    assert_eq!(status, 200);
    assert_eq!(shop.trial(&maya, &begun).await["trial"]["state"], "done");
}

#[tokio::test]
async fn leads_try_and_admins_switch() {
    let shop = Shop::open().await;
    let hash = segue_server::http::hash_password("correct horse");
    let workspace = shop
        .desk
        .store
        .read(|tx| tx.first_workspace())
        .await
        .unwrap()
        .unwrap();
    for (name, role) in [
        ("lena", segue_core::access::Role::Lead),
        ("ann", segue_core::access::Role::Agent),
    ] {
        let email = format!("{name}@shop.example");
        let added = shop.desk.add_agent(
            workspace.id.clone(),
            email,
            name.into(),
            role,
            2,
            hash.clone(),
        );
        added.await.unwrap();
    }
    let lena = shop.sign_in("lena@shop.example").await;
    let ann = shop.sign_in("ann@shop.example").await;
    assert_eq!(shop.lab(&lena).await["may_change"], false);
    shop.begin(&lena, "replay", LOWER_REFUND).await;
    assert_eq!(shop.switch(&lena, LOWER_REFUND, "", 1).await.0, 403);
    assert_eq!(shop.get("/api/console/policy", &ann).await.0, 403);
    let body = json!({ "kind": "replay", "text": "" });
    assert_eq!(shop.post("/api/console/trials", &ann, body).await.0, 403);
}

#[tokio::test]
async fn with_few_verdicts_nothing_is_suggested() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (status, shown) = shop.get("/api/console/policy/verdicts", &maya).await;
    assert_eq!(status, 200, "{shown}");
    assert_eq!(shown, json!({ "n": 0, "needless": 0, "suggestion": null }));
}

impl Shop {
    /// Handovers of complaints that were seen at a strength, each ended by an agent.
    async fn judged(&self, first: u128, count: u128, strength: f64, disposition: &'static str) {
        let contact_id = self.contact().await;
        let written: Result<(), segue_store::Error> = self
            .desk
            .store
            .write(move |tx| {
                let workspace = tx.first_workspace()?.expect("the shop has one");
                let inbox = tx.inboxes(&workspace.id)?.remove(0);
                for n in first..first + count {
                    let at = NOW.plus(-(n as i64) * MINUTE_MS);
                    let id = ConversationId::new(at, n);
                    let (conversation, _) = Conversation::start(
                        id.clone(),
                        workspace.id.clone(),
                        inbox.id.clone(),
                        contact_id.clone(),
                        "en",
                        at,
                    );
                    tx.add_conversation(&conversation, &Timings::default(), at)?;
                    let view = View {
                        reading: Reading {
                            signals: vec![Signal {
                                trigger: Trigger::Complaint,
                                strength,
                                evidence: vec![Evidence::words("garbage")],
                            }],
                            ..Reading::default()
                        },
                        ..View::default()
                    };
                    let decision = decide(&inbox.policy, &view, at);
                    let made = DecisionId::new(at, n);
                    tx.add_decision(&made, &workspace.id, &id, &view, &decision, at)?;
                    tx.add_handoff(&Handoff {
                        id: HandoffId::new(at, n),
                        workspace_id: workspace.id.clone(),
                        conversation_id: id,
                        inbox_id: inbox.id.clone(),
                        at,
                        reasons: decision.triggers(),
                        package: None,
                        promise: None,
                        accepted_at: Some(at.plus(MINUTE_MS)),
                        agent_id: None,
                        first_reply_at: Some(at.plus(MINUTE_MS)),
                        ended_at: Some(at.plus(9 * MINUTE_MS)),
                        outcome: Some(disposition.into()),
                        team_id: None,
                        priority: Priority::NORMAL,
                        told_until: None,
                    })?;
                }
                Ok(())
            })
            .await;
        written.unwrap();
    }

    async fn contact(&self) -> ContactId {
        let arrival = json!({ "inbox": self.site_key });
        let (_, arrived) = self
            .post("/api/widget/visitors", &As::Nobody, arrival)
            .await;
        ContactId::parse(arrived["contact_id"].as_str().unwrap()).unwrap()
    }
}

#[tokio::test]
async fn needless_handovers_suggest_a_threshold_that_nothing_applies() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    shop.judged(1, 41, 0.55, "needless").await;
    shop.judged(100, 2, 0.58, "solved").await;
    shop.judged(200, 20, 0.9, "refunded").await;
    shop.judged(300, 9, 0.9, "no_reply").await;
    let (status, shown) = shop.get("/api/console/policy/verdicts", &maya).await;
    assert_eq!(status, 200, "{shown}");
    assert_eq!((&shown["n"], &shown["needless"]), (&json!(63), &json!(41)));
    let suggestion = &shown["suggestion"];
    assert_eq!(suggestion["best"]["threshold"], 0.56, "{shown}");
    assert_eq!(suggestion["best"]["fewer_needless"], 41);
    assert_eq!(suggestion["is_higher"], true);
    let at = |threshold: f64| {
        let mut tried = suggestion["tried"].as_array().unwrap().iter();
        tried
            .find(|one| one["threshold"] == threshold)
            .cloned()
            .unwrap()
    };
    assert_eq!(at(0.62)["more_late"], 2);
    assert!(suggestion["low"].as_f64().unwrap() > 0.9);
    assert_eq!(
        shop.lab(&maya).await["live"]["version"],
        1,
        "nothing was applied"
    );

    // The same history lived through again: fewer handovers, fewer hours.
    let begun = shop.begin(&maya, "replay", "threshold = 0.56\n").await;
    shop.work().await;
    let trial = shop.trial(&maya, &begun).await;
    assert_eq!(trial["report"]["fewer"]["n"], 41, "{trial}");
    assert_eq!(trial["report"]["open"], 41, "the articles were never asked");
    assert_eq!(trial["effects"]["handling_minutes"], 8.0);
    assert!(
        trial["effects"]["hours_per_day"].as_f64().unwrap() < -5.0,
        "{trial}"
    );
}

#[tokio::test]
async fn a_file_that_has_not_changed_takes_nothing_back_that_the_console_switched() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let file = |threshold| Policy {
        threshold,
        ..Policy::default()
    };
    assert_eq!(shop.desk.set_policy(file(0.6)).await.unwrap(), 1);
    let seen = shop.lab(&maya).await["live"]["version"].as_u64().unwrap();
    let text = "threshold = 0.7\n";
    let (status, answer) = shop.switch(&maya, text, "calmer", seen).await;
    assert_eq!(status, 200, "{answer}");
    // The next start, and one with another file.
    assert_eq!(shop.desk.set_policy(file(0.6)).await.unwrap(), 0);
    assert_eq!(shop.lab(&maya).await["text"], text);
    assert_eq!(shop.desk.set_policy(file(0.5)).await.unwrap(), 1);
    assert_ne!(shop.lab(&maya).await["text"], text);
}
