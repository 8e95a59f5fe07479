-- Conversations are found by their words. A word is a number made of it and its workspace,
-- so that the list of who holds it is two numbers a row; numbers of conversations grow
-- with the time they began, so that the list is in the order in which it is shown.

create table searched (
  conversation_id text primary key references conversations (id),
  workspace_id text not null,
  -- Milliseconds of its beginning, times 4,096, and which of those in that millisecond.
  number integer not null,
  -- The last event whose words are in.
  seq integer not null,
  -- What it is found by, eight bytes a word: so that it can be taken out again (P48).
  words blob not null,
  -- The same for what it is narrowed down by: state, agents, team, reasons.
  facets blob not null
) strict;
create unique index searched_by_number on searched (workspace_id, number);

create table search_words (
  word integer not null,
  number integer not null,
  primary key (word, number)
) strict, without rowid;

-- Up to when every event of a workspace is in.
create table search_progress (
  workspace_id text primary key,
  at integer not null
) strict;
