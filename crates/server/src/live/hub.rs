//! The hub: subscriptions of this node's sockets, and the task that serves them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use segue_core::event::Event;
use segue_core::ids::{AgentId, ConversationId, WorkspaceId};
use segue_store::{Error as StoreError, Ring, Store, kill_point};
use serde::Serialize;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{Notify, mpsc};

/// Frames that a socket may lag behind before it is cut off.
const BACKLOG: usize = 256;
/// Events in one frame.
const FRAME_EVENTS: i64 = 200;
/// How often subscribed conversations are looked at without a ring.
const REPAIR: Duration = Duration::from_secs(5);
/// Every so many of these looks lists are told to look again too: each console then asks.
const FLOORS_EVERY: u32 = 4;

/// Who reads on a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The customer: sees what `Event::for_customer` lets through.
    Customer,
    /// An agent: sees everything.
    Agent,
}

/// Who is typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The customer.
    Customer,
    /// The AI.
    Assistant,
    /// A human.
    Agent,
}

/// Something for a socket to send; made once for all that listen.
#[derive(Debug)]
pub enum Frame {
    /// Events after `after` up to `through`, as the JSON array of one audience.
    Events {
        /// The conversation.
        conversation_id: ConversationId,
        /// The cursor it continues.
        after: u64,
        /// The cursor it leads to; hidden events are counted in.
        through: u64,
        /// The events, serialised once for all sockets.
        events: String,
        /// Whether they are more than messages, so that the conversation's state must
        /// be shown anew.
        changes_state: bool,
    },
    /// Somebody is typing.
    Typing {
        /// Where.
        conversation_id: ConversationId,
        /// Who.
        who: Who,
        /// The name to show, for agents.
        name: Option<String>,
    },
    /// A colleague is writing, which the other agents who look at it should know.
    Colleague {
        /// Where.
        conversation_id: ConversationId,
        /// Who.
        agent_id: AgentId,
        /// Their name.
        name: String,
        /// Whether it is a note.
        is_note: bool,
    },
    /// The assistant's answer as far as it is written: lossy, never stored, void once the
    /// epoch has changed. For customers.
    Preview {
        /// Where.
        conversation_id: ConversationId,
        /// The epoch that it is written under.
        epoch: u64,
        /// All of it so far.
        text: String,
    },
    /// Lists have changed: ask again.
    Floor,
    /// Who may come in has changed: an agent's socket looks at its session again.
    Access,
}

/// A socket's ear. Dropping it unsubscribes.
pub struct Subscription {
    /// What to send; ends when the socket was too slow.
    pub frames: mpsc::Receiver<Arc<Frame>>,
    hub: Hub,
    number: u64,
    /// What it listens to, so that it can be taken off again.
    listens_to: Mutex<HashSet<ConversationId>>,
}

/// The hub of this node. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    sockets: Sockets,
    conversations: HashMap<ConversationId, Heard>,
    floors: HashMap<WorkspaceId, HashSet<u64>>,
    /// The agents' sockets of each workspace.
    consoles: HashMap<WorkspaceId, HashSet<u64>>,
    next_number: u64,
    /// Ears that were not dropped yet.
    open: usize,
    /// This node stops: nobody is served any more.
    is_closing: bool,
    /// Says that one of the last two may have changed for good.
    turned: Arc<Notify>,
}

/// The sockets of this node by their number. One that falls too far behind is taken out,
/// which ends its frames.
#[derive(Default)]
struct Sockets(HashMap<u64, mpsc::Sender<Arc<Frame>>>);

impl Sockets {
    /// Hands a frame on; `false` if that socket is gone or too slow.
    fn pass(&mut self, number: u64, frame: Arc<Frame>) -> bool {
        let Some(sender) = self.0.get(&number) else {
            return false;
        };
        let is_passed = sender.try_send(frame).is_ok();
        if !is_passed {
            self.0.remove(&number);
        }
        is_passed
    }

    /// Hands on a frame that may get lost; it never takes the room that messages need.
    fn offer(&self, number: u64, frame: Arc<Frame>) {
        if let Some(sender) = self
            .0
            .get(&number)
            .filter(|sender| sender.capacity() > BACKLOG / 2)
        {
            let _ = sender.try_send(frame);
        }
    }
}

/// A conversation that somebody listens to.
struct Heard {
    workspace_id: WorkspaceId,
    /// The last event that went out.
    through: u64,
    sockets: Vec<Ear>,
}

struct Ear {
    number: u64,
    audience: Audience,
}

impl Hub {
    /// A hub that hears the rings of a store.
    pub fn new() -> Self {
        Self {
            state: Arc::default(),
        }
    }

    /// An ear for one socket.
    pub fn subscription(&self) -> Subscription {
        let (sender, frames) = mpsc::channel(BACKLOG);
        let mut state = self.lock();
        state.next_number += 1;
        let number = state.next_number;
        state.open += 1;
        if !state.is_closing {
            state.sockets.0.insert(number, sender);
        }
        Subscription {
            frames,
            hub: self.clone(),
            number,
            listens_to: Mutex::default(),
        }
    }

    /// Tells the others in a conversation that somebody is typing.
    pub fn typing(&self, conversation_id: &ConversationId, who: Who, name: Option<String>) {
        let state = self.lock();
        let Some(heard) = state.conversations.get(conversation_id) else {
            return;
        };
        let frame = Arc::new(Frame::Typing {
            conversation_id: conversation_id.clone(),
            who,
            name,
        });
        let others = if who == Who::Customer {
            Audience::Agent
        } else {
            Audience::Customer
        };
        for ear in heard.sockets.iter().filter(|ear| ear.audience == others) {
            state.sockets.offer(ear.number, frame.clone());
        }
    }

    /// Tells the other agents who look at a conversation that one of them is writing.
    pub fn colleague_types(
        &self,
        conversation_id: &ConversationId,
        (agent_id, name): (AgentId, String),
        is_note: bool,
    ) {
        let state = self.lock();
        let Some(heard) = state.conversations.get(conversation_id) else {
            return;
        };
        let frame = Arc::new(Frame::Colleague {
            conversation_id: conversation_id.clone(),
            agent_id,
            name,
            is_note,
        });
        let agents = heard.sockets.iter();
        for ear in agents.filter(|ear| ear.audience == Audience::Agent) {
            state.sockets.offer(ear.number, frame.clone());
        }
    }

    /// Shows the customer an answer that is being written.
    pub fn preview(&self, conversation_id: &ConversationId, epoch: u64, text: &str) {
        let state = self.lock();
        let Some(heard) = state.conversations.get(conversation_id) else {
            return;
        };
        let frame = Arc::new(Frame::Preview {
            conversation_id: conversation_id.clone(),
            epoch,
            text: text.into(),
        });
        let customers = |ear: &&Ear| ear.audience == Audience::Customer;
        for ear in heard.sockets.iter().filter(customers) {
            state.sockets.offer(ear.number, frame.clone());
        }
    }

    /// This node stops: every socket is let go, and whoever waits for [`Hub::closing`] goes on.
    pub fn close(&self) {
        let mut state = self.lock();
        state.is_closing = true;
        state.sockets.0.clear();
        state.turned.notify_waiters();
    }

    /// Whether this node stops.
    pub fn is_closing(&self) -> bool {
        self.lock().is_closing
    }

    /// Waits until this node stops.
    pub async fn closing(&self) {
        self.until(|state| state.is_closing).await;
    }

    /// Waits until no socket is left.
    pub async fn emptied(&self) {
        self.until(|state| state.open == 0).await;
    }

    async fn until(&self, is_so: impl Fn(&State) -> bool) {
        let turned = self.lock().turned.clone();
        loop {
            // Listens from here on, so that nothing falls between looking and waiting.
            let turn = turned.notified();
            if is_so(&self.lock()) {
                return;
            }
            turn.await;
        }
    }

    /// How many sockets it serves now.
    pub fn sockets(&self) -> usize {
        self.lock().sockets.0.len()
    }

    /// Serves the sockets until the process ends.
    pub async fn serve(self, store: Store) {
        let mut bell = store.listen();
        let mut repair = tokio::time::interval(REPAIR);
        repair.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut repaired = 0_u32;
        loop {
            let mut rung: HashSet<ConversationId> = HashSet::new();
            let mut floors: HashSet<WorkspaceId> = HashSet::new();
            let mut accesses: HashSet<WorkspaceId> = HashSet::new();
            let mut gone: HashSet<WorkspaceId> = HashSet::new();
            let mut missed = false;
            let mut note = |ring: Ring| match ring {
                Ring::Conversation { id, .. } => {
                    rung.insert(id);
                }
                Ring::Floor { workspace_id } => {
                    floors.insert(workspace_id);
                }
                Ring::Access { workspace_id } => {
                    accesses.insert(workspace_id);
                }
                Ring::Gone { workspace_id } => {
                    gone.insert(workspace_id);
                }
                Ring::Jobs => {}
                Ring::Missed => missed = true,
            };
            let mut repairs = false;
            tokio::select! {
                ring = bell.recv() => note(ring.unwrap_or_else(|lost| match lost {
                    RecvError::Lagged(_) => Ring::Missed,
                    RecvError::Closed => Ring::Jobs,
                })),
                _ = repair.tick() => repairs = true,
            }
            loop {
                match bell.try_recv() {
                    Ok(ring) => note(ring),
                    Err(TryRecvError::Lagged(_)) => note(Ring::Missed),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Closed) => return,
                }
            }
            repaired += u32::from(repairs);
            let floors_too = missed || (repairs && repaired.is_multiple_of(FLOORS_EVERY));
            if floors_too {
                floors.extend(self.lock().floors.keys().cloned());
            }
            self.let_go(&gone);
            self.ring_access(&accesses, missed);
            let news = self.wanted(&rung, missed || repairs);
            if !news.is_empty() {
                self.publish(&store, news).await;
            }
            self.ring_floors(&floors);
        }
    }

    /// The conversations of these that have listeners, with the cursor of each.
    fn wanted(
        &self,
        rung: &HashSet<ConversationId>,
        all: bool,
    ) -> Vec<(WorkspaceId, ConversationId, u64)> {
        let state = self.lock();
        let wanted = |(id, heard): (&ConversationId, &Heard)| {
            (heard.workspace_id.clone(), id.clone(), heard.through)
        };
        if all {
            return state.conversations.iter().map(wanted).collect();
        }
        rung.iter()
            .filter_map(|id| state.conversations.get_key_value(id))
            .map(wanted)
            .collect()
    }

    /// Reads what is new, once for each conversation, and hands it to the sockets.
    async fn publish(&self, store: &Store, wanted: Vec<(WorkspaceId, ConversationId, u64)>) {
        let read = store
            .glance(move |tx| {
                let found = tx.events_of_each(&wanted, FRAME_EVENTS)?;
                let news = wanted.iter().zip(found);
                Ok::<_, StoreError>(
                    news.filter(|(_, events)| !events.is_empty())
                        .map(|((_, id, after), events)| (id.clone(), *after, events))
                        .collect::<Vec<_>>(),
                )
            })
            .await;
        match read {
            Ok(news) => {
                kill_point("fan_out.before");
                for (id, after, events) in news {
                    self.send(&id, after, &events);
                    kill_point("fan_out.after");
                }
            }
            Err(error) => {
                tracing::warn!(%error, "could not read new events for the sockets; the repair will")
            }
        }
    }

    fn send(&self, id: &ConversationId, after: u64, events: &[Event]) {
        let mut state = self.lock();
        let State {
            sockets,
            conversations,
            ..
        } = &mut *state;
        let Some(heard) = conversations.get_mut(id) else {
            return;
        };
        // A socket that subscribed meanwhile has moved nothing; one that raced us would
        // only make us send what its own cursor already covers.
        let through = events.last().map_or(after, |event| event.seq);
        heard.through = heard.through.max(through);
        let mut frames: HashMap<Audience, Arc<Frame>> = HashMap::new();
        heard.sockets.retain(|ear| {
            let frame = frames.entry(ear.audience).or_insert_with(|| {
                Arc::new(Frame::Events {
                    conversation_id: id.clone(),
                    after,
                    through,
                    events: events_json(events, ear.audience),
                    changes_state: changes_state(events),
                })
            });
            sockets.pass(ear.number, frame.clone())
        });
        if heard.sockets.is_empty() {
            conversations.remove(id);
        }
    }

    fn ring_floors(&self, floors: &HashSet<WorkspaceId>) {
        let state = self.lock();
        let listening = floors.iter().filter_map(|id| state.floors.get(id));
        let frame = Arc::new(Frame::Floor);
        for number in listening.flatten() {
            // A console that is full of frames will ask again anyway.
            state.sockets.offer(*number, frame.clone());
        }
    }

    /// Has agents' sockets look at their sessions. This must not get lost, so a socket
    /// that is too full for it is cut off.
    fn ring_access(&self, workspaces: &HashSet<WorkspaceId>, all: bool) {
        let mut state = self.lock();
        let State {
            sockets, consoles, ..
        } = &mut *state;
        let concerned = consoles
            .iter()
            .filter(|(id, _)| all || workspaces.contains(id));
        for number in concerned.flat_map(|(_, numbers)| numbers) {
            sockets.pass(*number, Arc::new(Frame::Access));
        }
    }

    /// Ends every socket of workspaces that are no more. Each is told to connect again, and
    /// then finds nobody. (A ring that got lost: consoles look at their session and widgets
    /// at their conversation with every pulse.)
    fn let_go(&self, gone: &HashSet<WorkspaceId>) {
        let mut state = self.lock();
        for workspace_id in gone {
            let State {
                sockets,
                conversations,
                floors,
                consoles,
                ..
            } = &mut *state;
            let floors = floors.get(workspace_id).into_iter().flatten();
            let consoles = consoles.get(workspace_id).into_iter().flatten();
            let heard = conversations
                .values()
                .filter(|it| it.workspace_id == *workspace_id);
            let ears = heard.flat_map(|it| &it.sockets).map(|ear| &ear.number);
            for number in floors.chain(consoles).chain(ears) {
                sockets.0.remove(number);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("nobody panics with the hub's lock held")
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

impl Subscription {
    /// Listens to a conversation. `known` is an event up to which everybody is served;
    /// events after it will come as frames, perhaps some before it too.
    pub fn listen(
        &self,
        workspace_id: &WorkspaceId,
        id: &ConversationId,
        known: u64,
        audience: Audience,
    ) {
        self.listens_to
            .lock()
            .expect("only this socket takes the lock")
            .insert(id.clone());
        let mut state = self.hub.lock();
        let heard = state
            .conversations
            .entry(id.clone())
            .or_insert_with(|| Heard {
                workspace_id: workspace_id.clone(),
                through: known,
                sockets: vec![],
            });
        heard.sockets.retain(|ear| ear.number != self.number);
        heard.sockets.push(Ear {
            number: self.number,
            audience,
        });
    }

    /// Stops listening to a conversation.
    pub fn leave(&self, id: &ConversationId) {
        self.listens_to
            .lock()
            .expect("only this socket takes the lock")
            .remove(id);
        self.hub.lock().take_off(id, self.number);
    }

    /// Is an agent's socket of a workspace: it hears when who may come in has changed.
    pub fn listen_access(&self, workspace_id: &WorkspaceId) {
        let mut state = self.hub.lock();
        let consoles = state.consoles.entry(workspace_id.clone()).or_default();
        consoles.insert(self.number);
    }

    /// Listens to the floor of a workspace.
    pub fn listen_floor(&self, workspace_id: &WorkspaceId) {
        let mut state = self.hub.lock();
        state
            .floors
            .entry(workspace_id.clone())
            .or_default()
            .insert(self.number);
    }
}

impl State {
    fn take_off(&mut self, id: &ConversationId, number: u64) {
        if let Some(heard) = self.conversations.get_mut(id) {
            heard.sockets.retain(|ear| ear.number != number);
            if heard.sockets.is_empty() {
                self.conversations.remove(id);
            }
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.hub.lock();
        state.sockets.0.remove(&self.number);
        state.open -= 1;
        if state.open == 0 {
            state.turned.notify_waiters();
        }
        for id in self
            .listens_to
            .lock()
            .expect("only this socket takes the lock")
            .iter()
        {
            state.take_off(id, self.number);
        }
        let State {
            floors, consoles, ..
        } = &mut *state;
        for listeners in [floors, consoles] {
            listeners.retain(|_, sockets| {
                sockets.remove(&self.number);
                !sockets.is_empty()
            });
        }
    }
}

/// Whether events are more than messages.
pub(crate) fn changes_state(events: &[Event]) -> bool {
    events
        .iter()
        .any(|event| !matches!(event.fact, segue_core::event::Fact::MessageAdded(_)))
}

/// The events that an audience may see, as a JSON array.
pub(crate) fn events_json(events: &[Event], audience: Audience) -> String {
    let seen: Vec<std::borrow::Cow<'_, Event>> = match audience {
        Audience::Agent => events.iter().map(std::borrow::Cow::Borrowed).collect(),
        Audience::Customer => events
            .iter()
            .filter_map(Event::for_customer)
            .map(std::borrow::Cow::Owned)
            .collect(),
    };
    serde_json::to_string(&seen).unwrap_or_else(|_| "[]".into())
}
