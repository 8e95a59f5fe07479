//! What the desk answers when it does not do what was asked. Knows nothing of HTTP.

use segue_core::conversation::Refusal;

/// Why a verb did not happen.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing in this workspace, or not for this customer.
    #[error("there is no such thing here")]
    NotFound,
    /// The conversation does not allow it now.
    #[error("the conversation does not allow it now: {0:?}")]
    Refused(Refusal),
    /// Another agent was quicker.
    #[error("{name} has taken it already")]
    Taken {
        /// Who.
        name: String,
    },
    /// The agent holds as many conversations as they can.
    #[error("all of your places are taken; resolve a conversation first")]
    AtCapacity,
    /// Who is offline takes no conversation: the customer would wait for nobody (P45).
    #[error("you are offline; go online first")]
    Offline,
    /// The agent still owns conversations.
    #[error("you still hold open conversations ({count}); give them back first")]
    OpenConversations {
        /// How many.
        count: usize,
    },
    /// Another agent of the workspace signs in with this address.
    #[error("somebody signs in with that address already")]
    AddressTaken,
    /// A workspace without an admin could not be put right by anybody.
    #[error("this is the last admin; make somebody else an admin first")]
    LastAdmin,
    /// The agent's account is closed.
    #[error("this account is closed; open it again first")]
    Inactive,
    /// Nothing can be sent by mail here.
    #[error("no mail server is configured, so an answer by e-mail cannot be promised")]
    NoMail,
    /// No mail comes in to this inbox, or not this way.
    #[error("no mailbox is set for this inbox, or mails are not taken this way")]
    NoMailbox,
    /// The inbox is closed: nothing new begins in it.
    #[error("this inbox is closed; nothing new begins in it")]
    InboxClosed,
    /// Customers must be able to write somewhere.
    #[error("this is the last open inbox; make or reopen another first")]
    LastInbox,
    /// No look-up is set, or nobody was handed over who could be looked up.
    #[error("no look-up is set for this inbox, or there is no handoff whose package it could fill")]
    NoLookUp,
    /// A file that a message names is not there: never came whole, was sent before, or was
    /// swept away.
    #[error("a file of this message is not here any more; attach it again")]
    FileGone,
    /// The customer's files take all the room that they may.
    #[error("there is no room for more files in this conversation")]
    FilesFull,
    /// Somebody else has changed the policy since it was looked at.
    #[error("somebody has changed the policy meanwhile; look at what holds now first")]
    PolicyMoved,
    /// What was sent is not well formed.
    #[error("{0}")]
    Invalid(&'static str),
    /// The assistant owns the conversation, so the text must be read first. Never leaves
    /// the desk.
    #[error("the text was not read")]
    Unread,
    /// Another node keeps this workspace by now. Never leaves the desk's own rounds.
    #[error("another node keeps this workspace")]
    NotKeeper,
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] segue_store::Error),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Error::Refused(refusal)
    }
}
