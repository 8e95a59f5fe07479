-- A policy is kept with all its versions, and can be tried before it is trusted.

create table policies (
  workspace_id text not null references workspaces (id),
  version integer not null,
  at integer not null,
  by_kind text not null,
  by_id text,
  by_name text,
  note text not null,
  -- As it was written; `policy` is what was read from it.
  text text not null,
  policy text not null,
  -- The version that was taken up again, where it is one of before.
  again integer,
  primary key (workspace_id, version)
) strict;

-- A candidate that is tried: on past conversations, or beside the live policy.
create table trials (
  id text primary key,
  workspace_id text not null references workspaces (id),
  -- `replay` or `shadow`.
  kind text not null,
  at integer not null,
  by_kind text not null,
  by_id text,
  by_name text,
  note text not null,
  text text not null,
  policy text not null,
  live_version integer not null,
  -- `runs`, `done`, `cancelled` or `failed`.
  state text not null,
  done integer not null,
  total integer not null,
  -- How far it has come, for the next piece of it.
  tally text,
  report text,
  ended_at integer
) strict;
create index trials_by_workspace on trials (workspace_id, at);

-- What a candidate beside the live policy decided, without any words.
create table shadow_decisions (
  trial_id text not null references trials (id),
  decision_id text not null,
  workspace_id text not null,
  conversation_id text not null,
  at integer not null,
  live_action text not null,
  action text not null,
  -- How they differ, where they do.
  flip text,
  primary key (trial_id, conversation_id, at, decision_id)
) strict;
