//! Has a language model word a drafted article. The draft is there without it; what it says is
//! kept beside it, and only as far as it stands in what agents said.

use segue_core::gap::BetterDraft;
use segue_store::Job;
use tokio::time::Instant;

use super::{End, Tools};
use crate::assistant::{Model, word_article};
use crate::desk::{Error, WordOrder, Wording};

pub(super) async fn run(tools: &Tools, job: &Job) -> End {
    let order: WordOrder = match serde_json::from_str(&job.payload) {
        Ok(order) => order,
        Err(error) => return End::GiveUp(format!("the order does not read back: {error}")),
    };
    let Some(model) = tools.model.as_ref().filter(|model| model.is_well()) else {
        return End::Done;
    };
    match word(tools, model, job, &order).await {
        // Somebody approved or discarded it meanwhile.
        Ok(()) | Err(Error::NotFound | Error::Store(segue_store::Error::Conflict)) => End::Done,
        Err(error) => End::Retry(error.to_string()),
    }
}

async fn word(tools: &Tools, model: &Model, job: &Job, order: &WordOrder) -> Result<(), Error> {
    let Some(Wording { gap, names }) = tools.desk.to_word(&job.workspace_id, order).await? else {
        return Ok(());
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let deadline = Instant::now() + model.limits().whole;
    let (title, text) = (&gap.draft.title, &gap.draft.text);
    match word_article(model, title, text, &names, deadline).await {
        Ok(Some(text)) => {
            let model = model.name().to_string();
            tools
                .desk
                .better_draft(gap, BetterDraft { text, model })
                .await
        }
        Ok(None) => {
            tracing::info!(gap.id = %gap.id, "the model's wording did not stand in what agents said; the draft stays as it is");
            Ok(())
        }
        Err(failure) => {
            tracing::warn!(%failure, "the model worded no draft; agents' sentences stand");
            Ok(())
        }
    }
}
