//! The widget's socket. The key comes in the first frame; events resume from the
//! cursor that the widget names, across reloads, restarts and nodes.

use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use segue_core::conversation::{Conversation, Owner};
use segue_core::event::Event;
use segue_core::ids::ConversationId;
use segue_core::time::{SECOND_MS, Timestamp};
use serde::Deserialize;
use serde_json::json;
use tokio_tungstenite::tungstenite;

use super::address::Address;
use super::doors::{Doors, May};
use super::limits::Bucket;
use super::problem::Problem;
use super::seats::Seat;
use super::visitor::Visitor;
use super::{App, Connection};
use crate::desk::SIGN_EVERY_MS;
use crate::live::{Audience, Frame, Subscription, Who, changes_state, events_json};

/// How long a socket may take to say who it is.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// How often the wait is shown anew, and the line is tried.
const PULSE: Duration = Duration::from_secs(10);
/// Silence after which the other side is taken for gone.
const GONE_AFTER: Duration = Duration::from_secs(60);
/// How long one frame may take to leave.
pub(super) const SEND_WITHIN: Duration = Duration::from_secs(10);
/// How long the other side may take to end a socket that we have closed.
const PARTING: Duration = Duration::from_secs(1);
/// A typing sign is passed on at most this often.
pub(super) const TYPING_EVERY_MS: i64 = SECOND_MS;
/// The WebSocket protocol's own code for a server that goes down.
const GOING_AWAY: u16 = 1001;
/// The largest frame that a client may send.
pub(super) const FRAME_LIMIT: usize = 16 * 1024;

/// The door of the widget's socket.
pub fn doors() -> Doors {
    let first_frame =
        May::Anybody("the first frame brings the visitor's key, and nothing comes before it");
    Doors::new().get("/api/widget/socket", first_frame, upgrade)
}

async fn upgrade(
    State(app): State<App>,
    Address(address): Address,
    connection: Option<Extension<Connection>>,
    socket: WebSocketUpgrade,
) -> Response {
    if let Err(problem) = app.take_connect(&address) {
        return problem.into_response();
    }
    small(socket).on_upgrade(move |socket| {
        // An idle socket keeps only what it needs to talk: the greeting's room, and that
        // of every rare step below, is of its own and given back when it is over.
        let greeting = Box::pin(greet(app, socket));
        async move {
            let _held = connection;
            if let Ok((mut line, mut ear)) = greeting.await {
                let _ = line.talk(&mut ear).await;
            }
        }
    })
}

/// Small buffers: the default of 128 KiB a socket would make ten thousand idle ones
/// cost more than a gigabyte. What clients send is short: a hello, pings, typing signs.
pub(super) fn small(socket: WebSocketUpgrade) -> WebSocketUpgrade {
    socket
        .read_buffer_size(512)
        .write_buffer_size(0)
        .max_write_buffer_size(512 * 1024)
        .max_frame_size(FRAME_LIMIT)
        .max_message_size(FRAME_LIMIT)
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum FromWidget {
    Hello {
        token: String,
        conversation: ConversationId,
        #[serde(default)]
        after: u64,
    },
    Typing,
    Ping,
}

/// Whether a text is a frame that a widget may send; for whoever tries many.
pub fn is_widget_frame(text: &str) -> bool {
    serde_json::from_str::<FromWidget>(text).is_ok()
}

/// A line that is over; nothing more can be said on it.
pub(super) struct Over;

/// A customer's line.
struct Line {
    app: App,
    socket: WebSocket,
    visitor: Visitor,
    conversation_id: ConversationId,
    /// The last event that the widget has.
    cursor: u64,
    last_wait: Option<String>,
    /// When a typing sign was last passed on.
    typed_at: Option<Timestamp>,
    /// Whether the customer waits, so that a change of the floor concerns them.
    waits: bool,
    /// When it was last written down that they are there.
    seen_at: Option<Timestamp>,
    /// What may still come over it.
    frames: Bucket,
    _seat: Seat,
}

/// Hears who it is and brings the widget up to date; the line, and what it listens with.
async fn greet(app: App, mut socket: WebSocket) -> Result<(Line, Subscription), Over> {
    let Some((token, conversation_id, after)) = hello(&mut socket).await? else {
        return close(&mut socket, 4400, "bad_request", "say hello first").await;
    };
    let visitor = match app.visitor(&token).await {
        Ok(visitor) => visitor,
        Err(problem) => return close(&mut socket, 4401, problem.code(), problem.detail()).await,
    };
    let conversation = match app.conversation_of(&visitor, &conversation_id).await {
        Ok(conversation) => conversation,
        Err(problem) => return close(&mut socket, 4404, problem.code(), problem.detail()).await,
    };
    let Some(seat) = app
        .seats
        .take(visitor.contact_id.as_str(), app.rates.sockets)
    else {
        return crowded(&mut socket).await;
    };
    if matches!(conversation.owner(), Owner::Assistant | Owner::Nobody) {
        app.desk.knowledge.expect_texts();
    }
    // Listen first, then catch up: nothing can fall between.
    let ear = app.hub.subscription();
    ear.listen(
        &visitor.workspace_id,
        &conversation_id,
        conversation.seq,
        Audience::Customer,
    );
    ear.listen_floor(&visitor.workspace_id);
    let frames = Bucket::full(app.rates.frames, app.desk.clock.now());
    let mut line = Line {
        app,
        socket,
        visitor,
        conversation_id,
        cursor: after,
        last_wait: None,
        typed_at: None,
        waits: false,
        seen_at: None,
        frames,
        _seat: seat,
    };
    // It has what never was, as this database tells it: one that was restored, say.
    if after > conversation.seq {
        line.resync().await?;
    }
    line.welcome(conversation).await?;
    line.catch_up().await?;
    Box::pin(line.note_presence()).await;
    Ok((line, ear))
}

async fn hello(socket: &mut WebSocket) -> Result<Option<(String, ConversationId, u64)>, Over> {
    let said = async {
        loop {
            match socket.recv().await {
                // Some clients ping before they say anything.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => return other,
            }
        }
    };
    match tokio::time::timeout(HELLO_WITHIN, said).await {
        Ok(Some(Ok(first))) => Ok(read_hello(&first)),
        Ok(Some(Err(error))) => broken(socket, error).await,
        Ok(None) => Err(Over),
        Err(_) => Ok(None),
    }
}

fn read_hello(first: &Message) -> Option<(String, ConversationId, u64)> {
    match serde_json::from_str(first.to_text().ok()?).ok()? {
        FromWidget::Hello {
            token,
            conversation,
            after,
        } => Some((token, conversation, after)),
        FromWidget::Typing | FromWidget::Ping => None,
    }
}

impl Line {
    async fn talk(&mut self, ear: &mut Subscription) -> Result<(), Over> {
        let mut pulse = tokio::time::interval(PULSE);
        pulse.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut heard_since_pulses = 0;
        loop {
            tokio::select! {
                frame = ear.frames.recv() => {
                    let Some(frame) = frame else { return let_go(&mut self.socket, &self.app).await };
                    self.pass_on(&frame).await?;
                }
                said = self.socket.recv() => {
                    heard_since_pulses = 0;
                    let said = match said {
                        Some(Ok(said)) => said,
                        Some(Err(error)) => return broken(&mut self.socket, error).await,
                        None => return Err(Over),
                    };
                    if self.frames.take(self.app.rates.frames, self.app.desk.clock.now()).is_err() {
                        return flooded(&mut self.socket).await;
                    }
                    Box::pin(self.hear(&said)).await?;
                }
                _ = pulse.tick() => {
                    heard_since_pulses += 1;
                    if PULSE * heard_since_pulses > GONE_AFTER {
                        return Err(Over);
                    }
                    send(&mut self.socket, Message::Ping(Default::default())).await?;
                    // A line that only seems to be there is no sign of life.
                    if heard_since_pulses <= 2 {
                        Box::pin(self.note_presence()).await;
                    }
                    Box::pin(self.show_wait()).await?;
                }
            }
        }
    }

    /// Writes down, now and then, that a waiting customer is there (P45).
    async fn note_presence(&mut self) {
        let now = self.app.desk.clock.now();
        let is_due = |at: Timestamp| now.since(at) >= SIGN_EVERY_MS;
        if self.waits && self.seen_at.is_none_or(is_due) {
            self.seen_at = Some(now);
            self.app
                .see_customer(&self.visitor, &self.conversation_id)
                .await;
        }
    }

    async fn hear(&mut self, said: &Message) -> Result<(), Over> {
        let text = match said {
            Message::Text(text) => text.as_str(),
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(Over),
            Message::Binary(_) => {
                return close(&mut self.socket, 4400, "bad_request", "frames are text").await;
            }
        };
        match serde_json::from_str(text) {
            Ok(FromWidget::Ping) => send_json(&mut self.socket, &json!({ "type": "pong" })).await,
            Ok(FromWidget::Typing) => {
                let now = self.app.desk.clock.now();
                if self
                    .typed_at
                    .is_none_or(|at| now.since(at) >= TYPING_EVERY_MS)
                {
                    self.typed_at = Some(now);
                    let hub = &self.app.hub;
                    hub.typing(&self.conversation_id, Who::Customer, None);
                }
                Ok(())
            }
            Ok(FromWidget::Hello { .. }) | Err(_) => {
                close(
                    &mut self.socket,
                    4400,
                    "bad_request",
                    "that is not a frame this socket takes",
                )
                .await
            }
        }
    }

    async fn pass_on(&mut self, frame: &Frame) -> Result<(), Over> {
        match frame {
            Frame::Events { through, .. } if *through <= self.cursor => Ok(()),
            Frame::Events {
                after,
                through,
                events,
                changes_state,
                ..
            } if *after == self.cursor => self.send_events(events, *through, *changes_state).await,
            // A gap, or an overlap: the database knows.
            Frame::Events { .. } => Box::pin(self.catch_up()).await,
            Frame::Typing { who, name, .. } => {
                send_json(
                    &mut self.socket,
                    &json!({ "type": "typing", "who": who, "name": name }),
                )
                .await
            }
            // Of what agents do among themselves a customer knows nothing.
            Frame::Colleague { .. } => Ok(()),
            Frame::Preview {
                conversation_id,
                epoch,
                text,
            } => {
                let frame = json!({
                    "type": "preview",
                    "conversation": conversation_id,
                    "epoch": epoch,
                    "text": text,
                });
                send_json(&mut self.socket, &frame).await
            }
            Frame::Floor if self.waits => Box::pin(self.show_wait()).await,
            Frame::Floor | Frame::Access => Ok(()),
        }
    }

    async fn catch_up(&mut self) -> Result<(), Over> {
        segue_store::kill_point("resume.before");
        loop {
            let (workspace_id, id, after) = (
                self.visitor.workspace_id.clone(),
                self.conversation_id.clone(),
                self.cursor,
            );
            let read = self
                .app
                .desk
                .store
                .read(move |tx| tx.events(&workspace_id, &id, after, 200))
                .await;
            let events: Vec<Event> = match read {
                Ok(events) => events,
                Err(error) => return self.fail(error.into()).await,
            };
            let (Some(first), Some(last)) = (events.first(), events.last()) else {
                return Ok(());
            };
            if misses_some(after, first) {
                self.resync().await?;
                continue;
            }
            let through = last.seq;
            let json = events_json(&events, Audience::Customer);
            self.send_events(&json, through, changes_state(&events))
                .await?;
        }
    }

    /// Tells the widget to forget what it has: what follows is all that there is.
    async fn resync(&mut self) -> Result<(), Over> {
        self.cursor = 0;
        let frame = json!({ "type": "resync", "conversation": self.conversation_id });
        send_json(&mut self.socket, &frame).await
    }

    /// Sends events; with the state of the conversation where it may have changed.
    async fn send_events(
        &mut self,
        events: &str,
        through: u64,
        changes_state: bool,
    ) -> Result<(), Over> {
        self.cursor = through;
        let view = if changes_state {
            Box::pin(self.view(None)).await?
        } else {
            "null".into()
        };
        let id = &self.conversation_id;
        let text = format!(
            r#"{{"type":"events","conversation":"{id}","through_seq":{through},"events":{events},"view":{view}}}"#
        );
        send(&mut self.socket, Message::Text(text.into())).await
    }

    async fn welcome(&mut self, conversation: Conversation) -> Result<(), Over> {
        let view = self.view(Some(conversation)).await?;
        send(
            &mut self.socket,
            Message::Text(format!(r#"{{"type":"welcome","conversation":{view}}}"#).into()),
        )
        .await
    }

    /// The conversation as its customer sees it, as JSON.
    async fn view(&mut self, conversation: Option<Conversation>) -> Result<String, Over> {
        let conversation = match conversation {
            Some(conversation) => Ok(conversation),
            None => {
                self.app
                    .conversation_of(&self.visitor, &self.conversation_id)
                    .await
            }
        };
        let view = match conversation {
            Ok(conversation) => self.app.view_of(&self.visitor, conversation).await,
            Err(problem) => Err(problem),
        };
        match view {
            Ok(view) => {
                self.waits = view.wait.is_some();
                Ok(serde_json::to_string(&view).unwrap_or_default())
            }
            Err(problem) => self.fail(problem).await.map(|()| String::new()),
        }
    }

    /// Shows the wait if it has changed (P30).
    async fn show_wait(&mut self) -> Result<(), Over> {
        let conversation = match self
            .app
            .conversation_of(&self.visitor, &self.conversation_id)
            .await
        {
            Ok(conversation) => conversation,
            Err(problem) => return self.fail(problem).await,
        };
        if conversation.wait().is_none() {
            self.last_wait = None;
            return Ok(());
        }
        let Ok(view) = self.app.view_of(&self.visitor, conversation).await else {
            return Ok(());
        };
        let wait = serde_json::to_string(&view.wait).unwrap_or_default();
        if self.last_wait.as_ref() == Some(&wait) {
            return Ok(());
        }
        let text = format!(
            r#"{{"type":"wait","conversation":"{}","wait":{wait}}}"#,
            self.conversation_id
        );
        self.last_wait = Some(wait);
        send(&mut self.socket, Message::Text(text.into())).await
    }

    async fn fail(&mut self, problem: Problem) -> Result<(), Over> {
        // It is gone: erased (P48), or given to somebody else.
        let code = if problem.status() == StatusCode::NOT_FOUND {
            4404
        } else {
            4500
        };
        close(&mut self.socket, code, problem.code(), problem.detail()).await
    }
}

/// Whether events after a reader's cursor are not kept any more. Whoever has nothing yet
/// misses nothing.
pub(super) fn misses_some(cursor: u64, first: &Event) -> bool {
    cursor > 0 && first.seq > cursor + 1
}

/// Sends a frame; a peer that does not take it in time is gone.
pub(super) async fn send(socket: &mut WebSocket, message: Message) -> Result<(), Over> {
    match tokio::time::timeout(SEND_WITHIN, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Over),
    }
}

pub(super) async fn send_json(
    socket: &mut WebSocket,
    value: &serde_json::Value,
) -> Result<(), Over> {
    send(socket, Message::Text(value.to_string().into())).await
}

/// Ends a socket that the hub serves no more: it fell too far behind, or this node stops.
/// Either way it resumes from its cursor.
pub(super) async fn let_go<T>(socket: &mut WebSocket, app: &App) -> Result<T, Over> {
    if app.hub.is_closing() {
        let detail = "this server stops; connect again";
        return close(socket, GOING_AWAY, "going_away", detail).await;
    }
    let detail = "this socket fell too far behind; connect again";
    close(socket, 4408, "too_slow", detail).await
}

/// Cuts off a socket over which more comes than anybody types.
pub(super) async fn flooded<T>(socket: &mut WebSocket) -> Result<T, Over> {
    let detail = "too many frames; connect again in a moment";
    close(socket, 4429, "rate_limited", detail).await
}

/// Turns away who has too many sockets open.
pub(super) async fn crowded<T>(socket: &mut WebSocket) -> Result<T, Over> {
    let detail = "too many sockets are open; close one first";
    close(socket, 4429, "rate_limited", detail).await
}

/// Closes a socket over which something came that is no frame, with the code that the
/// protocol has for it (RFC 6455, section 7.4.1).
pub(super) async fn broken<T>(socket: &mut WebSocket, error: axum::Error) -> Result<T, Over> {
    let code = match error.into_inner().downcast_ref::<tungstenite::Error>() {
        Some(tungstenite::Error::Capacity(_)) => 1009,
        Some(tungstenite::Error::Utf8(_)) => 1007,
        Some(tungstenite::Error::Protocol(_)) => 1002,
        _ => return Err(Over),
    };
    let reason = "that is not a frame this socket takes".into();
    let frame = CloseFrame { code, reason };
    part(socket, frame).await
}

/// Sends the last frame and waits a moment for the other side's: what it has sent meanwhile
/// would otherwise break the line off before the code has arrived.
async fn part<T>(socket: &mut WebSocket, frame: CloseFrame) -> Result<T, Over> {
    send(socket, Message::Close(Some(frame))).await?;
    let ended = async { while let Some(Ok(_)) = socket.recv().await {} };
    let _ = tokio::time::timeout(PARTING, ended).await;
    Err(Over)
}

/// Says why, then closes with a code: always over, whatever the caller would have given.
pub(super) async fn close<T>(
    socket: &mut WebSocket,
    code: u16,
    name: &str,
    detail: &str,
) -> Result<T, Over> {
    send_json(
        socket,
        &json!({ "type": "error", "code": name, "detail": detail }),
    )
    .await?;
    let frame = CloseFrame {
        code,
        reason: name.to_string().into(),
    };
    part(socket, frame).await
}
