//! A mail came in: which conversation it belongs to, and that it is taken once. What stands
//! in it is read before (`channels::intake`); here is what it may do.
//!
//! An answer is part of a conversation only if it came to the address that was made for that
//! conversation. Sender, subject and references prove nothing and lead nowhere: such a mail
//! begins a conversation of its own. Who holds the address and writes from another one than
//! the customer's is heard too (people have several mailboxes), but under their own name,
//! with a person to look at it, and answers still go to the customer's address alone.

use std::sync::Arc;

use segue_core::conversation::{Conversation, Owner};
use segue_core::event::{Channel, Fact};
use segue_core::ids::{ContactId, ConversationId, InboxId, WorkspaceId};
use segue_core::time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};
use segue_core::words::Words;
use segue_sense::read::{Context, Reader};
use segue_store::{
    AddressStanding, Contact, MailKey, MailOutcome, Mailbox, Person, Progress, TakenMail, Tx,
};

use super::scene::Scene;
use super::{Desk, Error, Place, load_place};
use crate::edge::{Moment, long_secret};

/// How long a key makes new addresses.
const KEY_USED_MS: i64 = 90 * DAY_MS;
/// How long an answer may take: addresses of older keys lead nowhere.
const KEY_KEPT_MS: i64 = 490 * DAY_MS;
/// How long a mail is remembered, so that it is not taken twice.
const MAILS_KEPT_MS: i64 = 90 * DAY_MS;
/// Mails of one sender in an hour beyond which the assistant writes no more to them: two
/// programs that answer each other never notice (attack case 63).
const ANSWERED_AN_HOUR: i64 = 8;
/// New conversations and mails of one sender in an hour beyond which they are set aside.
const OPENED_AN_HOUR: i64 = 10;
const TAKEN_AN_HOUR: i64 = 60;

/// A mail by a person, as far as its place in a conversation needs.
#[derive(Clone, Debug)]
pub struct NewMail {
    /// A hash over what the mail itself says.
    pub fingerprint: String,
    /// The address that it says it is from, in lower case.
    pub from: String,
    /// The name beside it.
    pub name: Option<String>,
    /// What was written now.
    pub said: String,
    /// The conversation whose own address it came to.
    pub to_conversation: Option<ConversationId>,
}

/// Where a mail belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailPlace {
    /// Into this conversation.
    Here(MailHome),
    /// Nowhere: it was taken before, or ends here.
    Done(TakenMail),
}

/// The conversation of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailHome {
    /// Which.
    pub conversation_id: ConversationId,
    /// Its customer.
    pub contact_id: ContactId,
    /// Whether somebody else than the customer writes.
    pub by_other: bool,
    /// Whether it came to the conversation's own address.
    pub is_answer: bool,
    /// Why a person must see it whatever it says.
    pub needs_person: Option<&'static str>,
}

impl Desk {
    /// The keys that conversations' addresses are made with, the newest first. A new one is
    /// made now and then.
    pub async fn mail_keys(&self, workspace_id: &WorkspaceId) -> Result<Vec<MailKey>, Error> {
        let since = self.clock.now().plus(-KEY_KEPT_MS);
        let id = workspace_id.clone();
        let keys = self.store.read(move |tx| tx.mail_keys(&id, since)).await?;
        let now = self.clock.now();
        if keys
            .first()
            .is_some_and(|key| now.since(key.created_at) < KEY_USED_MS)
        {
            return Ok(keys);
        }
        let (id, secret) = (workspace_id.clone(), long_secret("sgm"));
        self.verb(move |tx, moment| {
            let newest = tx.mail_keys(&id, since)?.into_iter().next();
            let is_new = |key: &MailKey| moment.now.since(key.created_at) < KEY_USED_MS;
            if !newest.as_ref().is_some_and(is_new) {
                let key = MailKey {
                    number: newest.map_or(1, |key| key.number + 1),
                    secret: secret.clone(),
                    created_at: moment.now,
                };
                tx.add_mail_key(&id, &key)?;
            }
            Ok(tx.mail_keys(&id, since)?)
        })
        .await
    }

    /// Finds or begins the conversation of a mail, and enters the mail as begun.
    pub async fn place_mail(&self, place: Arc<Place>, mail: NewMail) -> Result<MailPlace, Error> {
        let language = Reader::lexical()
            .read(&mail.said, &Context::default())
            .language;
        let language = language.unwrap_or_default();
        self.verb(move |tx, moment| place_mail(tx, &place, moment, &mail, &language))
            .await
    }

    /// The words of a mail are kept: it is taken.
    pub async fn mail_kept(&self, inbox: &Mailbox, fingerprint: String) -> Result<(), Error> {
        let (workspace_id, inbox_id) = (inbox.workspace_id.clone(), inbox.inbox_id.clone());
        self.verb(move |tx, _| {
            let Some(mut mail) = tx.taken_mail(&workspace_id, &inbox_id, &fingerprint)? else {
                return Ok(());
            };
            mail.outcome = MailOutcome::Kept;
            Ok(tx.set_taken_mail(&mail)?)
        })
        .await
    }

    /// A mail that is part of no conversation: what it was, and why.
    pub async fn leave_mail_out(&self, mail: TakenMail) -> Result<TakenMail, Error> {
        self.verb(move |tx, moment| {
            let known = tx.taken_mail(&mail.workspace_id, &mail.inbox_id, &mail.fingerprint)?;
            // One that was begun and then refused is not taken: it must be seen.
            let begun = match known {
                Some(known) if known.outcome != MailOutcome::Begun => return Ok(known),
                Some(begun) => begun.conversation_id,
                None => None,
            };
            let mail = TakenMail {
                at: moment.now,
                conversation_id: mail.conversation_id.clone().or(begun),
                ..mail.clone()
            };
            tx.set_taken_mail(&mail)?;
            Ok(mail)
        })
        .await
    }

    /// What became of a mail that came before.
    pub async fn mail_before(
        &self,
        mailbox: &Mailbox,
        fingerprint: &str,
    ) -> Result<Option<TakenMail>, Error> {
        let (workspace_id, inbox_id) = (mailbox.workspace_id.clone(), mailbox.inbox_id.clone());
        let fingerprint = fingerprint.to_string();
        let found = self
            .store
            .read(move |tx| tx.taken_mail(&workspace_id, &inbox_id, &fingerprint))
            .await?;
        Ok(found.filter(|mail| mail.outcome != MailOutcome::Begun))
    }

    /// A program wrote into a conversation, such as one that says somebody is away: agents
    /// read of it, nobody answers it, and nothing else changes.
    pub async fn note_program(
        &self,
        mail: TakenMail,
        key: &'static str,
        text: String,
    ) -> Result<TakenMail, Error> {
        let by_command_line = self.mail;
        self.verb(move |tx, moment| {
            let outcome = MailOutcome::Noted;
            note(tx, moment, &mail, outcome, by_command_line, key, |_, _| {
                Ok(vec![("text", text.clone())])
            })
        })
        .await
    }

    /// A mail of ours did not arrive: agents read where and why, and the address is marked.
    pub async fn mail_bounced(
        &self,
        mail: TakenMail,
        to: Option<String>,
        said: String,
    ) -> Result<TakenMail, Error> {
        let by_command_line = self.mail;
        self.verb(move |tx, moment| {
            let outcome = MailOutcome::Bounced;
            let key = "email.bounced";
            note(
                tx,
                moment,
                &mail,
                outcome,
                by_command_line,
                key,
                |scene, contact| {
                    let own = contact.person.email.clone().unwrap_or_default();
                    let address = to.clone().unwrap_or(own).to_lowercase();
                    let (workspace_id, id) = (&contact.workspace_id, &contact.id);
                    let known = scene.tx.address_standing(workspace_id, id, &address)?;
                    let standing = AddressStanding {
                        failure: Some((moment.now, said.clone())),
                        ..known
                    };
                    scene
                        .tx
                        .note_address(workspace_id, id, &address, &standing)?;
                    Ok(vec![("email", address), ("said", said.clone())])
                },
            )
        })
        .await
    }

    /// Notes how far a folder is read; `false` if the mailbox was set otherwise meanwhile.
    pub async fn note_progress(
        &self,
        mailbox: &Mailbox,
        progress: Progress,
    ) -> Result<bool, Error> {
        let mailbox = mailbox.clone();
        self.verb(move |tx, _| Ok(tx.note_progress(&mailbox, &progress)?))
            .await
    }
}

fn place_mail(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    mail: &NewMail,
    language: &str,
) -> Result<MailPlace, Error> {
    let (workspace_id, inbox_id) = (&place.workspace.id, &place.inbox.id);
    let known = tx.taken_mail(workspace_id, inbox_id, &mail.fingerprint)?;
    if let Some(known) = &known
        && known.outcome != MailOutcome::Begun
    {
        return Ok(MailPlace::Done(known.clone()));
    }
    let mut entry = TakenMail {
        workspace_id: workspace_id.clone(),
        inbox_id: inbox_id.clone(),
        fingerprint: mail.fingerprint.clone(),
        at: known.as_ref().map_or(moment.now, |known| known.at),
        sender: mail.from.clone(),
        conversation_id: None,
        outcome: MailOutcome::Begun,
        why: String::new(),
    };
    let hour_ago = moment.now.plus(-HOUR_MS);
    let lately = tx.mails_from(workspace_id, &mail.from, hour_ago)?;
    // Begun before, and cut off: it goes on where it was.
    let begun = known.and_then(|known| known.conversation_id);
    let answered = mail.to_conversation.as_ref();
    for id in begun.as_ref().into_iter().chain(answered) {
        let Some(found) = tx.conversation(workspace_id, id)?.filter(|it| !it.erased) else {
            continue;
        };
        let is_answer = answered == Some(id);
        return answer_to(tx, entry, mail, &found, is_answer, lately);
    }
    if lately >= OPENED_AN_HOUR {
        entry.outcome = MailOutcome::SetAside;
        entry.why = "too_many".into();
        tx.set_taken_mail(&entry)?;
        return Ok(MailPlace::Done(entry));
    }
    if place.inbox.closed_at.is_some() {
        entry.outcome = MailOutcome::SetAside;
        entry.why = "inbox_closed".into();
        tx.set_taken_mail(&entry)?;
        return Ok(MailPlace::Done(entry));
    }
    let contact = contact_of(tx, moment, workspace_id, mail)?;
    // Whoever is being forgotten is known again afterwards, as somebody new.
    let contact = match tx.hold_contact(workspace_id, &contact.id)? {
        Some(contact) => contact,
        None => return Err(segue_store::Error::Conflict.into()),
    };
    let begun = Conversation::start_by_mail(
        moment.id(),
        workspace_id.clone(),
        inbox_id.clone(),
        contact.id.clone(),
        Words::of(language).language,
        moment.now,
    );
    let scene = Scene::begin(tx, place, moment, begun);
    let conversation_id = scene.finish()?.id;
    entry.conversation_id = Some(conversation_id.clone());
    tx.set_taken_mail(&entry)?;
    Ok(MailPlace::Here(MailHome {
        conversation_id,
        contact_id: contact.id,
        by_other: false,
        is_answer: false,
        needs_person: None,
    }))
}

/// A mail goes into a conversation that is there.
fn answer_to(
    tx: &mut Tx<'_>,
    mut entry: TakenMail,
    mail: &NewMail,
    found: &Conversation,
    is_answer: bool,
    lately: i64,
) -> Result<MailPlace, Error> {
    let workspace_id = entry.workspace_id.clone();
    entry.conversation_id = Some(found.id.clone());
    let with_assistant = matches!(found.owner(), Owner::Assistant | Owner::Nobody);
    let left_out = if lately >= TAKEN_AN_HOUR {
        Some((MailOutcome::SetAside, "too_many"))
    } else if with_assistant && repeats(tx, found, mail, entry.at)? {
        Some((MailOutcome::Ignored, "repeated"))
    } else {
        None
    };
    if let Some((outcome, why)) = left_out {
        entry.outcome = outcome;
        entry.why = why.into();
        tx.set_taken_mail(&entry)?;
        return Ok(MailPlace::Done(entry));
    }
    let contact = tx
        .contact(&workspace_id, &found.contact_id)?
        .ok_or(Error::NotFound)?;
    let own = contact.person.email.unwrap_or_default();
    let by_other = !own.eq_ignore_ascii_case(&mail.from);
    let needs_person = if by_other {
        Some("other_sender")
    } else {
        (lately >= ANSWERED_AN_HOUR).then_some("many_mails")
    };
    tx.set_taken_mail(&entry)?;
    Ok(MailPlace::Here(MailHome {
        conversation_id: found.id.clone(),
        contact_id: found.contact_id.clone(),
        by_other,
        is_answer,
        needs_person,
    }))
}

/// Whether a mail says word for word what the customer's last one said, within the quarter
/// of an hour in which a program that calls itself a person would answer an answer.
fn repeats(
    tx: &mut Tx<'_>,
    found: &Conversation,
    mail: &NewMail,
    now: Timestamp,
) -> Result<bool, Error> {
    let Some(before) = found.last_heard_seq.checked_sub(1) else {
        return Ok(false);
    };
    let last = tx.events(&found.workspace_id, &found.id, before, 1)?.pop();
    let is_recent = |at: Timestamp| now.since(at) < 15 * MINUTE_MS;
    let Some(last) = last.filter(|last| !mail.said.is_empty() && is_recent(last.at)) else {
        return Ok(false);
    };
    let by_mail = matches!(&last.fact, Fact::MessageAdded(message) if message.channel == Channel::Mail
        && message.client_message_id.as_deref() != Some(&mail.fingerprint));
    let text = last.body.and_then(|body| body.text).unwrap_or_default();
    Ok(by_mail && text == mail.said)
}

/// Who writes: whom the site vouches for under that address, or who wrote from it before,
/// else somebody new. Whoever only typed the address into a chat is somebody else.
fn contact_of(
    tx: &mut Tx<'_>,
    moment: &Moment,
    workspace_id: &WorkspaceId,
    mail: &NewMail,
) -> Result<Contact, Error> {
    if let Some(known) = tx.contact_by_mail(workspace_id, &mail.from)? {
        return Ok(known);
    }
    let contact = Contact {
        id: moment.id(),
        workspace_id: workspace_id.clone(),
        person: Person {
            name: mail.name.clone(),
            email: Some(mail.from.clone()),
            ..Person::default()
        },
        plan: String::new(),
        vip: false,
        signed_up_at: None,
        created_at: moment.now,
        external_id: None,
    };
    tx.add_contact(&contact)?;
    tx.known_by_mail(workspace_id, &contact.id, &mail.from)?;
    Ok(contact)
}

/// Leaves a note for the agents in the conversation of a mail, and enters the mail.
fn note(
    tx: &mut Tx<'_>,
    moment: &Moment,
    mail: &TakenMail,
    outcome: MailOutcome,
    by_command_line: bool,
    key: &'static str,
    values: impl FnOnce(&mut Scene<'_, '_>, &Contact) -> Result<Vec<(&'static str, String)>, Error>,
) -> Result<TakenMail, Error> {
    let (workspace_id, inbox_id) = (&mail.workspace_id, &mail.inbox_id);
    if let Some(known) = tx.taken_mail(workspace_id, inbox_id, &mail.fingerprint)? {
        return Ok(known);
    }
    let id = mail.conversation_id.as_ref().ok_or(Error::NotFound)?;
    let found = tx.conversation(workspace_id, id)?.ok_or(Error::NotFound)?;
    let place = load_place(tx, workspace_id, &found.inbox_id, by_command_line)?;
    let mut scene = Scene::load(tx, &place, moment, id)?;
    let contact = scene
        .tx
        .contact(workspace_id, &found.contact_id)?
        .ok_or(Error::NotFound)?;
    let values = values(&mut scene, &contact)?;
    let values: Vec<(&str, &str)> = values
        .iter()
        .map(|(name, it)| (*name, it.as_str()))
        .collect();
    scene.leave_note(key, &values);
    scene.finish()?;
    let entry = TakenMail {
        at: moment.now,
        outcome,
        ..mail.clone()
    };
    tx.set_taken_mail(&entry)?;
    Ok(entry)
}

impl Desk {
    /// Forgets mails that nobody will bring again.
    pub(super) fn mails_kept_since(&self) -> Timestamp {
        self.clock.now().plus(-MAILS_KEPT_MS)
    }

    /// The place of a mailbox.
    pub async fn place_of_mailbox(&self, mailbox: &Mailbox) -> Result<Arc<Place>, Error> {
        self.place(&mailbox.workspace_id, &mailbox.inbox_id).await
    }

    /// The place of a conversation; `None` where there is none.
    pub(crate) async fn place_of(
        &self,
        workspace_id: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<Option<Arc<Place>>, Error> {
        let (asked, conversation_id) = (workspace_id.clone(), id.clone());
        let found = self
            .store
            .read(move |tx| tx.conversation(&asked, &conversation_id))
            .await?;
        match found {
            Some(found) => self.place(workspace_id, &found.inbox_id).await.map(Some),
            None => Ok(None),
        }
    }

    /// An inbox's mailbox, where it has one.
    pub async fn mailbox(
        &self,
        workspace_id: &WorkspaceId,
        inbox_id: &InboxId,
    ) -> Result<Option<Mailbox>, Error> {
        let (workspace_id, inbox_id) = (workspace_id.clone(), inbox_id.clone());
        let found = self
            .store
            .read(move |tx| tx.mailbox(&workspace_id, &inbox_id));
        Ok(found.await?)
    }
}
