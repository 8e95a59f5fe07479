//! The assistant's turn: find, draft, and let the desk decide what becomes of it. Where
//! there is a model, it may write the answer and say what it notices, within the policy's
//! answer time; whatever it does, the customer gets the answer that needs none.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use segue_core::conversation::{Conversation, Due};
use segue_core::event::{Event, Fact, Role};
use segue_core::hand_back::Agreed;
use segue_core::signal::Signal;
use segue_core::words::Words;
use segue_sense::retrieval::Hit;
use segue_store::{Job, Ring};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::{End, Tools};
use crate::assistant::{Asked, Draft, Model, Told, Written, add, find, notice, write};
use crate::desk::{AnswerOrder, Brief, Error, Place};
use crate::live::{Hub, Who};

/// What is left of the answer time for writing the answer down.
const RESERVE: Duration = Duration::from_millis(1_500);
/// With less than this left no model is asked.
const WORTH_ASKING: Duration = Duration::from_secs(1);
/// A job must end before its claim runs out, whatever the policy allows.
const LONGEST: Duration = Duration::from_secs(40);
/// Events that are read for the last lines of a conversation.
const EVENTS: u64 = 40;

pub(super) async fn run(tools: &Tools, job: &Job) -> End {
    let order: AnswerOrder = match serde_json::from_str(&job.payload) {
        Ok(order) => order,
        Err(error) => return End::GiveUp(format!("the order does not read back: {error}")),
    };
    match answer(tools, job, &order).await {
        // Erased while the answer was on its way (P48), or gone with its workspace: nobody
        // waits for it.
        Ok(()) | Err(Error::NotFound) => End::Done,
        Err(error) => End::Retry(error.to_string()),
    }
}

async fn answer(tools: &Tools, job: &Job, order: &AnswerOrder) -> Result<(), Error> {
    let desk = &tools.desk;
    let conversation = load(tools, job, order).await?;
    if order.is_void(&conversation) {
        return Ok(());
    }
    tools
        .hub
        .typing(&order.conversation_id, Who::Assistant, None);
    let place = desk
        .place(&job.workspace_id, &conversation.inbox_id)
        .await?;
    let mut brief = desk.brief(&place, &order.conversation_id, None).await?;
    let index = desk.knowledge.index(&job.workspace_id).await?;
    let (mut draft, hits) = find(
        &index,
        &desk.knowledge.reader().query(&brief.question),
        brief.chosen.as_deref(),
    );
    let (agreed, quoted) = (brief.agreed.clone(), draft.clone());
    let told = Told::of(&agreed, &place.inbox.hours.zone);
    draft = in_the_light_of(tools, &place, &conversation, &brief, &told, draft);
    // What an agent has told is said in their words.
    let turn = Turn::of(tools, order, &place, &conversation).filter(|_| !draft.is_told);
    if let Some(turn) = turn {
        let improved = turn.take(&brief, &draft, &hits);
        let (noticed, written) = tokio::select! {
            improved = improved => improved?,
            // Nobody waits for this answer any more; what it cost so far is enough.
            () = until_void(tools, job, order) => return Ok(()),
        };
        add(&mut brief.reading, noticed);
        if let Some(written) = written.filter(|it| !told.contradicts(&it.text)) {
            let written = quoted.in_words_of(written);
            draft = in_the_light_of(tools, &place, &conversation, &brief, &told, written);
        }
    }
    desk.answer(place, order.clone(), brief, draft)
        .await
        .map(|_| ())
}

/// What becomes of an answer where agents have told the assistant something (see [`Told`]).
fn in_the_light_of(
    tools: &Tools,
    place: &Place,
    conversation: &Conversation,
    brief: &Brief,
    told: &Told<'_>,
    draft: Draft,
) -> Draft {
    let policy = &place.inbox.policy;
    let newest = brief.turns.last().map_or("", |turn| turn.text.as_str());
    told.answer(
        tools.desk.knowledge.reader(),
        (&brief.question, newest),
        draft,
        Words::of(&conversation.language),
        (policy.no_article_below, policy.partial_below),
    )
}

async fn load(tools: &Tools, job: &Job, order: &AnswerOrder) -> Result<Conversation, Error> {
    let (workspace_id, id) = (job.workspace_id.clone(), order.conversation_id.clone());
    let store = &tools.desk.store;
    store
        .read(move |tx| tx.conversation(&workspace_id, &id)?.ok_or(Error::NotFound))
        .await
}

/// Ends when the order is void: a person was asked for, or the customer wrote again.
async fn until_void(tools: &Tools, job: &Job, order: &AnswerOrder) {
    let mut bell = tools.desk.store.listen();
    loop {
        if let Ok(conversation) = load(tools, job, order).await
            && order.is_void(&conversation)
        {
            return;
        }
        loop {
            match bell.recv().await {
                Ok(Ring::Conversation { id, .. }) if id == order.conversation_id => break,
                Ok(Ring::Missed) => break,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

/// A model's turn at one answer.
struct Turn<'a> {
    tools: &'a Tools,
    model: &'a Model,
    order: &'a AnswerOrder,
    place: &'a Arc<Place>,
    language: &'a str,
    deadline: Instant,
}

impl<'a> Turn<'a> {
    /// `None` without a model, and where the time is too short to ask one.
    fn of(
        tools: &'a Tools,
        order: &'a AnswerOrder,
        place: &'a Arc<Place>,
        conversation: &'a Conversation,
    ) -> Option<Self> {
        let model = tools.model.as_ref()?;
        let timings = &place.inbox.policy.timings;
        let Some((due_at, Due::AnswerOverdue)) = conversation.due(timings) else {
            return None;
        };
        let left_ms = due_at.since(tools.desk.clock.now());
        let left = Duration::from_millis(u64::try_from(left_ms).unwrap_or(0));
        let left = left.saturating_sub(RESERVE);
        let left = left.min(model.limits().whole).min(LONGEST);
        (left >= WORTH_ASKING.min(model.limits().whole)).then(|| Self {
            tools,
            model,
            order,
            place,
            language: &conversation.language,
            deadline: Instant::now() + left,
        })
    }

    /// What the model notices, and the answer in its words if that passes the check.
    async fn take(
        &self,
        brief: &Brief,
        draft: &Draft,
        hits: &[Hit],
    ) -> Result<(Vec<Signal>, Option<Written>), Error> {
        if brief.reading.small_talk.is_some() {
            return Ok((vec![], None));
        }
        let desk = &self.tools.desk;
        let asked = self.asked(brief).await?;
        let says = desk.would_say(self.place, self.order, brief, draft).await?;
        let curtain = Curtain::before(self);
        let noticed = async {
            let noticed = self.notice(&asked).await;
            let mut brief = brief.clone();
            add(&mut brief.reading, noticed.clone());
            let says = desk.would_say(self.place, self.order, &brief, draft).await;
            if says.unwrap_or(false) {
                curtain.rise();
            }
            noticed
        };
        let written = async {
            if says {
                self.write(&asked, &brief.agreed, hits, &curtain).await
            } else {
                None
            }
        };
        Ok(tokio::join!(noticed, written))
    }

    async fn notice(&self, asked: &Asked) -> Vec<Signal> {
        // The answer comes first: only it tries whether a model is well again.
        if !self.model.is_well() {
            return vec![];
        }
        let deadline = self
            .deadline
            .min(Instant::now() + self.model.limits().first_word);
        match notice(self.model, asked, deadline).await {
            Ok(noticed) => noticed,
            Err(failure) => {
                tracing::warn!(%failure, "the model noticed nothing; the rules have been read");
                vec![]
            }
        }
    }

    async fn write(
        &self,
        asked: &Asked,
        agreed: &[Agreed],
        hits: &[Hit],
        curtain: &Curtain<'_>,
    ) -> Option<Written> {
        // Not even for a moment is anything seen that an agent has told otherwise.
        let told = Told::of(agreed, &self.place.inbox.hours.zone);
        let show = |text: &str| {
            if !told.contradicts(text) {
                curtain.show(text);
            }
        };
        let written = write(self.model, asked, hits, self.deadline, show).await;
        let outcome = if written.is_ok() { "written" } else { "quoted" };
        metrics::counter!("segue_model_answers_total", "outcome" => outcome).increment(1);
        written
            .inspect_err(|reason| tracing::warn!(%reason, "the answer is quoted instead"))
            .ok()
    }

    /// The question with the last lines before it.
    async fn asked(&self, brief: &Brief) -> Result<Asked, Error> {
        let workspace_id = self.place.workspace.id.clone();
        let id = self.order.conversation_id.clone();
        let after = self.order.seq.saturating_sub(EVENTS);
        let count = EVENTS as i64;
        let store = &self.tools.desk.store;
        let events = store
            .read(move |tx| {
                tx.events(&workspace_id, &id, after, count)
                    .map_err(Error::from)
            })
            .await?;
        let mut lines: Vec<(Role, String)> = events.iter().filter_map(line).collect();
        // What was chosen from a list means nothing without the question.
        if brief.chosen.is_some() {
            lines.push((Role::Customer, brief.question.clone()));
        }
        let spoken = brief.reading.language.as_deref();
        Ok(Asked {
            company: self.place.workspace.name.clone(),
            lines,
            language: spoken.unwrap_or(self.language).into(),
            names: brief
                .card
                .name
                .iter()
                .chain(&brief.card.email)
                .cloned()
                .collect(),
            agreed: Told::of(&brief.agreed, &self.place.inbox.hours.zone).for_model(),
        })
    }
}

/// Nothing is shown before it is known that the answer will be said.
struct Curtain<'a> {
    hub: &'a Hub,
    order: &'a AnswerOrder,
    stage: Mutex<Stage>,
}

#[derive(Default)]
struct Stage {
    is_open: bool,
    text: String,
}

impl<'a> Curtain<'a> {
    fn before(turn: &Turn<'a>) -> Self {
        Self {
            hub: &turn.tools.hub,
            order: turn.order,
            stage: Mutex::default(),
        }
    }

    fn show(&self, text: &str) {
        self.change(|stage| stage.text = text.into());
    }

    fn rise(&self) {
        self.change(|stage| stage.is_open = true);
    }

    fn change(&self, change: impl FnOnce(&mut Stage)) {
        let mut stage = self.stage.lock().expect("nobody panics with the lock held");
        change(&mut stage);
        if stage.is_open && !stage.text.is_empty() {
            let AnswerOrder {
                conversation_id,
                epoch,
                ..
            } = self.order;
            self.hub.preview(conversation_id, *epoch, &stage.text);
        }
    }
}

/// What the customer or the assistant said. Agents' words and notes stay here.
fn line(event: &Event) -> Option<(Role, String)> {
    match &event.fact {
        Fact::MessageAdded(message)
            if matches!(message.role, Role::Customer | Role::Assistant) && !message.private =>
        {
            Some((message.role, event.body.as_ref()?.text.clone()?))
        }
        _ => None,
    }
}
