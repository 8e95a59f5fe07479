//! Who may do what: one table, read by every door.

use serde::{Deserialize, Serialize};

/// What an agent may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AgentRole)]
pub enum Role {
    /// Takes conversations.
    Agent,
    /// Also sees everybody's, and the measures.
    Lead,
    /// Also sets things up.
    Admin,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Role; 3] = [Role::Agent, Role::Lead, Role::Admin];

    /// The name in SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Agent => "agent",
            Role::Lead => "lead",
            Role::Admin => "admin",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Something that a door guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Be signed in: see and change what is one's own.
    UseOwnAccount,
    /// See the queue, take conversations, answer, note, resolve one's own.
    ServeConversations,
    /// Read conversations that others own.
    ReadAllConversations,
    /// See what every team answers for, not only one's own.
    SeeAllTeams,
    /// Take a conversation over from the agent who has it.
    TakeOverFromAgents,
    /// See the measures.
    SeeMeasures,
    /// Look at the policy and try another one.
    TryPolicy,
    /// Switch to another policy.
    ChangePolicy,
    /// Import articles.
    EditKnowledge,
    /// Make agents and tokens, change the workspace.
    Administer,
}

/// The table: the least role that may.
pub const TABLE: [(Permission, Role); 10] = [
    (Permission::UseOwnAccount, Role::Agent),
    (Permission::ServeConversations, Role::Agent),
    (Permission::ReadAllConversations, Role::Agent),
    (Permission::SeeAllTeams, Role::Lead),
    (Permission::TakeOverFromAgents, Role::Lead),
    (Permission::SeeMeasures, Role::Lead),
    (Permission::TryPolicy, Role::Lead),
    (Permission::ChangePolicy, Role::Admin),
    (Permission::EditKnowledge, Role::Lead),
    (Permission::Administer, Role::Admin),
];

/// Whether `role` may.
pub fn may(role: Role, permission: Permission) -> bool {
    TABLE
        .iter()
        .any(|(guarded, least)| *guarded == permission && role as u8 >= *least as u8)
}

/// What a program may do with an API token. A token has some of them, from when it is
/// made until it is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Scope {
    /// Ask what the policy decides about a transcript; nothing is stored.
    #[serde(rename = "decisions")]
    Decisions,
    /// List customers.
    #[serde(rename = "contacts:read")]
    ReadContacts,
    /// Make customers known.
    #[serde(rename = "contacts:write")]
    WriteContacts,
    /// Read conversations, handoffs and events, private notes among them.
    #[serde(rename = "conversations:read")]
    ReadConversations,
    /// Open conversations, speak in a customer's name, ask for a person.
    #[serde(rename = "conversations:write")]
    WriteConversations,
    /// Act for an agent: take over, pass on, hand back, resolve.
    #[serde(rename = "conversations:serve")]
    ServeConversations,
    /// Read the measures.
    #[serde(rename = "measures:read")]
    ReadMeasures,
    /// Say which addresses are told what happens.
    #[serde(rename = "webhooks")]
    ManageWebhooks,
    /// Make, name, close and reopen inboxes.
    #[serde(rename = "inboxes")]
    ManageInboxes,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 9] = [
        Scope::Decisions,
        Scope::ReadContacts,
        Scope::WriteContacts,
        Scope::ReadConversations,
        Scope::WriteConversations,
        Scope::ServeConversations,
        Scope::ReadMeasures,
        Scope::ManageWebhooks,
        Scope::ManageInboxes,
    ];

    /// The name in SQL, JSON and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Scope::Decisions => "decisions",
            Scope::ReadContacts => "contacts:read",
            Scope::WriteContacts => "contacts:write",
            Scope::ReadConversations => "conversations:read",
            Scope::WriteConversations => "conversations:write",
            Scope::ServeConversations => "conversations:serve",
            Scope::ReadMeasures => "measures:read",
            Scope::ManageWebhooks => "webhooks",
            Scope::ManageInboxes => "inboxes",
        }
    }

    /// The scope of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_has_one_name_in_sql_and_in_json() {
        for scope in Scope::ALL {
            assert_eq!(Scope::from_name(scope.name()), Some(scope));
            assert_eq!(serde_json::json!(scope), scope.name());
        }
    }

    #[test]
    fn a_higher_role_may_all_that_a_lower_may() {
        for (permission, _) in TABLE {
            let allowed: Vec<bool> = Role::ALL
                .iter()
                .map(|role| may(*role, permission))
                .collect();
            assert!(allowed.is_sorted(), "{permission:?}: {allowed:?}");
            assert!(may(Role::Admin, permission));
        }
        assert!(!may(Role::Agent, Permission::Administer));
    }
}
