-- How long a workspace keeps the words of what is over (P48), and how far it has come.

create table retentions (
  workspace_id text primary key references workspaces (id),
  -- After how many days without an event; null for never.
  days integer,
  -- When it is looked through next; null for never.
  due_at integer,
  -- The last run, which goes on while it has no end.
  began_at integer,
  ended_at integer,
  conversations integer not null,
  contacts integer not null
) strict;

-- 0 for words that stand, 1 for those erased with their customer, 2 for those too old.
alter table conversations add column erased integer not null default 0;
update conversations set erased = 1 where snapshot like '%"erased":true%';
create index conversations_aging on conversations (workspace_id, touched_at)
  where state = 'resolved' and erased = 0;
