//! The console's socket: one for all of an agent's conversations. The cookie says who
//! it is, the Origin that no other site opened it; its pings are the agent's sign of
//! life.

use std::collections::HashMap;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use segue_core::access::Permission::ServeConversations;
use segue_core::conversation::Conversation;
use segue_core::event::Event;
use segue_core::ids::ConversationId;
use segue_core::time::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::address::Address;
use super::doors::{Doors, May};
use super::limits::Bucket;
use super::problem::Problem;
use super::seats::Seat;
use super::session::{SignedIn, check_origin};
use super::widget_socket::{
    Over, TYPING_EVERY_MS, broken, close, crowded, flooded, let_go, misses_some, send, send_json,
    small,
};
use super::{App, Connection};
use crate::desk::{Error, may_see};
use crate::live::{Audience, Frame, Subscription, Who, events_json};

/// How often the line is tried and the session looked at again.
const PULSE: Duration = Duration::from_secs(15);
/// Pulses without a word after which the other side is taken for gone.
const SILENT_PULSES: u32 = 4;
/// Conversations that one console may listen to.
const MOST_CONVERSATIONS: usize = 200;

/// The door of the console's socket.
pub fn doors() -> Doors {
    Doors::new().get(
        "/api/console/socket",
        May::Agent(ServeConversations),
        upgrade,
    )
}

async fn upgrade(
    State(app): State<App>,
    signed_in: SignedIn,
    Address(address): Address,
    headers: HeaderMap,
    connection: Option<Extension<Connection>>,
    socket: WebSocketUpgrade,
) -> Response {
    let may = check_origin(&headers).and_then(|()| app.take_connect(&address));
    if let Err(problem) = may {
        return problem.into_response();
    }
    small(socket).on_upgrade(move |mut socket| async move {
        let _held = connection;
        let seat = app
            .seats
            .take(signed_in.agent.id.as_str(), app.rates.sockets);
        let Some(seat) = seat else {
            let _: Result<(), Over> = crowded(&mut socket).await;
            return;
        };
        let frames = Bucket::full(app.rates.frames, app.desk.clock.now());
        let ear = app.hub.subscription();
        let mut line = Line {
            app,
            socket,
            signed_in,
            headers,
            cursors: HashMap::new(),
            typed_at: None,
            frames,
            _seat: seat,
        };
        let _ = line.talk(ear).await;
    })
}

async fn admit(app: &App, headers: &HeaderMap) -> Result<SignedIn, Problem> {
    let signed_in = app.signed_in(headers).await?;
    signed_in.must(ServeConversations)?;
    Ok(signed_in)
}

/// A conversation, if the agent may see it.
async fn seen(
    app: &App,
    signed_in: &SignedIn,
    id: &ConversationId,
) -> Result<Option<Conversation>, Error> {
    let (agent, id, now) = (signed_in.agent.clone(), id.clone(), app.desk.clock.now());
    let seen = app.desk.store.read(move |tx| {
        let Some(found) = tx.conversation(&agent.workspace_id, &id)? else {
            return Ok(None);
        };
        let may = may_see(tx, &agent, &found, now)?;
        Ok::<_, Error>(Some(found).filter(|_| may))
    });
    seen.await
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum FromConsole {
    Subscribe {
        conversation: ConversationId,
        #[serde(default)]
        after: u64,
    },
    Unsubscribe {
        conversation: ConversationId,
    },
    Typing {
        conversation: ConversationId,
        /// A note, of which the customer must not know.
        #[serde(default)]
        note: bool,
    },
    Ping,
}

/// Whether a text is a frame that a console may send; for whoever tries many.
pub fn is_console_frame(text: &str) -> bool {
    serde_json::from_str::<FromConsole>(text).is_ok()
}

/// An agent's line.
struct Line {
    app: App,
    socket: WebSocket,
    signed_in: SignedIn,
    headers: HeaderMap,
    /// The last event that the console has of each conversation.
    cursors: HashMap<ConversationId, u64>,
    /// When a typing sign was last passed on.
    typed_at: Option<Timestamp>,
    /// What may still come over it.
    frames: Bucket,
    _seat: Seat,
}

impl Line {
    async fn talk(&mut self, mut ear: Subscription) -> Result<(), Over> {
        ear.listen_floor(&self.signed_in.agent.workspace_id);
        ear.listen_access(&self.signed_in.agent.workspace_id);
        // What ended between the handshake and now rang for nobody.
        self.look_again().await?;
        let agent_id = self.signed_in.agent.id.clone();
        send_json(
            &mut self.socket,
            &json!({ "type": "welcome", "agent_id": agent_id }),
        )
        .await?;
        self.sign_of_life().await?;
        let mut pulse = tokio::time::interval(PULSE);
        pulse.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut silent_pulses = 0;
        loop {
            tokio::select! {
                frame = ear.frames.recv() => {
                    let Some(frame) = frame else { return let_go(&mut self.socket, &self.app).await };
                    self.pass_on(&frame, &ear).await?;
                }
                said = self.socket.recv() => {
                    silent_pulses = 0;
                    let said = match said {
                        Some(Ok(said)) => said,
                        Some(Err(error)) => return broken(&mut self.socket, error).await,
                        None => return Err(Over),
                    };
                    if self.frames.take(self.app.rates.frames, self.app.desk.clock.now()).is_err() {
                        return flooded(&mut self.socket).await;
                    }
                    self.hear(&said, &ear).await?;
                }
                _ = pulse.tick() => {
                    silent_pulses += 1;
                    if silent_pulses > SILENT_PULSES {
                        return Err(Over);
                    }
                    self.look_again().await?;
                    send(&mut self.socket, Message::Ping(Default::default())).await?;
                }
            }
        }
    }

    /// A session that has ended takes its sockets along.
    async fn look_again(&mut self) -> Result<(), Over> {
        match admit(&self.app, &self.headers).await {
            Ok(signed_in) => {
                self.signed_in = signed_in;
                Ok(())
            }
            Err(problem) => close(&mut self.socket, 4401, problem.code(), problem.detail()).await,
        }
    }

    async fn hear(&mut self, said: &Message, ear: &Subscription) -> Result<(), Over> {
        let text = match said {
            Message::Text(text) => text.as_str(),
            Message::Pong(_) | Message::Ping(_) => return self.sign_of_life().await,
            Message::Close(_) => return Err(Over),
            Message::Binary(_) => {
                return close(&mut self.socket, 4400, "bad_request", "frames are text").await;
            }
        };
        match serde_json::from_str(text) {
            Ok(FromConsole::Ping) => {
                self.sign_of_life().await?;
                send_json(&mut self.socket, &json!({ "type": "pong" })).await
            }
            Ok(FromConsole::Subscribe {
                conversation,
                after,
            }) => self.subscribe(conversation, after, ear).await,
            Ok(FromConsole::Unsubscribe { conversation }) => {
                ear.leave(&conversation);
                self.cursors.remove(&conversation);
                Ok(())
            }
            Ok(FromConsole::Typing { conversation, note }) => {
                // Only who listens to a conversation can be seen typing in it.
                let now = self.app.desk.clock.now();
                let is_due = |at: Timestamp| now.since(at) >= TYPING_EVERY_MS;
                if self.cursors.contains_key(&conversation) && self.typed_at.is_none_or(is_due) {
                    self.typed_at = Some(now);
                    let (hub, agent) = (&self.app.hub, &self.signed_in.agent);
                    if !note {
                        hub.typing(&conversation, Who::Agent, Some(agent.name.clone()));
                    }
                    let who = (agent.id.clone(), agent.name.clone());
                    hub.colleague_types(&conversation, who, note);
                }
                Ok(())
            }
            Err(_) => {
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

    async fn subscribe(
        &mut self,
        id: ConversationId,
        after: u64,
        ear: &Subscription,
    ) -> Result<(), Over> {
        let conversation = match seen(&self.app, &self.signed_in, &id).await {
            Ok(Some(conversation)) if self.cursors.len() < MOST_CONVERSATIONS => conversation,
            Ok(_) => return self.refuse(&id).await,
            Err(error) => return self.fail(error.into()).await,
        };
        ear.listen(
            &self.signed_in.agent.workspace_id,
            &id,
            conversation.seq,
            Audience::Agent,
        );
        self.cursors.insert(id.clone(), after);
        // It has what never was, as this database tells it: one that was restored, say.
        if after > conversation.seq {
            self.resync(&id).await?;
        }
        self.catch_up(&id).await
    }

    async fn refuse(&mut self, id: &ConversationId) -> Result<(), Over> {
        let frame = json!({ "type": "error", "code": "not_found", "conversation": id,
            "detail": "there is no such conversation here" });
        send_json(&mut self.socket, &frame).await
    }

    /// A conversation whose owner has changed, or whose team the agent may have left: who may
    /// not see it any more hears nothing more of it (attack case 19). Whether they still may.
    async fn still_sees(&mut self, id: &ConversationId, ear: &Subscription) -> Result<bool, Over> {
        match seen(&self.app, &self.signed_in, id).await {
            Ok(Some(_)) => Ok(true),
            Ok(None) => {
                ear.leave(id);
                self.cursors.remove(id);
                self.refuse(id).await?;
                Ok(false)
            }
            Err(error) => self.fail(error.into()).await.map(|()| false),
        }
    }

    async fn pass_on(&mut self, frame: &Frame, ear: &Subscription) -> Result<(), Over> {
        match frame {
            Frame::Events {
                conversation_id,
                after,
                through,
                events,
                changes_state,
            } => {
                let is_heard = self.cursors.contains_key(conversation_id);
                if is_heard && *changes_state && !self.still_sees(conversation_id, ear).await? {
                    return Ok(());
                }
                match self.cursors.get(conversation_id).copied() {
                    None => Ok(()),
                    Some(cursor) if *through <= cursor => Ok(()),
                    Some(cursor) if *after == cursor => {
                        self.send_events(conversation_id, events, *through).await
                    }
                    // A gap, or an overlap: the database knows.
                    Some(_) => self.catch_up(conversation_id).await,
                }
            }
            Frame::Typing {
                conversation_id,
                who,
                ..
            } => {
                let frame =
                    json!({ "type": "typing", "conversation": conversation_id, "who": who });
                send_json(&mut self.socket, &frame).await
            }
            Frame::Colleague { agent_id, .. } if *agent_id == self.signed_in.agent.id => Ok(()),
            Frame::Colleague {
                conversation_id,
                name,
                is_note,
                ..
            } => {
                let frame = json!({ "type": "typing", "conversation": conversation_id, "who": "agent",
                    "name": name, "note": is_note });
                send_json(&mut self.socket, &frame).await
            }
            // Previews are for customers.
            Frame::Preview { .. } => Ok(()),
            Frame::Floor => send_json(&mut self.socket, &json!({ "type": "floor" })).await,
            Frame::Access => {
                self.look_again().await?;
                let heard: Vec<ConversationId> = self.cursors.keys().cloned().collect();
                for id in heard {
                    self.still_sees(&id, ear).await?;
                }
                Ok(())
            }
        }
    }

    async fn catch_up(&mut self, id: &ConversationId) -> Result<(), Over> {
        while let Some(after) = self.cursors.get(id).copied() {
            let (workspace_id, asked) = (self.signed_in.agent.workspace_id.clone(), id.clone());
            let read = self
                .app
                .desk
                .store
                .read(move |tx| tx.events(&workspace_id, &asked, after, 200))
                .await;
            let events: Vec<Event> = match read {
                Ok(events) => events,
                Err(error) => return self.fail(error.into()).await,
            };
            let (Some(first), Some(last)) = (events.first(), events.last()) else {
                break;
            };
            if misses_some(after, first) {
                self.resync(id).await?;
                continue;
            }
            let through = last.seq;
            self.send_events(id, &events_json(&events, Audience::Agent), through)
                .await?;
        }
        Ok(())
    }

    /// Tells the console to forget what it has: what follows is all that there is.
    async fn resync(&mut self, id: &ConversationId) -> Result<(), Over> {
        self.cursors.insert(id.clone(), 0);
        let frame = json!({ "type": "resync", "conversation": id });
        send_json(&mut self.socket, &frame).await
    }

    async fn send_events(
        &mut self,
        id: &ConversationId,
        events: &str,
        through: u64,
    ) -> Result<(), Over> {
        self.cursors.insert(id.clone(), through);
        let text = format!(
            r#"{{"type":"events","conversation":"{id}","through_seq":{through},"events":{events}}}"#
        );
        send(&mut self.socket, Message::Text(text.into())).await
    }

    async fn sign_of_life(&mut self) -> Result<(), Over> {
        let agent = &self.signed_in.agent;
        match self
            .app
            .desk
            .see(agent.workspace_id.clone(), agent.id.clone())
            .await
        {
            Ok(()) => Ok(()),
            // While nothing can be written the agent still reads, and nobody is judged by
            // signs of life that could not be written down.
            Err(Error::Store(error)) => {
                tracing::debug!(%error, "could not write a sign of life down");
                Ok(())
            }
            Err(error) => self.fail(error.into()).await,
        }
    }

    async fn fail(&mut self, problem: Problem) -> Result<(), Over> {
        close(&mut self.socket, 4500, problem.code(), problem.detail()).await
    }
}
