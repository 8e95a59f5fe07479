//! The measures as a table for a spreadsheet. What others wrote stands in it: a topic is a tag
//! of an article, a plan what a program said; [`Sheet`] makes it harmless.

use axum::extract::{Query, State};
use axum::response::Response;
use segue_core::measure::{Part, ProductMatter, Share, Sign};
use serde::Deserialize;

use super::period::MeasuresQuery;
use super::{DayFigures, Measures, measure};
use crate::http::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;
use crate::http::sheet::Sheet;

/// What the lines of a table are.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lines {
    /// A line for each day.
    Days,
    /// For each reason.
    Triggers,
    /// For each topic.
    Topics,
    /// For each inbox.
    Inboxes,
    /// For each language.
    Languages,
    /// For each plan.
    Plans,
    /// For each way that handoffs ended.
    Outcomes,
    /// For each topic that agents leave unsettled (P38).
    Product,
    /// For each way in which something came again (P35).
    Repetition,
}

/// Which table.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TableQuery {
    /// What its lines are.
    of: Lines,
}

const DAYS: [&str; 20] = [
    "day",
    "conversations",
    "handed_off",
    "handoffs",
    "satisfied",
    "satisfied_n",
    "in_target",
    "in_target_n",
    "abandoned",
    "abandoned_n",
    "promises_kept",
    "promises_n",
    "solved",
    "solved_n",
    "had_to_repeat",
    "had_to_repeat_n",
    "unanswered",
    "agent_minutes",
    "zone",
    "as_of",
];
const PARTS: [&str; 18] = [
    "name",
    "conversations",
    "handoffs",
    "escalated",
    "escalated_n",
    "escalated_low",
    "escalated_high",
    "satisfied",
    "satisfied_n",
    "solved",
    "solved_n",
    "durable",
    "durable_n",
    "reopened",
    "reopened_n",
    "product_problem",
    "product_problem_n",
    "change_confidence",
];

#[utoipa::path(get, path = "/api/console/measures/table", tag = "console", params(MeasuresQuery, TableQuery),
    responses((status = 200, body = String, content_type = "text/csv"), (status = 403, body = ProblemDocument)))]
pub(in crate::http) async fn download(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<MeasuresQuery>,
    Query(table): Query<TableQuery>,
) -> Result<Response, Problem> {
    let measures = measure(&app, signed_in.agent.workspace_id, query).await?;
    let sheet = match table.of {
        Lines::Days => of_days(&measures),
        Lines::Triggers => of_parts(&measures.triggers),
        Lines::Topics => of_parts(&measures.topics),
        Lines::Inboxes => of_parts(&measures.inboxes),
        Lines::Languages => of_parts(&measures.languages),
        Lines::Plans => of_parts(&measures.plans),
        Lines::Repetition => of_repetition(&measures),
        Lines::Outcomes => of_outcomes(&measures),
        Lines::Product => of_product(&measures.product),
    };
    Ok(sheet.into_file("measures.csv"))
}

fn of_days(measures: &Measures) -> Sheet {
    let mut sheet = Sheet::new(&DAYS);
    for day in &measures.course {
        let mut cells = vec![
            day.day.clone(),
            day.conversations.to_string(),
            day.handed_off.to_string(),
            day.handoffs.to_string(),
        ];
        let shares: [fn(&DayFigures) -> Share; 6] = [
            |it| it.satisfied,
            |it| it.in_target,
            |it| it.abandoned,
            |it| it.kept,
            |it| it.solved,
            |it| it.repeated,
        ];
        for share in shares {
            cells.extend(with_n(share(day)));
        }
        cells.push(day.unanswered.to_string());
        cells.push(day.agent_minutes.to_string());
        cells.push(measures.zone.clone());
        cells.push(measures.as_of.to_string());
        sheet.line(&cells);
    }
    sheet
}

fn of_parts(parts: &[Part]) -> Sheet {
    let mut sheet = Sheet::new(&PARTS);
    for part in parts {
        let mut cells = vec![
            part.name.clone(),
            part.conversations.to_string(),
            part.handoffs.to_string(),
        ];
        cells.extend(with_n(part.escalated));
        cells.push(number(part.escalated.low));
        cells.push(number(part.escalated.high));
        for share in [
            part.satisfied,
            part.solved,
            part.durable,
            part.reopened,
            part.product,
        ] {
            cells.extend(with_n(share));
        }
        cells.push(number(part.change.as_ref().map(|it| it.confidence)));
        sheet.line(&cells);
    }
    sheet
}

fn of_outcomes(measures: &Measures) -> Sheet {
    let mut sheet = Sheet::new(&["outcome", "handoffs"]);
    for it in &measures.outcomes {
        sheet.line(&[it.outcome.clone(), it.n.to_string()]);
    }
    sheet
}

const PRODUCT: [&str; 12] = [
    "topic",
    "handoffs",
    "unsettled",
    "share",
    "low",
    "high",
    "product_problem",
    "not_solvable",
    "workaround",
    "reopened",
    "stuck",
    "agent_minutes",
];

fn of_product(matters: &[ProductMatter]) -> Sheet {
    let mut sheet = Sheet::new(&PRODUCT);
    for matter in matters {
        let Share {
            n,
            k,
            share,
            low,
            high,
        } = matter.settled.unsettled;
        let signed = |sign| {
            let its = matter.settled.signs.iter().find(|it| it.sign == sign);
            its.map_or(0, |it| it.n).to_string()
        };
        let mut cells = vec![matter.topic.clone(), n.to_string(), k.to_string()];
        cells.extend([share, low, high].map(number));
        cells.extend(Sign::ALL.map(signed));
        cells.push(format!("{:.0}", matter.agent_minutes));
        sheet.line(&cells);
    }
    sheet
}

fn of_repetition(measures: &Measures) -> Sheet {
    let mut sheet = Sheet::new(&["what", "handoffs", "again", "share", "low", "high"]);
    let figures = &measures.now.repetition;
    let lines = [
        ("customers", figures.repeated),
        ("customers_said", figures.said),
        ("customers_retold_facts", figures.retold_facts),
        ("customers_retold_issue", figures.retold_issue),
        ("agents", figures.agents),
        ("agents_asked", figures.asked_again),
        ("agents_tried", figures.tried_again),
    ];
    for (what, share) in lines {
        let mut cells = vec![what.to_string(), share.n.to_string(), share.k.to_string()];
        cells.extend([share.share, share.low, share.high].map(number));
        sheet.line(&cells);
    }
    sheet
}

fn with_n(share: Share) -> [String; 2] {
    [number(share.share), share.n.to_string()]
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value:.4}"))
}
