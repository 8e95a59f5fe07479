//! What a widget needs of its site: settings, a visitor's key, the articles it cites.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use segue_core::file::FILES_IN_MESSAGE;
use segue_core::ids::ContactId;
use segue_core::ids::kind::Article as ArticleKind;
use segue_core::queue::Needs;
use segue_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::MAX_MESSAGE;
use crate::desk::{
    Error, FILE_BYTES, Staffing, aimed_response_hours, staffing, stated_response_hours,
};
use crate::http::App;
use crate::http::address::Address;
use crate::http::guard::{Body, PathId};
use crate::http::problem::{Problem, ProblemDocument};

/// Which inbox.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct InboxQuery {
    /// The site key of the script tag.
    inbox: String,
}

/// What the widget must know before anybody says anything.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WidgetConfig {
    company: String,
    brand_color: String,
    /// Whether answers can be sent by e-mail.
    email_enabled: bool,
    /// The hours within which an answer by e-mail can be expected, or is aimed at.
    reply_by_email_hours: u32,
    max_message_length: usize,
    /// The largest file, in bytes.
    max_file_bytes: u64,
    /// The most files in one message.
    max_files: usize,
    /// `open`, `closed` or `nobody_online`.
    staffed: String,
    opens_at: Option<Timestamp>,
}

#[utoipa::path(get, path = "/api/widget/config", tag = "widget", params(InboxQuery),
    responses((status = 200, body = WidgetConfig), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn config(
    State(app): State<App>,
    Address(address): Address,
    Query(query): Query<InboxQuery>,
) -> Result<Json<WidgetConfig>, Problem> {
    app.take_page(&address)?;
    let place = app.place_by_key(&query.inbox).await?;
    let (here, now) = (place.clone(), app.desk.clock.now());
    let staffing = app
        .desk
        .store
        .read(move |tx| {
            let stated = stated_response_hours(tx, &here, now)?;
            Ok::<_, Error>((staffing(tx, &here, &Needs::default(), now)?, stated))
        })
        .await?;
    let (staffing, stated) = staffing;
    let (staffed, opens_at) = match staffing {
        Staffing::Open => ("open", None),
        Staffing::NobodyOnline => ("nobody_online", None),
        Staffing::Closed(opens_at) => ("closed", opens_at),
    };
    Ok(Json(WidgetConfig {
        company: place.workspace.name.clone(),
        brand_color: place.workspace.settings.brand_color.clone(),
        email_enabled: place.mail,
        reply_by_email_hours: stated
            .unwrap_or_else(|| aimed_response_hours(&place))
            .max(1),
        max_message_length: MAX_MESSAGE,
        max_file_bytes: FILE_BYTES,
        max_files: FILES_IN_MESSAGE,
        staffed: staffed.into(),
        opens_at,
    }))
}

/// A visitor arrives.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Arrival {
    /// The site key of the script tag.
    inbox: String,
}

/// The visitor's key, shown this once.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct Arrived {
    /// Send it as a bearer token.
    pub token: String,
    /// Who they are.
    #[schema(value_type = String)]
    pub contact_id: ContactId,
}

#[utoipa::path(post, path = "/api/widget/visitors", tag = "widget", request_body = Arrival,
    responses((status = 201, body = Arrived), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn arrive(
    State(app): State<App>,
    Address(address): Address,
    Body(arrival): Body<Arrival>,
) -> Result<impl IntoResponse, Problem> {
    app.limits.take(
        &format!("arrive {address}"),
        app.rates.arrivals,
        app.desk.clock.now(),
    )?;
    let place = app.place_by_key(&arrival.inbox).await?;
    app.take_for_workspace(&place.workspace.id)?;
    let (contact_id, token) = app.desk.arrive(place).await?;
    Ok((StatusCode::CREATED, Json(Arrived { token, contact_id })))
}

/// An article to read in the widget.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ArticleShown {
    id: String,
    title: String,
    /// Markdown.
    text: String,
}

#[utoipa::path(get, path = "/api/widget/articles/{id}", tag = "widget", params(("id" = String, Path), InboxQuery),
    responses((status = 200, body = ArticleShown)))]
pub(in crate::http) async fn article(
    State(app): State<App>,
    Address(address): Address,
    PathId(id): PathId<ArticleKind>,
    Query(query): Query<InboxQuery>,
) -> Result<Json<ArticleShown>, Problem> {
    app.take_page(&address)?;
    let place = app.place_by_key(&query.inbox).await?;
    let article = app
        .desk
        .store
        .read(move |tx| tx.article(&place.workspace.id, &id))
        .await?;
    let article = article.ok_or_else(Problem::not_found)?;
    Ok(Json(ArticleShown {
        id: article.id.to_string(),
        title: article.title,
        text: article.text,
    }))
}

impl App {
    /// Somebody without a key reads what a site shows to everybody.
    fn take_page(&self, address: &str) -> Result<(), Problem> {
        let (key, now) = (format!("page {address}"), self.desk.clock.now());
        self.limits.take(&key, self.rates.pages, now)
    }
}
