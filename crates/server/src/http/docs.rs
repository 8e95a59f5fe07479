//! The description of the API: OpenAPI, generated from the handlers themselves.

use axum::Json;
use utoipa::OpenApi;

use super::doors::{Doors, May};
use super::{console, files, inboxes, links, measures, search, session, v1, webhooks, widget};

#[derive(OpenApi)]
#[openapi(
    info(title = "Segue", description = "AI-to-human handoff for customer support", license(name = "MIT OR Apache-2.0")),
    paths(
        widget::site::config, widget::site::arrive, widget::site::article, widget::conversations::list,
        widget::conversations::open, widget::conversations::show, widget::conversations::events,
        widget::conversations::send, widget::conversations::request_human, widget::conversations::cancel,
        widget::conversations::choose_email, widget::place::keep_place, widget::place::come_back, widget::conversations::judge, widget::conversations::resolve,
        widget::conversations::rate,
        widget::identity::identify, console::account::list, console::account::end_all, console::account::end_one,
        console::account::change_password, links::show, links::join, links::renew_password, links::ask_reset,
        console::agents::list, console::agents::change, console::agents::add_reset_link, console::agents::add_join_link,
        console::agents::drop_join_link, console::keys::list_tokens, console::keys::add_token, console::keys::revoke_token,
        console::keys::list_identity_keys, console::keys::add_identity_key, console::keys::end_identity_key,
        console::keys::drop_identity_key,
        console::lab::show, console::lab::switch, console::lab::check, console::lab::version, console::lab::roll_back,
        console::lab::verdicts, console::lab::begin, console::lab::trial, console::lab::end,
        console::teams::list, console::teams::add, console::teams::change, console::teams::remove,
        console::teams::set_routing, console::teams::set_dedicated,
        session::sign_in, session::show, session::sign_out, session::show_setup, session::set_up,
        console::floor::set_presence, console::floor::floor, console::lists::list,
        console::conversations::show, console::conversations::accept, console::conversations::decline,
        console::conversations::reply, console::conversations::note, console::conversations::check_introduction, console::conversations::check_draft,
        console::conversations::resolve, console::conversations::release,
        console::hands::transfer, console::hands::hand_back, console::hands::take_over,
        console::people::export, console::people::erase, console::decisions::list, console::knowledge::articles, console::knowledge::import, measures::show,
        measures::behind::show, measures::load::show, measures::product::show, measures::table::download,
        console::gaps::list, console::gaps::draft, console::gaps::draft_from, console::gaps::change, console::gaps::approve, console::gaps::drop_it,
        console::conversations_sheet::download,
        console::audit::list, console::audit::download, console::contacts::find, console::contacts::show, search::search_as_agent, console::helpful::list,
        console::canned::list, console::canned::add, console::canned::change, console::canned::remove,
        files::send_as_visitor, files::send_as_agent, files::send_as_program, files::show_to_visitor,
        files::show_to_agent, files::show_to_program, files::remove_as_visitor, files::remove_as_agent,
        console::look_up::list, console::look_up::change, console::look_up::forget, console::look_up::test,
        console::look_up::set_tone, console::look_up::again,
        inboxes::list, inboxes::add, inboxes::change, inboxes::list_as_program, inboxes::add_as_program,
        inboxes::change_as_program,
        webhooks::list, webhooks::add, webhooks::change, webhooks::remove, webhooks::renew_secret, webhooks::test,
        webhooks::deliveries, webhooks::send_again, webhooks::list_as_program, webhooks::add_as_program,
        webhooks::change_as_program, webhooks::remove_as_program, webhooks::renew_secret_as_program,
        webhooks::deliveries_as_program, webhooks::send_again_as_program,
        v1::contacts::show_contact, v1::contacts::change_attributes, v1::contacts::add_events, v1::contacts::list_events,
        console::knowledge::import_addresses, console::knowledge::article, console::knowledge::write,
        console::knowledge::edit, console::knowledge::delete, console::knowledge::restore,
        console::first_steps::show, console::first_steps::dismiss, console::first_steps::go_live,
        console::company::show, console::company::change, console::retention::show, console::retention::change, console::hours::show, console::hours::preview,
        console::hours::change, console::mail::show, console::mail::change, console::mail::forget,
        console::mail::test, console::mailbox::show, console::mailbox::change, console::mailbox::forget,
        console::mailbox::test, console::mailbox::make_hook, v1::mail::hand_in, console::trial::try_question,
        v1::decisions::decide_once, v1::contacts::create_contact, v1::contacts::list_contacts,
        v1::contacts::export_contact, v1::contacts::erase_contact,
        v1::dedicated::show_dedicated, v1::dedicated::give_dedicated,
        v1::conversations::create_conversation, v1::conversations::list_conversations,
        v1::conversations::show_conversation, v1::conversations::send_message, v1::conversations::hand_off,
        v1::hands::take_over, v1::hands::transfer, v1::hands::hand_back, v1::hands::resolve,
        v1::handoffs::list_handoffs, v1::handoffs::show_handoff, v1::events::list_events, search::search_as_program, v1::show_metrics,
    ),
    components(schemas(segue_core::audit::Action, console::audit::AuditFormat, segue_core::event::Event, segue_core::package::Package, segue_core::measure::Behind, measures::table::Lines, crate::channels::webhook::Told)),
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

/// The door of the description.
pub fn doors() -> Doors {
    let who = May::Anybody("the API is public knowledge");
    Doors::new().get("/openapi.json", who, || async { Json(openapi()) })
}
