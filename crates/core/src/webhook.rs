//! What other programs are told of a conversation while it goes on: under which names, and how
//! much of it. Notes among agents, addresses and what an agent told the assistant are told to
//! nobody, whatever a webhook shares.

use serde::{Deserialize, Serialize};

use crate::event::{Body, Event, Fact};

/// What a webhook can hear of. A new one gets a line here, in [`Topic::ALL`] and in the
/// operator's book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Topic {
    /// A conversation began.
    #[serde(rename = "conversation.started")]
    Started,
    /// Customer, assistant, agent or system said something.
    #[serde(rename = "message.created")]
    Message,
    /// It was handed to the humans: the package is there.
    #[serde(rename = "handoff.requested")]
    Requested,
    /// It was proposed to an agent.
    #[serde(rename = "handoff.assigned")]
    Assigned,
    /// An agent has it.
    #[serde(rename = "handoff.accepted")]
    Accepted,
    /// Its agent passed it on, or is gone: it waits again at its old place.
    #[serde(rename = "handoff.requeued")]
    Requeued,
    /// The answer will come by mail.
    #[serde(rename = "handoff.by_mail")]
    ByMail,
    /// That answer is late.
    #[serde(rename = "handoff.overdue")]
    Overdue,
    /// The assistant has it again: an agent handed it back, or the customer changed their mind.
    #[serde(rename = "handoff.returned")]
    Returned,
    /// It is done.
    #[serde(rename = "conversation.resolved")]
    Resolved,
    /// The customer wrote again.
    #[serde(rename = "conversation.reopened")]
    Reopened,
    /// The customer rated it.
    #[serde(rename = "conversation.rated")]
    Rated,
    /// Its words and personal data are gone: whoever keeps a copy should remove it too.
    #[serde(rename = "conversation.erased")]
    Erased,
}

impl Topic {
    /// Every topic, in the order in which they come up.
    pub const ALL: [Topic; 13] = [
        Topic::Started,
        Topic::Message,
        Topic::Requested,
        Topic::Assigned,
        Topic::Accepted,
        Topic::Requeued,
        Topic::ByMail,
        Topic::Overdue,
        Topic::Returned,
        Topic::Resolved,
        Topic::Reopened,
        Topic::Rated,
        Topic::Erased,
    ];

    /// The name in SQL and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Topic::Started => "conversation.started",
            Topic::Message => "message.created",
            Topic::Requested => "handoff.requested",
            Topic::Assigned => "handoff.assigned",
            Topic::Accepted => "handoff.accepted",
            Topic::Requeued => "handoff.requeued",
            Topic::ByMail => "handoff.by_mail",
            Topic::Overdue => "handoff.overdue",
            Topic::Returned => "handoff.returned",
            Topic::Resolved => "conversation.resolved",
            Topic::Reopened => "conversation.reopened",
            Topic::Rated => "conversation.rated",
            Topic::Erased => "conversation.erased",
        }
    }

    /// What a fact is told as; `None` where nobody outside is told.
    pub fn of(fact: &Fact) -> Option<Topic> {
        Some(match fact {
            Fact::Started { .. } => Topic::Started,
            Fact::MessageAdded(message) if message.private => return None,
            Fact::MessageAdded(_) => Topic::Message,
            Fact::HandedOff { .. } => Topic::Requested,
            Fact::Invited { .. } => Topic::Assigned,
            Fact::Accepted { .. } | Fact::TakenOver { .. } => Topic::Accepted,
            Fact::Dropped { .. } | Fact::Transferred { .. } => Topic::Requeued,
            Fact::EmailChosen { .. } => Topic::ByMail,
            Fact::ReplyOverdue => Topic::Overdue,
            Fact::HandedBack { .. } | Fact::HandoffCancelled => Topic::Returned,
            Fact::Resolved { .. } => Topic::Resolved,
            Fact::Reopened { .. } => Topic::Reopened,
            Fact::Rated { .. } => Topic::Rated,
            Fact::Erased => Topic::Erased,
            _ => return None,
        })
    }
}

/// How much a webhook is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shares {
    /// What happened, without a word of it.
    #[default]
    Facts,
    /// What customer, assistant and agents say to each other too.
    Words,
}

impl Shares {
    /// The name in SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Shares::Facts => "facts",
            Shares::Words => "words",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Shares::Facts, Shares::Words]
            .into_iter()
            .find(|shares| shares.name() == name)
    }

    /// An event as it is told, with its topic; `None` where it is not.
    pub fn tell(self, event: &Event) -> Option<(Topic, Event)> {
        let topic = Topic::of(&event.fact)?;
        let is_said = self == Shares::Words && topic == Topic::Message;
        let body = event.body.as_ref().filter(|_| is_said);
        let told = Event {
            body: body.map(|body| Body {
                text: body.text.clone(),
                citations: body.citations.clone(),
                readings: body.readings.clone(),
                files: body.files.clone(),
                ..Body::default()
            }),
            ..event.clone()
        };
        Some((topic, told))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{MailHead, Message, Role};
    use crate::ids::MessageId;
    use crate::time::Timestamp;

    fn message(private: bool) -> Event {
        let now = Timestamp::from_millis(1_800_000_000_000);
        Event {
            seq: 7,
            at: now,
            epoch: 1,
            fact: Fact::MessageAdded(Message {
                message_id: MessageId::new(now, 1),
                role: Role::Customer,
                agent: None,
                private,
                template: None,
                client_message_id: None,
                attempt_id: None,
                offers_person: false,
                channel: Default::default(),
            }),
            body: Some(Body {
                text: Some("My parcel is wet".into()),
                email: Some("ada@zebra.example".into()),
                mail: Some(Box::new(MailHead {
                    from: "ada@zebra.example".into(),
                    ..MailHead::default()
                })),
                ..Body::default()
            }),
        }
    }

    #[test]
    fn words_are_told_to_whom_they_are_shared_with_and_addresses_to_nobody() {
        let (topic, told) = Shares::Facts.tell(&message(false)).unwrap();
        assert_eq!((topic, told.body), (Topic::Message, None));
        let (_, told) = Shares::Words.tell(&message(false)).unwrap();
        let json = serde_json::to_string(&told).unwrap();
        assert!(json.contains("My parcel is wet"), "{json}");
        assert!(!json.contains("zebra"), "{json}");
    }

    #[test]
    fn a_note_among_agents_is_told_to_nobody() {
        assert_eq!(Shares::Words.tell(&message(true)), None);
    }

    #[test]
    fn every_topic_reads_back_by_the_name_that_json_gives_it() {
        for topic in Topic::ALL {
            let json = serde_json::to_string(&topic).unwrap();
            assert_eq!(json, format!("\"{}\"", topic.name()));
        }
    }
}
