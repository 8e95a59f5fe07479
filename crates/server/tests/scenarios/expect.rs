//! What must be so in a scenario, looked up where customers and agents see it.

use segue_core::attempt::Attempt;
use segue_core::conversation::{Conversation, State};
use segue_core::event::{Event, Fact, Role};
use segue_core::ids::ConversationId;
use segue_core::introduction;
use segue_core::words::Words;
use segue_server::desk::{Error, WaitShown, wait_shown};
use segue_store::Handoff;

use super::script::{Expect, LATE, Voice};
use super::show::{decided, lines, list, said, says, seen, text};
use super::stage::Stage;

impl Stage {
    /// Checks one line; `Err` says what was there instead.
    pub async fn check(&mut self, expect: &Expect) -> Result<(), String> {
        if let Expect::Refused(words) = expect {
            let refusal = self.refused.take().unwrap_or("nothing was refused".into());
            return says(words, &refusal).then_some(()).ok_or(refusal);
        }
        if let Some(refusal) = &self.refused {
            return Err(format!("the step before was refused: {refusal}"));
        }
        if let Expect::NotSeen(name, _) = expect {
            self.table = Some(name.clone());
        }
        let Some(conversation) = self.conversation().await else {
            return Err("there is no conversation yet".into());
        };
        let events = self.events(&conversation.id).await;
        let found = match expect {
            Expect::Hears(voice, words) => return self.hears(voice, words).await,
            Expect::Now(facts) => {
                let found = self.now(&conversation).await;
                let missing = facts.iter().any(|fact| !found.contains(fact));
                missing.then(|| found.join(", "))
            }
            Expect::Why(triggers) => {
                let mut found = self.handoff().await.map_or(vec![], |it| it.reasons);
                let mut wanted = triggers.clone();
                found.sort_unstable();
                wanted.sort_unstable();
                (found != wanted).then(|| list(&found))
            }
            Expect::Decided(words) => {
                let found = decided(&events, conversation.last_heard_seq);
                (found != *words).then_some(found)
            }
            Expect::Seen(triggers) => {
                let found = seen(&events);
                let missing = triggers.iter().any(|trigger| !found.contains(trigger));
                missing.then(|| list(&found))
            }
            Expect::Package { line, there } => {
                match self.handoff().await.and_then(|it| it.package) {
                    Some(package) => {
                        let found = lines(&package, &events);
                        let is_there = found.iter().any(|found| says(line, found));
                        (is_there != *there)
                            .then(|| format!("the package says\n  {}", found.join("\n  ")))
                    }
                    None => Some("there is no package".into()),
                }
            }
            Expect::Draft(words) => self.check_draft(&conversation, words).await,
            Expect::Mail(words) => {
                let mail = self.mailbox.take().unwrap_or("none".into());
                (!says(words, &mail)).then_some(mail)
            }
            Expect::Alarm(wanted) => {
                let late = |event: &Event| matches!(event.fact, Fact::ReplyOverdue);
                let found = if events.iter().any(late) {
                    LATE
                } else {
                    "none"
                };
                (found != wanted).then(|| found.into())
            }
            Expect::Invited(who) => {
                let found = self.invited(&conversation);
                (found != *who).then(|| format!("invited: {}", found.unwrap_or("nobody".into())))
            }
            Expect::NotSeen(name, words) => {
                let shown = events.iter().filter_map(Event::for_customer);
                let shown = shown.map(|event| serde_json::to_string(&event).unwrap());
                let mut leaks = shown.filter(|json| json.contains(words));
                leaks.next().map(|json| format!("{name} was sent {json}"))
            }
            Expect::Sees(name, words) => {
                let there = events
                    .iter()
                    .filter_map(text)
                    .any(|text| text.contains(words));
                (!there).then(|| format!("{name} sees no such words"))
            }
            Expect::SeesWait(agent, customer, wanted) => {
                let sees = self.sees_wait(agent, customer).await;
                (sees != *wanted).then(|| format!("{agent} sees {customer}: {sees}"))
            }
            Expect::Presence(agent, wanted) => {
                let found = self.presence_of(agent).await.replace('_', " ");
                (found != *wanted).then_some(found)
            }
            Expect::Refused(_) => None,
        };
        found.map_or(Ok(()), Err)
    }

    async fn hears(&mut self, voice: &Voice, words: &str) -> Result<(), String> {
        let name = self.table.clone().unwrap_or_default();
        let Some(event) = self.unread(&name).await.into_iter().next() else {
            return Err(format!("{name} has read nothing new"));
        };
        let Fact::MessageAdded(message) = &event.fact else {
            return Err("that is no message".into());
        };
        let spoken = text(&event).unwrap_or_default();
        let sources = event.body.iter().flat_map(|body| &body.citations);
        let sources: Vec<&str> = sources.map(|citation| citation.title.as_str()).collect();
        let is_so = match voice {
            Voice::System => message.role == Role::System,
            Voice::Assistant {
                offers_person,
                source,
            } => {
                message.role == Role::Assistant
                    && message.offers_person == *offers_person
                    && source
                        .as_deref()
                        .is_none_or(|title| sources.contains(&title))
            }
        };
        if is_so && says(words, spoken) {
            self.customers
                .get_mut(&name)
                .unwrap()
                .read
                .insert(event.seq);
            return Ok(());
        }
        let line = said(&event, &name).unwrap_or_default();
        Err(match sources.as_slice() {
            [] => line,
            titles => format!("{line}\n  sources: {}", titles.join(", ")),
        })
    }

    /// Where a conversation stands, as its customer and the floor see it.
    async fn now(&self, conversation: &Conversation) -> Vec<String> {
        let state = match conversation.state() {
            State::WithAssistant => "with the assistant".into(),
            State::Queued => "in the queue".into(),
            State::ByEmail => "waiting by e-mail".into(),
            State::Resolved => "closed".into(),
            State::WithAgent => {
                let owner = conversation.owner();
                let mine = |id| owner == segue_core::conversation::Owner::Agent(id);
                let mut agents = self.agents.iter();
                let agent = agents.find(|(_, agent)| mine(agent.actor.id.clone()));
                format!("with {}", agent.map_or("nobody", |(name, _)| name))
            }
        };
        let mut found: Vec<String> = vec![state];
        let (place, now, of) = (
            self.place().await,
            self.desk.clock.now(),
            conversation.clone(),
        );
        let wait: Result<Option<WaitShown>, Error> = self
            .desk
            .store
            .read(move |tx| wait_shown(tx, None, &place, &of, now))
            .await;
        if conversation.wait().is_some_and(|wait| wait.away.is_some()) {
            found.push("away".into());
        }
        let Some(wait) = wait.unwrap() else {
            return found;
        };
        match wait.status.as_str() {
            "nobody_online" => found.push("nobody online".into()),
            "closed" => found.push("out of hours".into()),
            _ => {}
        }
        found.extend(wait.kept.then(|| "place kept".into()));
        found.extend(wait.called.then(|| "called".into()));
        found.extend(wait.position.map(|place| format!("position {place}")));
        found.extend(
            (wait.urgent_ahead > 0).then(|| format!("{} more urgent ahead", wait.urgent_ahead)),
        );
        found.push(match wait.minutes {
            Some(minutes) => format!("about {minutes} minutes"),
            None => "no estimate".into(),
        });
        found
    }

    async fn check_draft(&self, conversation: &Conversation, words: &str) -> Option<String> {
        let now = self.now(conversation).await;
        let agent = now[0].strip_prefix("with ").unwrap_or_default().to_string();
        let Some(draft) = self.draft(&agent, conversation).await else {
            return Some("there is no draft".into());
        };
        let package = self.handoff().await?.package?;
        let language = Words::of(&conversation.language);
        let faults = introduction::check(&draft, language, &package, &agent);
        let holds = faults.is_empty() && says(words, &draft);
        (!holds).then(|| format!("{draft}\n  faults: {faults:?}"))
    }

    fn invited(&self, conversation: &Conversation) -> Option<String> {
        let invitation = conversation.wait()?.invitation.as_ref()?;
        let mut agents = self.agents.iter();
        let invited = agents.find(|(_, agent)| agent.actor.id == invitation.agent_id);
        invited.map(|(name, _)| name.clone())
    }

    /// The conversation of the customer last named.
    pub async fn conversation(&self) -> Option<Conversation> {
        self.conversation_with(self.table.as_ref()?).await
    }

    pub async fn conversation_with(&self, customer: &str) -> Option<Conversation> {
        let id = self.customers.get(customer)?.conversation.clone()?;
        let workspace_id = self.workspace_id.clone();
        let store = &self.desk.store;
        let found: Result<_, Error> = store
            .read(move |tx| Ok(tx.conversation(&workspace_id, &id)?))
            .await;
        found.unwrap()
    }

    pub async fn events(&self, id: &ConversationId) -> Vec<Event> {
        let (workspace_id, id) = (self.workspace_id.clone(), id.clone());
        let store = &self.desk.store;
        let found: Result<_, Error> = store
            .read(move |tx| Ok(tx.events(&workspace_id, &id, 0, 2_000)?))
            .await;
        found.unwrap()
    }

    pub async fn attempts(&self, id: &ConversationId) -> Vec<Attempt> {
        let (workspace_id, id) = (self.workspace_id.clone(), id.clone());
        let store = &self.desk.store;
        let found: Result<_, Error> = store
            .read(move |tx| Ok(tx.attempts(&workspace_id, &id)?))
            .await;
        found.unwrap()
    }

    pub async fn handoff(&self) -> Option<Handoff> {
        let (workspace_id, id) = (self.workspace_id.clone(), self.conversation().await?.id);
        let store = &self.desk.store;
        let found: Result<Vec<Handoff>, Error> = store
            .read(move |tx| Ok(tx.handoffs(&workspace_id, Some(&id), None, 1)?))
            .await;
        found.unwrap().pop()
    }
}
