//! The facts of a conversation, each with its number. The list only grows; the
//! state is what you get by folding it. Words and personal data stand in
//! [`Body`], apart from the fact, so that they can be erased and the list still
//! replays (P48).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::asking::Detail;
use crate::attempt::Outcome;
use crate::decide::{Action, Decision};
use crate::file::Attached;
use crate::forecast::Promise;
use crate::guard::{Guard, Repetition, Retold};
use crate::hand_back::HandBackBrief;
use crate::ids::{
    AgentId, ArticleId, AttemptId, ContactId, DecisionId, HandoffId, InboxId, MessageId, TeamId,
};
use crate::queue::Needs;
use crate::route::Routing;
use crate::signal::Trigger;
use crate::time::Timestamp;

/// Something that happened in a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Event {
    /// 1, 2, 3 … without a gap in its conversation.
    pub seq: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// The conversation's epoch after it.
    pub epoch: u64,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
    /// The words and personal data of it; absent where there are none or where they
    /// were erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

/// What happened, without words or personal data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// The conversation began; always event 1.
    Started {
        /// Where it came in.
        #[schema(value_type = String)]
        inbox_id: InboxId,
        /// Whose it is.
        #[schema(value_type = String)]
        contact_id: ContactId,
        /// ISO 639-1 code of the customer's language.
        language: String,
        /// By which way.
        #[serde(default, skip_serializing_if = "Channel::is_chat")]
        channel: Channel,
    },
    /// Somebody said something.
    MessageAdded(Message),
    /// `decide` spoke; its inputs are stored under the id.
    Decided {
        /// The stored decision.
        #[schema(value_type = String)]
        decision_id: DecisionId,
        /// What it was.
        action: Action,
        /// The triggers behind it.
        reasons: Vec<Trigger>,
    },
    /// The assistant suggested something; a row of the ledger.
    AttemptMade {
        /// The row.
        #[schema(value_type = String)]
        attempt_id: AttemptId,
        /// The article it came from.
        #[schema(value_type = Option<String>)]
        article_id: Option<ArticleId>,
    },
    /// The customer said how a suggestion went.
    AttemptJudged {
        /// The row.
        #[schema(value_type = String)]
        attempt_id: AttemptId,
        /// How it went.
        outcome: Outcome,
    },
    /// The assistant did not answer in time.
    AnswerMissed,
    /// The conversation went to the queue.
    HandedOff {
        /// The record of this handoff.
        #[schema(value_type = String)]
        handoff_id: HandoffId,
        /// Why; hidden from the customer.
        reasons: Vec<Trigger>,
        /// The wait that was announced, if one could be.
        promise: Option<Promise>,
        /// Whom it needs; hidden from the customer.
        #[serde(default)]
        needs: Needs,
    },
    /// A wait was looked at again.
    WaitReviewed,
    /// It was proposed to an agent.
    Invited {
        /// To whom.
        #[schema(value_type = String)]
        agent_id: AgentId,
        /// Until when.
        until: Timestamp,
        /// A colleague handed it to them.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_name: bool,
    },
    /// The proposal ended without an acceptance.
    InvitationEnded {
        /// Whose it was.
        #[schema(value_type = String)]
        agent_id: AgentId,
        /// How.
        how: InvitationEnd,
    },
    /// An agent took it.
    Accepted {
        /// Who.
        agent: AgentName,
        /// The units of their capacity that it takes, to be given back as many.
        #[serde(default = "chat_units")]
        units: i64,
    },
    /// The agent is gone; it went back to its old place in the queue (P45).
    Dropped {
        /// Who had it.
        agent: AgentName,
    },
    /// Its agent passed it on to a colleague or a team; it waits for them at its old place.
    /// The note is in the body, hidden from the customer.
    Transferred {
        /// Who had it.
        from: AgentName,
        /// To whom.
        to: TransferTo,
        /// Whom it needs from here on; hidden from the customer.
        #[serde(default)]
        needs: Needs,
    },
    /// An agent took it without being asked: from the assistant, from a colleague, or back
    /// after its end.
    TakenOver {
        /// Who.
        agent: AgentName,
        /// The colleague who had it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<AgentName>,
        /// The handoff that goes on, or begins with this.
        #[schema(value_type = String)]
        handoff_id: HandoffId,
        /// The units of their capacity that it takes.
        units: i64,
    },
    /// Its agent gave it back to the assistant. What they did and promised is in the body,
    /// hidden from the customer.
    HandedBack {
        /// Who had it.
        agent: AgentName,
    },
    /// The customer went back to the assistant.
    HandoffCancelled,
    /// The customer wants the answer by e-mail (P32). The address is in the body.
    EmailChosen {
        /// When it is due.
        reply_due_at: Timestamp,
    },
    /// That answer is late.
    ReplyOverdue,
    /// The customer's page is gone while they wait; their place is kept for a time (P45).
    CustomerLeft {
        /// Until when.
        until: Timestamp,
    },
    /// They came back in time.
    CustomerReturned,
    /// The customer means to leave and keep the place, and is told by mail when the turn is
    /// near (P31). The address is in the body.
    PlaceKept,
    /// They were told that; the place is kept for a time more.
    TurnNear {
        /// Until when.
        until: Timestamp,
    },
    /// The doors closed while the customer waited, and they were told so (P33).
    HoursEnded,
    /// The customer was asked for something while they wait (P31).
    DetailAsked {
        /// What for.
        detail: Detail,
        /// What may be asked after it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left: Vec<Detail>,
    },
    /// The customer's last message answered that.
    DetailTold {
        /// What was asked.
        detail: Detail,
        /// The message.
        #[schema(value_type = String)]
        message_id: MessageId,
    },
    /// The package of a handoff knows more than before: a look-up answered, or a model.
    PackageFilled {
        /// Whose package.
        #[schema(value_type = String)]
        handoff_id: HandoffId,
        /// Which version of it stands now.
        revision: u32,
    },
    /// The customer was asked whether they are still there (P45).
    Reminded,
    /// It is done.
    Resolved {
        /// Who or what ended it.
        by: ResolvedBy,
        /// How it ended, for the measures; hidden from the customer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disposition: Option<Disposition>,
        /// Whether the assistant could have known the answer; hidden from the customer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        knowable: Option<Knowable>,
        /// The handoff that its agent ended with it: what may go on if the customer comes
        /// back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        handoff_id: Option<HandoffId>,
    },
    /// The customer wrote again.
    Reopened {
        /// The agent who had it last and is there; `None` where the assistant answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<AgentName>,
        /// The units of their capacity that it takes.
        #[serde(default, skip_serializing_if = "is_zero")]
        units: i64,
        /// Why a human had it before: that alone does not hand it off again; hidden from
        /// the customer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        declined: Vec<Trigger>,
    },
    /// The customer rated it (P34, P35).
    Rated {
        /// 1 (bad) to 5 (good).
        score: u8,
        /// Whether they had to repeat themselves.
        repeated: Option<bool>,
    },
    /// The customer said again what they had said before (P35), noticed after a handoff;
    /// hidden from them.
    CustomerRepeated {
        /// The message that says it again.
        #[schema(value_type = String)]
        message_id: MessageId,
        /// The message that had said it; `None` where they only say that they did.
        #[schema(value_type = Option<String>)]
        of: Option<MessageId>,
        /// In so many words, or by telling it again.
        how: Repetition,
        /// What of it is told again. Before it was told apart, all was taken for facts.
        #[serde(default)]
        what: Retold,
    },
    /// An agent sent words that they had been warned of (P40, P42); hidden from the customer.
    SentDespite {
        /// The message.
        #[schema(value_type = String)]
        message_id: MessageId,
        /// What they were warned of.
        guard: Guard,
        /// The message that holds what was tried or told already.
        #[schema(value_type = Option<String>)]
        of: Option<MessageId>,
    },
    /// The site proved by its signature whose conversation this is.
    Identified {
        /// Whose.
        #[schema(value_type = String)]
        contact_id: ContactId,
    },
    /// Words and personal data were removed (P48).
    Erased,
}

/// The template by which the assistant says that it has no answer.
pub const ABSTAINED: &str = "assistant.abstain";

/// The head of a message; its words are in the event's [`Body`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Message {
    /// Its id.
    #[schema(value_type = String)]
    pub message_id: MessageId,
    /// Who speaks.
    pub role: Role,
    /// The agent, where one speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentName>,
    /// A note among agents; never shown to the customer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// The key of the words, where the system speaks from a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The id that the sender made, for sending again without doubling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
    /// The suggestion in the ledger that this message carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub attempt_id: Option<AttemptId>,
    /// Whether it offers a person (P21); the widget draws the choice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub offers_person: bool,
    /// By which way it came.
    #[serde(default, skip_serializing_if = "Channel::is_chat")]
    pub channel: Channel,
}

/// By which way a conversation began. It decides where what is said there goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A page, or a program that speaks for one.
    #[default]
    Chat,
    /// A mail: what is said goes to the mailbox that it came from (P31).
    Mail,
}

impl Channel {
    /// Whether it is the ordinary one.
    pub const fn is_chat(&self) -> bool {
        matches!(self, Channel::Chat)
    }
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The customer.
    Customer,
    /// The AI. In batch input `ai` is accepted too.
    #[serde(alias = "ai")]
    Assistant,
    /// A human agent.
    Agent,
    /// Segue itself, from a template.
    System,
}

/// An agent as the customer sees one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AgentName {
    /// The agent.
    #[schema(value_type = String)]
    pub id: AgentId,
    /// The name shown.
    pub name: String,
}

/// To whom an agent passes a conversation on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum TransferTo {
    /// A colleague.
    Agent {
        /// Who.
        agent: AgentName,
    },
    /// A team.
    Team {
        /// Which.
        #[schema(value_type = String)]
        team_id: TeamId,
        /// Its name at that time.
        name: String,
    },
}

impl TransferTo {
    /// The name of the colleague or the team.
    pub fn name(&self) -> &str {
        match self {
            TransferTo::Agent { agent } => &agent.name,
            TransferTo::Team { name, .. } => name,
        }
    }
}

/// How an invitation ended without an acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitationEnd {
    /// The agent said no.
    Declined,
    /// Nobody said anything.
    Expired,
    /// The agent went away, or the customer left the queue.
    Withdrawn,
}

/// Who or what resolved a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum ResolvedBy {
    /// An agent.
    Agent {
        /// Who.
        agent: AgentName,
    },
    /// The customer said that it is solved.
    Customer,
    /// The customer fell silent with the assistant.
    Silence,
    /// Nobody came for as long as the policy lets a customer wait.
    WaitLimit,
    /// The customer left the queue without a word and did not return in time.
    Vanished,
}

/// How an agent says that it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Solved.
    Solved,
    /// Not solved, but there is a way round.
    Workaround,
    /// A bug was filed: handed to product or engineering.
    ProductProblem,
    /// Money went back.
    Refunded,
    /// Nothing can be done about it.
    NotSolvable,
    /// The assistant could have done it: no person was needed.
    Needless,
    /// The customer did not answer any more.
    NoReply,
    /// Not for us.
    OutOfScope,
}

impl Disposition {
    /// Whether the matter is still open when the conversation ends: who comes back about it
    /// need not convince the assistant first.
    pub const fn leaves_open(self) -> bool {
        matches!(
            self,
            Disposition::Workaround | Disposition::ProductProblem | Disposition::NotSolvable
        )
    }
}

/// Whether the assistant could have known what the agent knew: what its articles lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Knowable {
    /// Yes, had there been an article.
    ArticleMissing,
    /// Yes, had the article been right.
    ArticleWrong,
    /// No: it took a person.
    No,
}

impl Knowable {
    /// The name in SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Knowable::ArticleMissing => "article_missing",
            Knowable::ArticleWrong => "article_wrong",
            Knowable::No => "no",
        }
    }
}

/// Words and personal data of an event. Erasing a contact empties it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Body {
    /// What was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Articles that an answer rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<Citation>,
    /// What the customer may have meant, where the assistant asks which (P17).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<String>,
    /// What fills the words of a note that the system leaves for agents: its template says
    /// which, and each reads it in their own language. `text` is the English of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// The decision with the customer's words as evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Box<Decision>>,
    /// The address for the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Files that came with the words, or instead of them (P46).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attached>,
    /// What stood around the words, where they came by mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<Box<MailHead>>,
    /// What an agent did and promised who hands back to the assistant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brief: Option<Box<HandBackBrief>>,
}

/// What stood around the words of a mail. Anybody can write any address and any subject.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MailHead {
    /// The sender's address, as the mail says.
    pub from: String,
    /// The sender's name, as the mail says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The subject, on one line.
    #[serde(default)]
    pub subject: String,
    /// The mail's own id without its brackets, for the answer to refer to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Whether it came from another address than the customer's: who holds the address that
    /// was made for this conversation may answer, but what they say is theirs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_other: bool,
    /// Whether this very mail proves that its sender reads the customer's mailbox: it came to
    /// an address that was told there alone. That the address was proved before says nothing
    /// of who wrote this one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_proof: bool,
    /// Files of it that could not be kept, by their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files_left_out: Vec<String>,
    /// What was left out for reading: quotes and signatures.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rest: String,
}

impl Body {
    /// A body that is only text.
    pub fn text(text: impl Into<String>) -> Option<Self> {
        Some(Self {
            text: Some(text.into()),
            ..Self::default()
        })
    }

    /// A body of words and files; empty words are none.
    pub fn message(text: &str, files: Vec<Attached>) -> Option<Self> {
        Some(Self {
            text: Some(text.to_string()).filter(|text| !text.is_empty()),
            files,
            ..Self::default()
        })
    }
}

/// A pointer from an answer to the article that says so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Citation {
    /// The article.
    #[schema(value_type = String)]
    pub article_id: ArticleId,
    /// Its title.
    pub title: String,
    /// The passage quoted.
    pub passage: String,
}

fn is_zero(units: &i64) -> bool {
    *units == 0
}

/// What a conversation counted when all counted the same.
pub(crate) fn chat_units() -> i64 {
    Routing::default().chat_units
}

impl Event {
    /// The event as the customer may see it; `None` where it is hidden. Frames say
    /// `through_seq`, so a hidden event leaves no gap.
    pub fn for_customer(&self) -> Option<Event> {
        let mut seen = self.clone();
        match &mut seen.fact {
            Fact::MessageAdded(message) if message.private => return None,
            Fact::Decided { .. }
            | Fact::WaitReviewed
            | Fact::Invited { .. }
            | Fact::InvitationEnded { .. }
            | Fact::AnswerMissed
            | Fact::ReplyOverdue
            | Fact::CustomerLeft { .. }
            | Fact::CustomerReturned
            | Fact::HoursEnded
            | Fact::TurnNear { .. }
            | Fact::DetailAsked { .. }
            | Fact::DetailTold { .. }
            | Fact::CustomerRepeated { .. }
            | Fact::SentDespite { .. }
            | Fact::PackageFilled { .. }
            | Fact::Identified { .. } => return None,
            Fact::HandedOff { reasons, needs, .. } => {
                reasons.clear();
                *needs = Needs::default();
            }
            // What agents tell each other, and the assistant, is not for the customer.
            Fact::Transferred { needs, .. } => {
                *needs = Needs::default();
                seen.body = None;
            }
            Fact::HandedBack { .. } => seen.body = None,
            Fact::Resolved {
                disposition,
                knowable,
                ..
            } => {
                *disposition = None;
                *knowable = None;
            }
            Fact::Reopened { declined, .. } => declined.clear(),
            _ => {}
        }
        Some(seen)
    }
}

impl Fact {
    /// Whether it changes who may speak, and with it the epoch.
    pub fn changes_owner(&self) -> bool {
        matches!(
            self,
            Fact::HandedOff { .. }
                | Fact::Accepted { .. }
                | Fact::Dropped { .. }
                | Fact::Transferred { .. }
                | Fact::TakenOver { .. }
                | Fact::HandedBack { .. }
                | Fact::HandoffCancelled
                | Fact::Resolved { .. }
                | Fact::Reopened { .. }
                | Fact::Erased
        )
    }
}
