//! The kept place: left by a waiting customer, and taken up again by the link of a mail.

use axum::Json;
use axum::extract::State;
use segue_core::ids::kind::Conversation as ConversationKind;
use segue_core::ids::{ContactId, ConversationId};
use serde::{Deserialize, Serialize};

use super::conversations::EmailChoice;
use crate::http::App;
use crate::http::address::Address;
use crate::http::guard::{Body, PathId, clean_text};
use crate::http::limits::Rate;
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::show::ConversationView;
use crate::http::visitor::Visitor;

/// Places kept from one address: each brings a mail to whomever the customer names.
const FROM_ADDRESS: Rate = Rate {
    burst: 20.0,
    per_second: 0.04,
};

#[utoipa::path(post, path = "/api/widget/conversations/{id}/place", tag = "widget", params(("id" = String, Path)),
    request_body = EmailChoice, responses((status = 200, body = ConversationView), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn keep_place(
    State(app): State<App>,
    visitor: Visitor,
    Address(address): Address,
    PathId(id): PathId<ConversationKind>,
    Body(choice): Body<EmailChoice>,
) -> Result<Json<ConversationView>, Problem> {
    app.take_turn(&visitor)?;
    let key = format!("places from {address}");
    app.limits.take(&key, FROM_ADDRESS, app.desk.clock.now())?;
    let place = app.place_of(&visitor).await?;
    let email = clean_text(&choice.email, 254)?;
    let kept = app
        .desk
        .keep_place(place, id, visitor.contact_id.clone(), email);
    let conversation = kept.await?;
    Ok(Json(app.view_of(&visitor, conversation).await?))
}

/// What a link says.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Return {
    /// The site key of the inbox.
    inbox: String,
    /// What stood behind `back=`.
    link: String,
}

/// A key to one conversation.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Returned {
    /// Send it as a bearer token; it counts for a day.
    token: String,
    /// Which conversation.
    #[schema(value_type = String)]
    conversation_id: ConversationId,
    /// Whose.
    #[schema(value_type = String)]
    contact_id: ContactId,
}

#[utoipa::path(post, path = "/api/widget/return", tag = "widget", request_body = Return,
    responses((status = 200, body = Returned), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn come_back(
    State(app): State<App>,
    Address(address): Address,
    Body(back): Body<Return>,
) -> Result<Json<Returned>, Problem> {
    let key = format!("return {address}");
    let rate = app.rates.arrivals.times(4.0);
    app.limits.take(&key, rate, app.desk.clock.now())?;
    let place = app.place_by_key(&back.inbox).await?;
    app.take_for_workspace(&place.workspace.id)?;
    let (conversation_id, contact_id, token) = app.desk.come_back(place, &back.link).await?;
    Ok(Json(Returned {
        token,
        conversation_id,
        contact_id,
    }))
}
