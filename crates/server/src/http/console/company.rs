//! How the company and its assistant are shown to customers.

use axum::Json;
use axum::extract::{Query, State};
use segue_core::words::Words;
use serde::{Deserialize, Serialize};

use crate::desk::Company;
use crate::http::App;
use crate::http::guard::{Body, clean_text};
use crate::http::problem::Problem;
use crate::http::session::SignedIn;

/// The longest name of a company or an assistant, and the longest greeting, in letters.
const LONGEST_NAME: usize = 120;
const LONGEST_ASSISTANT: usize = 40;
const LONGEST_GREETING: usize = 300;

/// What customers see of the company.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CompanyShown {
    name: String,
    brand_color: String,
    assistant_name: String,
    greeting: String,
    /// What the assistant says first, with holes `{company}` and `{name}`.
    disclosure: Disclosure,
}

/// The assistant's first line, which always says what it is (P44).
#[derive(Serialize, utoipa::ToSchema)]
pub struct Disclosure {
    unnamed: String,
    named: String,
}

/// In which language to show what is said.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct Spoken {
    #[serde(default)]
    language: String,
}

#[utoipa::path(get, path = "/api/console/company", tag = "console", params(Spoken),
    responses((status = 200, body = CompanyShown)))]
pub(in crate::http) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(spoken): Query<Spoken>,
) -> Result<Json<CompanyShown>, Problem> {
    let id = signed_in.agent.workspace_id;
    let workspace = app.desk.store.read(move |tx| tx.workspace(&id)).await?;
    let workspace = workspace.ok_or_else(Problem::not_found)?;
    let words = Words::of(&spoken.language);
    Ok(Json(CompanyShown {
        name: workspace.name,
        brand_color: workspace.settings.brand_color,
        assistant_name: workspace.settings.assistant_name,
        greeting: workspace.settings.greeting,
        disclosure: Disclosure {
            unnamed: words.get("assistant.disclosure").into(),
            named: words.get("assistant.disclosure_named").into(),
        },
    }))
}

/// What an admin says of the company.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct CompanyChange {
    name: String,
    /// `#rrggbb`.
    brand_color: String,
    /// Nothing for no name.
    #[serde(default)]
    assistant_name: String,
    /// Nothing for no more than what is always said.
    #[serde(default)]
    greeting: String,
}

#[utoipa::path(put, path = "/api/console/company", tag = "console", request_body = CompanyChange,
    responses((status = 204), (status = 422, body = crate::http::problem::ProblemDocument)))]
pub(in crate::http) async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(change): Body<CompanyChange>,
) -> Result<axum::http::StatusCode, Problem> {
    let company = Company {
        name: one_line(&clean_text(&change.name, LONGEST_NAME)?),
        brand_color: colour(&change.brand_color)?,
        assistant_name: one_line(&clean_or_empty(&change.assistant_name, LONGEST_ASSISTANT)?),
        greeting: clean_or_empty(&change.greeting, LONGEST_GREETING)?,
    };
    app.desk.set_company(signed_in.actor(), company).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

fn colour(text: &str) -> Result<String, Problem> {
    let digits = text.trim().strip_prefix('#').unwrap_or_default();
    if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(format!("#{}", digits.to_ascii_lowercase()));
    }
    Err(Problem::bad_request("a colour is written like #2456d6"))
}

/// A text that may be left out.
fn clean_or_empty(text: &str, longest: usize) -> Result<String, Problem> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    clean_text(text, longest)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
