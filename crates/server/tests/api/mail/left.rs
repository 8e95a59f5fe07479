//! Agents who let go of somebody who writes by mail: that is a mail which is owed by a certain
//! time, not a customer who waits at a page (P32, P45).

use segue_core::time::{HOUR_MS, MINUTE_MS};
use segue_server::jobs::sweep_once;
use serde_json::{Value, json};

use super::office::{IDA, Office, mail};
use crate::shop::As;

impl Office {
    async fn do_by(&self, agent: &As, path: &str, body: Value) {
        let (status, answer) = self.shop.post(path, agent, body).await;
        assert!(status < 300, "{path}: {answer}");
    }

    /// Ida has written by mail, Maya has answered, and Ida has written again.
    async fn ida_is_served(&self) -> Value {
        self.do_by(
            &self.maya,
            "/api/console/presence",
            json!({ "presence": "online" }),
        )
        .await;
        let wish = "I want to talk to a person, please.";
        let taken = self.take(&mail(IDA, "help@shop.example", "", wish)).await;
        let id = taken["conversation_id"].as_str().unwrap().to_string();
        let address = self.sent().reply_to();
        self.accept(&id).await;
        self.say(&id, "reply", 1, "Hello Ida, what is it about?")
            .await;
        self.sent();
        self.take(&mail(IDA, &address, "", "It is order 12.")).await;
        assert_eq!(self.detail(&taken).await["item"]["state"], "with_agent");
        taken
    }

    /// She waits for a mail, with a time until which it is owed and an alarm after that.
    async fn a_mail_is_owed(&self, taken: &Value, how: &str) {
        let item = self.detail(taken).await["item"].clone();
        assert_eq!(item["state"], "by_email", "{how}: {item}");
        assert!(item["reply_due_at"].is_string(), "{how}: {item}");
        self.shop.desk.clock.advance(4 * HOUR_MS + MINUTE_MS);
        for _ in 0..3 {
            sweep_once(&self.shop.desk).await.unwrap();
        }
        let events = self.detail(taken).await["events"].clone();
        let alarms = events.as_array().unwrap().iter();
        let alarms = alarms.filter(|event| event["kind"] == "reply_overdue");
        assert_eq!(alarms.count(), 1, "{how}");
    }
}

#[tokio::test]
async fn whoever_let_go_of_it_a_mail_is_owed_from_then_on() {
    for gives_back in [true, false] {
        let office = Office::open().await;
        let taken = office.ida_is_served().await;
        if gives_back {
            let all = json!({ "presence": "offline", "give_back": true });
            office
                .do_by(&office.maya, "/api/console/presence", all)
                .await;
        } else {
            office.shop.desk.clock.advance(MINUTE_MS);
            sweep_once(&office.shop.desk).await.unwrap();
        }
        office.shop.work().await;
        let told = office.sent();
        assert!(told.text().contains("had to leave"), "{}", told.source);
        let how = if gives_back {
            "gives it back"
        } else {
            "vanishes"
        };
        office.a_mail_is_owed(&taken, how).await;
        office.nothing_sent();
    }
}

#[tokio::test]
async fn a_mail_is_owed_too_when_it_is_passed_on() {
    let office = Office::open().await;
    let jonas = office.shop.sign_in("jonas@shop.example").await;
    let online = json!({ "presence": "online" });
    office.do_by(&jonas, "/api/console/presence", online).await;
    let taken = office.ida_is_served().await;
    let item = office.detail(&taken).await["item"].clone();
    let (_, floor) = office.shop.get("/api/console/floor", &jonas).await;
    let agents = floor["agents"].as_array().unwrap();
    let jonas = agents.iter().find(|it| it["name"] == "jonas").unwrap();
    let id = taken["conversation_id"].as_str().unwrap();
    let path = format!("/api/console/conversations/{id}/transfer");
    let passing = json!({ "epoch": item["epoch"], "agent_id": jonas["id"], "note": "an order" });
    office.do_by(&office.maya, &path, passing).await;
    office.a_mail_is_owed(&taken, "passes it on").await;
}
