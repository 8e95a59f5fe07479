-- When agents came and went, so that it can be told how many are usually there (P43).

create table presences (
  workspace_id text not null references workspaces (id),
  agent_id text not null,
  at integer not null,
  -- What they have said since.
  presence text not null,
  primary key (agent_id, at)
) strict;
create index presences_by_time on presences (workspace_id, at);

-- Who is there now came when they were last seen, as far as is known.
insert into presences (workspace_id, agent_id, at, presence)
  select workspace_id, id, seen_at, presence from agents where presence <> 'offline';
