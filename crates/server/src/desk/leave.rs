//! An agent lets go of conversations: one while they stay, or all of them on going offline,
//! which is not possible otherwise (P45). Each goes back to the queue, to a colleague, on
//! by e-mail, or is closed; all that was said happens, or nothing of it.

use segue_core::conversation::{Conversation, Refusal};
use segue_core::event::Disposition;
use segue_core::ids::ConversationId;
use segue_store::{Presence, Tx, View};

use super::absence::{carry_on_by_email, mail_line, tell_dropped};
use super::presence::set_presence;
use super::resolve::resolve;
use super::scene::Scene;
use super::transfer::{PassTo, pass_on};
use super::{Actor, Desk, Error, Line, load_place};
use crate::edge::Moment;

/// What becomes of a conversation whose agent leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leave {
    /// It goes back to its old place in the queue.
    ToQueue,
    /// It is passed on, with a note for whoever takes it; it waits at its old place.
    PassedOn(PassTo, String),
    /// The answer comes by e-mail, to the address that is known.
    ByEmail,
    /// It is done.
    Closed(Disposition),
}

/// One conversation and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Which.
    pub conversation_id: ConversationId,
    /// What becomes of it.
    pub how: Leave,
}

impl Desk {
    /// An agent lets go of one conversation, under the epoch that they have seen.
    pub async fn release(&self, actor: Actor, left: Left, epoch: u64) -> Result<(), Error> {
        let (mail, line) = (self.mail, self.line(&actor.workspace_id, None).await?);
        self.verb(move |tx, moment| {
            let found = tx.conversation(&actor.workspace_id, &left.conversation_id)?;
            if found.ok_or(Error::NotFound)?.epoch != epoch {
                return Err(Refusal::StaleEpoch.into());
            }
            leave(tx, moment, &actor, &left, &line, mail)
        })
        .await
    }

    /// An agent goes offline and says of each conversation that they hold what becomes of
    /// it. One that was forgotten keeps them online.
    pub async fn go_offline(&self, actor: Actor, all_left: Vec<Left>) -> Result<(), Error> {
        let (mail, line) = (self.mail, self.line(&actor.workspace_id, None).await?);
        self.verb(move |tx, moment| {
            let mine = View::Agent(actor.id.clone());
            let held = tx.list_conversations(&actor.workspace_id, &mine, None, 1_000)?;
            let left_of =
                |id: &ConversationId| all_left.iter().find(|it| it.conversation_id == *id);
            let forgotten = held
                .iter()
                .filter(|it| left_of(&it.conversation.id).is_none());
            let count = forgotten.count();
            if count > 0 {
                return Err(Error::OpenConversations { count });
            }
            for left in held.iter().filter_map(|it| left_of(&it.conversation.id)) {
                leave(tx, moment, &actor, left, &line, mail)?;
            }
            set_presence(tx, moment, &actor, Presence::Offline, false, mail)
        })
        .await
    }
}

fn leave(
    tx: &mut Tx<'_>,
    moment: &Moment,
    actor: &Actor,
    left: &Left,
    line: &Line,
    mail: bool,
) -> Result<(), Error> {
    let (workspace_id, id) = (&actor.workspace_id, &left.conversation_id);
    let found: Conversation = tx.conversation(workspace_id, id)?.ok_or(Error::NotFound)?;
    let place = load_place(tx, workspace_id, &found.inbox_id, mail)?;
    if let Leave::Closed(disposition) = left.how {
        resolve(
            tx,
            &place,
            moment,
            id,
            actor,
            found.epoch,
            &disposition.into(),
        )?;
        return Ok(());
    }
    let mut scene = Scene::load(tx, &place, moment, id)?;
    if let Leave::PassedOn(to, note) = &left.how {
        pass_on(&mut scene, actor, to, note, line)?;
        return scene.finish().map(|_| ());
    }
    let units = scene.conversation.held_units();
    let dropped = scene.conversation.drop_agent(&actor.id)?;
    scene.record(dropped, None);
    scene.tx.give_units(workspace_id, &actor.id, units)?;
    match &left.how {
        Leave::ToQueue | Leave::PassedOn(..) | Leave::Closed(_) => {
            tell_dropped(&mut scene, &actor.name)?;
        }
        Leave::ByEmail => {
            if !place.mail {
                return Err(Error::NoMail);
            }
            let contact_id = scene.conversation.contact_id.clone();
            let contact = scene.tx.contact(workspace_id, &contact_id)?;
            let email = contact
                .and_then(|contact| contact.person.email)
                .ok_or(Error::Invalid("the customer's address is not known"))?;
            let agent = ("agent", &*actor.name);
            let seq = carry_on_by_email(&mut scene, &email, "agent.left_email", &[agent])?;
            mail_line(&mut scene, seq)?;
        }
    }
    scene.finish().map(|_| ())
}
