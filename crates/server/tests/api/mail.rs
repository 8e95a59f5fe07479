//! Mail as a way in and out (P31, P32): whole exchanges between a customer's mailbox, the
//! assistant and an agent, with mails that lie about where they come from, and mails that no
//! person wrote. Here mails are handed in as a mail service does; `mailbox` fetches them.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use segue_core::time::MINUTE_MS;
use segue_server::channels::Mailer;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::shop::{As, NOW, Shop};
use crate::sorting_office::Mailbox;

/// A shop that takes mails in and sends some out.
pub struct Office {
    pub shop: Shop,
    pub outbox: Mailbox,
    pub inbox_id: String,
    pub maya: As,
    secret: String,
}

/// A mail that went out.
pub struct Sent {
    pub source: String,
}

impl Sent {
    pub fn header(&self, name: &str) -> String {
        let (head, _) = self.source.split_once("\n\n").unwrap();
        let head = head.replace("\n ", " ").replace("\n\t", " ");
        let start = format!("{name}: ");
        let found = head.lines().find_map(|line| line.strip_prefix(&start));
        found.unwrap_or_default().trim().to_string()
    }

    /// The address for answers, without name and brackets.
    pub fn reply_to(&self) -> String {
        let value = self.header("Reply-To");
        let address = value.rsplit('<').next().unwrap();
        address.trim_end_matches('>').to_string()
    }

    /// The words, as a reader sees them.
    pub fn text(&self) -> String {
        self.source.replace("=\n", "")
    }
}

impl Office {
    pub async fn open() -> Self {
        let mut shop = Shop::open().await;
        let outbox = Mailbox::default();
        let mailer = Mailer::new(&outbox.open(), "help@shop.example").unwrap();
        shop.tools.mailer = Some(Arc::new(mailer));
        let maya = shop.sign_in("maya@shop.example").await;
        let (_, hours) = shop.get("/api/console/hours", &maya).await;
        let inbox_id = hours["inboxes"][0]["id"].as_str().unwrap().to_string();
        let path = format!("/api/console/inboxes/{inbox_id}/mailbox");
        let (status, _, set) = shop
            .raw(
                "PUT",
                &path,
                &maya,
                Some(json!({ "address": "help@shop.example" })),
                &[],
            )
            .await;
        assert_eq!(status, 200, "{set}");
        assert_eq!(set["replies"], "help+*@shop.example");
        let (status, made) = shop.post(&format!("{path}/hook"), &maya, json!({})).await;
        assert_eq!(status, 201, "{made}");
        let secret = made["secret"].as_str().unwrap().to_string();
        Self {
            shop,
            outbox,
            inbox_id,
            maya,
            secret,
        }
    }

    /// Hands a mail in, and does what is to be done then.
    pub async fn take(&self, mail: &str) -> Value {
        let (status, taken) = self.hand_in(mail.as_bytes(), &self.secret, 0).await;
        assert_eq!(status, 200, "{taken}");
        self.shop.work().await;
        taken
    }

    async fn hand_in(&self, mail: &[u8], secret: &str, skew_s: i64) -> (u16, Value) {
        let at = self.shop.desk.clock.now().as_millis() / 1_000 + skew_s;
        let mut signed = format!("id-1.{at}.").into_bytes();
        signed.extend_from_slice(mail);
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
        let signature = STANDARD.encode(ring::hmac::sign(&key, &signed));
        let request = Request::post(format!("/api/v1/inboxes/{}/mail", self.inbox_id))
            .header("host", "segue.test")
            .header("authorization", "Bearer sga_Shop")
            .header("content-type", "message/rfc822")
            .header("webhook-id", "id-1")
            .header("webhook-timestamp", at.to_string())
            .header("webhook-signature", format!("v1,{signature}"))
            .body(Body::from(mail.to_vec()))
            .unwrap();
        let response = self.shop.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    /// The next mail that went out.
    pub fn sent(&self) -> Sent {
        let source = self.outbox.take().expect("a mail went out");
        Sent { source }
    }

    pub fn nothing_sent(&self) {
        let sent = self.outbox.take();
        assert!(
            sent.is_none(),
            "nothing should have gone out: {}",
            sent.unwrap()
        );
    }

    pub async fn detail(&self, taken: &Value) -> Value {
        let id = taken["conversation_id"]
            .as_str()
            .expect("it has a conversation");
        self.shop.detail(&self.maya, id).await
    }

    async fn accept(&self, id: &str) -> Value {
        let detail = self.shop.detail(&self.maya, id).await;
        let epoch = &detail["item"]["epoch"];
        let path = format!("/api/console/conversations/{id}/accept");
        let (status, detail) = self
            .shop
            .post(&path, &self.maya, json!({ "epoch": epoch }))
            .await;
        assert_eq!(status, 200, "{detail}");
        detail
    }

    async fn say(&self, id: &str, kind: &str, n: u32, text: &str) {
        let detail = self.shop.detail(&self.maya, id).await;
        let body = json!({ "client_message_id": format!("agents-{kind}-{n}"), "text": text, "epoch": detail["item"]["epoch"] });
        let path = format!("/api/console/conversations/{id}/{kind}");
        let (status, said) = self.shop.post(&path, &self.maya, body).await;
        assert_eq!(status, 200, "{said}");
        self.shop.work().await;
    }
}

/// A mail as a customer's program writes it. Its id is made of its words.
pub fn mail(from: &str, to: &str, more: &str, text: &str) -> String {
    let id: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(30)
        .collect();
    format!(
        "Message-ID: <{id}@customer.example>\r\nFrom: {from}\r\nTo: {to}\r\nDate: Fri, 15 Jan 2027 08:00:00 +0000\r\n{}\r\n{}\r\n",
        more.replace('\n', "\r\n"),
        text.replace('\n', "\r\n"),
    )
}

const IDA: &str = "Ida Berg <ida@customer.example>";
const QUESTION: &str = "How long does standard delivery take?";

fn texts(detail: &Value) -> Vec<String> {
    let events = detail["events"].as_array().unwrap();
    let text = |event: &Value| event["body"]["text"].as_str().map(str::to_string);
    events.iter().filter_map(text).collect()
}

fn by_customer(detail: &Value) -> Vec<Value> {
    let events = detail["events"].as_array().unwrap();
    events
        .iter()
        .filter(|event| event["role"] == "customer")
        .cloned()
        .collect()
}

#[tokio::test]
async fn a_mail_is_answered_handed_over_and_answered_again_in_one_conversation() {
    let office = Office::open().await;
    let taken = office
        .take(&mail(
            IDA,
            "help@shop.example",
            "Subject: Delivery\n",
            QUESTION,
        ))
        .await;
    assert_eq!(taken["outcome"], "kept", "{taken}");
    let id = taken["conversation_id"].as_str().unwrap().to_string();

    // The assistant answers by mail, says what it is, and how to reach a person (P19, P44).
    let answer = office.sent();
    assert_eq!(answer.header("Subject"), "Re: Delivery");
    assert_eq!(
        answer.header("In-Reply-To"),
        "<Howlongdoesstandarddeliverytak@customer.example>"
    );
    assert_eq!(answer.header("Auto-Submitted"), "auto-generated");
    let text = answer.text();
    for words in [
        "3 to 5 working days",
        "not by a person",
        "I want to talk to a person",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let address = answer.reply_to();
    assert!(
        address.starts_with("help+") && address.ends_with("@shop.example"),
        "{address}"
    );

    // A reply in any wording brings a person; the quote that comes back does not count.
    let quoted = "\n\nOn Fri, Jan 15, 2027 at 9:00 AM Shop <help@shop.example> wrote:\n> Standard delivery takes 3 to 5 working days.\n";
    let thanks = format!("And how do I return unused goods?{quoted}");
    let again = office
        .take(&mail(IDA, &address, "Subject: Re: Delivery\n", &thanks))
        .await;
    assert_eq!(again["conversation_id"], id.as_str());
    assert!(office.sent().text().contains("60 days"));
    let wish = format!("I would rather speak with a human being{quoted}");
    office
        .take(&mail(IDA, &address, "Subject: Re: Delivery\n", &wish))
        .await;
    let told = office.sent();
    for words in ["ida@customer.example", "need to repeat anything", "4 hours"] {
        assert!(told.text().contains(words), "{words}: {}", told.text());
    }
    let detail = office.detail(&taken).await;
    assert_eq!(detail["item"]["state"], "by_email", "{}", detail["item"]);
    assert_eq!(detail["item"]["channel"], "mail");
    assert_eq!(detail["item"]["contact"]["email_proof"], "proved");
    let last = by_customer(&detail).pop().unwrap();
    assert_eq!(
        last["body"]["text"],
        "I would rather speak with a human being"
    );
    assert!(
        last["body"]["mail"]["rest"]
            .as_str()
            .unwrap()
            .contains("3 to 5 working days")
    );

    // What an agent writes goes out; a note does not (attack case 20).
    office.accept(&id).await;
    office.say(&id, "note", 1, "canary: he is angry").await;
    office.nothing_sent();
    office
        .say(&id, "reply", 2, "Hello Ida, I am looking into it.")
        .await;
    let reply = office.sent();
    assert!(
        reply.text().contains("Hello Ida") && !reply.text().contains("canary"),
        "{}",
        reply.text()
    );
    assert!(
        reply.header("Auto-Submitted").is_empty(),
        "a person wrote it"
    );
    assert_eq!(reply.reply_to(), address);
    office
        .take(&mail(
            IDA,
            &reply.reply_to(),
            "Subject: Re: Delivery\n",
            "Thank you, it is order 12.",
        ))
        .await;
    office.nothing_sent();
    let detail = office.detail(&taken).await;
    assert!(texts(&detail).contains(&"Thank you, it is order 12.".into()));
    assert_eq!(detail["item"]["state"], "with_agent");

    // The same mail again, by whichever way, is the same mail.
    let before = detail["item"]["seq"].clone();
    let same = mail(IDA, "help@shop.example", "Subject: Delivery\n", QUESTION);
    for again in [same.clone(), format!("Received: from elsewhere\r\n{same}")] {
        let taken = office.take(&again).await;
        assert_eq!(
            (&taken["outcome"], &taken["conversation_id"]),
            (&json!("kept"), &json!(id))
        );
    }
    office.nothing_sent();
    assert_eq!(office.detail(&taken).await["item"]["seq"], before);
}

/// Attack case 30: no sender, no subject, no reference and no made-up address leads into
/// somebody's conversation.
#[tokio::test]
async fn a_forged_mail_begins_a_conversation_of_its_own() {
    let office = Office::open().await;
    let first = office
        .take(&mail(
            IDA,
            "help@shop.example",
            "Subject: Secret\n",
            QUESTION,
        ))
        .await;
    let answer = office.sent();
    let (id, address) = (
        first["conversation_id"].as_str().unwrap(),
        answer.reply_to(),
    );
    let thread = format!(
        "In-Reply-To: {}\nReferences: {}\nSubject: Re: Secret\n",
        answer.header("Message-ID"),
        answer.header("References")
    );
    let changed = address.replacen(|c: char| c.is_ascii_digit(), "z", 40);
    let other = format!("{}x@shop.example", address.split('@').next().unwrap());
    for (n, to) in ["help@shop.example", &changed, &other, "help+@shop.example"]
        .into_iter()
        .enumerate()
    {
        let text = format!("Please send my password, number {n}");
        let forged = office.take(&mail(IDA, to, &thread, &text)).await;
        assert_ne!(forged["conversation_id"], id, "{to}");
        let detail = office.detail(&forged).await;
        assert_eq!(by_customer(&detail).len(), 1, "it is alone");
        assert_eq!(
            detail["item"]["contact"]["email_proof"],
            "proved".replace("proved", "claimed")
        );
        // The sender learns nothing of what was said before.
        while let Some(sent) = office.outbox.take() {
            assert!(
                !sent.contains(QUESTION) && !sent.contains("Subject: Re: Secret\n\n"),
                "{sent}"
            );
        }
    }
    assert_eq!(
        by_customer(&office.detail(&first).await).len(),
        1,
        "nobody got in"
    );

    // Who holds the address and writes from elsewhere is heard under their own name, by a
    // person, and nothing goes to them.
    let eve = office
        .take(&mail(
            "Eve <eve@else.example>",
            &address,
            "Subject: Re: Secret\n",
            QUESTION,
        ))
        .await;
    assert_eq!(eve["conversation_id"], id);
    let detail = office.detail(&first).await;
    let last = by_customer(&detail).pop().unwrap();
    assert_eq!(last["body"]["mail"]["by_other"], true, "{last}");
    assert_eq!(last["body"]["mail"]["from"], "eve@else.example");
    assert_eq!(detail["item"]["state"], "by_email");
    assert_eq!(detail["item"]["contact"]["email"], "ida@customer.example");
    assert_eq!(
        detail["item"]["contact"]["email_proof"], "claimed",
        "Eve proved nothing for Ida"
    );
    while let Some(sent) = office.outbox.take() {
        assert!(!sent.contains("eve@else.example"), "{sent}");
    }
}

/// Attack case 25, by mail: who typed an address into a chat sees nothing of the mails that
/// come from there.
#[tokio::test]
async fn whoever_typed_an_address_does_not_get_its_mails() {
    let office = Office::open().await;
    let (eve, id) = office.shop.arrive().await;
    let path = format!("/api/widget/conversations/{id}");
    office
        .shop
        .post(&format!("{path}/handoff"), &eve, json!({}))
        .await;
    let body = json!({ "email": "ida@customer.example" });
    let (status, _) = office.shop.post(&format!("{path}/email"), &eve, body).await;
    assert_eq!(status, 200);
    let taken = office
        .take(&mail(
            IDA,
            "help@shop.example",
            "Subject: Private\n",
            QUESTION,
        ))
        .await;
    let contact = |detail: Value| detail["item"]["contact"]["id"].clone();
    let theirs = contact(office.detail(&taken).await);
    let hers = contact(office.shop.detail(&office.maya, &id).await);
    assert_ne!(theirs, hers);
    let (_, list) = office.shop.get("/api/widget/conversations", &eve).await;
    assert!(
        !list
            .to_string()
            .contains(taken["conversation_id"].as_str().unwrap()),
        "{list}"
    );
    // A second mail from there is the same customer's.
    let second = office
        .take(&mail(
            IDA,
            "help@shop.example",
            "Subject: Again\n",
            "Something else is broken",
        ))
        .await;
    assert_eq!(contact(office.detail(&second).await), theirs);
}

/// Attack case 63: programs are never answered, and two that do not say what they are stop
/// after one answer.
#[tokio::test]
async fn mail_loops_are_broken() {
    let office = Office::open().await;
    for (n, (from, more)) in [
        ("ida@customer.example", "Auto-Submitted: auto-replied\n"),
        ("ida@customer.example", "Precedence: bulk\n"),
        ("ida@customer.example", "List-Id: <news.customer.example>\n"),
        ("ida@customer.example", "X-Autoreply: yes\n"),
        ("ida@customer.example", "Return-Path: <>\n"),
        ("ida@customer.example", "Subject: Out of Office\n"),
        ("MAILER-DAEMON@customer.example", "Subject: Undelivered\n"),
        ("no-reply@customer.example", "Subject: News\n"),
        ("help@shop.example", "Subject: Ourselves\n"),
        ("help+abc@shop.example", "Subject: Ourselves\n"),
    ]
    .into_iter()
    .enumerate()
    {
        let taken = office
            .take(&mail(
                from,
                "help@shop.example",
                more,
                &format!("I am a program, {n}"),
            ))
            .await;
        assert_eq!(taken["outcome"], "ignored", "{from} {more}: {taken}");
        office.nothing_sent();
    }
    let path = format!("/api/console/inboxes/{}/mailbox", office.inbox_id);
    let (_, page) = office.shop.get(&path, &office.maya).await;
    assert_eq!(page["left_out"].as_array().unwrap().len(), 10, "{page}");

    // Into a conversation they bring a note for the agents, and nothing else.
    let first = office
        .take(&mail(
            IDA,
            "help@shop.example",
            "Subject: Delivery\n",
            QUESTION,
        ))
        .await;
    let address = office.sent().reply_to();
    let away = mail(
        IDA,
        &address,
        "Auto-Submitted: auto-replied\n",
        "I am away until Monday.",
    );
    assert_eq!(office.take(&away).await["outcome"], "noted");
    office.nothing_sent();
    let detail = office.detail(&first).await;
    let note = detail["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&note["private"], &note["role"]),
        (&json!(true), &json!("system")),
        "{note}"
    );
    assert!(
        note["body"]["text"]
            .as_str()
            .unwrap()
            .contains("away until Monday")
    );

    // A program that says the same to each answer, as a person would, hears one.
    let robot = |n: u32| {
        mail(
            IDA,
            &address,
            &format!("X-Count: {n}\nDate: Fri, 15 Jan 2027 09:0{n}:00 +0000\n"),
            "How do I return unused goods?",
        )
    };
    let answered = |taken: &Value| taken["outcome"] == "kept";
    let taken = [
        office.take(&robot(1)).await,
        office.take(&robot(2)).await,
        office.take(&robot(3)).await,
    ];
    assert_eq!(
        taken.iter().filter(|it| answered(it)).count(),
        1,
        "{taken:?}"
    );
    let mut mails = 0;
    while office.outbox.take().is_some() {
        mails += 1;
    }
    assert!(mails <= 1, "{mails} mails went out");
    // One whose words differ each time is handed to a person, which says so once.
    for n in 0..12 {
        office
            .take(&mail(
                IDA,
                &address,
                "Subject: Ticket\n",
                &format!("Your ticket {n}{n}{n} was opened by our system"),
            ))
            .await;
    }
    let mut mails = 0;
    while office.outbox.take().is_some() {
        mails += 1;
    }
    assert!(mails <= 9, "{mails} mails went out");
    office
        .take(&mail(
            IDA,
            &address,
            "Subject: Ticket\n",
            "Your ticket 99 was opened by our system",
        ))
        .await;
    office.nothing_sent();
    assert_eq!(office.detail(&first).await["item"]["state"], "by_email");
    // And nobody opens conversations without end.
    let mut opened = 0;
    for n in 0..14 {
        let taken = office
            .take(&mail(
                "robot@other.example",
                "help@shop.example",
                "Subject: Ticket\n",
                &format!("Ticket {n}{n} of another system was opened"),
            ))
            .await;
        opened += u32::from(taken["outcome"] == "kept");
    }
    assert_eq!(opened, 10);
}

#[tokio::test]
async fn a_mail_that_comes_back_marks_the_address_and_tells_the_agent() {
    let office = Office::open().await;
    let first = office
        .take(&mail(
            IDA,
            "help@shop.example",
            "Subject: Delivery\n",
            QUESTION,
        ))
        .await;
    let answer = office.sent();
    let report = |original: &str, action: &str| {
        mail(
            "Mail Delivery System <MAILER-DAEMON@mx.example>",
            "help@shop.example",
            "Return-Path: <>\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n",
            &format!(
                "--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ida@customer.example\nAction: {action}\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n\n--x\nContent-Type: text/rfc822-headers\n\nReply-To: {original}\n\n--x--\n"
            ),
        )
    };
    // One that names no address of ours is nobody's, and a delay is no end.
    assert_eq!(
        office
            .take(&report("help+made-up@shop.example", "failed"))
            .await["outcome"],
        "ignored"
    );
    assert_eq!(
        office.take(&report(&answer.reply_to(), "delayed")).await["outcome"],
        "ignored"
    );
    let detail = office.detail(&first).await;
    assert_eq!(detail["item"]["contact"]["email_failed_at"], Value::Null);
    let taken = office.take(&report(&answer.reply_to(), "failed")).await;
    assert_eq!(
        (&taken["outcome"], &taken["conversation_id"]),
        (&json!("bounced"), &first["conversation_id"])
    );
    office.nothing_sent();
    let detail = office.detail(&first).await;
    let contact = &detail["item"]["contact"];
    assert!(
        contact["email_failure"]
            .as_str()
            .unwrap()
            .contains("no such user"),
        "{contact}"
    );
    let note = detail["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(note["private"], true, "{note}");
    assert!(
        note["body"]["text"]
            .as_str()
            .unwrap()
            .contains("Ask for another address"),
        "{note}"
    );
}

#[tokio::test]
async fn who_left_the_page_answers_the_agents_mail_and_sees_one_history() {
    let office = Office::open().await;
    let (visitor, id) = office.shop.arrive().await;
    let path = format!("/api/widget/conversations/{id}");
    office.shop.say(&visitor, &id, 1, "My tent is torn").await;
    office
        .shop
        .post(&format!("{path}/handoff"), &visitor, json!({}))
        .await;
    office
        .shop
        .post(
            &format!("{path}/email"),
            &visitor,
            json!({ "email": "Ada@Customer.example" }),
        )
        .await;
    office.accept(&id).await;
    office.say(&id, "reply", 1, "Which size is it?").await;
    let asked = office.sent();
    assert!(
        asked.text().contains("Just reply to this mail"),
        "{}",
        asked.text()
    );
    let reply = mail(
        "Ada <ada@customer.example>",
        &asked.reply_to(),
        "Subject: Re: x\n",
        "Size two.\n\nOn 15 Jan 2027, Shop wrote:\n> Which size is it?",
    );
    let taken = office.take(&reply).await;
    assert_eq!(taken["conversation_id"], id.as_str());
    let texts = office.shop.texts(&visitor, &id).await;
    assert_eq!(
        &texts[texts.len() - 2..],
        ["Which size is it?", "Size two."]
    );
    let detail = office.detail(&taken).await;
    assert_eq!(detail["item"]["contact"]["email_proof"], "proved");
    office
        .say(&id, "reply", 2, "I am sending you a new one.")
        .await;
    assert!(office.sent().text().contains("a new one"));
}

/// Attack cases 31, 34, 35 and 46: what a mail carries is text and files like any other.
#[tokio::test]
async fn what_a_mail_carries_is_text_and_files() {
    let office = Office::open().await;
    let card = "4111 1111 1111 1111";
    let parts = format!(
        "--x\nContent-Type: text/html\n\n<p onclick=\"alert(1)\">My card is {card}</p><script>alert(2)</script><img src=\"https://track.example/a.gif\"><blockquote>old {card}</blockquote>\n\
         --x\nContent-Type: image/png\nContent-Disposition: inline\nContent-Transfer-Encoding: base64\n\niVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\n\
         --x\nContent-Type: application/octet-stream; name=\"../virus.exe\"\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\nTVqQAAMAAAAEAAAA//8AALgAAAA=\n--x--\n"
    );
    let subject = format!("Subject: <img src=x onerror=alert(3)> {card}\n");
    let headers = format!("{subject}Content-Type: multipart/mixed; boundary=x\n");
    let taken = office
        .take(&mail(IDA, "help@shop.example", &headers, &parts))
        .await;
    assert_eq!(taken["outcome"], "kept", "{taken}");
    let detail = office.detail(&taken).await;
    let said = by_customer(&detail).pop().unwrap();
    let text = said["body"]["text"].as_str().unwrap();
    assert!(
        text.contains("My card is") && !text.contains("script") && !text.contains("track.example"),
        "{text}"
    );
    assert!(
        !said.to_string().contains(card),
        "a card number is kept nowhere: {said}"
    );
    assert_eq!(said["body"]["files"].as_array().unwrap().len(), 1, "{said}");
    assert_eq!(said["body"]["files"][0]["kind"], "png");
    assert_eq!(
        said["body"]["mail"]["files_left_out"],
        json!(["../virus.exe"])
    );
    while let Some(sent) = office.outbox.take() {
        // In a header it is a text; nobody draws one.
        let (_, words) = sent
            .split_once(
                "

",
            )
            .unwrap();
        assert!(!words.contains("<img") && !sent.contains(card), "{sent}");
    }
}

#[tokio::test]
async fn a_mail_is_handed_in_by_who_signs_it_and_in_time() {
    let office = Office::open().await;
    let raw = mail(IDA, "help@shop.example", "Subject: Hello\n", QUESTION);
    for (secret, skew_s) in [
        ("sgh_wrong", 0),
        (office.secret.as_str(), 301),
        (office.secret.as_str(), -301),
        (office.secret.as_str(), i64::MAX / 2_000),
    ] {
        let (status, refused) = office.hand_in(raw.as_bytes(), secret, skew_s).await;
        assert_eq!(
            (status, &refused["code"]),
            (400, &json!("bad_signature")),
            "{secret} {skew_s}"
        );
    }
    let (status, _) = office
        .hand_in(&vec![b'a'; 26 * 1024 * 1024], &office.secret, 0)
        .await;
    assert_eq!(status, 413);
    let (status, taken) = office.hand_in(b"no mail at all", &office.secret, 0).await;
    assert_eq!(
        (status, &taken["outcome"]),
        (200, &json!("set_aside")),
        "{taken}"
    );
    let path = format!("/api/console/inboxes/{}/mailbox", office.inbox_id);
    let (_, page) = office.shop.get(&path, &office.maya).await;
    assert!(
        page["left_out"][0]["why"]
            .as_str()
            .unwrap()
            .starts_with("no_"),
        "{page}"
    );
    assert!(!page.to_string().contains("sgh_"), "no secret comes out");
    // An earlier secret counts no more.
    office
        .shop
        .post(&format!("{path}/hook"), &office.maya, json!({}))
        .await;
    assert_eq!(
        office.hand_in(raw.as_bytes(), &office.secret, 0).await.0,
        400
    );
}

#[tokio::test]
async fn addresses_of_conversations_change_their_key_and_old_ones_still_lead_home() {
    let office = Office::open().await;
    let first = office
        .take(&mail(
            IDA,
            "help@shop.example",
            "Subject: Delivery\n",
            QUESTION,
        ))
        .await;
    let old = office.sent().reply_to();
    office.shop.desk.clock.advance(100 * 24 * 60 * MINUTE_MS);
    let again = office
        .take(&mail(
            IDA,
            &old,
            "Subject: Re: Delivery\n",
            "And how do I return unused goods?",
        ))
        .await;
    assert_eq!(again["conversation_id"], first["conversation_id"]);
    let new = office.sent().reply_to();
    assert_ne!(new, old);
    office.shop.desk.clock.advance(400 * 24 * 60 * MINUTE_MS);
    let late = office
        .take(&mail(
            IDA,
            &old,
            "Subject: Re: Delivery\n",
            "Is anybody still there?",
        ))
        .await;
    assert_ne!(
        late["conversation_id"], first["conversation_id"],
        "the key is forgotten"
    );
    assert!(office.shop.desk.clock.now() > NOW);
}
