//! Who a visitor is: by the key in the Authorization header or a socket's first frame.
//! It stands in no URL, log, event or webhook.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use segue_core::ids::{ContactId, ConversationId, InboxId, WorkspaceId};
use segue_core::time::Timestamp;

use super::App;
use super::doors::admitted;
use super::problem::Problem;
use crate::desk::Place;
use crate::edge::hash_of;

/// A visitor who has shown their key.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Whose site.
    pub workspace_id: WorkspaceId,
    /// Which entry.
    pub inbox_id: InboxId,
    /// Who.
    pub contact_id: ContactId,
    /// Until when their key counts; `None` for anonymous visitors.
    expires_at: Option<Timestamp>,
    /// The one conversation that their key opens; `None` where it opens all of theirs.
    pub only: Option<ConversationId>,
}

impl Visitor {
    /// Whether the key opens a conversation of the contact's.
    pub(super) fn opens(&self, id: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.as_str() == id)
    }

    /// Whether the key opens what lies behind a path.
    pub(super) fn opens_path(&self, path: &str) -> bool {
        let within = path.strip_prefix("/api/widget/conversations/");
        within.is_none_or(|rest| self.opens(rest.split('/').next().unwrap_or_default()))
    }
}

/// Visitors remembered on this node; a key is never revoked, it ends or is forgotten.
const KEPT: usize = 100_000;

impl App {
    /// The visitor of a key.
    pub(super) async fn visitor(&self, key: &str) -> Result<Visitor, Problem> {
        let unknown = || Problem::unauthorized("this visitor's key is not known here; start anew");
        if !key.starts_with("sgv_") {
            return Err(unknown());
        }
        let hash = hash_of(key);
        let now = self.desk.clock.now();
        let is_over = |visitor: &Visitor| visitor.expires_at.is_some_and(|at| at <= now);
        let remembered = self.remembered().get(&hash).cloned();
        if let Some(visitor) = remembered {
            return if is_over(&visitor) {
                Err(unknown())
            } else {
                Ok(visitor)
            };
        }
        let asked = hash.clone();
        let found = self
            .desk
            .store
            .read(move |tx| tx.visitor_by_hash(&asked))
            .await?;
        let key = found.ok_or_else(unknown)?;
        let visitor = Visitor {
            workspace_id: key.workspace_id,
            inbox_id: key.inbox_id,
            contact_id: key.contact_id,
            expires_at: key.expires_at,
            only: key.only,
        };
        if is_over(&visitor) {
            return Err(unknown());
        }
        let mut remembered = self.remembered();
        if remembered.len() >= KEPT {
            remembered.clear();
        }
        remembered.insert(hash, visitor.clone());
        Ok(visitor)
    }

    /// Forgets the keys of a visitor who is known no more, and says so.
    pub(super) fn forget_visitor(&self, visitor: &Visitor) -> Problem {
        self.remembered()
            .retain(|_, known| known.contact_id != visitor.contact_id);
        Problem::unauthorized("this visitor's key is not known here; start anew")
    }

    /// The place a visitor writes from.
    pub(super) async fn place_of(&self, visitor: &Visitor) -> Result<Arc<Place>, Problem> {
        Ok(self
            .desk
            .place(&visitor.workspace_id, &visitor.inbox_id)
            .await?)
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, std::collections::HashMap<String, Visitor>> {
        self.visitors
            .lock()
            .expect("nobody panics with the lock held")
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        admitted(parts)
    }
}

/// The bearer token of a request.
pub(super) fn bearer(parts: &Parts) -> Option<&str> {
    parts
        .headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}
