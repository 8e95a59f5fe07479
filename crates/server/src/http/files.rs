//! Files at every door: taken in piece by piece under a limit, looked at before they are
//! kept, and given out as downloads that no browser runs. Whoever wants one shows who they
//! are each time; no link carries the right by itself.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use segue_core::access::{Permission, Scope};
use segue_core::file::{Attached, FileKind, HEAD_BYTES, sniff, sniff_end};
use segue_core::ids::kind::{Conversation as ConversationKind, File as FileIdKind};
use segue_core::ids::{ContactId, ConversationId, FileId, WorkspaceId};
use segue_store::{Sender, StoredFile};

use super::App;
use super::address::Address;
use super::doors::{Doors, May};
use super::guard::{PathId, check_client_id};
use super::limits::Rate;
use super::problem::{Problem, ProblemDocument};
use super::session::SignedIn;
use super::v1::Caller;
use super::visitor::Visitor;
use crate::desk::{Begun, Desk, FILE_BYTES, Unnamed, Upload};

/// How long one piece may take to come.
const PIECE_WITHIN: Duration = Duration::from_secs(30);
/// The longest name that is looked at, in bytes as it travels.
const LONGEST_NAME: usize = 2_000;
/// Files from one address.
const FROM_ADDRESS: Rate = Rate {
    burst: 60.0,
    per_second: 0.5,
};
/// Files of one sender.
const FROM_SENDER: Rate = Rate {
    burst: 20.0,
    per_second: 0.2,
};
/// A page that shows a file by its address may do nothing with it.
const FILE_POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// The doors for files.
pub fn doors() -> Doors {
    let (visitor, agent) = (May::Visitor, May::Agent(Permission::ServeConversations));
    Doors::new()
        .post(
            "/api/widget/conversations/{id}/files",
            visitor,
            send_as_visitor,
        )
        .get(
            "/api/widget/conversations/{id}/files/{file_id}",
            visitor,
            show_to_visitor,
        )
        .delete(
            "/api/widget/conversations/{id}/files/{file_id}",
            visitor,
            remove_as_visitor,
        )
        .post(
            "/api/console/conversations/{id}/files",
            agent,
            send_as_agent,
        )
        .get(
            "/api/console/conversations/{id}/files/{file_id}",
            May::Agent(Permission::ReadAllConversations),
            show_to_agent,
        )
        .delete(
            "/api/console/conversations/{id}/files/{file_id}",
            agent,
            remove_as_agent,
        )
        .post(
            "/api/v1/conversations/{id}/files",
            May::Program(Scope::WriteConversations),
            send_as_program,
        )
        .get(
            "/api/v1/conversations/{id}/files/{file_id}",
            May::Program(Scope::ReadConversations),
            show_to_program,
        )
}

// ── sending ─────────────────────────────────────────────────────────────────────

#[utoipa::path(post, path = "/api/widget/conversations/{id}/files", tag = "widget",
    params(("id" = String, Path), ("x-file-id" = String, Header, description = "the sender's own id: 8 to 64 letters, digits, - or _"),
        ("x-file-name" = Option<String>, Header, description = "percent-encoded UTF-8")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Attached), (status = 413, body = ProblemDocument), (status = 415, body = ProblemDocument)))]
pub(super) async fn send_as_visitor(
    State(app): State<App>,
    visitor: Visitor,
    Address(address): Address,
    PathId(conversation_id): PathId<ConversationKind>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let now = app.desk.clock.now();
    app.limits
        .take(&format!("files from {address}"), FROM_ADDRESS, now)?;
    let from = From {
        workspace_id: visitor.workspace_id,
        conversation_id,
        contact_id: Some(visitor.contact_id),
        sender: Sender::Customer,
    };
    take_in(&app, from, &headers, body).await
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/files", tag = "console",
    params(("id" = String, Path), ("x-file-id" = String, Header), ("x-file-name" = Option<String>, Header)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Attached), (status = 413, body = ProblemDocument), (status = 415, body = ProblemDocument)))]
pub(super) async fn send_as_agent(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(conversation_id): PathId<ConversationKind>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    app.place_of_conversation(&signed_in, &conversation_id)
        .await?;
    let from = From {
        workspace_id: signed_in.agent.workspace_id,
        conversation_id,
        contact_id: None,
        sender: Sender::Agent(signed_in.agent.id),
    };
    take_in(&app, from, &headers, body).await
}

#[utoipa::path(post, path = "/api/v1/conversations/{id}/files", tag = "v1",
    params(("id" = String, Path), ("x-file-id" = String, Header), ("x-file-name" = Option<String>, Header)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Attached), (status = 413, body = ProblemDocument), (status = 415, body = ProblemDocument)))]
pub(super) async fn send_as_program(
    State(app): State<App>,
    caller: Caller,
    PathId(conversation_id): PathId<ConversationKind>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let from = From {
        workspace_id: caller.workspace_id,
        conversation_id,
        contact_id: None,
        sender: Sender::Customer,
    };
    take_in(&app, from, &headers, body).await
}

/// Where a file comes from.
struct From {
    workspace_id: WorkspaceId,
    conversation_id: ConversationId,
    /// Whose conversation it must be, where that is not known yet.
    contact_id: Option<ContactId>,
    sender: Sender,
}

impl From {
    /// One sender's key among the limits.
    fn key(&self) -> String {
        match (&self.sender, &self.contact_id) {
            (Sender::Agent(id), _) => format!("files {id}"),
            (Sender::Customer, Some(id)) => format!("files {id}"),
            (Sender::Customer, None) => format!("files {}", self.conversation_id),
        }
    }
}

async fn take_in(
    app: &App,
    from: From,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let now = app.desk.clock.now();
    app.limits.take(&from.key(), FROM_SENDER, now)?;
    let announced = announced(headers)?;
    let client_file_id = text_of(headers, "x-file-id").unwrap_or_default();
    check_client_id(client_file_id)?;
    let mut pieces = Pieces::of(body);
    let head = pieces.next().await?.unwrap_or_default();
    let seen = sniff(&head)?;
    let upload = Upload {
        conversation_id: from.conversation_id.clone(),
        contact_id: from.contact_id.clone(),
        sender: from.sender.clone(),
        client_file_id: client_file_id.into(),
        file: Unnamed {
            name: name_of(headers),
            kind: seen.kind,
            bytes: announced,
            size: seen.size,
        },
    };
    let workspace_id = from.workspace_id.clone();
    let attached = match app.desk.begin_file(workspace_id, upload).await? {
        Begun::Here(attached) => return Ok((StatusCode::OK, Json(attached)).into_response()),
        Begun::Wanted(attached) => attached,
    };
    let kept = keep(&app.desk, &from.workspace_id, &attached, head, pieces).await;
    if let Err(problem) = kept {
        let removed = app
            .desk
            .remove_file(
                from.workspace_id,
                from.conversation_id,
                from.sender,
                attached.id,
            )
            .await;
        if let Err(error) = removed {
            tracing::warn!(%error, "could not remove a refused file; the sweep will");
        }
        return Err(problem);
    }
    metrics::counter!("segue_files_received_total").increment(1);
    Ok((StatusCode::CREATED, Json(attached)).into_response())
}

/// Keeps the pieces as they come; neither more nor fewer bytes than were announced.
async fn keep(
    desk: &Desk,
    workspace_id: &WorkspaceId,
    attached: &Attached,
    head: Vec<u8>,
    mut pieces: Pieces,
) -> Result<(), Problem> {
    let (mut number, mut size) = (0, 0);
    let mut tail = Vec::new();
    let mut piece = Some(head);
    while let Some(bytes) = piece {
        size += bytes.len() as u64;
        if size > attached.bytes {
            return Err(too_large());
        }
        tail.extend_from_slice(&bytes);
        tail.drain(..tail.len().saturating_sub(HEAD_BYTES));
        desk.add_piece(workspace_id.clone(), attached.id.clone(), number, bytes)
            .await?;
        number += 1;
        piece = pieces.next().await?;
    }
    if size < attached.bytes {
        return Err(Problem::bad_request(
            "the file did not come whole; send it again",
        ));
    }
    sniff_end(attached.kind, &tail, size)?;
    desk.finish_file(workspace_id.clone(), attached.id.clone())
        .await?;
    Ok(())
}

/// A body cut into pieces of equal size, the last one shorter.
struct Pieces {
    stream: BodyDataStream,
    rest: Bytes,
}

impl Pieces {
    fn of(body: Body) -> Self {
        Self {
            stream: body.into_data_stream(),
            rest: Bytes::new(),
        }
    }

    async fn next(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        let filled = tokio::time::timeout(PIECE_WITHIN, self.fill()).await;
        filled.unwrap_or_else(|_| {
            let detail = "the file came too slowly; send it again";
            Err(Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "too_slow",
                detail,
            ))
        })
    }

    async fn fill(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        let mut piece = Vec::new();
        loop {
            let wanted = HEAD_BYTES - piece.len();
            piece.extend_from_slice(&self.rest.split_to(wanted.min(self.rest.len())));
            if piece.len() == HEAD_BYTES {
                return Ok(Some(piece));
            }
            match self.stream.next().await {
                Some(Ok(bytes)) => self.rest = bytes,
                Some(Err(_)) => {
                    return Err(Problem::bad_request("the file was cut off; send it again"));
                }
                None => return Ok(Some(piece).filter(|piece| !piece.is_empty())),
            }
        }
    }
}

/// The size that the sender announces; without one nothing is read.
fn announced(headers: &HeaderMap) -> Result<u64, Problem> {
    let length = text_of(headers, header::CONTENT_LENGTH.as_str());
    let length: u64 = length.and_then(|text| text.parse().ok()).ok_or_else(|| {
        let detail = "say how large the file is, by Content-Length";
        Problem::new(StatusCode::LENGTH_REQUIRED, "length_required", detail)
    })?;
    if length > FILE_BYTES {
        return Err(too_large());
    }
    Ok(length)
}

fn too_large() -> Problem {
    let detail = format!("the file is larger than {} MB", FILE_BYTES / 1024 / 1024);
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "file_too_large", detail)
}

fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The name that came with a file, still to be cleaned. It stands in a header, because
/// addresses are written into logs.
fn name_of(headers: &HeaderMap) -> String {
    let written = text_of(headers, "x-file-name").unwrap_or_default();
    let written = &written.as_bytes()[..written.len().min(LONGEST_NAME)];
    let mut bytes = Vec::with_capacity(written.len());
    let mut at = 0;
    while let Some(byte) = written.get(at) {
        let escaped = (*byte == b'%')
            .then(|| std::str::from_utf8(written.get(at + 1..at + 3)?).ok())
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(*byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

// ── giving out ──────────────────────────────────────────────────────────────────

#[utoipa::path(get, path = "/api/widget/conversations/{id}/files/{file_id}", tag = "widget",
    params(("id" = String, Path), ("file_id" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 404, body = ProblemDocument)))]
pub(super) async fn show_to_visitor(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
    PathId(file_id): PathId<FileIdKind>,
) -> Result<Response, Problem> {
    app.conversation_of(&visitor, &id).await?;
    let file = app.file(&visitor.workspace_id, &id, &file_id).await?;
    if file.sender != Sender::Customer && (file.seq.is_none() || file.private) {
        return Err(Problem::not_found());
    }
    Ok(give_out(&app, visitor.workspace_id, file.attached))
}

#[utoipa::path(get, path = "/api/console/conversations/{id}/files/{file_id}", tag = "console",
    params(("id" = String, Path), ("file_id" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 404, body = ProblemDocument)))]
pub(super) async fn show_to_agent(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    PathId(file_id): PathId<FileIdKind>,
) -> Result<Response, Problem> {
    app.place_of_conversation(&signed_in, &id).await?;
    let workspace_id = signed_in.agent.workspace_id;
    let file = app.file(&workspace_id, &id, &file_id).await?;
    let is_own = file.sender == Sender::Agent(signed_in.agent.id);
    if file.seq.is_none() && !is_own {
        return Err(Problem::not_found());
    }
    Ok(give_out(&app, workspace_id, file.attached))
}

#[utoipa::path(get, path = "/api/v1/conversations/{id}/files/{file_id}", tag = "v1",
    params(("id" = String, Path), ("file_id" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 404, body = ProblemDocument)))]
pub(super) async fn show_to_program(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ConversationKind>,
    PathId(file_id): PathId<FileIdKind>,
) -> Result<Response, Problem> {
    let file = app.file(&caller.workspace_id, &id, &file_id).await?;
    if file.seq.is_none() {
        return Err(Problem::not_found());
    }
    Ok(give_out(&app, caller.workspace_id, file.attached))
}

impl App {
    /// A whole file of a conversation.
    async fn file(
        &self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
        file_id: &FileId,
    ) -> Result<StoredFile, Problem> {
        let (workspace_id, file_id) = (workspace_id.clone(), file_id.clone());
        let found = self
            .desk
            .store
            .read(move |tx| tx.file(&workspace_id, &file_id))
            .await?;
        found
            .filter(|file| file.is_ready && file.conversation_id == *conversation_id)
            .ok_or_else(Problem::not_found)
    }
}

/// A file as a download, read piece by piece.
fn give_out(app: &App, workspace_id: WorkspaceId, file: Attached) -> Response {
    let (store, id) = (app.desk.store.clone(), file.id.clone());
    let pieces = stream::try_unfold(0_u64, move |number| {
        let (store, workspace_id, id) = (store.clone(), workspace_id.clone(), id.clone());
        async move {
            let piece = store
                .read(move |tx| tx.piece(&workspace_id, &id, number))
                .await?;
            Ok::<_, segue_store::Error>(piece.map(|piece| (Bytes::from(piece), number + 1)))
        }
    });
    let mut response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_TYPE, file.kind.content_type()),
        (header::CONTENT_SECURITY_POLICY, FILE_POLICY),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("same-origin"),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(file.bytes));
    headers.insert(
        header::CONTENT_DISPOSITION,
        disposition(&file.name, file.kind),
    );
    response
}

/// RFC 6266: the name in plain letters, and once more with all of them.
fn disposition(name: &str, kind: FileKind) -> HeaderValue {
    let plain: String = name
        .chars()
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' | ' ' => c,
            _ => '_',
        })
        .collect();
    let whole: String = name
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    let text = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| {
        // Every sign was chosen above; should that ever fail, the file has a plain name.
        tracing::error!(kind = kind.name(), "a file's name does not fit a header");
        HeaderValue::from_static("attachment; filename=\"file\"")
    })
}

// ── removing ────────────────────────────────────────────────────────────────────

#[utoipa::path(delete, path = "/api/widget/conversations/{id}/files/{file_id}", tag = "widget",
    params(("id" = String, Path), ("file_id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(super) async fn remove_as_visitor(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
    PathId(file_id): PathId<FileIdKind>,
) -> Result<StatusCode, Problem> {
    app.take_turn(&visitor)?;
    app.conversation_of(&visitor, &id).await?;
    app.desk
        .remove_file(visitor.workspace_id, id, Sender::Customer, file_id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/api/console/conversations/{id}/files/{file_id}", tag = "console",
    params(("id" = String, Path), ("file_id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(super) async fn remove_as_agent(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    PathId(file_id): PathId<FileIdKind>,
) -> Result<StatusCode, Problem> {
    app.place_of_conversation(&signed_in, &id).await?;
    let sender = Sender::Agent(signed_in.agent.id);
    app.desk
        .remove_file(signed_in.agent.workspace_id, id, sender, file_id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attack case 35: whatever the name, the header stays one header.
    #[test]
    fn a_name_stands_in_the_header_without_breaking_it() {
        let check = |name: &str, expected: &str| {
            let header = disposition(name, FileKind::Png);
            assert_eq!(header.to_str().unwrap(), expected, "{name:?}");
        };
        check(
            "photo.png",
            "attachment; filename=\"photo.png\"; filename*=UTF-8''photo.png",
        );
        check(
            "a\"b\r\nc.png",
            "attachment; filename=\"a_b__c.png\"; filename*=UTF-8''a%22b%0D%0Ac.png",
        );
        check(
            "自.png",
            "attachment; filename=\"_.png\"; filename*=UTF-8''%E8%87%AA.png",
        );
    }

    #[test]
    fn a_name_is_read_from_its_header_whatever_stands_there() {
        let check = |written: &str, name: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-file-name", HeaderValue::from_str(written).unwrap());
            assert_eq!(name_of(&headers), name, "{written}");
        };
        check("a%20b.png", "a b.png");
        check("%E8%87%AA.png", "自.png");
        check("100%.png%", "100%.png%");
        check("%zz%f", "%zz%f");
        check("%00%2e%2e%2f", "\0../");
        check("%ff", "\u{fffd}");
        assert_eq!(name_of(&HeaderMap::new()), "");
    }
}
