-- Replies that agents have ready, with holes for what differs: everybody's, a team's, or
-- one agent's own.

create table canned_replies (
  id text primary key,
  workspace_id text not null references workspaces (id),
  -- What it is found by.
  name text not null,
  text text not null,
  -- Whose it is: at most one of the two.
  team_id text,
  agent_id text,
  updated_at integer not null
) strict;
create index canned_replies_by_name on canned_replies (workspace_id, name);
