//! A shop to which mails come and from which mails go, and what a mail looks like.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use segue_server::channels::Mailer;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::shop::{As, Shop};
use crate::sorting_office::Mailbox;

/// A shop that takes mails in and sends some out.
pub struct Office {
    pub shop: Shop,
    pub outbox: Mailbox,
    pub inbox_id: String,
    pub maya: As,
    pub secret: String,
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

    pub async fn hand_in(&self, mail: &[u8], secret: &str, skew_s: i64) -> (u16, Value) {
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

    pub async fn accept(&self, id: &str) -> Value {
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

    pub async fn say(&self, id: &str, kind: &str, n: u32, text: &str) {
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

pub const IDA: &str = "Ida Berg <ida@customer.example>";
pub const QUESTION: &str = "How long does standard delivery take?";

pub fn texts(detail: &Value) -> Vec<String> {
    let events = detail["events"].as_array().unwrap();
    let text = |event: &Value| event["body"]["text"].as_str().map(str::to_string);
    events.iter().filter_map(text).collect()
}

pub fn by_customer(detail: &Value) -> Vec<Value> {
    let events = detail["events"].as_array().unwrap();
    events
        .iter()
        .filter(|event| event["role"] == "customer")
        .cloned()
        .collect()
}
