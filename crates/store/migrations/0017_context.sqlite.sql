-- What an agent should know of a customer beside what was said (P25): what happened lately,
-- as other programs tell it, and what a look-up in the operator's own systems finds.

-- Things that a customer did, or that happened to them. Bounded for each contact; the same
-- thing told twice is one.
create table contact_events (
  contact_id text not null references contacts (id),
  workspace_id text not null,
  -- What makes it one thing: the teller's own id of it, or a hash of what it says.
  event_key text not null,
  at integer not null,
  name text not null,
  detail text,
  -- `program` or `site`.
  told_by text not null,
  primary key (contact_id, event_key)
) strict;
create index contact_events_by_time on contact_events (contact_id, at);

-- Where an inbox looks a customer up. Headers may hold secrets; they are kept as they are,
-- because a request is sent with them, and are never shown again.
create table look_ups (
  inbox_id text primary key references inboxes (id),
  workspace_id text not null,
  name text not null,
  url text not null,
  headers text not null,
  fields text not null,
  timeout_ms integer not null,
  kept_ms integer not null,
  changed_at integer not null,
  -- When it last answered, and since when and why it does not.
  answered_at integer,
  failed_at integer,
  failure text
) strict;

-- What it said of a customer, for as long as that is taken for true.
create table look_up_answers (
  inbox_id text not null,
  contact_id text not null references contacts (id),
  workspace_id text not null,
  -- With which settings and which address or id.
  asked text not null,
  at integer not null,
  fields text not null,
  primary key (inbox_id, contact_id)
) strict;

-- How similar conversations were solved is looked for among the latest that ended.
create index handoffs_by_end on handoffs (workspace_id, ended_at);
