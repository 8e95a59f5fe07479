//! Who may do what: one table, read by every door.

use serde::{Deserialize, Serialize};

/// What an agent may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
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
    /// See the queue, take conversations, answer, note, resolve one's own.
    ServeConversations,
    /// Read conversations that others own.
    ReadAllConversations,
    /// See the measures.
    SeeMeasures,
    /// Import articles.
    EditKnowledge,
    /// Make agents and tokens, change the workspace.
    Administer,
}

/// The table: the least role that may.
pub const TABLE: [(Permission, Role); 5] = [
    (Permission::ServeConversations, Role::Agent),
    (Permission::ReadAllConversations, Role::Agent),
    (Permission::SeeMeasures, Role::Lead),
    (Permission::EditKnowledge, Role::Lead),
    (Permission::Administer, Role::Admin),
];

/// Whether `role` may.
pub fn may(role: Role, permission: Permission) -> bool {
    TABLE
        .iter()
        .any(|(guarded, least)| *guarded == permission && role as u8 >= *least as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

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
