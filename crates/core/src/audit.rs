//! What the audit log can say: who did something to a workspace, and what it was. What
//! happens to conversations stands in their own events; this is about everything else.

use serde::{Deserialize, Serialize};

use crate::ids::{AgentId, ContactId, TokenId};

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// Somebody of the workspace, with the name they had then.
    Agent {
        /// Who.
        id: AgentId,
        /// Their name.
        name: String,
    },
    /// A program with an API token.
    Program {
        /// The token, never its secret.
        id: TokenId,
        /// What the token is called.
        name: String,
    },
    /// A customer, about their own data.
    Contact {
        /// Who; their name stands in the contact alone, so that erasing it erases it here.
        id: ContactId,
    },
    /// Whoever may run commands on the host.
    Operator,
    /// Somebody whom we do not know, such as who guesses passwords.
    Stranger,
    /// Segue itself, when a time has come.
    System,
}

impl By {
    /// The kind in SQL and JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            By::Agent { .. } => "agent",
            By::Program { .. } => "program",
            By::Contact { .. } => "contact",
            By::Operator => "operator",
            By::Stranger => "stranger",
            By::System => "system",
        }
    }

    /// The id, where there is one.
    pub fn id(&self) -> Option<&str> {
        match self {
            By::Agent { id, .. } => Some(id.as_str()),
            By::Program { id, .. } => Some(id.as_str()),
            By::Contact { id } => Some(id.as_str()),
            By::Operator | By::Stranger | By::System => None,
        }
    }

    /// The name to show, where there is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            By::Agent { name, .. } | By::Program { name, .. } => Some(name),
            By::Contact { .. } | By::Operator | By::Stranger | By::System => None,
        }
    }
}

/// What was done. A new one gets a line here, in [`Action::ALL`] and in the console's words
/// (`audit_…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AuditAction)]
pub enum Action {
    /// The first start's link was used: the company has a name and an admin.
    WorkspaceSetUp,
    /// Somebody signed in.
    SignedIn,
    /// Somebody gave a wrong password for the account that is the subject.
    SignInRefused,
    /// Somebody signed out, or ended another session of theirs.
    SignedOut,
    /// Every session of the subject was ended.
    SessionsEnded,
    /// Somebody was invited to the workspace.
    AgentInvited,
    /// Somebody became a member of the workspace.
    AgentAdded,
    /// Role, name, skills or capacity of an agent changed.
    AgentChanged,
    /// An agent can no longer sign in.
    AgentDeactivated,
    /// An agent can sign in again.
    AgentReactivated,
    /// Somebody changed their password.
    PasswordChanged,
    /// A link to set a new password was asked for.
    PasswordResetAsked,
    /// A new password was set by such a link.
    PasswordReset,
    /// An API token was made.
    TokenMade,
    /// An API token was revoked.
    TokenRevoked,
    /// A key by which the host site signs its customers' identity was made.
    IdentityKeyMade,
    /// Such a key no longer counts.
    IdentityKeyRetired,
    /// When the assistant hands over was changed.
    PolicyChanged,
    /// A candidate runs beside the live policy.
    ShadowBegun,
    /// It does no more.
    ShadowEnded,
    /// An inbox was made.
    InboxMade,
    /// An inbox was given another name.
    InboxRenamed,
    /// An inbox was closed: nothing new begins in it.
    InboxClosed,
    /// A closed inbox was opened again.
    InboxReopened,
    /// Business hours or holidays were changed.
    HoursChanged,
    /// Name, colours or other settings were changed.
    SettingsChanged,
    /// How mail is sent was changed.
    MailChanged,
    /// Where customers are looked up was changed.
    LookUpChanged,
    /// What other programs are told of was changed.
    WebhooksChanged,
    /// A webhook failed for days and is told nothing any more.
    WebhookPaused,
    /// Articles were imported or edited.
    ArticlesImported,
    /// Articles were removed.
    ArticlesRemoved,
    /// A team was made.
    TeamMade,
    /// A team's name, people or helper changed.
    TeamChanged,
    /// A team was removed.
    TeamRemoved,
    /// How work is shared out among agents was changed.
    RoutingChanged,
    /// A reply that several agents have ready was written, changed or removed.
    CannedRepliesChanged,
    /// A customer was given an agent who looks after them, or has none any more.
    DedicatedAgentSet,
    /// A contact's data was exported.
    ContactExported,
    /// A table of conversations was downloaded.
    ConversationsExported,
    /// The audit log itself was downloaded.
    AuditExported,
    /// A contact's data was erased.
    ContactErased,
    /// How long the words of what is over are kept was changed.
    RetentionChanged,
    /// What was older than that was erased.
    AgedErased,
    /// A copy of the whole database was made.
    BackupMade,
}

impl Action {
    /// Every action, as the console offers them to filter by.
    pub const ALL: [Action; 45] = [
        Action::WorkspaceSetUp,
        Action::SignedIn,
        Action::SignInRefused,
        Action::SignedOut,
        Action::SessionsEnded,
        Action::AgentInvited,
        Action::AgentAdded,
        Action::AgentChanged,
        Action::AgentDeactivated,
        Action::AgentReactivated,
        Action::PasswordChanged,
        Action::PasswordResetAsked,
        Action::PasswordReset,
        Action::TokenMade,
        Action::TokenRevoked,
        Action::IdentityKeyMade,
        Action::IdentityKeyRetired,
        Action::PolicyChanged,
        Action::ShadowBegun,
        Action::ShadowEnded,
        Action::InboxMade,
        Action::InboxRenamed,
        Action::InboxClosed,
        Action::InboxReopened,
        Action::HoursChanged,
        Action::SettingsChanged,
        Action::MailChanged,
        Action::LookUpChanged,
        Action::WebhooksChanged,
        Action::WebhookPaused,
        Action::ArticlesImported,
        Action::ArticlesRemoved,
        Action::TeamMade,
        Action::TeamChanged,
        Action::TeamRemoved,
        Action::RoutingChanged,
        Action::CannedRepliesChanged,
        Action::DedicatedAgentSet,
        Action::ContactExported,
        Action::ConversationsExported,
        Action::AuditExported,
        Action::ContactErased,
        Action::RetentionChanged,
        Action::AgedErased,
        Action::BackupMade,
    ];

    /// The name in SQL and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Action::WorkspaceSetUp => "workspace_set_up",
            Action::SignedIn => "signed_in",
            Action::SignInRefused => "sign_in_refused",
            Action::SignedOut => "signed_out",
            Action::SessionsEnded => "sessions_ended",
            Action::AgentInvited => "agent_invited",
            Action::AgentAdded => "agent_added",
            Action::AgentChanged => "agent_changed",
            Action::AgentDeactivated => "agent_deactivated",
            Action::AgentReactivated => "agent_reactivated",
            Action::PasswordChanged => "password_changed",
            Action::PasswordResetAsked => "password_reset_asked",
            Action::PasswordReset => "password_reset",
            Action::TokenMade => "token_made",
            Action::TokenRevoked => "token_revoked",
            Action::IdentityKeyMade => "identity_key_made",
            Action::IdentityKeyRetired => "identity_key_retired",
            Action::PolicyChanged => "policy_changed",
            Action::ShadowBegun => "shadow_begun",
            Action::ShadowEnded => "shadow_ended",
            Action::InboxMade => "inbox_made",
            Action::InboxRenamed => "inbox_renamed",
            Action::InboxClosed => "inbox_closed",
            Action::InboxReopened => "inbox_reopened",
            Action::HoursChanged => "hours_changed",
            Action::SettingsChanged => "settings_changed",
            Action::MailChanged => "mail_changed",
            Action::LookUpChanged => "look_up_changed",
            Action::WebhooksChanged => "webhooks_changed",
            Action::WebhookPaused => "webhook_paused",
            Action::ArticlesImported => "articles_imported",
            Action::ArticlesRemoved => "articles_removed",
            Action::TeamMade => "team_made",
            Action::TeamChanged => "team_changed",
            Action::TeamRemoved => "team_removed",
            Action::RoutingChanged => "routing_changed",
            Action::CannedRepliesChanged => "canned_replies_changed",
            Action::DedicatedAgentSet => "dedicated_agent_set",
            Action::ContactExported => "contact_exported",
            Action::ConversationsExported => "conversations_exported",
            Action::AuditExported => "audit_exported",
            Action::ContactErased => "contact_erased",
            Action::RetentionChanged => "retention_changed",
            Action::AgedErased => "aged_erased",
            Action::BackupMade => "backup_made",
        }
    }

    /// The action of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_reads_back_by_the_name_that_json_gives_it() {
        for action in Action::ALL {
            assert_eq!(Action::from_name(action.name()), Some(action));
            let json = serde_json::to_string(&action).unwrap();
            assert_eq!(json, format!("\"{}\"", action.name()));
        }
    }
}
