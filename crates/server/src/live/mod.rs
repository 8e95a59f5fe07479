//! Who listens to what on this node. A ring comes in, the new events are read once for
//! each conversation, and every socket gets them as a frame. What is lossy (typing,
//! previews) goes straight through and is never stored.

mod hub;

pub use hub::{Audience, Frame, Hub, Subscription, Who};
pub(crate) use hub::{changes_state, events_json};
