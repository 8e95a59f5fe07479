//! `POST /api/v1/decisions`: should this be handed over? Nothing is stored.

use axum::Json;
use axum::extract::State;
use segue_core::decide::{Customer, Decision, EarlierContact};
use segue_core::event::Role;
use segue_core::time::Timestamp;
use serde::Deserialize;

use super::Caller;
use crate::desk::Transcript;
use crate::http::App;
use crate::http::guard::Body;
use crate::http::problem::{Problem, ProblemDocument};

/// A transcript and facts; nothing is stored.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct DecisionRequest {
    /// The instant to decide at; now if absent.
    now: Option<Timestamp>,
    /// The customer.
    #[serde(default)]
    contact: ContactFacts,
    /// Their earlier conversations.
    #[serde(default)]
    prior_conversations: Vec<PriorConversation>,
    /// The transcript; the decision is asked at the last message, the customer's.
    messages: Vec<TranscriptMessage>,
}

/// What is known of a customer.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct ContactFacts {
    /// `free`, `team`, `business` or `enterprise`.
    plan: String,
    vip: bool,
    signed_up_at: Option<Timestamp>,
}

/// An earlier conversation.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct PriorConversation {
    subject: String,
    closed_at: Timestamp,
}

/// A message of a transcript.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct TranscriptMessage {
    /// `customer`, `assistant` (or `ai`), `agent` or `system`.
    role: Role,
    text: String,
}

#[utoipa::path(post, path = "/api/v1/decisions", tag = "v1", request_body = DecisionRequest,
    responses((status = 200, body = Decision), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn decide_once(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<DecisionRequest>,
) -> Result<Json<Decision>, Problem> {
    let transcript = Transcript {
        customer: Customer {
            plan: asked.contact.plan,
            vip: asked.contact.vip,
            signed_up_at: asked.contact.signed_up_at,
            same_issue: vec![],
        },
        prior: asked
            .prior_conversations
            .into_iter()
            .map(|prior| EarlierContact {
                subject: prior.subject,
                closed_at: prior.closed_at,
            })
            .collect(),
        lines: asked
            .messages
            .into_iter()
            .map(|message| (message.role, message.text))
            .collect(),
    };
    let place = app.first_place(&caller.workspace_id).await?;
    Ok(Json(app.desk.advise(place, transcript, asked.now).await?))
}
