-- Mail as a channel: where it comes in, what was taken in, whose addresses work (P31, P32).

-- Where an inbox's mail comes in. The password and the secret of its hook are kept as they
-- are, because a server and a signature are answered with them.
create table mailboxes (
  inbox_id text primary key references inboxes (id),
  workspace_id text not null references workspaces (id),
  -- What customers write to.
  address text not null,
  -- How the address of one conversation is made, `help+*@shop.example`.
  replies text not null,
  -- An IMAP server; no host where mail only comes by the hook.
  host text not null,
  port bigint not null,
  security text not null,
  user_name text not null,
  password text not null,
  folder text not null,
  -- What signs mails that a program hands in; none where nobody may.
  hook_secret text,
  changed_at bigint not null,
  tested_at bigint,
  -- How far the folder is read: what its numbers stand for, and the last of them.
  uid_validity bigint,
  last_uid bigint not null,
  read_at bigint,
  failed_at bigint,
  failure text
);

-- Each mail that came in, so that none is taken twice, and what became of it.
create table mails (
  workspace_id text not null,
  inbox_id text not null references inboxes (id),
  -- A hash over what the mail itself says, whichever way it came.
  fingerprint text not null,
  at bigint not null,
  sender text not null,
  conversation_id text,
  -- `begun`, `kept`, `noted`, `bounced`, `ignored` or `set_aside`.
  outcome text not null,
  why text not null,
  -- Its number in the folder, where it came from one.
  uid bigint,
  primary key (inbox_id, fingerprint)
);
create index mails_by_sender on mails (workspace_id, sender, at);
create index mails_by_outcome on mails (workspace_id, outcome, at);
create index mails_by_conversation on mails (conversation_id);

-- Keys that the addresses of conversations are made with; a new one now and then.
create table mail_keys (
  workspace_id text not null references workspaces (id),
  number bigint not null,
  secret text not null,
  created_at bigint not null,
  primary key (workspace_id, number)
);

-- What is known of a contact's addresses beside what somebody said.
create table mail_addresses (
  contact_id text not null references contacts (id),
  workspace_id text not null,
  address text not null,
  -- When an answer came back from there that only its reader could write.
  proved_at bigint,
  -- When a mail to it came back, and why.
  failed_at bigint,
  failure text,
  primary key (contact_id, address)
);

-- The address under which a contact became known by writing from it. Nobody proved it.
alter table contacts add column mail_address text;
create unique index contacts_by_mail_address on contacts (workspace_id, mail_address);
