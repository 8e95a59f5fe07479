//! The description of the API: OpenAPI, generated from the handlers themselves.

use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;

use super::{App, console, measures, session, v1, widget};

#[derive(OpenApi)]
#[openapi(
    info(title = "Segue", description = "AI-to-human handoff for customer support", license(name = "MIT OR Apache-2.0")),
    paths(
        widget::config, widget::arrive, widget::list, widget::open, widget::show, widget::events, widget::send,
        widget::request_human, widget::cancel, widget::choose_email, widget::judge, widget::resolve, widget::rate,
        widget::article,
        session::sign_in, session::show, session::sign_out, session::show_setup, session::set_up,
        console::set_presence, console::floor, console::list, console::show, console::accept, console::decline,
        console::reply, console::note, console::check_introduction, console::resolve, console::articles,
        console::import, measures::show,
        v1::decisions::decide_once, v1::contacts::create_contact, v1::contacts::list_contacts,
        v1::conversations::create_conversation, v1::conversations::list_conversations,
        v1::conversations::show_conversation, v1::conversations::send_message, v1::conversations::hand_off,
        v1::handoffs::list_handoffs, v1::handoffs::show_handoff, v1::events::list_events, v1::show_metrics,
    ),
    components(schemas(segue_core::event::Event, segue_core::package::Package)),
    tags(
        (name = "v1", description = "The public API. A bearer token from `segue token add`."),
        (name = "widget", description = "What a visitor may do. A visitor's key as bearer token."),
        (name = "console", description = "What an agent may do. A session cookie and X-CSRF-Token."),
    )
)]
struct Description;

/// The OpenAPI document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// The routes of this door.
pub fn routes() -> Router<App> {
    Router::new().route("/openapi.json", get(|| async { Json(openapi()) }))
}
