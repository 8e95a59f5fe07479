//! A customer who is handed over is looked up in the operator's own system (P25). The
//! handoff waits for nothing: a job asks, and what comes back fills the package.

use std::collections::BTreeMap;

use segue_core::conversation::{Conversation, Phase};
use segue_core::event::{AgentName, Fact};
use segue_core::ids::{ContactId, ConversationId, HandoffId, WorkspaceId};
use segue_core::look_up::{Key, check_template};
use segue_core::package::{BetterIntroduction, LookUpState, NextStep, PackageLookUp, Teller};
use segue_core::time::Timestamp;
use segue_store::{Contact, Job, LookUp, LookUpAnswer, Tx};
use serde::{Deserialize, Serialize};

use super::scene::Scene;
use super::{Actor, Desk, Error, load_place};

/// What the job is given that looks up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LookUpOrder {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The handoff whose package is filled.
    pub handoff_id: HandoffId,
    /// Whether what was found a while ago will not do.
    pub fresh: bool,
}

/// What the job is given that asks a language model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BetterOrder {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The handoff whose package is filled.
    pub handoff_id: HandoffId,
    /// Whose first message it is.
    pub agent: AgentName,
}

/// Whom to look up where.
#[derive(Clone, Debug)]
pub struct LookUpWanted {
    /// Where.
    pub look_up: LookUp,
    /// Whom.
    pub contact_id: ContactId,
    /// Their address.
    pub email: Option<String>,
    /// The site's own id of them.
    pub external_id: Option<String>,
    /// Whether somebody else than the customer says that these are theirs.
    pub is_vouched: bool,
    /// What was found a while ago, if that will do.
    pub kept: Option<LookUpAnswer>,
}

/// What a look-up came to.
#[derive(Clone, Debug)]
pub struct LookUpResult {
    /// How far it came.
    pub state: LookUpState,
    /// What was found.
    pub fields: BTreeMap<String, String>,
    /// Since when that is known.
    pub at: Timestamp,
    /// Why nothing was, as a word.
    pub fault: Option<String>,
}

/// What a language model would add to a package.
#[derive(Clone, Debug)]
pub enum Better {
    /// Something to try first.
    Step(NextStep),
    /// The agent's first message.
    Introduction(BetterIntroduction),
}

impl LookUpWanted {
    /// What is looked up by, as it stands in the cache: another address is another question.
    fn asked(&self) -> String {
        asked(
            &self.look_up,
            self.email.as_deref(),
            self.external_id.as_deref(),
        )
    }
}

fn asked(look_up: &LookUp, email: Option<&str>, external_id: Option<&str>) -> String {
    let known = (email.unwrap_or_default(), external_id.unwrap_or_default());
    format!("{} {} {}", look_up.changed_at.as_millis(), known.0, known.1)
}

impl Desk {
    /// Whom an order means; `None` where no look-up is set any more.
    pub async fn look_up_wanted(
        &self,
        workspace_id: WorkspaceId,
        order: LookUpOrder,
    ) -> Result<Option<LookUpWanted>, Error> {
        let now = self.clock.now();
        self.store
            .read(move |tx| {
                let conversation = tx.conversation(&workspace_id, &order.conversation_id)?;
                let conversation = conversation.ok_or(Error::NotFound)?;
                let Some(look_up) = tx.look_up(&workspace_id, &conversation.inbox_id)? else {
                    return Ok(None);
                };
                let contact = tx.contact(&workspace_id, &conversation.contact_id)?;
                let contact = contact.ok_or(Error::NotFound)?;
                let kept = tx.look_up_answer(&workspace_id, &conversation.inbox_id, &contact.id)?;
                let mut wanted = wanted(tx, look_up, contact)?;
                let is_good = |kept: &LookUpAnswer| {
                    let age_ms = now.since(kept.at);
                    !order.fresh
                        && kept.asked == wanted.asked()
                        && (0..wanted.look_up.kept_ms).contains(&age_ms)
                };
                wanted.kept = kept.filter(is_good);
                Ok(Some(wanted))
            })
            .await
    }

    /// No look-up is set any more: a package that waits for one waits no longer.
    pub async fn end_look_up(
        &self,
        workspace_id: WorkspaceId,
        order: LookUpOrder,
    ) -> Result<(), Error> {
        let LookUpOrder {
            conversation_id,
            handoff_id,
            ..
        } = order;
        self.change_package(workspace_id, conversation_id, handoff_id, {
            |scene, package| Ok(package.end_look_up(scene.moment.now))
        })
        .await
    }

    /// What a look-up came to fills the package, and is kept for the next one.
    pub async fn fill_package(
        &self,
        workspace_id: WorkspaceId,
        order: LookUpOrder,
        wanted: LookUpWanted,
        result: LookUpResult,
    ) -> Result<(), Error> {
        self.change_package(workspace_id, order.conversation_id, order.handoff_id, {
            move |scene, package| {
                let now = scene.moment.now;
                let (look_up, is_news) = (&wanted.look_up, wanted.kept.is_none());
                // Where nobody was asked, nothing is to be noted of how asking went.
                if is_news && result.state != LookUpState::NotAsked {
                    let fault = result.fault.as_deref();
                    let fault = fault.filter(|_| result.state == LookUpState::Failed);
                    scene.tx.look_up_went(look_up, fault, now)?;
                }
                // Who has signed in meanwhile is somebody else, and the visitor may be gone.
                let is_same = scene.conversation.contact_id == wanted.contact_id;
                let is_kept = is_same && is_news && look_up.kept_ms > 0;
                if is_kept && result.state == LookUpState::Found {
                    let answer = LookUpAnswer {
                        asked: wanted.asked(),
                        at: result.at,
                        fields: result.fields.clone(),
                    };
                    scene
                        .tx
                        .keep_look_up_answer(look_up, &wanted.contact_id, &answer)?;
                }
                let known = package.look_up.as_ref();
                let stands = known.map(|known| (known.state, known.fault.clone()));
                if result.state == LookUpState::Failed
                    && stands == Some((result.state, result.fault.clone()))
                {
                    return Ok(false);
                }
                let shown = PackageLookUp {
                    name: look_up.name.clone(),
                    state: result.state,
                    at: result.at,
                    is_vouched: wanted.is_vouched,
                    fault: result.fault.clone(),
                };
                package.fill(shown, &result.fields);
                Ok(true)
            }
        })
        .await
    }

    /// What a model would add fills the package.
    pub async fn better_package(
        &self,
        workspace_id: WorkspaceId,
        conversation_id: ConversationId,
        handoff_id: HandoffId,
        better: Better,
        model: String,
    ) -> Result<(), Error> {
        self.change_package(
            workspace_id,
            conversation_id,
            handoff_id,
            move |_, package| {
                match better.clone() {
                    Better::Step(step) => package.suggest(step),
                    Better::Introduction(text) => package.introduce(text, &model),
                }
                Ok(true)
            },
        )
        .await
    }

    /// Has a language model better what an agent has received, where there is one. Nobody
    /// waits for it, and nothing is lost without it.
    pub(super) async fn better_later(&self, accepted: &Conversation, agent: AgentName) {
        let Phase::Served { handoff_id, .. } = &accepted.phase else {
            return;
        };
        if !self.has_model {
            return;
        }
        let key = format!("better {handoff_id} {}", agent.id);
        let order = BetterOrder {
            conversation_id: accepted.id.clone(),
            handoff_id: handoff_id.clone(),
            agent,
        };
        let workspace_id = accepted.workspace_id.clone();
        let entered = self.verb(move |tx, moment| {
            let job = Job {
                id: moment.id(),
                workspace_id: workspace_id.clone(),
                kind: "better".into(),
                key: key.clone(),
                payload: serde_json::to_string(&order)
                    .map_err(|_| Error::Invalid("the job's payload is not JSON"))?,
                tries: 0,
            };
            Ok(tx.add_job(&job, moment.now)?)
        });
        if let Err(error) = entered.await {
            tracing::warn!(%error, "could not ask the model to better a package");
        }
    }

    /// An agent has the customer looked up once more, now.
    pub async fn look_up_again(
        &self,
        actor: Actor,
        conversation_id: ConversationId,
    ) -> Result<(), Error> {
        let (workspace_id, id) = (actor.workspace_id.clone(), conversation_id.clone());
        let found = self.store.read(move |tx| {
            let handoff = tx.handoffs(&workspace_id, Some(&id), None, 1)?.pop();
            handoff.map(|handoff| handoff.id).ok_or(Error::NoLookUp)
        });
        let handoff_id = found.await?;
        let workspace_id = actor.workspace_id;
        self.change_package(
            workspace_id,
            conversation_id,
            handoff_id,
            |scene, package| {
                let Some((shown, order)) = begin(scene, &package.handoff_id, true)? else {
                    return Err(Error::NoLookUp);
                };
                if let Some(order) = order {
                    let key = format!("look_up {} {}", order.handoff_id, package.revision);
                    scene.job("look_up", key, &order, 0)?;
                }
                let fields = BTreeMap::new();
                package.fill(shown, &fields);
                Ok(true)
            },
        )
        .await
    }

    /// Changes the package of a handoff, and has everybody see it who looks at it.
    async fn change_package(
        &self,
        workspace_id: WorkspaceId,
        conversation_id: ConversationId,
        handoff_id: HandoffId,
        change: impl Fn(&mut Scene<'_, '_>, &mut segue_core::package::Package) -> Result<bool, Error>
        + Send
        + 'static,
    ) -> Result<(), Error> {
        let mail = self.mail;
        self.verb(move |tx, moment| {
            let found = tx.conversation(&workspace_id, &conversation_id)?;
            let found = found.ok_or(Error::NotFound)?;
            let place = load_place(tx, &workspace_id, &found.inbox_id, mail)?;
            let mut scene = Scene::load(tx, &place, moment, &conversation_id)?;
            let handoff = scene.tx.handoff(&workspace_id, &handoff_id)?;
            let package = handoff.and_then(|handoff| handoff.package);
            let mut package = package.ok_or(Error::NotFound)?;
            if !change(&mut scene, &mut package)? {
                return Ok(());
            }
            scene.tx.set_package(&workspace_id, &handoff_id, &package)?;
            let fact = Fact::PackageFilled {
                handoff_id: handoff_id.clone(),
                revision: package.revision,
            };
            scene.record(fact, None);
            scene.finish().map(|_| ())
        })
        .await
    }
}

/// The look-up of a handoff that begins: how it stands, and what a job has to do. `None`
/// where the inbox has none.
pub(super) fn begin(
    scene: &mut Scene<'_, '_>,
    handoff_id: &HandoffId,
    fresh: bool,
) -> Result<Option<(PackageLookUp, Option<LookUpOrder>)>, Error> {
    let workspace_id = &scene.place.workspace.id;
    let Some(look_up) = scene.tx.look_up(workspace_id, &scene.place.inbox.id)? else {
        return Ok(None);
    };
    let contact_id = scene.conversation.contact_id.clone();
    let contact = scene.tx.contact(workspace_id, &contact_id)?;
    let contact = contact.ok_or(Error::NotFound)?;
    let wanted = wanted(scene.tx, look_up, contact)?;
    let keys = check_template(&wanted.look_up.url).unwrap_or_default();
    let is_known = keys.iter().all(|key| match key {
        Key::Email => wanted.email.is_some(),
        Key::ExternalId => wanted.external_id.is_some(),
    });
    let order = is_known.then(|| LookUpOrder {
        conversation_id: scene.conversation.id.clone(),
        handoff_id: handoff_id.clone(),
        fresh,
    });
    let state = match order {
        Some(_) => LookUpState::Pending,
        None => LookUpState::NotAsked,
    };
    let shown = PackageLookUp {
        name: wanted.look_up.name,
        state,
        at: scene.moment.now,
        is_vouched: wanted.is_vouched,
        fault: None,
    };
    Ok(Some((shown, order)))
}

/// Whom a look-up means. A name or an address that somebody typed proves nothing: whoever
/// reads what is found must know that.
fn wanted(tx: &mut Tx<'_>, look_up: LookUp, contact: Contact) -> Result<LookUpWanted, Error> {
    let keys = check_template(&look_up.url).unwrap_or_default();
    let email = contact.person.email.clone();
    let by_email = keys.contains(&Key::Email);
    let told = |field: &str| contact.person.told_by.get(field).map(|told| told.by);
    let is_vouched = match &email {
        Some(address) if by_email => {
            let address = address.to_lowercase();
            let standing = tx.address_standing(&look_up.workspace_id, &contact.id, &address)?;
            let by_other = matches!(told("email"), Some(Teller::Site | Teller::Program));
            standing.proved_at.is_some() || by_other
        }
        // Only a signature gives an id of the site.
        Some(_) | None => contact.external_id.is_some(),
    };
    Ok(LookUpWanted {
        look_up,
        contact_id: contact.id,
        email,
        external_id: contact.external_id,
        is_vouched,
        kept: None,
    })
}
