-- Teams, skills and languages (P11), what each conversation takes of an agent's capacity,
-- and the queue in rows of its own: thousands of waits are read without their histories.

create table teams (
  id text primary key,
  workspace_id text not null references workspaces (id),
  -- What policies call it; capitals do not tell two apart.
  name text not null,
  -- The team that takes what has waited too long, and after how long.
  overflow_to text references teams (id),
  overflow_after_ms bigint,
  created_at bigint not null
);
create unique index teams_by_name on teams (workspace_id, lower(name));

create table team_members (
  team_id text not null references teams (id),
  agent_id text not null references agents (id),
  workspace_id text not null,
  primary key (team_id, agent_id)
);
create index team_members_by_workspace on team_members (workspace_id);

-- Lists of names, as JSON.
alter table agents add column skills text not null default '[]';
alter table agents add column languages text not null default '[]';
-- Units of what they hold; `busy` counts the conversations. Both change in the transaction
-- that changes the owner.
alter table agents add column busy_units bigint not null default 0;
-- Until when the presence `wrap_up` lasts.
alter table agents add column wrap_up_until bigint;
update agents set busy_units = 2 * busy where busy > 0;

-- The agent who looks after a customer.
alter table contacts add column dedicated_agent_id text;

-- One row for each conversation that waits for a human; written with its snapshot.
create table waits (
  conversation_id text primary key references conversations (id),
  workspace_id text not null,
  contact_id text not null,
  queued_at bigint not null,
  by_email bigint not null,
  language text not null,
  -- Whom it needs, as JSON.
  needs text not null,
  invited_agent_id text,
  -- Agents who let it pass, as JSON.
  passed_by text not null,
  away bigint not null
);
create index waits_by_workspace on waits (workspace_id, queued_at);
create index waits_by_agent on waits (invited_agent_id);

-- Priorities of handoffs that go on stood beside the history until now; they move into its
-- fact, so that it still folds to what is stored.
update events set fact = jsonb_set(fact::jsonb, '{needs}', jsonb_build_object('priority',
  (select priority from conversations where id = conversation_id)))::text
where kind = 'handed_off'
  and conversation_id in (select id from conversations
    where state in ('queued', 'by_email', 'with_agent') and priority > 0)
  and seq = (select max(seq) from events last
    where last.conversation_id = events.conversation_id and last.kind = 'handed_off');
update conversations set snapshot =
  jsonb_set(snapshot::jsonb, '{phase,needs}', jsonb_build_object('priority', priority))::text
where state in ('queued', 'by_email', 'with_agent') and priority > 0;
insert into waits
select id, workspace_id, contact_id, queued_at, case when state = 'by_email' then 1 else 0 end,
  snapshot::jsonb ->> 'language', jsonb_build_object('priority', priority)::text,
  snapshot::jsonb #>> '{phase,invitation,agent_id}',
  coalesce(snapshot::jsonb #>> '{phase,passed_by}', '[]'),
  case when snapshot::jsonb #>> '{phase,away}' is null then 0 else 1 end
from conversations where state in ('queued', 'by_email') and queued_at is not null;
