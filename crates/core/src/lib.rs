//! What a handoff is. Pure and synchronous: no IO, no async, no clock, no dice.
//! Time and chance come in as arguments; what comes out is facts or a refusal.

pub mod access;
pub mod asking;
pub mod attempt;
pub mod audit;
pub mod conversation;
pub mod decide;
pub mod event;
pub mod file;
pub mod forecast;
pub mod gap;
pub mod guard;
pub mod hand_back;
pub mod ids;
pub mod introduction;
pub mod look_up;
pub mod measure;
pub mod package;
pub mod policy;
pub mod queue;
pub mod response;
pub mod route;
pub mod signal;
pub mod time;
pub mod trial;
pub mod webhook;
pub mod words;
