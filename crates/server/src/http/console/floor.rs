//! The left side of the console: who waits, what is mine, who is there, what is wrong.

use axum::Json;
use axum::extract::State;
use segue_core::access::{Permission, may};
use segue_core::event::Disposition;
use segue_core::ids::{AgentId, ConversationId, InboxId, TeamId};
use segue_core::queue::Waiting;
use segue_core::route;
use segue_core::time::{MINUTE_MS, Timestamp};
use segue_store::{Presence, View, WebhookState};
use serde::{Deserialize, Serialize};

use crate::desk::{Error, Leave, Left, PassTo};
use crate::http::App;
use crate::http::console::too_long::{QueueTooLong, too_long};
use crate::http::guard::{Body, clean_text};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;
use crate::http::show::{Item, item};

/// What an agent says of themselves.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct PresenceChange {
    /// `online`, `away`, `wrap_up` or `offline`.
    #[schema(value_type = String)]
    presence: Presence,
    /// Going offline: give open conversations back to the queue.
    #[serde(default)]
    give_back: bool,
    /// Going offline: what becomes of each conversation that is held. Without it, as
    /// `give_back` says.
    leave: Option<Vec<LeftHow>>,
}

/// What becomes of a conversation whose agent leaves it.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct LeftHow {
    #[schema(value_type = String)]
    pub(super) conversation_id: ConversationId,
    /// `queue`, `colleague`, `team`, `email` or `close`.
    pub(super) to: LeaveTo,
    /// The colleague.
    #[schema(value_type = Option<String>)]
    pub(super) agent_id: Option<AgentId>,
    /// The team.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) team_id: Option<TeamId>,
    /// What a colleague or a team must know, if there is something.
    #[serde(default)]
    pub(super) note: Option<String>,
    /// How it ended, where it is closed.
    pub(super) disposition: Option<Disposition>,
}

/// The longest note, in characters.
pub(super) const MAX_NOTE: usize = 2_000;

/// A way on.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeaveTo {
    /// Back to its old place in the queue.
    Queue,
    /// To a colleague.
    Colleague,
    /// To a team.
    Team,
    /// The answer comes by e-mail.
    Email,
    /// It is done.
    Close,
}

impl LeftHow {
    /// What it says, if that is whole.
    pub(super) fn read(self) -> Result<Left, Problem> {
        let note = match &self.note {
            Some(note) if !note.trim().is_empty() => clean_text(note, MAX_NOTE)?,
            _ => String::new(),
        };
        let unsaid = |what: &str| Err(Problem::bad_request(what));
        let how = match self.to {
            LeaveTo::Queue => Leave::ToQueue,
            LeaveTo::Email => Leave::ByEmail,
            LeaveTo::Colleague => match self.agent_id {
                Some(id) => Leave::PassedOn(PassTo::Colleague(id), note),
                None => return unsaid("name the colleague"),
            },
            LeaveTo::Team => match self.team_id {
                Some(id) => Leave::PassedOn(PassTo::Team(id), note),
                None => return unsaid("name the team"),
            },
            LeaveTo::Close => match self.disposition {
                Some(disposition) => Leave::Closed(disposition),
                None => return unsaid("say how it ended"),
            },
        };
        Ok(Left {
            conversation_id: self.conversation_id,
            how,
        })
    }
}

/// An agent's own state.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Me {
    #[schema(value_type = String)]
    presence: Presence,
    /// When wrap-up ends by itself.
    wrap_up_until: Option<Timestamp>,
    /// Conversations held.
    busy: i64,
    /// Chats that can be held at once.
    capacity: i64,
}

#[utoipa::path(post, path = "/api/console/presence", tag = "console", request_body = PresenceChange,
    responses((status = 200, body = Me), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn set_presence(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(change): Body<PresenceChange>,
) -> Result<Json<Me>, Problem> {
    let actor = signed_in.actor();
    match change.leave {
        Some(all_left) if change.presence == Presence::Offline => {
            let all_left: Result<_, Problem> = all_left.into_iter().map(LeftHow::read).collect();
            app.desk.go_offline(actor, all_left?).await?;
        }
        _ => {
            app.desk
                .set_presence(actor, change.presence, change.give_back)
                .await?;
        }
    }
    let agent = signed_in.agent;
    let found = app
        .desk
        .store
        .read(move |tx| tx.agent(&agent.workspace_id, &agent.id))
        .await?;
    let agent = found.ok_or_else(Problem::not_found)?;
    Ok(Json(Me {
        presence: agent.presence,
        wrap_up_until: agent.wrap_up_until,
        busy: agent.busy,
        capacity: agent.capacity,
    }))
}

/// All that the left side of the console shows.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Floor {
    me: Me,
    /// Proposed to me.
    invitations: Vec<Item>,
    /// In the order in which they will be served, the first of those that are shown to me:
    /// what other teams answer for is not (attack case 19).
    queue: Vec<Item>,
    /// How many wait that are shown to me.
    waiting: usize,
    /// The teams that are shown to me.
    teams: Vec<TeamOnFloor>,
    /// The ways in, closed ones among them.
    inboxes: Vec<InboxOnFloor>,
    /// Every team that something can be passed on to.
    pass_to: Vec<TeamToPass>,
    mine: Vec<Item>,
    agents: Vec<Colleague>,
    alarms: Vec<Alarm>,
    /// Queues whose wait is too long, for those who can do something about it (P43).
    shortages: Vec<QueueTooLong>,
    /// Webhooks that failed for days and are told nothing any more, by name, for who can mend
    /// them.
    webhooks_paused: Vec<String>,
    /// Whether answers can be sent by e-mail.
    mail: bool,
    /// Whether any inbox has business hours now.
    is_open: bool,
}

/// A way in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InboxOnFloor {
    #[schema(value_type = String)]
    id: InboxId,
    name: String,
}

/// A team with what waits for it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TeamOnFloor {
    #[schema(value_type = String)]
    id: TeamId,
    name: String,
    waiting: usize,
}

/// A team that something can be passed on to.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TeamToPass {
    #[schema(value_type = String)]
    id: TeamId,
    name: String,
    /// How many of its people are there now.
    there: usize,
}

/// Another agent.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Colleague {
    id: String,
    name: String,
    #[schema(value_type = String)]
    presence: Presence,
    busy: i64,
    capacity: i64,
}

/// Something that someone should act on.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Alarm {
    /// `reply_overdue` or `long_wait`.
    kind: String,
    #[schema(value_type = String)]
    conversation_id: ConversationId,
    /// Minutes late, or waited.
    minutes: i64,
    /// Whose it is, in words.
    text: String,
}

/// Waits that are shown at once.
const SHOWN: usize = 200;
/// A wait in business hours that alarms the lead (P43).
const LONG_WAIT_MS: i64 = 15 * MINUTE_MS;

#[utoipa::path(get, path = "/api/console/floor", tag = "console", responses((status = 200, body = Floor)))]
pub(in crate::http) async fn floor(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<Floor>, Problem> {
    let (now, mail) = (app.desk.clock.now(), app.desk.mail);
    let line = app.desk.line(&signed_in.agent.workspace_id, None).await?;
    let floor = app
        .desk
        .store
        .read(move |tx| {
            let (workspace_id, me) = (&signed_in.agent.workspace_id, &signed_in.agent.id);
            let settings = tx.mail_settings(workspace_id)?;
            let mail = mail || settings.is_some_and(|it| it.tested_at.is_some());
            let agents = tx.agents(workspace_id)?;
            let sees_all = may(signed_in.agent.role, Permission::SeeAllTeams);
            let shown = |waiting: &&Waiting| sees_all || line.floor.may_take(me, waiting, now);
            let visible: Vec<&Waiting> = line.queue.iter().filter(shown).collect();
            let mut queue = Vec::with_capacity(visible.len().min(SHOWN));
            for (waiting, place) in visible.iter().take(SHOWN).zip(1..) {
                // Somebody may have left since the line was read.
                let listed = tx.listed(workspace_id, &waiting.conversation_id)?;
                let listed = listed.filter(|it| it.conversation.wait().is_some());
                if let Some(listed) = listed {
                    let item = item(tx, &listed, now)?;
                    queue.push(Item {
                        place: Some(place),
                        ..item
                    });
                }
            }
            let is_mine = |team: &&route::Team| sees_all || line.floor.may_see(me, Some(&team.id));
            let teams = line.floor.teams.iter().filter(is_mine).map(|team| {
                let its = |it: &&&Waiting| it.needs.team.as_ref() == Some(&team.id);
                TeamOnFloor {
                    id: team.id.clone(),
                    name: team.name.clone(),
                    waiting: visible.iter().filter(its).count(),
                }
            });
            let pass_to = line.floor.teams.iter().map(|team| {
                let agents = line.floor.agents.iter();
                let its = agents.filter(|it| it.is_there && it.teams.contains(&team.id));
                TeamToPass {
                    id: team.id.clone(),
                    name: team.name.clone(),
                    there: its.count(),
                }
            });
            let (teams, waiting) = (teams.collect(), visible.len());
            let shortages = if sees_all {
                too_long(tx, &line, workspace_id, now)?
            } else {
                vec![]
            };
            let webhooks = if may(signed_in.agent.role, Permission::Administer) {
                tx.webhooks(workspace_id)?
            } else {
                vec![]
            };
            let mut mine = Vec::new();
            for listed in
                &tx.list_conversations(workspace_id, &View::Agent(me.clone()), None, 100)?
            {
                mine.push(item(tx, listed, now)?);
            }
            let inboxes = tx.inboxes(workspace_id)?;
            let my_row = agents
                .iter()
                .find(|agent| agent.id == *me)
                .ok_or(Error::NotFound)?;
            Ok::<_, Error>(Floor {
                me: Me {
                    presence: my_row.presence,
                    wrap_up_until: my_row.wrap_up_until,
                    busy: my_row.busy,
                    capacity: my_row.capacity,
                },
                teams,
                pass_to: pass_to.collect(),
                waiting,
                invitations: queue
                    .iter()
                    .filter(|item| item.invited_agent_id.as_ref() == Some(me))
                    .cloned()
                    .collect(),
                is_open: inboxes
                    .iter()
                    .any(|inbox| inbox.closed_at.is_none() && inbox.hours.is_open(now)),
                alarms: queue
                    .iter()
                    .chain(&mine)
                    .filter_map(|item| alarm(item, now))
                    .collect(),
                shortages,
                webhooks_paused: webhooks
                    .into_iter()
                    .filter(|it| it.state == WebhookState::Paused)
                    .map(|it| it.name)
                    .collect(),
                inboxes: inboxes
                    .into_iter()
                    .map(|inbox| InboxOnFloor {
                        id: inbox.id,
                        name: inbox.name,
                    })
                    .collect(),
                queue,
                mine,
                agents: agents
                    .into_iter()
                    .filter(segue_store::Agent::is_active)
                    .map(colleague)
                    .collect(),
                mail,
            })
        })
        .await?;
    Ok(Json(floor))
}

fn colleague(agent: segue_store::Agent) -> Colleague {
    Colleague {
        id: agent.id.to_string(),
        name: agent.name,
        presence: agent.presence,
        busy: agent.busy,
        capacity: agent.capacity,
    }
}

fn alarm(item: &Item, now: Timestamp) -> Option<Alarm> {
    let name = item
        .contact
        .name
        .clone()
        .unwrap_or_else(|| item.subject.clone());
    let alarm = |kind: &str, minutes: i64| Alarm {
        kind: kind.into(),
        conversation_id: item.conversation_id.clone(),
        minutes,
        text: name.clone(),
    };
    if let Some(due_at) = item.reply_due_at {
        // An overdue answer moves its due time a day on, so look at the wait as well.
        let promised_at = due_at.min(
            item.queued_at
                .map_or(due_at, |at| at.plus(24 * 60 * MINUTE_MS)),
        );
        return (promised_at < now)
            .then(|| alarm("reply_overdue", now.since(promised_at) / MINUTE_MS));
    }
    let waited_ms = item.queued_at.map_or(0, |at| now.since(at));
    (waited_ms > LONG_WAIT_MS).then(|| alarm("long_wait", waited_ms / MINUTE_MS))
}
