-- What other programs are told of conversations as they go on, and what became of it.

create table webhooks (
  id text primary key,
  workspace_id text not null references workspaces (id),
  name text not null,
  url text not null,
  -- The names of what it hears of, as JSON.
  topics text not null,
  -- `facts` or `words`.
  shares text not null,
  -- It signs with these, so they are kept as they are; the older one for a time after a change.
  secret text not null,
  old_secret text,
  old_secret_until bigint,
  -- `on`, `off`, or `paused` after it failed for days.
  state text not null,
  created_at bigint not null,
  changed_at bigint not null,
  -- When it last took something, since when and why it does not, and until when it is let be.
  delivered_at bigint,
  failed_at bigint,
  failure text,
  failures bigint not null,
  rest_until bigint
);
create index webhooks_by_workspace on webhooks (workspace_id, id);

-- What was sent, event by event. The words are not kept: they are read again to be sent again.
create table webhook_deliveries (
  webhook_id text not null,
  conversation_id text not null,
  seq bigint not null,
  workspace_id text not null,
  topic text not null,
  first_at bigint not null,
  last_at bigint not null,
  tries bigint not null,
  -- `delivered`, `failing`, or `given_up`.
  outcome text not null,
  -- What the server answered, if it did.
  status bigint,
  -- Why it was not taken, as a word.
  fault text,
  took_ms bigint not null,
  primary key (webhook_id, conversation_id, seq)
);
create index webhook_deliveries_by_time on webhook_deliveries (webhook_id, last_at);
create index webhook_deliveries_aging on webhook_deliveries (last_at);
