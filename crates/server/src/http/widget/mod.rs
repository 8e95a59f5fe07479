//! The widget's door: what a visitor may do with their own conversations.

pub(super) mod conversations;
pub(super) mod identity;
pub(super) mod place;
pub(super) mod site;

use std::sync::Arc;

use segue_core::conversation::Conversation;
use segue_core::ids::ConversationId;

use super::App;
use super::doors::{Doors, May};
use super::problem::Problem;
use super::show::{ConversationView, view};
use super::visitor::Visitor;
use crate::desk::Place;

/// The longest message that a customer may write, in characters.
pub const MAX_MESSAGE: usize = 4_000;

/// The doors of a visitor.
pub fn doors() -> Doors {
    Doors::new()
        .get(
            "/api/widget/config",
            May::Anybody("what a chat shows of its company before anybody says who they are"),
            site::config,
        )
        .post(
            "/api/widget/visitors",
            May::Anybody("whoever arrives has no key yet"),
            site::arrive,
        )
        .post(
            "/api/widget/identity",
            May::Anybody("the site's signature is what lets in"),
            identity::identify,
        )
        .get(
            "/api/widget/conversations",
            May::Visitor,
            conversations::list,
        )
        .post(
            "/api/widget/conversations",
            May::Visitor,
            conversations::open,
        )
        .get(
            "/api/widget/conversations/{id}",
            May::Visitor,
            conversations::show,
        )
        .get(
            "/api/widget/conversations/{id}/events",
            May::Visitor,
            conversations::events,
        )
        .post(
            "/api/widget/conversations/{id}/messages",
            May::Visitor,
            conversations::send,
        )
        .wish(
            "/api/widget/conversations/{id}/handoff",
            May::Visitor,
            conversations::request_human,
        )
        .post(
            "/api/widget/conversations/{id}/handoff/cancel",
            May::Visitor,
            conversations::cancel,
        )
        .post(
            "/api/widget/conversations/{id}/email",
            May::Visitor,
            conversations::choose_email,
        )
        .post(
            "/api/widget/conversations/{id}/place",
            May::Visitor,
            place::keep_place,
        )
        .post(
            "/api/widget/return",
            May::Anybody("the signature of the link is what lets in"),
            place::come_back,
        )
        .post(
            "/api/widget/conversations/{id}/attempts/{attempt_id}",
            May::Visitor,
            conversations::judge,
        )
        .post(
            "/api/widget/conversations/{id}/resolve",
            May::Visitor,
            conversations::resolve,
        )
        .post(
            "/api/widget/conversations/{id}/rating",
            May::Visitor,
            conversations::rate,
        )
        .get(
            "/api/widget/articles/{id}",
            May::Anybody("articles are written to be read by customers"),
            site::article,
        )
}

impl App {
    /// A visitor does something that is not the wish for a person; that has no limit.
    pub(super) fn take_turn(&self, visitor: &Visitor) -> Result<(), Problem> {
        let key = format!("visitor {}", visitor.contact_id);
        self.limits
            .take(&key, self.rates.visitor, self.desk.clock.now())
    }

    /// The place of a site key.
    pub(super) async fn place_by_key(&self, site_key: &str) -> Result<Arc<Place>, Problem> {
        let site_key = site_key.to_string();
        let inbox = self
            .desk
            .store
            .read(move |tx| tx.inbox_by_key(&site_key))
            .await?;
        let inbox = inbox.ok_or_else(Problem::not_found)?;
        Ok(self.desk.place(&inbox.workspace_id, &inbox.id).await?)
    }

    /// A conversation, if it is this visitor's.
    pub(super) async fn conversation_of(
        &self,
        visitor: &Visitor,
        id: &ConversationId,
    ) -> Result<Conversation, Problem> {
        let (workspace_id, id) = (visitor.workspace_id.clone(), id.clone());
        let found = self
            .desk
            .store
            .read(move |tx| tx.conversation(&workspace_id, &id))
            .await?;
        found
            .filter(|found| found.contact_id == visitor.contact_id && !found.erased)
            .filter(|found| visitor.opens(found.id.as_str()))
            .ok_or_else(Problem::not_found)
    }

    /// Writes down that the page of a waiting customer is there (P45). A sign that is lost
    /// is followed by another.
    pub(super) async fn see_customer(&self, visitor: &Visitor, id: &ConversationId) {
        let seen = match self.place_of(visitor).await {
            Ok(place) => self.desk.see_customer(place, id.clone()).await,
            Err(_) => return,
        };
        if let Err(error) = seen {
            tracing::debug!(%error, conversation.id = %id, "a sign of life was not written down");
        }
    }

    /// A conversation as its customer sees it.
    pub(super) async fn view_of(
        &self,
        visitor: &Visitor,
        conversation: Conversation,
    ) -> Result<ConversationView, Problem> {
        let (place, now) = (self.place_of(visitor).await?, self.desk.clock.now());
        let line = match conversation.wait() {
            Some(_) => {
                let wanted = Some(&conversation.id);
                Some(self.desk.line(&visitor.workspace_id, wanted).await?)
            }
            None => None,
        };
        Ok(self
            .desk
            .store
            .read(move |tx| view(tx, line.as_deref(), &place, &conversation, now))
            .await?)
    }
}
