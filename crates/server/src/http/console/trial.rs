//! Trying a question: what a customer would get and why (P47). Nothing of it is stored.

use axum::Json;
use axum::extract::State;
use segue_core::decide::Decision;
use segue_core::event::Citation;
use serde::{Deserialize, Serialize};

use super::decisions::{FactsShown, facts};
use crate::desk::Case;
use crate::http::App;
use crate::http::guard::Body;
use crate::http::problem::Problem;
use crate::http::session::SignedIn;

/// A question to be tried.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Trial {
    /// The conversation so far, with the question as its last line, and who asks.
    case: Case,
    /// What the assistant's last line let the customer choose from.
    #[serde(default)]
    readings: Vec<String>,
    /// The language of the chat.
    #[serde(default)]
    language: String,
}

/// What a customer would get.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TrialShown {
    said: SaidShown,
    /// Absent for small talk, which is answered without a decision.
    decision: Option<Decision>,
    /// What was known.
    facts: FactsShown,
}

/// What they would be told.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SaidShown {
    text: String,
    /// Whether it is the system that says it, not the assistant.
    is_handoff: bool,
    /// What an answer rests on.
    citations: Vec<Citation>,
    /// What the customer may choose from.
    readings: Vec<String>,
    offers_person: bool,
}

/// Lines of a transcript that are read; a real chat may go on longer.
const MOST_LINES: usize = 60;

#[utoipa::path(post, path = "/api/console/try", tag = "console", request_body = Trial,
    responses((status = 200, body = TrialShown), (status = 422, body = crate::http::problem::ProblemDocument)))]
pub(in crate::http) async fn try_question(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(trial): Body<Trial>,
) -> Result<Json<TrialShown>, Problem> {
    let workspace_id = &signed_in.agent.workspace_id;
    let place = app.place_or_first(workspace_id, trial.case.inbox_id.as_ref());
    let place = place.await?;
    let mut transcript = trial.case.into_transcript();
    transcript.readings = trial.readings;
    let surplus = transcript.lines.len().saturating_sub(MOST_LINES);
    transcript.lines.drain(..surplus);
    let tried = app
        .desk
        .try_question(place, transcript, &trial.language)
        .await?;
    let said = tried.said;
    Ok(Json(TrialShown {
        said: SaidShown {
            text: said.text,
            is_handoff: said.template.is_some_and(|it| it.starts_with("handoff.")),
            citations: said.citations,
            readings: said.readings,
            offers_person: said.offers_person,
        },
        decision: tried.decision,
        facts: facts(tried.advice.view),
    }))
}
