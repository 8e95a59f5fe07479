-- Files in conversations (P46). They stand in the database, cut into pieces: one backup
-- holds them, every node serves them, and erasing a contact can find them.

create table files (
  id text primary key,
  workspace_id text not null references workspaces (id),
  conversation_id text not null references conversations (id),
  -- The agent who sent it; null for the customer.
  agent_id text,
  -- The sender's own id, for sending again without doubling.
  client_file_id text not null,
  -- Personal data, like the words of a message.
  name text not null,
  kind text not null,
  bytes integer not null,
  width integer,
  height integer,
  -- `coming` until its last byte was looked at, then `ready`.
  state text not null,
  -- The message that carries it; null until that was sent. What is never sent is swept away.
  seq integer,
  -- Which of that message's files it is, from 0.
  place integer,
  -- Whether that message is a note among agents.
  private integer not null,
  created_at integer not null
) strict;
create unique index files_sent_once on files (conversation_id, client_file_id);
create index files_unsent on files (created_at) where seq is null;

create table file_pieces (
  file_id text not null references files (id),
  number integer not null,
  workspace_id text not null,
  bytes blob not null,
  primary key (file_id, number)
) strict;
