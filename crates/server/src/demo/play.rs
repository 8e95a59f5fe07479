//! Simulated customers of different moods, sent at the press of a button.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use segue_core::conversation::Owner;
use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::time::DAY_MS;
use segue_core::words::Words;
use serde::Deserialize;

use super::Demo;
use crate::desk::{Desk, Error, Inbound, Place};
use crate::http::{App, Problem};

/// A simulated customer.
#[derive(Clone, Deserialize)]
pub(super) struct Customer {
    name: String,
    email: String,
    plan: String,
    vip: bool,
    signed_up_days_ago: i64,
    language: String,
    turns: Vec<String>,
}

/// Customers sent at one press of the button.
const AT_ONCE: usize = 3;

pub(super) async fn send_customers(
    State(app): State<App>,
    Extension(demo): Extension<Arc<Demo>>,
) -> Result<Response, Problem> {
    if demo.customers.is_empty() {
        return Err(Problem::not_found());
    }
    let first = demo.next.fetch_add(AT_ONCE, Ordering::Relaxed);
    let mut names = Vec::new();
    for n in first..first + AT_ONCE {
        let customer = demo.customers[n % demo.customers.len()].clone();
        names.push(customer.name.clone());
        let (desk, place) = (app.desk.clone(), demo.place.clone());
        let patience = Duration::from_millis(600 * (n - first) as u64);
        tokio::spawn(async move {
            tokio::time::sleep(patience).await;
            if let Err(error) = play(&desk, place, customer).await {
                tracing::warn!(%error, "a simulated customer stumbled");
            }
        });
    }
    Ok((
        StatusCode::ACCEPTED,
        Json(serde_json::json!({ "customers": names })),
    )
        .into_response())
}

/// Plays a customer: says each line after the assistant has answered the one before.
async fn play(desk: &Desk, place: Arc<Place>, customer: Customer) -> Result<(), Error> {
    let (contact_id, _) = desk.arrive(place.clone()).await?;
    let (workspace_id, id, known) = (
        place.workspace.id.clone(),
        contact_id.clone(),
        customer.clone(),
    );
    let now = desk.clock.now();
    desk.store
        .write(move |tx| {
            let mut contact = tx.contact(&workspace_id, &id)?.ok_or(Error::NotFound)?;
            contact.person.name = Some(known.name.clone());
            contact.person.email = Some(known.email.clone());
            contact.plan = known.plan.clone();
            contact.vip = known.vip;
            contact.signed_up_at = Some(now.plus(-known.signed_up_days_ago * DAY_MS));
            Ok::<_, Error>(tx.update_contact(&contact)?)
        })
        .await?;
    let language = Words::of(&customer.language).language.to_string();
    let conversation = desk
        .open(place.clone(), contact_id.clone(), language)
        .await?;
    for (n, text) in customer.turns.iter().enumerate() {
        let inbound = Inbound {
            conversation_id: conversation.id.clone(),
            contact_id: contact_id.clone(),
            client_message_id: format!("simulated-{n}"),
            text: text.clone(),
            files: vec![],
        };
        let heard = desk.receive(place.clone(), inbound).await?;
        if !answered(desk, &place.workspace.id, &conversation.id, heard.seq).await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    Ok(())
}

/// Waits for the assistant's words after `seq`; `false` once somebody else owns it.
async fn answered(
    desk: &Desk,
    workspace_id: &WorkspaceId,
    id: &ConversationId,
    seq: u64,
) -> Result<bool, Error> {
    for _ in 0..100 {
        let (workspace_id, id) = (workspace_id.clone(), id.clone());
        let conversation = desk
            .store
            .read(move |tx| tx.conversation(&workspace_id, &id)?.ok_or(Error::NotFound))
            .await?;
        if conversation.owner() != Owner::Assistant {
            return Ok(false);
        }
        if conversation.seq > seq {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(true)
}
