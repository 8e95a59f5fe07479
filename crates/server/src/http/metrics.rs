//! The host's figures for Prometheus: what is counted while it happens, and what is read
//! from the database when somebody looks. Each one is explained for operators in
//! `docs/operating/monitoring.md`; a test holds that.
//!
//! They hold no names and no words, but say how busy a company is, so they are not for
//! everybody: on an address of their own (`--metrics-listen`), or with a token.

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use segue_core::time::Timestamp;
use segue_store::{Error as StoreError, Standings};

use super::App;
use super::problem::Problem;

/// Where answers are counted, in seconds: from what memory answers to what a model takes.
const SECONDS: [f64; 14] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0,
];
/// Where people's waits are counted, in seconds: P36 asks for less than five minutes.
const WAITS: [f64; 9] = [5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 3_600.0];

/// Begins to count.
pub fn recorder() -> Result<PrometheusHandle, BuildError> {
    use metrics_exporter_prometheus::Matcher;
    PrometheusBuilder::new()
        .set_buckets(&SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_wait_seconds".into()), &WAITS)?
        .install_recorder()
}

/// The figures on the public address, for whoever shows the token.
pub(super) async fn show(State(app): State<App>, request: Request) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let may = match (&app.metrics_token, shown) {
        (Some(token), Some(shown)) => {
            subtle::ConstantTimeEq::ct_eq(token.as_bytes(), shown.as_bytes()).into()
        }
        _ => false,
    };
    if !may {
        return Problem::not_found().into_response();
    }
    render(&app).await
}

/// The doors of an address of their own, which nobody outside can reach.
pub fn inside(app: App) -> Router {
    Router::new()
        .route(
            "/metrics",
            get(|State(app): State<App>| async move { render(&app).await }),
        )
        .route("/health/live", get(|| async { "live" }))
        .fallback(|| async { Problem::not_found() })
        .layer(middleware::map_response(|mut response: Response| async {
            let no_store = header::HeaderValue::from_static("no-store");
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, no_store);
            response
        }))
        .with_state(app)
}

async fn render(app: &App) -> Response {
    let Some(handle) = &app.metrics else {
        return Problem::not_found().into_response();
    };
    let now = app.desk.clock.now();
    let standings: Result<Standings, StoreError> = app.desk.store.read(|tx| tx.standings()).await;
    match standings {
        Ok(standings) => set(&standings, now),
        Err(error) => {
            tracing::warn!(%error, "could not read the figures of the database");
            metrics::gauge!("segue_database_up").set(0.0);
        }
    }
    let figures = app.desk.store.lane_figures();
    metrics::gauge!("segue_database_waiting", "lane" => "write")
        .set(figures.waiting_to_write as f64);
    metrics::gauge!("segue_database_waiting", "lane" => "read").set(figures.waiting_to_read as f64);
    metrics::counter!("segue_database_commits_total").absolute(figures.commits);
    metrics::counter!("segue_database_verbs_total").absolute(figures.verbs);
    metrics::counter!("segue_database_errors_total").absolute(figures.failures);
    metrics::gauge!("segue_sockets").set(app.hub.sockets() as f64);
    let version = env!("CARGO_PKG_VERSION");
    metrics::gauge!("segue_build_info", "version" => version).set(1.0);
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    (
        StatusCode::OK,
        [(header::CONTENT_TYPE, kind)],
        handle.render(),
    )
        .into_response()
}

fn set(standings: &Standings, now: Timestamp) {
    let age_s = |at: Option<Timestamp>| at.map_or(0.0, |at| now.since(at).max(0) as f64 / 1_000.0);
    metrics::gauge!("segue_database_up").set(1.0);
    // What is not there is zero, not the figure of before.
    for state in ["ready", "running", "given_up"] {
        let jobs = standings.jobs.iter().find(|jobs| jobs.state == state);
        let (count, oldest) = jobs.map_or((0, None), |jobs| (jobs.count, jobs.oldest));
        metrics::gauge!("segue_jobs", "state" => state).set(count as f64);
        metrics::gauge!("segue_jobs_oldest_seconds", "state" => state).set(age_s(oldest));
    }
    for (state, count) in &standings.conversations {
        metrics::gauge!("segue_conversations", "state" => state.clone()).set(*count as f64);
    }
    metrics::gauge!("segue_waiting_customers").set(standings.waiting as f64);
    metrics::gauge!("segue_waiting_oldest_seconds").set(age_s(standings.waiting_since));
    for (presence, count) in &standings.agents {
        metrics::gauge!("segue_agents", "presence" => presence.clone()).set(*count as f64);
    }
}
