//! What a webhook is sent, signed as Standard Webhooks say: HMAC-SHA256 over id, time and body.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use ring::hmac;
use segue_core::event::Event;
use segue_core::ids::{ContactId, ConversationId, InboxId, WorkspaceId};
use segue_core::time::Timestamp;
use segue_core::webhook::Topic;
use segue_store::Webhook;
use serde::Serialize;
use tokio::time::Instant;

use crate::desk::Went;
use crate::fetch::Fetcher;

/// How long a server may take to say that it has it.
const WITHIN: Duration = Duration::from_secs(10);

/// What a webhook is told of one event.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Told {
    /// What happened.
    #[serde(rename = "type")]
    pub topic: Topic,
    /// When.
    pub timestamp: Timestamp,
    /// Where, and all there is to it.
    pub data: ToldEvent,
}

/// An event with its conversation.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ToldEvent {
    /// Whose.
    #[schema(value_type = String)]
    pub workspace_id: WorkspaceId,
    /// Where it came in.
    #[schema(value_type = String)]
    pub inbox_id: InboxId,
    /// The conversation.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// The customer.
    #[schema(value_type = String)]
    pub contact_id: ContactId,
    /// The event; its `seq` orders those of one conversation.
    pub event: Event,
}

/// The name under which an event is told however often: whoever has seen it may drop it.
pub fn message_id(conversation_id: &ConversationId, seq: u64) -> String {
    format!("{conversation_id}.{seq}")
}

/// Sends a body to a webhook.
pub async fn send(
    fetcher: &Fetcher,
    webhook: &Webhook,
    id: &str,
    body: String,
    now: Timestamp,
) -> Went {
    let headers = signed(webhook, id, &body, now);
    let begun = Instant::now();
    let sent = fetcher
        .post(&webhook.url, &headers, body.into_bytes(), WITHIN)
        .await;
    let took_ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
    let (status, fault) = match sent {
        Ok(status @ 200..300) => (Some(status), None),
        Ok(status) => (Some(status), Some("status")),
        Err(error) => (None, Some(error.code())),
    };
    Went {
        status,
        fault,
        took_ms,
    }
}

/// The headers of a body: with the secret, and with the one before while that still counts.
fn signed(webhook: &Webhook, id: &str, body: &str, now: Timestamp) -> HeaderMap {
    let at = now.as_millis() / 1_000;
    let old = webhook.old_secret.iter().filter(|(_, until)| *until > now);
    let secrets = std::iter::once(&webhook.secret).chain(old.map(|(secret, _)| secret));
    let signatures: Vec<String> = secrets
        .map(|secret| format!("v1,{}", signature(&secret.0, id, at, body)))
        .collect();
    let values = [
        (
            HeaderName::from_static("webhook-signature"),
            signatures.join(" "),
        ),
        (HeaderName::from_static("webhook-id"), id.to_string()),
        (HeaderName::from_static("webhook-timestamp"), at.to_string()),
        (CONTENT_TYPE, "application/json".to_string()),
    ];
    let header = |(name, value): (HeaderName, String)| {
        let value = HeaderValue::from_str(&value).ok()?;
        Some((name, value))
    };
    values.into_iter().filter_map(header).collect()
}

/// A signature by a secret `whsec_…`, whose key is what stands in base64 after that.
pub fn signature(secret: &str, id: &str, at_s: i64, body: &str) -> String {
    let key = secret.strip_prefix("whsec_").unwrap_or(secret);
    let key = STANDARD
        .decode(key)
        .unwrap_or_else(|_| secret.as_bytes().to_vec());
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let tag = hmac::sign(&key, format!("{id}.{at_s}.{body}").as_bytes());
    STANDARD.encode(tag.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification's libraries.
    #[test]
    fn a_signature_is_what_others_compute() {
        let made = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "{\"test\": 2432232314}",
        );
        assert_eq!(made, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
