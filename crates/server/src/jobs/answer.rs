//! The assistant's turn: find, draft, and let the desk decide what becomes of it.

use segue_core::conversation::Owner;
use segue_store::Job;

use super::{End, Tools};
use crate::assistant::draft;
use crate::desk::{AnswerOrder, Error};
use crate::live::Who;

pub(super) async fn run(tools: &Tools, job: &Job) -> End {
    let order: AnswerOrder = match serde_json::from_str(&job.payload) {
        Ok(order) => order,
        Err(error) => return End::GiveUp(format!("the order does not read back: {error}")),
    };
    match answer(tools, job, &order).await {
        Ok(()) => End::Done,
        Err(Error::NotFound) => End::GiveUp("the conversation is gone".into()),
        Err(error) => End::Retry(error.to_string()),
    }
}

async fn answer(tools: &Tools, job: &Job, order: &AnswerOrder) -> Result<(), Error> {
    let desk = &tools.desk;
    let (workspace_id, id) = (job.workspace_id.clone(), order.conversation_id.clone());
    let conversation = desk
        .store
        .read(move |tx| tx.conversation(&workspace_id, &id)?.ok_or(Error::NotFound))
        .await?;
    let is_void = conversation.owner() != Owner::Assistant || conversation.epoch != order.epoch;
    // Three quick messages get one answer, to the last.
    let has_newer = conversation.last_heard_seq > order.seq;
    if is_void || has_newer {
        return Ok(());
    }
    tools
        .hub
        .typing(&order.conversation_id, Who::Assistant, None);
    let place = desk
        .place(&job.workspace_id, &conversation.inbox_id)
        .await?;
    let brief = desk.brief(&place, &order.conversation_id, None).await?;
    let index = desk.knowledge.index(&job.workspace_id).await?;
    let question = brief.turns.last().map_or("", |turn| turn.text.as_str());
    let draft = draft(&index, question);
    desk.answer(
        place,
        order.conversation_id.clone(),
        order.epoch,
        brief,
        draft,
    )
    .await
    .map(|_| ())
}
