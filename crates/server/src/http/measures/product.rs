//! What is no matter for support: topics whose handoffs agents could not settle, with examples
//! (P38).

use axum::Json;
use axum::extract::{Query, State};
use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::measure::{Behind, CellKey, ProductMatter, Settled, Sign, Tally, product};
use segue_core::time::Timestamp;
use segue_store::{CasesAsked, KeptCase};
use serde::Serialize;

use super::behind::stands_behind;
use super::period::{MeasuresQuery, Period};
use super::{COUNTED_FIRST, chosen};
use crate::desk::Error;
use crate::http::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;

/// Topics that are shown, and examples of each.
const TOPICS: usize = 20;
const EXAMPLES: usize = 3;
/// Conversations that are looked at for the examples of one topic.
const READ: i64 = 30;

/// What is no matter for support.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Product {
    /// All handoffs that agents had in hand.
    all: Settled,
    /// The topics that leave something unsettled, most first.
    topics: Vec<TopicShown>,
    /// Whether everything is counted that happened.
    is_whole: bool,
}

/// A topic with conversations to read.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TopicShown {
    #[serde(flatten)]
    matter: ProductMatter,
    /// Its newest conversations that agents could not settle.
    examples: Vec<UnsettledExample>,
}

/// A conversation that agents could not settle.
#[derive(Serialize, utoipa::ToSchema)]
pub struct UnsettledExample {
    #[schema(value_type = String)]
    conversation_id: ConversationId,
    /// The first thing that its customer wrote.
    subject: String,
    /// When it began.
    opened_at: Timestamp,
    /// What shows it.
    signs: Vec<Sign>,
}

#[utoipa::path(get, path = "/api/console/measures/product", tag = "console", params(MeasuresQuery),
    responses((status = 200, body = Product), (status = 403, body = ProblemDocument)))]
pub(in crate::http) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<MeasuresQuery>,
) -> Result<Json<Product>, Problem> {
    let workspace_id = signed_in.agent.workspace_id;
    let rolled = app.desk.roll_up(&workspace_id, COUNTED_FIRST, None).await;
    let is_whole = rolled.map_or_else(
        |error| {
            tracing::warn!(%error, "the product's matters are shown as they were counted last");
            false
        },
        |it| it.is_whole,
    );
    let period = Period::read(&app, &workspace_id, query).await?;
    let (all, mut matters) = counted(&app, &workspace_id, &period).await?;
    matters.truncate(TOPICS);
    let (from, until) = period.instants();
    let now = app.desk.clock.now();
    let read = app.desk.store.read(move |tx| {
        let mut topics = Vec::new();
        for matter in &matters {
            let asked = CasesAsked {
                behind: Some(Behind::Unsettled),
                from,
                until,
                inbox_id: period.query.inbox.clone(),
                plan: period.query.plan.clone(),
                language: period.query.language.clone(),
                topic: Some(matter.topic.clone()),
                before: None,
            };
            let cases = tx.measure_cases(&workspace_id, &asked, READ)?;
            let its = cases
                .into_iter()
                .filter(|kept| stands_behind(&period, Behind::Unsettled, kept));
            let mut examples = Vec::new();
            for KeptCase { case, .. } in its.take(EXAMPLES) {
                let id = case.conversation_id;
                let subject = tx.first_customer_text(&workspace_id, &id)?;
                let mut signs: Vec<Sign> =
                    case.handoffs.iter().flat_map(|it| it.signs(now)).collect();
                signs.sort_unstable();
                signs.dedup();
                examples.push(UnsettledExample {
                    conversation_id: id,
                    subject: subject.unwrap_or_default(),
                    opened_at: case.opened_at,
                    signs,
                });
            }
            let matter = matter.clone();
            topics.push(TopicShown { matter, examples });
        }
        Ok::<_, Error>(topics)
    });
    let topics = read.await?;
    Ok(Json(Product {
        all,
        topics,
        is_whole,
    }))
}

/// What is unsettled in a period, by topic.
async fn counted(
    app: &App,
    workspace_id: &WorkspaceId,
    period: &Period,
) -> Result<(Settled, Vec<ProductMatter>), Problem> {
    let (id, days) = (workspace_id.clone(), period.days.clone());
    let read = app
        .desk
        .store
        .read(move |tx| tx.measure_cells(&id, days.clone()));
    let cells: Vec<(CellKey, Tally)> = read.await?;
    let period = period.clone();
    // Adding up takes some tens of milliseconds of a core; sockets must not wait for it.
    let work = move || product(&chosen(&period, &cells, &period.days));
    let added = tokio::task::spawn_blocking(work).await;
    added.map_err(|_| Error::Invalid("the measures could not be added up").into())
}
