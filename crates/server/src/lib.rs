//! Everything that touches the world; the `segue` binary is a thin door to it.

pub mod assistant;
pub mod channels;
pub mod commands;
pub mod connect;
pub mod demo;
pub mod desk;
pub mod doctor;
pub mod edge;
pub mod fetch;
pub mod forecast;
pub mod gather;
pub mod http;
pub mod identity;
pub mod jobs;
pub mod judge;
pub mod listen;
pub mod live;
pub mod logs;
pub mod model;
pub mod policy;
pub mod serve;
pub mod service;
pub mod simulate;
mod tls;
pub mod trace;
