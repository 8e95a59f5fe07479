//! The console's door: the queue, one's conversations, what can be done with them.

use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use segue_core::access::Permission;
use segue_core::conversation::Phase;
use segue_core::event::{Disposition, Event};
use segue_core::ids::kind::Conversation as ConversationKind;
use segue_core::ids::{ArticleId, ConversationId};
use segue_core::introduction::{self, Fault};
use segue_core::package::Package;
use segue_core::queue;
use segue_core::time::{MINUTE_MS, Timestamp};
use segue_core::words::Words;
use segue_store::{Article, Presence, View};
use serde::{Deserialize, Serialize};

use super::App;
use super::guard::{Body, PathId, check_client_id, clean_text};
use super::problem::Problem;
use super::session::SignedIn;
use super::show::{ContactShown, ConversationView, Item, item, view};
use crate::desk::{Error, Reply, Sent};

/// The longest reply, in characters.
const MAX_REPLY: usize = 8_000;
/// The largest upload of articles, in bytes.
const ARTICLES_LIMIT: usize = 16 * 1024 * 1024;

/// The routes of this door.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(super::session::routes())
        .route("/api/console/presence", post(set_presence))
        .route("/api/console/floor", get(floor))
        .route("/api/console/conversations", get(list))
        .route("/api/console/conversations/{id}", get(show))
        .route("/api/console/conversations/{id}/accept", post(accept))
        .route("/api/console/conversations/{id}/decline", post(decline))
        .route("/api/console/conversations/{id}/reply", post(reply))
        .route("/api/console/conversations/{id}/note", post(note))
        .route(
            "/api/console/conversations/{id}/introduction/check",
            post(check_introduction),
        )
        .route("/api/console/conversations/{id}/resolve", post(resolve))
        .route("/api/console/measures", get(super::measures::show))
}

/// Articles may be larger than other bodies.
pub fn article_routes() -> Router<App> {
    Router::new()
        .route("/api/console/articles", get(articles).post(import))
        .layer(DefaultBodyLimit::max(ARTICLES_LIMIT))
}

/// What an agent says of themselves.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct PresenceChange {
    /// `online`, `away` or `offline`.
    #[schema(value_type = String)]
    presence: Presence,
    /// Going offline: give open conversations back to the queue.
    #[serde(default)]
    give_back: bool,
}

/// An agent's own state.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Me {
    #[schema(value_type = String)]
    presence: Presence,
    busy: i64,
    capacity: i64,
}

#[utoipa::path(post, path = "/api/console/presence", tag = "console", request_body = PresenceChange,
    responses((status = 200, body = Me), (status = 409, body = super::problem::ProblemDocument)))]
pub(super) async fn set_presence(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(change): Body<PresenceChange>,
) -> Result<Json<Me>, Problem> {
    app.desk
        .set_presence(signed_in.actor(), change.presence, change.give_back)
        .await?;
    let agent = signed_in.agent;
    let found = app
        .desk
        .store
        .read(move |tx| tx.agent(&agent.workspace_id, &agent.id))
        .await?;
    let agent = found.ok_or_else(Problem::not_found)?;
    Ok(Json(Me {
        presence: agent.presence,
        busy: agent.busy,
        capacity: agent.capacity,
    }))
}

/// All that the left side of the console shows.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Floor {
    me: Me,
    /// Proposed to me.
    invitations: Vec<Item>,
    /// In the order in which they will be served.
    queue: Vec<Item>,
    mine: Vec<Item>,
    agents: Vec<Colleague>,
    alarms: Vec<Alarm>,
}

/// Another agent.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Colleague {
    id: String,
    name: String,
    #[schema(value_type = String)]
    presence: Presence,
    busy: i64,
    capacity: i64,
}

/// Something that someone should act on.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Alarm {
    /// `reply_overdue` or `long_wait`.
    kind: String,
    #[schema(value_type = String)]
    conversation_id: ConversationId,
    /// Minutes late, or waited.
    minutes: i64,
    /// Whose it is, in words.
    text: String,
}

/// A wait in business hours that alarms the lead (P43).
const LONG_WAIT_MS: i64 = 15 * MINUTE_MS;

#[utoipa::path(get, path = "/api/console/floor", tag = "console", responses((status = 200, body = Floor)))]
pub(super) async fn floor(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<Floor>, Problem> {
    signed_in.must(Permission::ServeConversations)?;
    let now = app.desk.clock.now();
    let floor = app
        .desk
        .store
        .read(move |tx| {
            let (workspace_id, me) = (&signed_in.agent.workspace_id, &signed_in.agent.id);
            let agents = tx.agents(workspace_id)?;
            let mut waiting = tx.waiting(workspace_id)?;
            queue::order(&mut waiting);
            let listed = tx.list_conversations(workspace_id, &View::Queue, None, 200)?;
            let mut queue = Vec::with_capacity(listed.len());
            for listed in &listed {
                queue.push(item(tx, listed, now)?);
            }
            let place =
                |item: &Item| queue::position(&waiting, &item.conversation_id).unwrap_or(u32::MAX);
            queue.sort_by_key(place);
            let mut mine = Vec::new();
            for listed in
                &tx.list_conversations(workspace_id, &View::Agent(me.clone()), None, 100)?
            {
                mine.push(item(tx, listed, now)?);
            }
            let my_row = agents
                .iter()
                .find(|agent| agent.id == *me)
                .ok_or(Error::NotFound)?;
            Ok::<_, Error>(Floor {
                me: Me {
                    presence: my_row.presence,
                    busy: my_row.busy,
                    capacity: my_row.capacity,
                },
                invitations: queue
                    .iter()
                    .filter(|item| item.invited_agent_id.as_ref() == Some(me))
                    .cloned()
                    .collect(),
                alarms: queue
                    .iter()
                    .chain(&mine)
                    .filter_map(|item| alarm(item, now))
                    .collect(),
                queue,
                mine,
                agents: agents.into_iter().map(colleague).collect(),
            })
        })
        .await?;
    Ok(Json(floor))
}

fn colleague(agent: segue_store::Agent) -> Colleague {
    Colleague {
        id: agent.id.to_string(),
        name: agent.name,
        presence: agent.presence,
        busy: agent.busy,
        capacity: agent.capacity,
    }
}

fn alarm(item: &Item, now: Timestamp) -> Option<Alarm> {
    let name = item
        .contact
        .name
        .clone()
        .unwrap_or_else(|| item.subject.clone());
    let alarm = |kind: &str, minutes: i64| Alarm {
        kind: kind.into(),
        conversation_id: item.conversation_id.clone(),
        minutes,
        text: name.clone(),
    };
    if let Some(due_at) = item.reply_due_at {
        // An overdue answer moves its due time a day on, so look at the wait as well.
        let promised_at = due_at.min(
            item.queued_at
                .map_or(due_at, |at| at.plus(24 * 60 * MINUTE_MS)),
        );
        return (promised_at < now)
            .then(|| alarm("reply_overdue", now.since(promised_at) / MINUTE_MS));
    }
    let waited_ms = item.queued_at.map_or(0, |at| now.since(at));
    (waited_ms > LONG_WAIT_MS).then(|| alarm("long_wait", waited_ms / MINUTE_MS))
}

/// Which list.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct ListQuery {
    /// `mine`, `queue` or `all`.
    #[serde(default)]
    view: String,
    /// The last one seen, for the next page of `all`.
    #[param(value_type = Option<String>)]
    before: Option<ConversationId>,
}

/// A page of a list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Items {
    items: Vec<Item>,
    #[schema(value_type = Option<String>)]
    next_before: Option<ConversationId>,
}

/// Items on a page.
const PAGE: i64 = 50;

#[utoipa::path(get, path = "/api/console/conversations", tag = "console", params(ListQuery),
    responses((status = 200, body = Items)))]
pub(super) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<ListQuery>,
) -> Result<Json<Items>, Problem> {
    signed_in.must(Permission::ReadAllConversations)?;
    let now = app.desk.clock.now();
    let items = app
        .desk
        .store
        .read(move |tx| {
            let listing = match query.view.as_str() {
                "mine" => View::Agent(signed_in.agent.id.clone()),
                "queue" => View::Queue,
                _ => View::All,
            };
            let listed = tx.list_conversations(
                &signed_in.agent.workspace_id,
                &listing,
                query.before.as_ref(),
                PAGE,
            )?;
            listed
                .iter()
                .map(|listed| item(tx, listed, now))
                .collect::<Result<Vec<_>, Error>>()
        })
        .await?;
    let next_before = items
        .last()
        .filter(|_| items.len() as i64 == PAGE)
        .map(|item| item.conversation_id.clone());
    Ok(Json(Items { items, next_before }))
}

/// A conversation, opened.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Detail {
    item: Item,
    view: ConversationView,
    /// What the agent receives, if it was handed over.
    package: Option<Package>,
    /// The first message, drafted, until an agent has written.
    introduction: Option<Introduction>,
    contact: ContactShown,
    /// Every event, notes among them.
    events: Vec<Event>,
    through_seq: u64,
}

/// A drafted first message with what is wrong with it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Introduction {
    text: String,
    faults: Vec<Fault>,
}

#[utoipa::path(get, path = "/api/console/conversations/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 200, body = Detail), (status = 404, body = super::problem::ProblemDocument)))]
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
) -> Result<Json<Detail>, Problem> {
    signed_in.must(Permission::ReadAllConversations)?;
    app.detail(&signed_in, id).await.map(Json)
}

/// The epoch that the agent has seen.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Epoch {
    epoch: u64,
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/accept", tag = "console", params(("id" = String, Path)),
    request_body = Epoch, responses((status = 200, body = Detail), (status = 409, body = super::problem::ProblemDocument)))]
pub(super) async fn accept(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    Body(seen): Body<Epoch>,
) -> Result<Json<Detail>, Problem> {
    signed_in.must(Permission::ServeConversations)?;
    let place = app.place_of_conversation(&signed_in, &id).await?;
    app.desk
        .accept(place, id.clone(), signed_in.actor(), seen.epoch)
        .await?;
    metrics::counter!("segue_handoffs_accepted_total").increment(1);
    app.detail(&signed_in, id).await.map(Json)
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/decline", tag = "console", params(("id" = String, Path)),
    responses((status = 204)))]
pub(super) async fn decline(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
) -> Result<StatusCode, Problem> {
    signed_in.must(Permission::ServeConversations)?;
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
    /// At most 8,000 characters.
    text: String,
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/reply", tag = "console", params(("id" = String, Path)),
    request_body = AgentReply, responses((status = 200, body = Sent), (status = 409, body = super::problem::ProblemDocument)))]
pub(super) async fn reply(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    Body(reply): Body<AgentReply>,
) -> Result<Json<Sent>, Problem> {
    app.write(
        signed_in,
        id,
        Some(reply.epoch),
        reply.client_message_id,
        &reply.text,
    )
    .await
}

/// Words among agents.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Note {
    client_message_id: String,
    text: String,
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/note", tag = "console", params(("id" = String, Path)),
    request_body = Note, responses((status = 200, body = Sent)))]
pub(super) async fn note(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    Body(note): Body<Note>,
) -> Result<Json<Sent>, Problem> {
    app.write(signed_in, id, None, note.client_message_id, &note.text)
        .await
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
pub(super) async fn check_introduction(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    Body(draft): Body<DraftText>,
) -> Result<Json<Faults>, Problem> {
    signed_in.must(Permission::ServeConversations)?;
    let workspace_id = signed_in.agent.workspace_id.clone();
    let found = app
        .desk
        .store
        .read(move |tx| {
            let language = tx
                .conversation(&workspace_id, &id)?
                .map(|conversation| conversation.language);
            Ok::<_, Error>((
                language,
                tx.handoffs(&workspace_id, Some(&id), None, 1)?.pop(),
            ))
        })
        .await?;
    let (Some(language), Some(package)) = (found.0, found.1.and_then(|handoff| handoff.package))
    else {
        return Err(Problem::not_found());
    };
    let faults = introduction::check(
        &draft.text,
        Words::of(&language),
        &package,
        &signed_in.agent.name,
    );
    Ok(Json(Faults { faults }))
}

/// How it ended.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Resolution {
    epoch: u64,
    disposition: Disposition,
    note: Option<String>,
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/resolve", tag = "console", params(("id" = String, Path)),
    request_body = Resolution, responses((status = 200, body = ConversationView)))]
pub(super) async fn resolve(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    Body(resolution): Body<Resolution>,
) -> Result<Json<ConversationView>, Problem> {
    signed_in.must(Permission::ServeConversations)?;
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
            resolution.disposition,
            note,
        )
        .await?;
    Ok(Json(
        app.desk
            .store
            .read(move |tx| view(tx, &place, &conversation, now))
            .await?,
    ))
}

/// The knowledge base.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Articles {
    articles: Vec<ArticleListed>,
}

/// An article in the list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ArticleListed {
    #[schema(value_type = String)]
    id: ArticleId,
    title: String,
    source: String,
    updated_at: Timestamp,
}

#[utoipa::path(get, path = "/api/console/articles", tag = "console", responses((status = 200, body = Articles)))]
pub(super) async fn articles(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<Articles>, Problem> {
    let workspace_id = signed_in.agent.workspace_id;
    let articles = app
        .desk
        .store
        .read(move |tx| tx.articles(&workspace_id))
        .await?;
    let listed = |article: Article| ArticleListed {
        id: article.id,
        title: article.title,
        source: article.source,
        updated_at: article.updated_at,
    };
    Ok(Json(Articles {
        articles: articles.into_iter().map(listed).collect(),
    }))
}

/// Markdown files.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct ArticleFiles {
    files: Vec<ArticleFile>,
}

/// One of them.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct ArticleFile {
    /// Its name; importing the same name again updates the article.
    name: String,
    text: String,
}

#[utoipa::path(post, path = "/api/console/articles", tag = "console", request_body = ArticleFiles,
    responses((status = 200, body = crate::desk::Imported)))]
pub(super) async fn import(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(files): Body<ArticleFiles>,
) -> Result<Json<crate::desk::Imported>, Problem> {
    signed_in.must(Permission::EditKnowledge)?;
    let files = files
        .files
        .into_iter()
        .map(|file| (file.name, file.text.into_bytes()))
        .collect();
    Ok(Json(
        app.desk
            .import(&signed_in.agent.workspace_id, files, |_, _| {})
            .await?,
    ))
}

impl App {
    async fn write(
        &self,
        signed_in: SignedIn,
        conversation_id: ConversationId,
        epoch: Option<u64>,
        client_message_id: String,
        text: &str,
    ) -> Result<Json<Sent>, Problem> {
        signed_in.must(Permission::ServeConversations)?;
        check_client_id(&client_message_id)?;
        let text = clean_text(text, MAX_REPLY)?;
        let place = self
            .place_of_conversation(&signed_in, &conversation_id)
            .await?;
        let reply = Reply {
            conversation_id,
            epoch,
            client_message_id,
            text,
        };
        Ok(Json(
            self.desk.reply(place, signed_in.actor(), reply).await?,
        ))
    }

    /// The place of a conversation of the agent's workspace.
    async fn place_of_conversation(
        &self,
        signed_in: &SignedIn,
        id: &ConversationId,
    ) -> Result<std::sync::Arc<crate::desk::Place>, Problem> {
        let (workspace_id, id) = (signed_in.agent.workspace_id.clone(), id.clone());
        let found = self
            .desk
            .store
            .read(move |tx| tx.conversation(&workspace_id, &id))
            .await?;
        let conversation = found.ok_or_else(Problem::not_found)?;
        Ok(self
            .desk
            .place(&signed_in.agent.workspace_id, &conversation.inbox_id)
            .await?)
    }

    async fn detail(&self, signed_in: &SignedIn, id: ConversationId) -> Result<Detail, Problem> {
        let place = self.place_of_conversation(signed_in, &id).await?;
        let (now, agent_name) = (self.desk.clock.now(), signed_in.agent.name.clone());
        let detail = self
            .desk
            .store
            .read(move |tx| {
                let workspace_id = &place.workspace.id;
                let listed = tx.listed(workspace_id, &id)?.ok_or(Error::NotFound)?;
                let item = item(tx, &listed, now)?;
                let package = tx
                    .handoffs(workspace_id, Some(&id), None, 1)?
                    .pop()
                    .and_then(|handoff| handoff.package);
                let replied = matches!(
                    &listed.conversation.phase,
                    Phase::Served {
                        replied_at: Some(_),
                        ..
                    } | Phase::Resolved { .. }
                );
                let introduction = package.as_ref().filter(|_| !replied).map(|package| {
                    let words = Words::of(&listed.conversation.language);
                    let text =
                        introduction::draft(words, package, &agent_name, &place.workspace.name);
                    let faults = introduction::check(&text, words, package, &agent_name);
                    Introduction { text, faults }
                });
                let events = tx.events(workspace_id, &id, 0, 5_000)?;
                Ok::<_, Error>(Detail {
                    contact: item.contact.clone(),
                    view: view(tx, &place, &listed.conversation, now)?,
                    through_seq: events.last().map_or(0, |event| event.seq),
                    item,
                    package,
                    introduction,
                    events,
                })
            })
            .await?;
        Ok(detail)
    }
}
