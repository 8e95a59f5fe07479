//! Typed ids: `conv_…`, `msg_…`. An id says what it names, sorts by the time it
//! was made and cannot be guessed from another.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::Timestamp;

/// A kind of thing that has ids.
pub trait Kind {
    /// What stands before the underscore.
    const PREFIX: &'static str;
}

/// The id of a `K`: its prefix, `_`, and 26 letters of Crockford base 32 (48 bits
/// of milliseconds, then 80 bits of chance).
pub struct Id<K> {
    text: Box<str>,
    kind: PhantomData<fn() -> K>,
}

const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl<K: Kind> Id<K> {
    /// Makes an id from the time and 80 or more random bits.
    pub fn new(now: Timestamp, random: u128) -> Self {
        let millis = (now.as_millis().max(0) as u128) & ((1 << 48) - 1);
        let bits = millis << 80 | (random & ((1 << 80) - 1));
        let mut text = String::with_capacity(K::PREFIX.len() + 27);
        text.push_str(K::PREFIX);
        text.push('_');
        for place in (0..26).rev() {
            text.push(LETTERS[(bits >> (place * 5) & 31) as usize] as char);
        }
        Self::from_text(text.into())
    }

    /// Reads an id that came from outside; `None` if it is not one of this kind.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(K::PREFIX)?.strip_prefix('_')?;
        let well_formed = rest.len() == 26 && rest.bytes().all(|b| LETTERS.contains(&b));
        well_formed.then(|| Self::from_text(text.into()))
    }

    fn from_text(text: Box<str>) -> Self {
        Self {
            text,
            kind: PhantomData,
        }
    }
}

impl<K> Id<K> {
    /// The id as it stands in SQL and JSON.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

// Written out because a derive would ask the same of `K`, which is only a name.
impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        Self {
            text: self.text.clone(),
            kind: PhantomData,
        }
    }
}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}
impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("not an id of the form {}_…", K::PREFIX))
        })
    }
}

impl<K> utoipa::PartialSchema for Id<K> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        <String as utoipa::PartialSchema>::schema()
    }
}
impl<K> utoipa::ToSchema for Id<K> {
    fn name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }
}

/// Names of the kinds; never built, only named in an [`Id`].
pub mod kind {
    use super::Kind;

    /// See [`super::WorkspaceId`].
    pub enum Workspace {}
    /// See [`super::InboxId`].
    pub enum Inbox {}
    /// See [`super::ContactId`].
    pub enum Contact {}
    /// See [`super::ConversationId`].
    pub enum Conversation {}
    /// See [`super::MessageId`].
    pub enum Message {}
    /// See [`super::AgentId`].
    pub enum Agent {}
    /// See [`super::HandoffId`].
    pub enum Handoff {}
    /// See [`super::AttemptId`].
    pub enum Attempt {}
    /// See [`super::DecisionId`].
    pub enum Decision {}
    /// See [`super::ArticleId`].
    pub enum Article {}
    /// See [`super::GapId`].
    pub enum Gap {}
    /// See [`super::JobId`].
    pub enum Job {}
    /// See [`super::TokenId`].
    pub enum Token {}
    /// See [`super::SessionId`].
    pub enum Session {}
    /// See [`super::LinkId`].
    pub enum Link {}
    /// See [`super::IdentityKeyId`].
    pub enum IdentityKey {}
    /// See [`super::AuditId`].
    pub enum Audit {}
    /// See [`super::FileId`].
    pub enum File {}
    /// See [`super::TeamId`].
    pub enum Team {}
    /// See [`super::CannedReplyId`].
    pub enum CannedReply {}
    /// See [`super::TrialId`].
    pub enum Trial {}
    /// See [`super::WebhookId`].
    pub enum Webhook {}

    impl Kind for Workspace {
        const PREFIX: &'static str = "ws";
    }
    impl Kind for Inbox {
        const PREFIX: &'static str = "inbox";
    }
    impl Kind for Contact {
        const PREFIX: &'static str = "cont";
    }
    impl Kind for Conversation {
        const PREFIX: &'static str = "conv";
    }
    impl Kind for Message {
        const PREFIX: &'static str = "msg";
    }
    impl Kind for Agent {
        const PREFIX: &'static str = "agent";
    }
    impl Kind for Handoff {
        const PREFIX: &'static str = "hand";
    }
    impl Kind for Attempt {
        const PREFIX: &'static str = "att";
    }
    impl Kind for Decision {
        const PREFIX: &'static str = "dec";
    }
    impl Kind for Article {
        const PREFIX: &'static str = "art";
    }
    impl Kind for Gap {
        const PREFIX: &'static str = "gap";
    }
    impl Kind for Job {
        const PREFIX: &'static str = "job";
    }
    impl Kind for Token {
        const PREFIX: &'static str = "tok";
    }
    impl Kind for Session {
        const PREFIX: &'static str = "sess";
    }
    impl Kind for Link {
        const PREFIX: &'static str = "link";
    }
    impl Kind for IdentityKey {
        const PREFIX: &'static str = "key";
    }
    impl Kind for Audit {
        const PREFIX: &'static str = "audit";
    }
    impl Kind for File {
        const PREFIX: &'static str = "file";
    }
    impl Kind for Team {
        const PREFIX: &'static str = "team";
    }
    impl Kind for Webhook {
        const PREFIX: &'static str = "hook";
    }
    impl Kind for CannedReply {
        const PREFIX: &'static str = "canned";
    }
    impl Kind for Trial {
        const PREFIX: &'static str = "trial";
    }
}

/// Owns everything; a host can have many.
pub type WorkspaceId = Id<kind::Workspace>;
/// An entry point: a site's widget, a mail address, an API client.
pub type InboxId = Id<kind::Inbox>;
/// A customer (a visitor until identified).
pub type ContactId = Id<kind::Contact>;
/// A conversation with one contact.
pub type ConversationId = Id<kind::Conversation>;
/// One message of a conversation.
pub type MessageId = Id<kind::Message>;
/// A human who answers; the assistant has no id.
pub type AgentId = Id<kind::Agent>;
/// Agents who answer for the same matters.
pub type TeamId = Id<kind::Team>;
/// One act of handing over, with its record.
pub type HandoffId = Id<kind::Handoff>;
/// One thing that the assistant suggested.
pub type AttemptId = Id<kind::Attempt>;
/// One stored decision.
pub type DecisionId = Id<kind::Decision>;
/// An article of the knowledge base.
pub type ArticleId = Id<kind::Article>;
/// `gap_…`: what the articles leave open.
pub type GapId = Id<kind::Gap>;
/// A piece of durable work.
pub type JobId = Id<kind::Job>;
/// An API token (the id, never the secret).
pub type TokenId = Id<kind::Token>;
/// An agent's session (the id, never the cookie).
pub type SessionId = Id<kind::Session>;
/// A one-time link (the id, never the secret).
pub type LinkId = Id<kind::Link>;
/// A key with which a site signs who its user is; the `kid` of its tokens.
pub type IdentityKeyId = Id<kind::IdentityKey>;
/// A line of the audit log.
pub type AuditId = Id<kind::Audit>;
/// A reply that agents have ready.
pub type CannedReplyId = Id<kind::CannedReply>;
/// A file that somebody sent.
pub type FileId = Id<kind::File>;
/// A policy that is tried.
pub type TrialId = Id<kind::Trial>;
/// A webhook.
pub type WebhookId = Id<kind::Webhook>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_refuses_another_kind() {
        let id = ConversationId::new(Timestamp::from_millis(1_700_000_000_000), 42);
        assert_eq!(ConversationId::parse(id.as_str()), Some(id.clone()));
        assert_eq!(MessageId::parse(id.as_str()), None);
        for bad in [
            "",
            "conv_",
            "conv_'; drop table events; --",
            "conv_I0000000000000000000000000",
        ] {
            assert_eq!(ConversationId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let early = MessageId::new(Timestamp::from_millis(1_000), u128::MAX);
        let late = MessageId::new(Timestamp::from_millis(1_001), 0);
        assert!(early < late);
    }
}
