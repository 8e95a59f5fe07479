//! Traces: what a request, a verb, a job and a call to a model took, and which led to which, for
//! a collector that speaks OTLP. Built with the feature `otel` alone; without it every function
//! here does nothing. A span holds names, routes, states and the ids of requests and jobs, never
//! words, addresses, tokens or prompts.

#[cfg(feature = "otel")]
mod collector;

use axum::http::HeaderMap;
use segue_store::Job;
use tracing::Span;

#[cfg(feature = "otel")]
pub use collector::{TARGET, layer, stop};

#[cfg(not(feature = "otel"))]
const TARGET: &str = "traces";

/// A verb of the desk, from asking for its transaction to its commit.
pub(crate) fn verb(name: &'static str) -> Span {
    if cfg!(feature = "otel") {
        tracing::info_span!(target: TARGET, "verb", otel.name = name)
    } else {
        Span::none()
    }
}

/// A run of a job.
pub(crate) fn job(job: &Job) -> Span {
    if cfg!(feature = "otel") {
        let name = format!("job {}", job.kind);
        tracing::info_span!(target: TARGET, "job", otel.name = name, otel.kind = "consumer", job.id = %job.id, job.tries = job.tries)
    } else {
        Span::none()
    }
}

/// A call to somebody else's program: a language model, a look-up, a webhook.
pub(crate) fn call(name: &'static str) -> Span {
    if cfg!(feature = "otel") {
        tracing::info_span!(target: TARGET, "call", otel.name = name, otel.kind = "client")
    } else {
        Span::none()
    }
}

/// A request goes on with the trace that its `traceparent` names.
pub(crate) fn follow(span: &Span, headers: &HeaderMap) {
    #[cfg(feature = "otel")]
    collector::follow(span, headers);
    #[cfg(not(feature = "otel"))]
    let _ = (span, headers);
}

/// What a request was answered.
pub(crate) fn answered(span: &Span, status: u16) {
    #[cfg(feature = "otel")]
    collector::answered(span, status);
    #[cfg(not(feature = "otel"))]
    let _ = (span, status);
}

/// Names the trace that we are in to whom we call, as `traceparent`.
pub(crate) fn hand_on(headers: &mut HeaderMap) {
    #[cfg(feature = "otel")]
    collector::hand_on(headers);
    #[cfg(not(feature = "otel"))]
    let _ = headers;
}
