//! What customers, agents and the process itself do, each as something under way. What is
//! said and who is meant is chosen when it begins; what is read on the way is as old as the
//! turns make it.

use std::sync::Arc;

use segue_core::audit::By;
use segue_core::conversation::Owner;
use segue_core::event::Disposition;
use segue_core::ids::{ConversationId, InboxId, WorkspaceId};
use segue_server::desk::{Actor, AgentChange, Desk, Error, Inbound, Place, Reply, TeamWanted};
use segue_server::jobs::{Sweeper, work_one};
use segue_store::Presence;

use crate::dice::Dice;
use crate::plan::What;
use crate::turns::Task;
use crate::world::{Line, Speaker, World};

/// What customers write: questions with and without an answer, wishes, moods, thanks.
const WORDS: [&str; 8] = [
    "How long does delivery take?",
    "I want to talk to a human",
    "My parcel has not come, this is ridiculous!!",
    "That did not help",
    "Can I return unused goods?",
    "Cancel my subscription please",
    "thanks, bye",
    "qwer asdf 17",
];

/// How a deed ended.
pub struct Report {
    pub said: String,
    pub effect: Effect,
    pub error: Option<Error>,
}

/// What the world learns from it.
pub enum Effect {
    Nothing,
    Opened(usize, ConversationId),
    /// A line was acknowledged under this number.
    Heard(usize, u64),
    /// A person was asked for, and this is who owns the conversation now.
    Asked(Owner),
    /// An agent owns a conversation under this epoch, as far as they know.
    Holds(usize, ConversationId, u64),
    /// An agent has said what they are.
    Shows(usize, Presence),
    Swept(Sweeper),
}

/// A place to do deeds in.
#[derive(Clone)]
pub struct Ground {
    pub desk: Desk,
    pub workspace_id: WorkspaceId,
    pub inbox_id: InboxId,
}

impl Ground {
    async fn place(&self) -> Result<Arc<Place>, Error> {
        self.desk.place(&self.workspace_id, &self.inbox_id).await
    }
}

pub type Deed = Task<'static, Report>;

fn report<T>(done: Result<T, Error>, tell: impl FnOnce(T) -> (String, Effect)) -> Report {
    match done {
        Ok(value) => {
            let (said, effect) = tell(value);
            Report {
                said,
                effect,
                error: None,
            }
        }
        Err(error) => Report {
            said: format!("refused: {error}"),
            effect: Effect::Nothing,
            error: Some(error),
        },
    }
}

fn plain<T>(said: &'static str) -> impl FnOnce(T) -> (String, Effect) {
    move |_| (said.into(), Effect::Nothing)
}

/// Begins a deed; `None` if there is nobody to do it.
pub fn begin(world: &mut World, what: What, dice: &mut Dice) -> Option<(String, Deed)> {
    match what {
        What::JobRuns | What::Sweep | What::Assign => system(world, what, dice),
        What::AgentComes
        | What::AgentGoesAway
        | What::AgentLeaves
        | What::AgentVanishes
        | What::AgentAccepts
        | What::AgentPulls
        | What::AgentDeclines
        | What::AgentWrites
        | What::AgentSendsAgain
        | What::AgentNotes
        | What::AgentResolves
        | What::AgentWrapsUp
        | What::LeadChanges => agent(world, what, dice),
        _ => customer(world, what, dice),
    }
}

fn system(world: &mut World, what: What, dice: &mut Dice) -> Option<(String, Deed)> {
    let (ground, tools) = (world.ground(), world.tools.clone());
    Some(match what {
        What::JobRuns => {
            let run = async move {
                let ran = work_one(&tools).await.map_err(Error::from);
                report(ran, |ran| (format!("ran: {ran}"), Effect::Nothing))
            };
            ("a job".into(), Task::new(run))
        }
        What::Assign => {
            // Of two nodes on one database each may think that it keeps the queue.
            let desk = if dice.chance(30) {
                world.other_node.clone()
            } else {
                ground.desk
            };
            let run = async move {
                let invited = async {
                    match desk.keep(&ground.workspace_id).await? {
                        Some(keep) => desk.assign(keep).await,
                        None => Ok(0),
                    }
                };
                report(invited.await, |n| {
                    let said = if n == 0 {
                        "nothing to do".into()
                    } else {
                        format!("invited {n}")
                    };
                    (said, Effect::Nothing)
                })
            };
            ("the queue".into(), Task::new(run))
        }
        _ => {
            let mut sweeper = world.sweeper.take()?;
            let run = async move {
                let swept = sweeper.sweep().await;
                let mut told = report(swept, plain("swept"));
                told.effect = Effect::Swept(sweeper);
                told
            };
            ("a sweep".into(), Task::new(run))
        }
    })
}

fn customer(world: &mut World, what: What, dice: &mut Dice) -> Option<(String, Deed)> {
    let ground = world.ground();
    let who = dice.below(world.customers.len());
    let name = format!("customer {who}");
    let contact_id = world.customers[who].contact_id.clone();
    if what == What::CustomerOpens {
        if world.customers[who].conversations.len() >= 2 {
            return None;
        }
        let run = async move {
            let opened = async {
                let place = ground.place().await?;
                ground.desk.open(place, contact_id, "en".into()).await
            };
            report(opened.await, |it| {
                ("opened".into(), Effect::Opened(who, it.id))
            })
        };
        return Some((format!("{name} opens"), Task::new(run)));
    }
    if what == What::CustomerSendsAgain {
        let mine = world.lines_where(|line| line.by == Speaker::Customer(who));
        let (n, line) = dice.pick(&mine)?.clone();
        return Some((
            format!("{name} sends line {n} again"),
            send(ground, contact_id, n, line),
        ));
    }
    let id = dice.pick(&world.customers[who].conversations)?.clone();
    let at = world.label(&id);
    Some(match what {
        What::CustomerWrites => {
            let text = (*dice.pick(&WORDS)?).to_string();
            let told = format!("{name} writes “{text}” in {at}");
            let (n, line) = world.add_line(Speaker::Customer(who), id, text);
            (
                format!("{told}, line {n}"),
                send(ground, contact_id, n, line),
            )
        }
        What::CustomerWantsPerson => {
            let run = async move {
                let asked = async {
                    let place = ground.place().await?;
                    ground.desk.request_human(place, id, contact_id).await
                };
                report(asked.await, |it| {
                    (format!("{:?}", it.state()), Effect::Asked(it.owner()))
                })
            };
            (format!("{name} wants a person in {at}"), Task::new(run))
        }
        What::CustomerGoesBack => {
            let run = async move {
                let done = async {
                    let place = ground.place().await?;
                    ground.desk.cancel(place, id, contact_id).await
                };
                report(done.await, plain("back with the assistant"))
            };
            (format!("{name} goes back in {at}"), Task::new(run))
        }
        What::CustomerChoosesEmail => {
            let email = format!("customer{who}@example.com");
            let run = async move {
                let done = async {
                    let place = ground.place().await?;
                    ground.desk.choose_email(place, id, contact_id, email).await
                };
                report(done.await, plain("by e-mail"))
            };
            (format!("{name} chooses e-mail in {at}"), Task::new(run))
        }
        What::CustomerJudges => {
            let helped = dice.chance(40);
            let run = async move {
                let done = async {
                    let place = ground.place().await?;
                    let (workspace_id, asked) = (ground.workspace_id.clone(), id.clone());
                    let read = ground
                        .desk
                        .store
                        .read(move |tx| Ok::<_, Error>(tx.attempts(&workspace_id, &asked)?.pop()));
                    let Some(last) = read.await? else {
                        return Ok("nothing to judge");
                    };
                    let judged = ground.desk.judge(place, id, contact_id, last.id, helped);
                    judged.await.map(|_| "judged")
                };
                report(done.await, |said| (said.into(), Effect::Nothing))
            };
            (
                format!("{name} judges, helped: {helped}, in {at}"),
                Task::new(run),
            )
        }
        What::CustomerSolves => {
            let run = async move {
                let done = async {
                    let place = ground.place().await?;
                    ground.desk.resolve_by_customer(place, id, contact_id).await
                };
                report(done.await, plain("solved"))
            };
            (format!("{name} says it is solved in {at}"), Task::new(run))
        }
        _ => {
            let score = 1 + dice.below(5) as u8;
            let run = async move {
                let done = async {
                    let place = ground.place().await?;
                    ground.desk.rate(place, id, contact_id, score, None).await
                };
                report(done.await, plain("rated"))
            };
            (format!("{name} rates {score} in {at}"), Task::new(run))
        }
    })
}

fn send(ground: Ground, contact_id: segue_core::ids::ContactId, n: usize, line: Line) -> Deed {
    Task::new(async move {
        let heard = async {
            let inbound = Inbound {
                conversation_id: line.conversation_id,
                contact_id,
                client_message_id: line.client_message_id,
                text: line.text,
                files: vec![],
            };
            let place = ground.place().await?;
            ground.desk.receive(place, inbound).await
        };
        report(heard.await, |it| {
            (
                format!("acknowledged as {}", it.seq),
                Effect::Heard(n, it.seq),
            )
        })
    })
}

fn agent(world: &mut World, what: What, dice: &mut Dice) -> Option<(String, Deed)> {
    let ground = world.ground();
    let who = dice.below(world.agents.len());
    let actor = world.agents[who].actor.clone();
    let name = actor.name.clone();
    let shows = |presence: Presence, gives_back: bool| {
        let (ground, actor) = (ground.clone(), actor.clone());
        Task::new(async move {
            let done = ground.desk.set_presence(actor, presence, gives_back).await;
            report(done, |()| {
                (
                    format!("is {}", presence.name()),
                    Effect::Shows(who, presence),
                )
            })
        })
    };
    Some(match what {
        What::AgentComes => {
            world.agents[who].is_connected = true;
            (format!("{name} comes"), shows(Presence::Online, false))
        }
        What::AgentGoesAway => (format!("{name} goes away"), shows(Presence::Away, false)),
        What::AgentWrapsUp => (format!("{name} wraps up"), shows(Presence::WrapUp, false)),
        What::LeadChanges => change(world, who, dice),
        What::AgentLeaves => {
            let gives_back = dice.chance(70);
            world.agents[who].leaves += u32::from(gives_back);
            let said = format!("{name} leaves, gives back: {gives_back}");
            (said, shows(Presence::Offline, gives_back))
        }
        What::AgentVanishes => {
            world.agents[who].is_connected = false;
            let seen = Task::new(async { report(Ok(()), plain("is not heard of any more")) });
            (format!("{name} vanishes"), seen)
        }
        What::AgentAccepts | What::AgentPulls => {
            let run = accept(ground, actor, who, what == What::AgentPulls);
            (format!("{name} takes one ({what:?})"), Task::new(run))
        }
        What::AgentDeclines => {
            let run = async move {
                let done = async {
                    let Some(id) = invited(&ground, &actor).await? else {
                        return Ok("nothing to decline");
                    };
                    let place = ground.place().await?;
                    let declined = ground.desk.decline(place, id, actor).await;
                    declined.map(|()| "declined")
                };
                report(done.await, |said| (said.into(), Effect::Nothing))
            };
            (format!("{name} declines"), Task::new(run))
        }
        What::AgentSendsAgain => {
            let mine =
                world.lines_where(|line| matches!(line.by, Speaker::Agent(by, _) if by == who));
            let (n, line) = dice.pick(&mine)?.clone();
            (
                format!("{name} sends line {n} again"),
                write(ground, actor, n, line),
            )
        }
        _ => {
            let (id, epoch) = dice.pick(&world.agents[who].holds)?.clone();
            let at = world.label(&id);
            match what {
                What::AgentWrites | What::AgentNotes => {
                    let epoch = (what == What::AgentWrites).then_some(epoch);
                    let speaker = Speaker::Agent(who, epoch);
                    let text = format!("Here is {name}");
                    let (n, line) = world.add_line(speaker, id, text);
                    let said = format!("{name} writes in {at} under {epoch:?}, line {n}");
                    (said, write(ground, actor, n, line))
                }
                _ => {
                    let how = [Disposition::Solved, Disposition::NoReply];
                    let how = *dice.pick(&how)?;
                    let run = async move {
                        let done = async {
                            let place = ground.place().await?;
                            let desk = &ground.desk;
                            desk.resolve(place, id, actor, epoch, how).await
                        };
                        report(done.await, plain("resolved"))
                    };
                    (
                        format!("{name} resolves {at} under {epoch}"),
                        Task::new(run),
                    )
                }
            }
        }
    })
}

/// Skills, capacity or team of an agent change in the middle of everything.
fn change(world: &World, who: usize, dice: &mut Dice) -> (String, Deed) {
    let (ground, actor) = (world.ground(), world.agents[who].actor.clone());
    let (said, change) = match dice.below(3) {
        0 => {
            let capacity = 1 + dice.below(3) as i64;
            let change = AgentChange {
                capacity: Some(capacity),
                ..AgentChange::default()
            };
            (format!("{} can hold {capacity}", actor.name), Some(change))
        }
        1 => {
            let skills = if dice.chance(50) {
                vec!["refunds".to_string()]
            } else {
                vec![]
            };
            let said = format!("{} knows {skills:?}", actor.name);
            let change = AgentChange {
                skills: Some(skills),
                ..AgentChange::default()
            };
            (said, Some(change))
        }
        _ => (format!("{} alone is the team", actor.name), None),
    };
    let team_id = world.team_id.clone();
    let run = async move {
        let desk = &ground.desk;
        let done = match change {
            Some(change) => {
                let (workspace_id, id) = (ground.workspace_id.clone(), actor.id.clone());
                let changed = desk.change_agent(workspace_id, id, change, By::Operator);
                changed.await.map(|_| ())
            }
            None => {
                let wanted = TeamWanted {
                    name: "Support".into(),
                    members: vec![actor.id.clone()],
                    overflow: None,
                };
                desk.change_team(actor, team_id, wanted).await
            }
        };
        report(done, plain("changed"))
    };
    (said, Task::new(run))
}

pub async fn accept(ground: Ground, actor: Actor, who: usize, pulls: bool) -> Report {
    let done = async {
        let found = if pulls {
            first_waiting(&ground).await?
        } else {
            invited(&ground, &actor).await?
        };
        let Some(id) = found else {
            return Ok(None);
        };
        let (workspace_id, asked) = (ground.workspace_id.clone(), id.clone());
        let store = &ground.desk.store;
        let read =
            store.read(move |tx| tx.conversation(&workspace_id, &asked).map_err(Error::from));
        let epoch = read.await?.ok_or(Error::NotFound)?.epoch;
        let place = ground.place().await?;
        match ground.desk.accept(place, id, actor, epoch).await {
            // Another team answers for it.
            Err(Error::NotFound) => Ok(None),
            taken => taken.map(Some),
        }
    };
    report(done.await, |taken| match taken {
        None => ("nothing to take".into(), Effect::Nothing),
        Some(it) => (
            format!("has it under epoch {}", it.epoch),
            Effect::Holds(who, it.id, it.epoch),
        ),
    })
}

async fn invited(ground: &Ground, actor: &Actor) -> Result<Option<ConversationId>, Error> {
    let (workspace_id, me) = (ground.workspace_id.clone(), actor.id.clone());
    let store = &ground.desk.store;
    let read = store.read(move |tx| {
        let waiting = tx.waiting(&workspace_id)?;
        let mine = waiting
            .into_iter()
            .find(|it| it.invited.as_ref() == Some(&me));
        Ok::<_, Error>(mine.map(|it| it.conversation_id))
    });
    read.await
}

async fn first_waiting(ground: &Ground) -> Result<Option<ConversationId>, Error> {
    let workspace_id = ground.workspace_id.clone();
    let store = &ground.desk.store;
    let read = store.read(move |tx| {
        let mut waiting = tx.waiting(&workspace_id)?;
        segue_core::queue::order(&mut waiting);
        Ok::<_, Error>(waiting.into_iter().next().map(|it| it.conversation_id))
    });
    read.await
}

pub fn write(ground: Ground, actor: Actor, n: usize, line: Line) -> Deed {
    Task::new(async move {
        let sent = async {
            let reply = Reply {
                conversation_id: line.conversation_id,
                epoch: match line.by {
                    Speaker::Agent(_, epoch) => epoch,
                    Speaker::Customer(_) => None,
                },
                client_message_id: line.client_message_id,
                text: line.text,
                files: vec![],
            };
            let place = ground.place().await?;
            ground.desk.reply(place, actor, reply).await
        };
        report(sent.await, |it| {
            (
                format!("acknowledged as {}", it.seq),
                Effect::Heard(n, it.seq),
            )
        })
    })
}
