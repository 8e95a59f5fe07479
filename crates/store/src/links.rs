//! One-time links that make an agent or give one a new password. Kept as hashes.

use segue_core::access::Role;
use segue_core::ids::{AgentId, LinkId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, params};
use crate::tx::Tx;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// Makes an agent of its address.
    Join,
    /// Gives its agent a new password.
    Reset,
}

impl LinkKind {
    /// The name in SQL.
    pub const fn name(self) -> &'static str {
        match self {
            LinkKind::Join => "join",
            LinkKind::Reset => "reset",
        }
    }
}

/// A link that was made, without its secret.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// Where it leads.
    pub workspace_id: WorkspaceId,
    /// What for.
    pub kind: LinkKind,
    /// The address that it is bound to, in lower case.
    pub email: String,
    /// What the agent may do.
    pub role: Role,
    /// Conversations that the agent can hold.
    pub capacity: i64,
    /// Whose password it changes; `None` where it makes an agent.
    pub agent_id: Option<AgentId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it opens.
    pub expires_at: Timestamp,
}

impl Tx<'_> {
    /// Keeps the hash of a new link.
    pub fn add_link(&mut self, hash: &str, link: &Link) -> Result<(), Error> {
        self.execute(
            "insert into links (hash, id, workspace_id, kind, email, role, capacity, agent_id, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            params![
                hash,
                &link.id,
                &link.workspace_id,
                link.kind.name(),
                link.email.as_str(),
                link.role.name(),
                link.capacity,
                link.agent_id.as_ref(),
                link.created_at,
                link.expires_at,
            ],
        )?;
        Ok(())
    }

    /// The link of a hash that is neither expired nor used up.
    pub fn link(&mut self, hash: &str, now: Timestamp) -> Result<Option<Link>, Error> {
        self.row(
            "select id, workspace_id, kind, email, role, capacity, agent_id, created_at, expires_at from links
             where hash = $1 and used_at is null and expires_at > $2",
            params![hash, now],
        )?
        .map(link)
        .transpose()
    }

    /// Uses a link up; `false` if somebody did before.
    pub fn use_link(&mut self, hash: &str, now: Timestamp) -> Result<bool, Error> {
        let used = self.execute(
            "update links set used_at = $2 where hash = $1 and used_at is null and expires_at > $2",
            params![hash, now],
        )?;
        Ok(used > 0)
    }

    /// The links by which somebody may still join, the newest first.
    pub fn open_join_links(
        &mut self,
        workspace_id: &WorkspaceId,
        now: Timestamp,
    ) -> Result<Vec<Link>, Error> {
        self.rows(
            "select id, workspace_id, kind, email, role, capacity, agent_id, created_at, expires_at from links
             where workspace_id = $1 and kind = 'join' and used_at is null and expires_at > $2
             order by created_at desc, id",
            params![workspace_id, now],
        )?
        .into_iter()
        .map(link)
        .collect()
    }

    /// Takes back every open link of a kind for an address.
    pub fn drop_links(
        &mut self,
        workspace_id: &WorkspaceId,
        kind: LinkKind,
        email: &str,
    ) -> Result<(), Error> {
        self.execute(
            "delete from links where workspace_id = $1 and kind = $2 and email = $3 and used_at is null",
            params![workspace_id, kind.name(), email],
        )?;
        Ok(())
    }

    /// Forgets links that have expired.
    pub fn purge_links(&mut self, now: Timestamp) -> Result<u64, Error> {
        self.execute("delete from links where expires_at <= $1", params![now])
    }
}

fn link(row: Row) -> Result<Link, Error> {
    let kind = match row.text(2)? {
        "join" => LinkKind::Join,
        "reset" => LinkKind::Reset,
        _ => return Err(Error::corrupt("unknown kind of link")),
    };
    Ok(Link {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        kind,
        email: row.text(3)?.into(),
        role: Role::from_name(row.text(4)?).ok_or_else(|| Error::corrupt("unknown role"))?,
        capacity: row.int(5)?,
        agent_id: row.id_or_null(6),
        created_at: row.at(7)?,
        expires_at: row.at(8)?,
    })
}
