//! A site vouches for its visitor with a signed token; they get a key to their own
//! conversations. Whatever does not hold leaves them who they were.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use serde::Deserialize;

use super::site::Arrived;
use crate::http::App;
use crate::http::address::Address;
use crate::http::guard::Body;
use crate::http::problem::{Problem, ProblemDocument};
use crate::identity;

/// What a site says of its visitor.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Vouching {
    /// The site key of the script tag.
    inbox: String,
    /// A JWT, signed with HS256 by an identity key of this inbox: `aud` the site key, `sub`
    /// the user's id on the site, `exp` at most 24 hours ahead; `name`, `email`, `plan`,
    /// `vip` and `signed_up_at` where wanted.
    token: String,
}

#[utoipa::path(post, path = "/api/widget/identity", tag = "widget", request_body = Vouching,
    responses((status = 200, body = Arrived), (status = 401, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn identify(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Body(vouching): Body<Vouching>,
) -> Result<Json<Arrived>, Problem> {
    let now = app.desk.clock.now();
    app.limits.take(
        &format!("identify {address}"),
        app.rates.arrivals.times(4.0),
        now,
    )?;
    let place = app.place_by_key(&vouching.inbox).await?;
    app.take_for_workspace(&place.workspace.id)?;
    let (workspace_id, inbox_id) = (place.workspace.id.clone(), place.inbox.id.clone());
    let secrets = app
        .desk
        .store
        .read(move |tx| tx.identity_secrets(&workspace_id, &inbox_id, now))
        .await?;
    let claims = identity::verify(&vouching.token, &secrets, &place.inbox.site_key, now);
    let claims = claims.map_err(|why| Problem::unauthorized(&why.to_string()))?;
    // Who the browser was before, if it was an anonymous visitor of this workspace.
    let before = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let before = match before {
        Some(key) => app.visitor(key).await.ok(),
        None => None,
    };
    let anonymous = before
        .filter(|before| before.workspace_id == place.workspace.id && before.only.is_none())
        .map(|before| before.contact_id);
    let (contact_id, token) = app.desk.identify(place, claims, anonymous).await?;
    Ok(Json(Arrived { token, contact_id }))
}
