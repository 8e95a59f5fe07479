-- Teams, skills and languages (P11), what each conversation takes of an agent's capacity,
-- and the queue in rows of its own: thousands of waits are read without their histories.

create table teams (
  id text primary key,
  workspace_id text not null references workspaces (id),
  -- What policies call it; capitals do not tell two apart.
  name text not null,
  -- The team that takes what has waited too long, and after how long.
  overflow_to text references teams (id),
  overflow_after_ms integer,
  created_at integer not null
) strict;
create unique index teams_by_name on teams (workspace_id, lower(name));

create table team_members (
  team_id text not null references teams (id),
  agent_id text not null references agents (id),
  workspace_id text not null,
  primary key (team_id, agent_id)
) strict, without rowid;
create index team_members_by_workspace on team_members (workspace_id);

-- Lists of names, as JSON.
alter table agents add column skills text not null default '[]';
alter table agents add column languages text not null default '[]';
-- Units of what they hold; `busy` counts the conversations. Both change in the transaction
-- that changes the owner.
alter table agents add column busy_units integer not null default 0;
-- Until when the presence `wrap_up` lasts.
alter table agents add column wrap_up_until integer;
update agents set busy_units = 2 * busy where busy > 0;

-- The agent who looks after a customer.
alter table contacts add column dedicated_agent_id text;

-- One row for each conversation that waits for a human; written with its snapshot.
create table waits (
  conversation_id text primary key references conversations (id),
  workspace_id text not null,
  contact_id text not null,
  queued_at integer not null,
  by_email integer not null,
  language text not null,
  -- Whom it needs, as JSON.
  needs text not null,
  invited_agent_id text,
  -- Agents who let it pass, as JSON.
  passed_by text not null,
  away integer not null
) strict;
create index waits_by_workspace on waits (workspace_id, queued_at);
create index waits_by_agent on waits (invited_agent_id);

-- Priorities of handoffs that go on stood beside the history until now; they move into its
-- fact, so that it still folds to what is stored.
update events set fact = json_set(fact, '$.needs', json_object('priority',
  (select priority from conversations where id = conversation_id)))
where kind = 'handed_off'
  and conversation_id in (select id from conversations
    where state in ('queued', 'by_email', 'with_agent') and priority > 0)
  and seq = (select max(seq) from events last
    where last.conversation_id = events.conversation_id and last.kind = 'handed_off');
update conversations set snapshot = json_set(snapshot, '$.phase.needs', json_object('priority', priority))
where state in ('queued', 'by_email', 'with_agent') and priority > 0;
insert into waits
select id, workspace_id, contact_id, queued_at, state = 'by_email', json_extract(snapshot, '$.language'),
  json_object('priority', priority), json_extract(snapshot, '$.phase.invitation.agent_id'),
  coalesce(json_extract(snapshot, '$.phase.passed_by'), '[]'),
  json_extract(snapshot, '$.phase.away') is not null
from conversations where state in ('queued', 'by_email') and queued_at is not null;
