//! One conversation after another: opened, taken, answered, resolved.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use segue_core::conversation::{Conversation, Phase};
use segue_core::event::{Disposition, Event, Knowable};
use segue_core::ids::kind::Conversation as ConversationKind;
use segue_core::ids::{AgentId, ConversationId, FileId, TeamId};
use segue_core::introduction::{self, Fault};
use segue_core::package::{Package, shorten};
use segue_core::words::Words;
use segue_store::Agent;
use serde::{Deserialize, Serialize};

use super::floor::{LeaveTo, LeftHow};
use crate::desk::{
    Error, Place, Reply, ReplyChecked, Sent, SimilarShown, Warned, WrapUp, learn, may_see, similar,
};
use crate::http::App;
use crate::http::guard::{Body, PathId, check_client_id, clean_message, clean_text};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;
use crate::http::show::{ContactShown, ConversationView, Item, item, view};

/// The longest reply, in characters.
const MAX_REPLY: usize = 8_000;

/// A conversation, opened.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Detail {
    item: Item,
    view: ConversationView,
    /// What the agent receives, if it was handed over.
    package: Option<Package>,
    /// Conversations about the like, of those that the agent may see, with what solved them.
    similar: Vec<SimilarShown>,
    /// The first message, drafted, until an agent has written.
    introduction: Option<Introduction>,
    contact: ContactShown,
    /// The agent who looks after the customer (P11).
    #[schema(value_type = Option<String>)]
    dedicated_agent_id: Option<AgentId>,
    /// Every event, notes among them.
    events: Vec<Event>,
    through_seq: u64,
}

/// A drafted first message with what is wrong with it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Introduction {
    text: String,
    faults: Vec<Fault>,
    /// Whether a language model chose the words, within the contract.
    by_model: bool,
}

#[utoipa::path(get, path = "/api/console/conversations/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 200, body = Detail), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
) -> Result<Json<Detail>, Problem> {
    app.detail(&signed_in, id).await.map(Json)
}

/// The epoch that the agent has seen.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Epoch {
    pub(super) epoch: u64,
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/accept", tag = "console", params(("id" = String, Path)),
    request_body = Epoch, responses((status = 200, body = Detail), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn accept(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    Body(seen): Body<Epoch>,
) -> Result<Json<Detail>, Problem> {
    let place = app.place_of_conversation(&signed_in, &id).await?;
    app.desk
        .accept(place, id.clone(), signed_in.actor(), seen.epoch)
        .await?;
    metrics::counter!("segue_handoffs_accepted_total").increment(1);
    app.detail(&signed_in, id).await.map(Json)
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/decline", tag = "console", params(("id" = String, Path)),
    responses((status = 204)))]
pub(in crate::http) async fn decline(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
) -> Result<StatusCode, Problem> {
    let place = app.place_of_conversation(&signed_in, &id).await?;
    app.desk.decline(place, id, signed_in.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Words to the customer.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct AgentReply {
    /// The epoch in which the composer was opened.
    epoch: u64,
    /// The sender's own id: 8 to 64 letters, digits, `-` or `_`.
    client_message_id: String,
    /// At most 8,000 characters; may be empty where there are files.
    #[serde(default)]
    text: String,
    /// Files that were sent before under this conversation, at most 5.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    files: Vec<FileId>,
    /// What the guards had said of it, where it is sent all the same (P40, P42).
    #[serde(default)]
    warned: Vec<Warned>,
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/reply", tag = "console", params(("id" = String, Path)),
    request_body = AgentReply, responses((status = 200, body = Sent), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn reply(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    Body(reply): Body<AgentReply>,
) -> Result<Json<Sent>, Problem> {
    let warned = reply.warned;
    let reply = Reply {
        conversation_id: id,
        epoch: Some(reply.epoch),
        client_message_id: reply.client_message_id,
        text: reply.text,
        files: reply.files,
    };
    app.write(signed_in, reply, warned).await
}

/// Words among agents.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Note {
    client_message_id: String,
    #[serde(default)]
    text: String,
    /// Files that were sent before under this conversation, at most 5.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    files: Vec<FileId>,
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/note", tag = "console", params(("id" = String, Path)),
    request_body = Note, responses((status = 200, body = Sent)))]
pub(in crate::http) async fn note(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    Body(note): Body<Note>,
) -> Result<Json<Sent>, Problem> {
    let note = Reply {
        conversation_id: id,
        epoch: None,
        client_message_id: note.client_message_id,
        text: note.text,
        files: note.files,
    };
    app.write(signed_in, note, vec![]).await
}

/// A text to be checked.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct DraftText {
    text: String,
}

/// What is wrong with it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Faults {
    faults: Vec<Fault>,
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/introduction/check", tag = "console",
    params(("id" = String, Path)), request_body = DraftText, responses((status = 200, body = Faults)))]
pub(in crate::http) async fn check_introduction(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    Body(draft): Body<DraftText>,
) -> Result<Json<Faults>, Problem> {
    let conversation = app.conversation_seen(&signed_in, &id).await?;
    let workspace_id = signed_in.agent.workspace_id.clone();
    let handoffs = app
        .desk
        .store
        .read(move |tx| tx.handoffs(&workspace_id, Some(&id), None, 1));
    let handoff = handoffs.await?.pop();
    let package = handoff.and_then(|handoff| handoff.package);
    let package = package.ok_or_else(Problem::not_found)?;
    let faults = introduction::check(
        &draft.text,
        Words::of(&conversation.language),
        &package,
        &signed_in.agent.name,
    );
    Ok(Json(Faults { faults }))
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/draft-checks", tag = "console",
    params(("id" = String, Path)), request_body = DraftText, responses((status = 200, body = ReplyChecked)))]
pub(in crate::http) async fn check_draft(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    Body(draft): Body<DraftText>,
) -> Result<Json<ReplyChecked>, Problem> {
    app.conversation_seen(&signed_in, &id).await?;
    let workspace_id = &signed_in.agent.workspace_id;
    let checked = app.desk.check_draft(workspace_id, &id, draft.text).await?;
    Ok(Json(checked))
}

/// How it ended.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Resolution {
    epoch: u64,
    disposition: Disposition,
    /// Whether the assistant could have known, if the agent says so.
    knowable: Option<Knowable>,
    note: Option<String>,
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/resolve", tag = "console", params(("id" = String, Path)),
    request_body = Resolution, responses((status = 200, body = ConversationView)))]
pub(in crate::http) async fn resolve(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    Body(resolution): Body<Resolution>,
) -> Result<Json<ConversationView>, Problem> {
    let note = match &resolution.note {
        Some(note) if !note.trim().is_empty() => Some(clean_text(note, MAX_REPLY)?),
        _ => None,
    };
    let place = app.place_of_conversation(&signed_in, &id).await?;
    let now = app.desk.clock.now();
    let conversation = app
        .desk
        .resolve(
            place.clone(),
            id,
            signed_in.actor(),
            resolution.epoch,
            WrapUp {
                disposition: resolution.disposition,
                knowable: resolution.knowable,
                note,
            },
        )
        .await?;
    Ok(Json(
        app.desk
            .store
            .read(move |tx| view(tx, None, &place, &conversation, now))
            .await?,
    ))
}

/// An agent lets go of a conversation.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Release {
    /// The epoch that the console has seen.
    epoch: u64,
    /// `queue`, `colleague`, `team` or `email`; `close` is what resolving does.
    to: LeaveTo,
    /// The colleague.
    #[schema(value_type = Option<String>)]
    agent_id: Option<AgentId>,
    /// The team.
    #[schema(value_type = Option<String>)]
    team_id: Option<TeamId>,
    /// What they must know, if there is something.
    note: Option<String>,
    /// How it ended, where it is closed.
    disposition: Option<Disposition>,
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/release", tag = "console", params(("id" = String, Path)),
    request_body = Release, responses((status = 200, body = ConversationView)))]
pub(in crate::http) async fn release(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    Body(release): Body<Release>,
) -> Result<Json<ConversationView>, Problem> {
    let place = app.place_of_conversation(&signed_in, &id).await?;
    let left = LeftHow {
        conversation_id: id.clone(),
        to: release.to,
        agent_id: release.agent_id,
        team_id: release.team_id,
        note: release.note,
        disposition: release.disposition,
    };
    let (actor, now) = (signed_in.actor(), app.desk.clock.now());
    app.desk.release(actor, left.read()?, release.epoch).await?;
    let shown = app.desk.store.read(move |tx| {
        let workspace_id = &place.workspace.id;
        let found = tx.conversation(workspace_id, &id)?.ok_or(Error::NotFound)?;
        view(tx, None, &place, &found, now)
    });
    Ok(Json(shown.await?))
}

impl App {
    async fn write(
        &self,
        signed_in: SignedIn,
        mut reply: Reply,
        warned: Vec<Warned>,
    ) -> Result<Json<Sent>, Problem> {
        check_client_id(&reply.client_message_id)?;
        reply.text = clean_message(&reply.text, MAX_REPLY, !reply.files.is_empty())?;
        let place = self
            .place_of_conversation(&signed_in, &reply.conversation_id)
            .await?;
        let (desk, actor) = (&self.desk, signed_in.actor());
        Ok(Json(desk.reply_despite(place, actor, reply, warned).await?))
    }

    /// A conversation of the agent's workspace that they may see (attack case 19): what
    /// another team answers for is not there for them.
    pub(in crate::http) async fn conversation_seen(
        &self,
        signed_in: &SignedIn,
        id: &ConversationId,
    ) -> Result<Conversation, Problem> {
        let (agent, id) = (signed_in.agent.clone(), id.clone());
        let now = self.desk.clock.now();
        let found = self.desk.store.read(move |tx| {
            let found = tx.conversation(&agent.workspace_id, &id)?;
            let found = found.ok_or(Error::NotFound)?;
            if may_see(tx, &agent, &found, now)? {
                Ok(found)
            } else {
                Err(Error::NotFound)
            }
        });
        Ok(found.await?)
    }

    /// The place of a conversation that the agent may see.
    pub(in crate::http) async fn place_of_conversation(
        &self,
        signed_in: &SignedIn,
        id: &ConversationId,
    ) -> Result<Arc<Place>, Problem> {
        let conversation = self.conversation_seen(signed_in, id).await?;
        Ok(self
            .desk
            .place(&signed_in.agent.workspace_id, &conversation.inbox_id)
            .await?)
    }

    pub(super) async fn detail(
        &self,
        signed_in: &SignedIn,
        id: ConversationId,
    ) -> Result<Detail, Problem> {
        let place = self.place_of_conversation(signed_in, &id).await?;
        let (now, agent) = (self.desk.clock.now(), signed_in.agent.clone());
        let detail = self
            .desk
            .store
            .read(move |tx| {
                let workspace_id = &place.workspace.id;
                let listed = tx.listed(workspace_id, &id)?.ok_or(Error::NotFound)?;
                let item = item(tx, &listed, now)?;
                let mut package = tx
                    .handoffs(workspace_id, Some(&id), None, 1)?
                    .pop()
                    .and_then(|handoff| handoff.package);
                // Who asked for a person first and wrote after that has an issue too.
                if let Some(package) = package.as_mut().filter(|p| p.assessment.issue.is_empty()) {
                    let first = tx.first_customer_text(workspace_id, &id)?;
                    package.assessment.issue = shorten(&first.unwrap_or_default(), 200);
                }
                let replied = matches!(
                    &listed.conversation.phase,
                    Phase::Served {
                        replied_at: Some(_),
                        ..
                    } | Phase::Resolved { .. }
                );
                let introduction = package
                    .as_ref()
                    .filter(|_| !replied)
                    .map(|package| introduction(&place, &listed.conversation, package, &agent));
                let similar = match &package {
                    Some(package) => similar(tx, workspace_id, Some(&agent), package, now)?,
                    None => vec![],
                };
                if let Some(package) = &mut package {
                    learn(package, &similar);
                }
                let events = tx.events(workspace_id, &id, 0, 5_000)?;
                Ok::<_, Error>(Detail {
                    dedicated_agent_id: tx.dedicated_agent(workspace_id, &item.contact.id)?,
                    contact: item.contact.clone(),
                    view: view(tx, None, &place, &listed.conversation, now)?,
                    through_seq: events.last().map_or(0, |event| event.seq),
                    item,
                    package,
                    similar,
                    introduction,
                    events,
                })
            })
            .await?;
        Ok(detail)
    }
}

/// The first message: a model's words where they keep the contract, else the template's.
fn introduction(
    place: &Place,
    conversation: &Conversation,
    package: &Package,
    agent: &Agent,
) -> Introduction {
    let words = Words::of(&conversation.language);
    let better = package.introduction.as_ref();
    let better = better.filter(|better| {
        let is_mine = better.agent_id == agent.id;
        is_mine && introduction::check(&better.text, words, package, &agent.name).is_empty()
    });
    if let Some(better) = better {
        return Introduction {
            text: better.text.clone(),
            faults: vec![],
            by_model: true,
        };
    }
    let tone = place.workspace.settings.tone(&place.inbox.id);
    let text = introduction::draft(tone, words, package, &agent.name, &place.workspace.name);
    let faults = introduction::check(&text, words, package, &agent.name);
    Introduction {
        text,
        faults,
        by_model: false,
    }
}
