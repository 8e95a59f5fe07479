//! Has a language model better what an agent has received: the step to try first, and their
//! first message. Both are there without it; what it says counts only where it keeps to what
//! the articles say, and to the contract (P26, P29).

use std::sync::Arc;

use segue_core::event::Role;
use segue_core::introduction::draft;
use segue_core::package::{BetterIntroduction, NextStep, Package, shorten};
use segue_core::words::Words;
use segue_sense::draft_checks::repeated_solution;
use segue_sense::read::Reader;
use segue_store::Job;
use tokio::time::Instant;

use super::{End, Tools};
use crate::assistant::{Asked, Model, introduce, write};
use crate::desk::{Better, BetterOrder, Error, Place};

/// Passages that a model may use.
const HITS: usize = 5;
/// Letters of a step.
const STEP_LETTERS: usize = 300;

pub(super) async fn run(tools: &Tools, job: &Job) -> End {
    let order: BetterOrder = match serde_json::from_str(&job.payload) {
        Ok(order) => order,
        Err(error) => return End::GiveUp(format!("the order does not read back: {error}")),
    };
    let Some(model) = tools.model.as_ref().filter(|model| model.is_well()) else {
        return End::Done;
    };
    match better(tools, model, job, order).await {
        Ok(()) | Err(Error::NotFound) => End::Done,
        Err(error) => End::Retry(error.to_string()),
    }
}

async fn better(tools: &Tools, model: &Model, job: &Job, order: BetterOrder) -> Result<(), Error> {
    let desk = &tools.desk;
    let (workspace_id, given) = (job.workspace_id.clone(), order.clone());
    let read = desk.store.read(move |tx| {
        let conversation = tx.conversation(&workspace_id, &given.conversation_id)?;
        let handoff = tx.handoff(&workspace_id, &given.handoff_id)?;
        let package = handoff.and_then(|handoff| handoff.package);
        match (conversation, package) {
            (Some(conversation), Some(package)) => Ok((conversation, package)),
            _ => Err(Error::NotFound),
        }
    });
    let (conversation, package) = read.await?;
    let place = desk
        .place(&job.workspace_id, &conversation.inbox_id)
        .await?;
    let (words, agent) = (Words::of(&conversation.language), &order.agent.name);
    let tone = place.workspace.settings.tone(&place.inbox.id);
    let template = draft(tone, words, &package, agent, &place.workspace.name);
    let deadline = Instant::now() + model.limits().whole;
    let (step, said) = tokio::join!(
        step(tools, model, &place, &package, deadline),
        introduce(model, &package, &template, agent, deadline),
    );
    let said = said.inspect_err(
        |failure| tracing::warn!(%failure, "the model wrote no first message; the template stands"),
    );
    let introduction = said.ok().flatten().map(|text| {
        Better::Introduction(BetterIntroduction {
            agent_id: order.agent.id.clone(),
            text,
        })
    });
    for better in step?.map(Better::Step).into_iter().chain(introduction) {
        desk.better_package(
            job.workspace_id.clone(),
            order.conversation_id.clone(),
            order.handoff_id.clone(),
            better,
            model.name().to_string(),
        )
        .await?;
    }
    Ok(())
}

/// A step in the model's words, from the articles that the package suggests already; `None`
/// where it says more than they do, or what has failed.
async fn step(
    tools: &Tools,
    model: &Model,
    place: &Arc<Place>,
    package: &Package,
    deadline: Instant,
) -> Result<Option<NextStep>, Error> {
    let issue = &package.assessment.issue;
    let steps = package.next_steps.iter();
    let suggested: Vec<_> = steps.filter_map(|step| step.article_id.as_ref()).collect();
    if suggested.is_empty() {
        return Ok(None);
    }
    let knowledge = &tools.desk.knowledge;
    let index = knowledge.index(&place.workspace.id).await?;
    let (reader, question) = (knowledge.reader().clone(), issue.clone());
    let search = move || index.search(&reader.query(&question), HITS);
    let found = tokio::task::spawn_blocking(search).await;
    let mut hits = found.map_err(|_| Error::Invalid("the articles could not be searched"))?;
    hits.retain(|hit| suggested.contains(&&hit.article_id));
    if hits.is_empty() {
        return Ok(None);
    }
    let customer = &package.customer;
    let asked = Asked {
        company: place.workspace.name.clone(),
        lines: vec![(Role::Customer, issue.clone())],
        language: package.assessment.language.clone(),
        names: customer
            .name
            .iter()
            .chain(&customer.email)
            .cloned()
            .collect(),
        ..Asked::default()
    };
    let written = match write(model, &asked, &hits, deadline, |_| {}).await {
        Ok(written) => written,
        Err(reason) => {
            tracing::warn!(%reason, "the model suggests nothing; the article stands");
            return Ok(None);
        }
    };
    let failed = package.attempts.iter();
    let failed: Vec<&str> = failed
        .filter(|attempt| attempt.outcome.is_unsuccessful())
        .map(|attempt| attempt.suggestion.as_str())
        .collect();
    let repeats = repeated_solution(&Reader::lexical(), &written.text, &failed).is_some();
    let step = written
        .hits
        .first()
        .filter(|_| !repeats)
        .map(|hit| NextStep {
            text: shorten(&written.text, STEP_LETTERS),
            source: hit.title.clone(),
            article_id: Some(hit.article_id.clone()),
            conversation_id: None,
            model: Some(model.name().to_string()),
        });
    Ok(step)
}
