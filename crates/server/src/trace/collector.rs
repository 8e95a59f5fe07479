//! Spans on their way to a collector. Where one is and how much is sampled say the variables that
//! every program with OpenTelemetry knows: `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_TRACES_SAMPLER`.

use std::sync::OnceLock;

use axum::http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// Of spans that are for traces alone; the log does not show them.
pub const TARGET: &str = "traces";

/// Where spans go; set once, where a collector is named.
static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// What takes spans; `None` where no collector is named, or it cannot be reached by what is said.
pub fn layer<S>() -> Option<impl Layer<S>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let named = [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    ];
    named
        .into_iter()
        .find(|name| std::env::var_os(name).is_some())?;
    crate::tls::install();
    let exporter = SpanExporter::builder()
        .with_http()
        .build()
        .inspect_err(|error| eprintln!("segue: no traces are sent: {error}"))
        .ok()?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(Resource::builder().with_service_name("segue").build())
        .build();
    let tracer = provider.tracer("segue");
    let _ = PROVIDER.set(provider);
    let layer = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false);
    let is_ours =
        |it: &Metadata<'_>| it.is_span() && (it.target() == TARGET || it.name() == "request");
    Some(layer.with_filter(filter_fn(is_ours)))
}

/// Sends what is still here.
pub fn stop() {
    if let Some(provider) = PROVIDER.get()
        && let Err(error) = provider.shutdown()
    {
        eprintln!("segue: the last traces were not sent: {error}");
    }
}

pub(super) fn follow(span: &Span, headers: &HeaderMap) {
    let context = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
    // Where nobody takes spans there is none to set.
    let _ = span.set_parent(context);
}

pub(super) fn answered(span: &Span, status: u16) {
    span.set_attribute("http.response.status_code", i64::from(status));
}

pub(super) fn hand_on(headers: &mut HeaderMap) {
    let context = Span::current().context();
    TraceContextPropagator::new().inject_context(&context, &mut HeaderInjector(headers));
}
