-- Who may come in: joining and new passwords by one-time links, agents who have left,
-- sessions that their agent can list and end, API tokens with scopes and their last
-- use, and the keys with which a site signs who its user is.

alter table agents add column deactivated_at integer;

alter table sessions add column id text not null default '';
-- What the agent signed in with, in a few words; for their own list.
alter table sessions add column browser text not null default '';
alter table sessions add column seen_at integer not null default 0;

-- Names of scopes with spaces between. Tokens made before there were scopes keep all.
alter table tokens add column scopes text not null
  default 'decisions contacts:read contacts:write conversations:read conversations:write measures:read';
alter table tokens add column last_used_at integer;

-- One-time links: `join` makes an agent of this address, `reset` gives the agent a new
-- password. Shown once, kept as a hash.
create table links (
  hash text primary key,
  id text not null unique,
  workspace_id text not null references workspaces (id),
  kind text not null,
  email text not null,
  role text not null,
  capacity integer not null,
  agent_id text,
  created_at integer not null,
  expires_at integer not null,
  used_at integer
) strict;
create index links_by_workspace on links (workspace_id, kind);

-- A site signs with the secret and we check with the same: it cannot be a hash. It is
-- shown once and stands in no answer, log or event after that.
create table identity_keys (
  id text primary key,
  workspace_id text not null references workspaces (id),
  inbox_id text not null references inboxes (id),
  secret text not null,
  created_at integer not null,
  -- Tokens that it signed are refused from then on; null while it has no end.
  not_after integer
) strict;
create index identity_keys_by_inbox on identity_keys (workspace_id, inbox_id);

-- The site's own id of a customer, proved by its signature; null for anonymous visitors.
alter table contacts add column external_id text;
create unique index contacts_by_external_id on contacts (workspace_id, external_id);

-- Keys of identified customers end; those of anonymous visitors do not.
alter table visitor_tokens add column expires_at integer;
