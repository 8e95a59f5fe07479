//! What somebody does in a scenario, done at the desk.

use segue_core::audit::By;
use segue_core::conversation::Conversation;
use segue_core::event::{Disposition, Event, Fact, Role};
use segue_core::hand_back::HandBackBrief;
use segue_core::ids::ConversationId;
use segue_core::introduction;
use segue_core::policy::Timings;
use segue_core::time::{SECOND_MS, Timestamp};
use segue_core::words::Words;
use segue_server::desk::{Error, Leave, Left, PassTo, WrapUp};
use segue_store::Presence;

use super::script::{Act, LeftTo};
use super::show::said;
use super::stage::{COMPANY, Stage};

/// How long each line takes.
const LINE_MS: i64 = SECOND_MS;

impl Stage {
    /// Does one thing. `Err` is a fault of the scenario; what the desk refuses is kept
    /// for the next line.
    pub async fn act(&mut self, act: &Act) -> Result<(), String> {
        if let Some(refusal) = self.refused.take() {
            return Err(format!("the step before was refused: {refusal}"));
        }
        if !matches!(act, Act::LookAt(_)) {
            self.everything_is_read().await?;
        }
        self.desk.clock.advance(LINE_MS);
        let done = match act {
            Act::Passes(span_ms) => {
                self.pass(*span_ms - LINE_MS).await;
                return Ok(());
            }
            Act::AssistantDown | Act::AssistantBack => {
                self.assistant_is_down = *act == Act::AssistantDown;
                Ok(())
            }
            Act::LookAt(name) => {
                self.table = Some(name.clone());
                Ok(())
            }
            Act::ComesOnline(agent) => {
                self.shows(agent, Presence::Online).await;
                Ok(())
            }
            Act::GoesAway(agent) => {
                self.shows(agent, Presence::Away).await;
                Ok(())
            }
            Act::WrapsUp(agent) => {
                self.shows(agent, Presence::WrapUp).await;
                Ok(())
            }
            Act::Forgets(agent, skill) => self.forgets(agent, skill).await,
            Act::Takes(agent, chats) => self.takes(agent, *chats).await,
            Act::LeavesTeam(agent, team) => self.leaves_team(agent, team).await,
            Act::GoesOffline(agent, gives_back) => {
                self.leaves(agent, Presence::Offline, *gives_back).await;
                Ok(())
            }
            Act::Vanishes(agent) => {
                self.agents.get_mut(agent).unwrap().connected = false;
                Ok(())
            }
            Act::Leaves(agent, all) => self.goes_offline(agent, all).await,
            Act::PassesOn(agent, customer, to) => {
                self.table = Some(customer.clone());
                self.passes_on(agent, customer, to).await
            }
            Act::ClosesPage(name) => {
                self.table = Some(name.clone());
                self.customers.get_mut(name).unwrap().page_open = false;
                Ok(())
            }
            Act::ComesBack(name) => {
                self.table = Some(name.clone());
                self.customers.get_mut(name).unwrap().page_open = true;
                Ok(())
            }
            Act::Erases(name) => {
                self.table = Some(name.clone());
                let contact_id = self.customers[name].contact_id.clone();
                let erased = self
                    .desk
                    .erase(self.workspace_id.clone(), contact_id, By::Operator);
                erased.await.map(|_| ())
            }
            Act::Opens(name)
            | Act::Says(name, _)
            | Act::WantsPerson(name)
            | Act::Judges(name, _)
            | Act::GoesBack(name)
            | Act::ChoosesEmail(name, _)
            | Act::KeepsPlace(name, _)
            | Act::Rates(name, ..) => self.customer_does(name, act).await,
            Act::Writes(name, _)
            | Act::Notes(name, _)
            | Act::BeginsToWrite(name)
            | Act::SendsDraft(name)
            | Act::Accepts(name, _)
            | Act::AcceptAtOnce(name, _)
            | Act::Declines(name)
            | Act::TakesOver(name, _)
            | Act::TakeOverAtOnce(name, _)
            | Act::HandsBack(name, _)
            | Act::Resolves(name, ..) => self.agent_does(name, act).await,
        };
        match done {
            Ok(()) => {}
            Err(Error::Store(error)) => return Err(format!("the database failed: {error}")),
            Err(refusal) => self.refused = Some(refusal.to_string()),
        }
        self.settle().await;
        Ok(())
    }

    /// Time passes in a hundred steps, or second by second, and stops at each due time.
    async fn pass(&mut self, span_ms: i64) {
        let until = self.desk.clock.now().plus(span_ms);
        let step_ms = (span_ms / 100).max(SECOND_MS);
        loop {
            let now = self.desk.clock.now();
            let next = now.plus(step_ms).min(until);
            let due = self.next_due().await.filter(|due| *due > now);
            let next = due.map_or(next, |due| next.min(due));
            if now >= until {
                return;
            }
            self.desk.clock.advance(next.since(now).max(1));
            self.settle().await;
        }
    }

    async fn next_due(&self) -> Option<Timestamp> {
        let timings = Timings::default();
        let mut next = None;
        for customer in self.customers.keys() {
            let conversation = self.conversation_with(customer).await;
            let due = conversation.and_then(|it| it.due(&timings));
            next = due.map(|(at, _)| at).into_iter().chain(next).min();
        }
        next
    }

    async fn goes_offline(&mut self, name: &str, all: &[(String, LeftTo)]) -> Result<(), Error> {
        let actor = self.agents[name].actor.clone();
        let all = all
            .iter()
            .map(|(customer, to)| self.left(customer, to))
            .collect();
        self.desk.go_offline(actor, all).await?;
        self.agents.get_mut(name).unwrap().connected = false;
        Ok(())
    }

    async fn passes_on(&mut self, name: &str, customer: &str, to: &LeftTo) -> Result<(), Error> {
        let conversation = self
            .conversation_with(customer)
            .await
            .ok_or(Error::NotFound)?;
        let (actor, left) = (self.agents[name].actor.clone(), self.left(customer, to));
        self.desk.release(actor, left, conversation.epoch).await
    }

    fn left(&self, customer: &str, to: &LeftTo) -> Left {
        let how = match to {
            LeftTo::Queue => Leave::ToQueue,
            LeftTo::Colleague(name, note) => {
                let to = PassTo::Colleague(self.agents[name].actor.id.clone());
                Leave::PassedOn(to, note.clone())
            }
            LeftTo::Team(name, note) => {
                Leave::PassedOn(PassTo::Team(self.team_id(name)), note.clone())
            }
            LeftTo::Email => Leave::ByEmail,
            LeftTo::Closed => Leave::Closed(Disposition::Solved),
        };
        let conversation_id = self.customers[customer].conversation.clone().unwrap();
        Left {
            conversation_id,
            how,
        }
    }

    async fn customer_does(&mut self, name: &str, act: &Act) -> Result<(), Error> {
        self.table = Some(name.into());
        self.customers.get_mut(name).unwrap().page_open = true;
        let place = self.place().await;
        let desk = self.desk.clone();
        let contact_id = self.customers[name].contact_id.clone();
        let id = self
            .conversation_of(name, *act == Act::Opens(name.into()))
            .await?;
        match act {
            Act::Says(_, text) => {
                let inbound = self.inbound(&id, &contact_id, text);
                desk.receive(place, inbound).await.map(|_| ())
            }
            Act::WantsPerson(_) => desk.request_human(place, id, contact_id).await.map(|_| ()),
            Act::Judges(_, helped) => {
                let attempts = self.attempts(&id).await;
                let last = attempts.last().ok_or(Error::NotFound)?.id.clone();
                let judged = desk.judge(place, id, contact_id, last, *helped);
                judged.await.map(|_| ())
            }
            Act::GoesBack(_) => desk.cancel(place, id, contact_id).await.map(|_| ()),
            Act::ChoosesEmail(_, address) => {
                let chosen = desk.choose_email(place, id, contact_id, address.clone());
                chosen.await.map(|_| ())
            }
            Act::KeepsPlace(_, address) => {
                let kept = desk.keep_place(place, id, contact_id, address.clone());
                kept.await.map(|_| ())
            }
            Act::Rates(_, score, repeated) => {
                let rated = desk.rate(place, id, contact_id, *score, *repeated);
                rated.await.map(|_| ())
            }
            _ => Ok(()),
        }
    }

    /// A customer's conversation; without one, or if they ask for a new one, it is opened.
    /// The first line, the same in every conversation, must be mentioned only by those
    /// who open the chat.
    async fn conversation_of(&mut self, name: &str, new: bool) -> Result<ConversationId, Error> {
        if let Some(id) = self.customers[name].conversation.clone().filter(|_| !new) {
            return Ok(id);
        }
        let customer = &self.customers[name];
        let (contact_id, language) = (customer.contact_id.clone(), customer.language.into());
        let opened = self.desk.open(self.place().await, contact_id, language);
        let conversation = opened.await?;
        let customer = self.customers.get_mut(name).unwrap();
        customer.conversation = Some(conversation.id.clone());
        customer.read.clear();
        if !new {
            customer.read.extend(1..=conversation.seq);
        }
        Ok(conversation.id)
    }

    async fn agent_does(&mut self, name: &str, act: &Act) -> Result<(), Error> {
        if let Act::Accepts(_, Some(customer)) | Act::TakesOver(_, Some(customer)) = act {
            self.table = Some(customer.clone());
        }
        let conversation = self.conversation().await.ok_or(Error::NotFound)?;
        let (id, epoch) = (conversation.id.clone(), conversation.epoch);
        let place = self.place().await;
        let desk = self.desk.clone();
        let actor = self.agents[name].actor.clone();
        match act {
            Act::Accepts(..) => desk.accept(place, id, actor, epoch).await.map(|_| ()),
            Act::AcceptAtOnce(_, other) => {
                let other = self.agents[other].actor.clone();
                let (first, second) = tokio::join!(
                    desk.accept(place.clone(), id.clone(), actor, epoch),
                    desk.accept(place, id, other, epoch)
                );
                // One of the two is refused, whoever it is; both refused is told as well.
                first.and(second).map(|_| ())
            }
            Act::Declines(_) => desk.decline(place, id, actor).await,
            Act::TakesOver(..) => desk.take_over(place, id, actor, epoch).await.map(|_| ()),
            Act::TakeOverAtOnce(_, other) => {
                let other = self.agents[other].actor.clone();
                let (first, second) = tokio::join!(
                    desk.take_over(place.clone(), id.clone(), actor, epoch),
                    desk.take_over(place, id, other, epoch)
                );
                first.and(second).map(|_| ())
            }
            Act::HandsBack(_, lines) => {
                let of = |kind: &str| -> Vec<String> {
                    let its = lines.iter().filter(|(it, _)| it == kind);
                    its.map(|(_, line)| line.clone()).collect()
                };
                let brief = HandBackBrief {
                    done: of("done"),
                    promised: of("promised"),
                    open: of("open"),
                };
                desk.hand_back(place, id, actor, epoch, brief)
                    .await
                    .map(|_| ())
            }
            Act::BeginsToWrite(_) => {
                self.agents.get_mut(name).unwrap().composer = Some(epoch);
                Ok(())
            }
            Act::Writes(_, text) => {
                let began = self.agents.get_mut(name).unwrap().composer.take();
                self.write(name, &id, Some(began.unwrap_or(epoch)), text)
                    .await
            }
            Act::Notes(_, text) => self.write(name, &id, None, text).await,
            Act::SendsDraft(_) => {
                let draft = self
                    .draft(name, &conversation)
                    .await
                    .ok_or(Error::NotFound)?;
                self.write(name, &id, Some(epoch), &draft).await
            }
            Act::Resolves(_, disposition, knowable) => {
                let wrap_up = WrapUp {
                    knowable: *knowable,
                    ..(*disposition).into()
                };
                let done = desk.resolve(place, id, actor, epoch, wrap_up);
                done.await.map(|_| ())
            }
            _ => Ok(()),
        }
    }

    async fn write(
        &mut self,
        name: &str,
        id: &ConversationId,
        epoch: Option<u64>,
        text: &str,
    ) -> Result<(), Error> {
        let reply = self.reply(id, epoch, text);
        let actor = self.agents[name].actor.clone();
        let sent = self.desk.reply(self.place().await, actor, reply).await?;
        // The scenario has just told it; the customer of a note must not be told.
        let told = self.table.clone().filter(|_| epoch.is_some());
        if let Some(customer) = told.and_then(|name| self.customers.get_mut(&name)) {
            customer.read.insert(sent.seq);
        }
        Ok(())
    }

    /// The warm introduction as the console drafts it.
    pub async fn draft(&self, agent: &str, conversation: &Conversation) -> Option<String> {
        let package = self.handoff().await?.package?;
        let words = Words::of(&conversation.language);
        Some(introduction::draft(
            Default::default(),
            words,
            &package,
            agent,
            COMPANY,
        ))
    }

    /// A scenario is the whole conversation: what a customer reads is mentioned in it.
    pub async fn everything_is_read(&self) -> Result<(), String> {
        for name in self.customers.keys() {
            let unread = self.unread(name).await;
            if let Some(line) = unread.first().and_then(|event| said(event, name)) {
                return Err(format!(
                    "{name} has read a line that the scenario does not mention:\n  {line}"
                ));
            }
        }
        Ok(())
    }

    /// Messages to a customer that the scenario has not mentioned yet.
    pub async fn unread(&self, name: &str) -> Vec<Event> {
        let customer = &self.customers[name];
        let Some(id) = &customer.conversation else {
            return vec![];
        };
        let mut events = self.events(id).await;
        events.retain(|event| {
            let is_news = matches!(&event.fact, Fact::MessageAdded(message) if message.role != Role::Customer);
            is_news && !customer.read.contains(&event.seq) && event.for_customer().is_some()
        });
        events
    }
}
