//! The console's door: the queue, one's conversations, what can be done with them.

pub(super) mod audit;
pub(super) mod conversations;
pub(super) mod decisions;
pub(super) mod floor;
pub(super) mod knowledge;

use axum::extract::DefaultBodyLimit;
use segue_core::access::Permission::{
    Administer, EditKnowledge, ReadAllConversations, SeeMeasures, ServeConversations, UseOwnAccount,
};

use super::doors::{Doors, May};
use super::{measures, session};

/// The largest upload of articles, in bytes.
const ARTICLES_LIMIT: usize = 16 * 1024 * 1024;

/// The routes of this door.
pub fn doors() -> Doors {
    Doors::new()
        .merge(session::doors())
        .post(
            "/api/console/presence",
            May::Agent(UseOwnAccount),
            floor::set_presence,
        )
        .get(
            "/api/console/floor",
            May::Agent(ServeConversations),
            floor::floor,
        )
        .get(
            "/api/console/conversations",
            May::Agent(ReadAllConversations),
            conversations::list,
        )
        .get(
            "/api/console/conversations/{id}",
            May::Agent(ReadAllConversations),
            conversations::show,
        )
        .get(
            "/api/console/conversations/{id}/decisions",
            May::Agent(ReadAllConversations),
            decisions::list,
        )
        .post(
            "/api/console/conversations/{id}/accept",
            May::Agent(ServeConversations),
            conversations::accept,
        )
        .post(
            "/api/console/conversations/{id}/decline",
            May::Agent(ServeConversations),
            conversations::decline,
        )
        .post(
            "/api/console/conversations/{id}/reply",
            May::Agent(ServeConversations),
            conversations::reply,
        )
        .post(
            "/api/console/conversations/{id}/note",
            May::Agent(ServeConversations),
            conversations::note,
        )
        .post(
            "/api/console/conversations/{id}/introduction/check",
            May::Agent(ServeConversations),
            conversations::check_introduction,
        )
        .post(
            "/api/console/conversations/{id}/resolve",
            May::Agent(ServeConversations),
            conversations::resolve,
        )
        .get(
            "/api/console/measures",
            May::Agent(SeeMeasures),
            measures::show,
        )
        .get("/api/console/audit", May::Agent(Administer), audit::list)
}

/// Articles may be larger than other bodies.
pub fn article_doors() -> Doors {
    Doors::new()
        .get(
            "/api/console/articles",
            May::Agent(UseOwnAccount),
            knowledge::articles,
        )
        .post(
            "/api/console/articles",
            May::Agent(EditKnowledge),
            knowledge::import,
        )
        .behind(|router| router.layer(DefaultBodyLimit::max(ARTICLES_LIMIT)))
}
