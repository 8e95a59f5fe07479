//! Mails are fetched from a real IMAP server: each once, none lost, whatever becomes of the
//! server and of the folder's numbers.

use std::time::Duration;

use serde_json::{Value, json};

use crate::dovecot::Dovecot;
use crate::mail::{Office, mail};

/// Waits for what happens beside the test.
async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..1_500 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came: {what}");
}

/// An office whose mailbox is fetched from a server.
async fn fetching() -> (Office, Dovecot) {
    let office = Office::open().await;
    // The database's folder is closed to whom mails belong to.
    let folder = format!("segue-dovecot-{}", segue_server::edge::secret("t"));
    let dovecot = Dovecot::start(&std::env::temp_dir().join(folder));
    // The server knows today only, so the shop lives today too.
    let clock = &office.shop.desk.clock;
    clock.set_by(dovecot.started_ms() - clock.now().as_millis());
    (office, dovecot)
}

async fn set(office: &Office, port: u16, user: &str, password: &str) -> (u16, Value) {
    let path = format!("/api/console/inboxes/{}/mailbox", office.inbox_id);
    let setting = json!({ "address": "help@shop.example", "server": {
        "host": "127.0.0.1", "port": port, "security": "none", "user": user, "password": password } });
    let (status, _, shown) = office
        .shop
        .raw("PUT", &path, &office.maya, Some(setting), &[])
        .await;
    assert_eq!(status, 200, "{shown}");
    office.shop.desk.clock.advance(60_000);
    office
        .shop
        .post(&format!("{path}/test"), &office.maya, json!({}))
        .await
}

async fn page(office: &Office) -> Value {
    let path = format!("/api/console/inboxes/{}/mailbox", office.inbox_id);
    office.shop.get(&path, &office.maya).await.1
}

async fn conversations(office: &Office) -> Vec<Value> {
    let (_, list) = office
        .shop
        .get("/api/console/conversations?view=all", &office.maya)
        .await;
    list["items"].as_array().cloned().unwrap_or_default()
}

const IDA: &str = "Ida <ida@customer.example>";

#[tokio::test(flavor = "multi_thread")]
async fn mails_are_fetched_once_and_answered_through_real_servers() {
    let (office, mut dovecot) = fetching().await;
    // What lay there before is left alone.
    dovecot.deliver_of(
        "1-Jan-2026",
        "help",
        mail(IDA, "help@shop.example", "Subject: Old\n", "An old mail").as_bytes(),
    );
    let (_, tested) = set(&office, dovecot.port, "help", "secret").await;
    assert_eq!(tested["fault"], Value::Null, "{tested} {}", dovecot.log());
    let fetching = tokio::spawn(segue_server::jobs::fetch_mail(office.shop.tools.clone()));

    let question = mail(
        IDA,
        "help@shop.example",
        "Subject: Delivery\n",
        "How long does standard delivery take?",
    );
    dovecot.deliver("help", question.as_bytes());
    let first = until("the first mail", async || {
        conversations(&office).await.into_iter().next()
    })
    .await;
    let answer = until("its answer", async || {
        office.shop.work().await;
        office.outbox.take()
    })
    .await;
    assert!(answer.contains("3 to 5 working days"), "{answer}");
    let answer = crate::mail::Sent { source: answer };

    // What cannot be read is set aside, and the rest goes on.
    dovecot.deliver("help", b"this is no mail\r\n\r\n\xff\xfe");
    // A copy of the first mail, as after a move, is the first mail.
    dovecot.deliver("help", question.as_bytes());
    let reply = mail(
        IDA,
        &answer.reply_to(),
        "Subject: Re: Delivery\n",
        "I want to talk to a person",
    );
    dovecot.deliver("help", reply.as_bytes());
    let id = first["conversation_id"].as_str().unwrap();
    until("the reply", async || {
        let detail = office.shop.detail(&office.maya, id).await;
        (detail["item"]["state"] == "by_email").then_some(())
    })
    .await;
    assert_eq!(conversations(&office).await.len(), 1);
    let left_out = page(&office).await["left_out"].clone();
    assert_eq!(left_out.as_array().unwrap().len(), 1, "{left_out}");
    assert_eq!(left_out[0]["outcome"], "set_aside");

    // The folder's numbers begin anew: everything is read again, and nothing is new.
    let seq = office.shop.detail(&office.maya, id).await["item"]["seq"].clone();
    dovecot.forget_numbers("help");
    let news = mail(
        "Max <max@customer.example>",
        "help@shop.example",
        "Subject: Return\n",
        "How do I return unused goods?",
    );
    dovecot.deliver("help", news.as_bytes());
    until("the mail after that", async || {
        office.shop.desk.clock.advance(1_000);
        (conversations(&office).await.len() > 1).then_some(())
    })
    .await;
    let of_max = |item: &&Value| item["contact"]["email"] == "max@customer.example";
    let all = conversations(&office).await;
    assert_eq!(all.iter().filter(of_max).count(), 1, "{all:?}");
    assert_eq!(
        office.shop.detail(&office.maya, id).await["item"]["seq"],
        seq,
        "nothing was taken twice"
    );
    fetching.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_mailbox_is_told() {
    let (office, dovecot) = fetching().await;
    let (_, wrong) = set(&office, dovecot.port, "help", "guess").await;
    assert_eq!(wrong["fault"]["code"], "sign_in", "{wrong}");
    let (_, nobody) = set(&office, 1, "help", "secret").await;
    assert_eq!(nobody["fault"]["code"], "refused", "{nobody}");
    assert_eq!(page(&office).await["mailbox"]["tested_at"], Value::Null);
    let (_, right) = set(&office, dovecot.port, "help", "secret").await;
    assert_eq!(right["fault"], Value::Null, "{right}");
    let shown = page(&office).await;
    assert_ne!(shown["mailbox"]["tested_at"], Value::Null);
    assert!(!shown.to_string().contains("secret\""), "{shown}");
    // A server that is gone later is told with since when.
    let fetching = tokio::spawn(segue_server::jobs::fetch_mail(office.shop.tools.clone()));
    until("the first look", async || {
        let shown = page(&office).await;
        (shown["mailbox"]["read_at"] != Value::Null).then_some(())
    })
    .await;
    drop(dovecot);
    let failure = until("the failure", async || {
        let shown = page(&office).await;
        shown["mailbox"]["failure"].as_str().map(str::to_string)
    })
    .await;
    assert!(failure.contains("cannot be read"), "{failure}");
    fetching.abort();
}
