-- The operator's first hour: how mail is sent, where the chat was seen, what was done on
-- the way to going live, and articles that were deleted and can be brought back.

-- A workspace's mail server. The password is kept as it is, since it must be said to the
-- server; no door shows it.
create table mail_settings (
  workspace_id text primary key references workspaces (id),
  host text not null,
  port bigint not null,
  -- 'tls', 'starttls' or 'none'.
  security text not null,
  user_name text,
  password text,
  from_address text not null,
  changed_at bigint not null,
  -- When the server took a test mail with exactly these settings.
  tested_at bigint
);

-- The sites on which the chat was opened. Told by the visitors' browsers, so a hint only.
create table sightings (
  inbox_id text not null references inboxes (id),
  origin text not null,
  workspace_id text not null references workspaces (id),
  first_at bigint not null,
  last_at bigint not null,
  primary key (inbox_id, origin)
);

-- What happened once on the way to going live, by name.
create table milestones (
  workspace_id text not null references workspaces (id),
  name text not null,
  at bigint not null,
  primary key (workspace_id, name)
);

alter table articles add column deleted_at bigint;
