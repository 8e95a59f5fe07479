-- The tables of the main job, for PostgreSQL; its twin for SQLite has the same
-- columns. Text ids, integer milliseconds, JSON as text.

create table workspaces (
  id text primary key,
  name text not null,
  settings text not null,
  created_at bigint not null
);

create table inboxes (
  id text primary key,
  workspace_id text not null references workspaces (id),
  name text not null,
  -- What the widget's script tag names. Public, unlike a token.
  site_key text not null unique,
  policy text not null,
  hours text not null
);

create table contacts (
  id text primary key,
  workspace_id text not null references workspaces (id),
  -- Personal data as one JSON text, so that erasure is one update.
  person text not null,
  email text,
  plan text not null,
  vip bigint not null,
  signed_up_at bigint,
  created_at bigint not null
);
create index contacts_by_workspace on contacts (workspace_id, created_at);
create index contacts_by_email on contacts (workspace_id, email);

-- A visitor's key to their own conversations. Only its hash is kept.
create table visitor_tokens (
  hash text primary key,
  workspace_id text not null references workspaces (id),
  inbox_id text not null references inboxes (id),
  contact_id text not null references contacts (id),
  created_at bigint not null
);

create table agents (
  id text primary key,
  workspace_id text not null references workspaces (id),
  email text not null,
  name text not null,
  role text not null,
  password_hash text not null,
  capacity bigint not null,
  -- `online`, `away` or `offline`, as the agent says; `seen_at` says whether it is true.
  presence text not null,
  seen_at bigint not null,
  -- Conversations they hold now. Changed in the transaction that changes the owner.
  busy bigint not null,
  last_accepted_at bigint,
  created_at bigint not null,
  unique (workspace_id, email)
);

create table sessions (
  hash text primary key,
  workspace_id text not null references workspaces (id),
  agent_id text not null references agents (id),
  csrf text not null,
  created_at bigint not null,
  expires_at bigint not null
);
create index sessions_by_agent on sessions (agent_id);

-- API tokens and the first start's link: shown once, kept as a hash.
create table tokens (
  hash text primary key,
  id text not null unique,
  workspace_id text not null references workspaces (id),
  kind text not null,
  name text not null,
  created_at bigint not null,
  expires_at bigint,
  used_at bigint
);

create table conversations (
  id text primary key,
  workspace_id text not null references workspaces (id),
  inbox_id text not null references inboxes (id),
  contact_id text not null references contacts (id),
  seq bigint not null,
  epoch bigint not null,
  state text not null,
  agent_id text,
  priority bigint not null,
  queued_at bigint,
  opened_at bigint not null,
  touched_at bigint not null,
  due_at bigint,
  due text,
  -- The folded conversation; the columns above are read from it.
  snapshot text not null
);
create index conversations_by_state on conversations (workspace_id, state, queued_at);
create index conversations_by_agent on conversations (agent_id, state);
create index conversations_by_contact on conversations (contact_id, id);
create index conversations_by_workspace on conversations (workspace_id, id);
create index conversations_due on conversations (due_at);

create table events (
  conversation_id text not null references conversations (id),
  seq bigint not null,
  workspace_id text not null,
  at bigint not null,
  epoch bigint not null,
  kind text not null,
  fact text not null,
  -- Words and personal data; emptied when a contact is erased.
  body text,
  -- The sender's own id of a message, for sending again without doubling.
  client_message_id text,
  primary key (conversation_id, seq)
);
create index events_by_time on events (workspace_id, at, conversation_id, seq);
create unique index events_sent_once on events (conversation_id, client_message_id);

create table attempts (
  id text primary key,
  workspace_id text not null,
  conversation_id text not null references conversations (id),
  message_id text not null,
  at bigint not null,
  suggestion text not null,
  article_id text,
  article_title text,
  outcome text not null,
  outcome_words text
);
create index attempts_by_conversation on attempts (conversation_id, at);

create table decisions (
  id text primary key,
  workspace_id text not null,
  conversation_id text not null references conversations (id),
  at bigint not null,
  action text not null,
  -- The view and the decision made of it, so that it can be replayed.
  inputs text not null,
  decision text not null
);
create index decisions_by_conversation on decisions (conversation_id, at);

create table handoffs (
  id text primary key,
  workspace_id text not null,
  conversation_id text not null references conversations (id),
  inbox_id text not null,
  at bigint not null,
  reasons text not null,
  package text,
  promised_minutes bigint,
  promise text,
  accepted_at bigint,
  agent_id text,
  first_reply_at bigint,
  ended_at bigint,
  -- `cancelled`, a disposition, `wait_limit`; null while it goes on.
  outcome text
);
create index handoffs_by_conversation on handoffs (conversation_id, at);
create index handoffs_by_time on handoffs (workspace_id, at);

create table ratings (
  conversation_id text not null references conversations (id),
  workspace_id text not null,
  at bigint not null,
  score bigint not null,
  repeated bigint,
  -- `assistant`, `handoff` or `human`: who served the customer.
  served_by text not null,
  primary key (conversation_id, at)
);
create index ratings_by_time on ratings (workspace_id, at);

create table articles (
  id text primary key,
  workspace_id text not null references workspaces (id),
  -- The file it came from; importing again updates it.
  source text not null,
  title text not null,
  tags text not null,
  text text not null,
  updated_at bigint not null,
  unique (workspace_id, source)
);

-- The durable work list. `job_key` makes a job idempotent while it is open.
create table jobs (
  id text primary key,
  workspace_id text not null,
  kind text not null,
  job_key text not null unique,
  payload text not null,
  run_at bigint not null,
  tries bigint not null,
  -- `ready`, `running`, `done` or `given_up`.
  state text not null,
  claimed_until bigint,
  error text
);
create index jobs_ready on jobs (state, run_at);

-- Answers to writes that carried an Idempotency-Key.
create table answers (
  workspace_id text not null,
  idempotency_key text not null,
  request_hash text not null,
  status bigint not null,
  body text not null,
  created_at bigint not null,
  primary key (workspace_id, idempotency_key)
);
