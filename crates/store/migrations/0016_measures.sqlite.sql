-- What the measures remember of conversations, and the counts of each day, so that three
-- months of a million messages are summed up in a moment. Not a word of anybody's is kept
-- here. All of it is made of events and can be made anew.

create table measure_cases (
  conversation_id text primary key references conversations (id),
  workspace_id text not null,
  contact_id text not null,
  inbox_id text not null,
  plan text not null,
  language text not null,
  topic text not null,
  -- The last event that was read, and in which recount.
  seq integer not null,
  generation integer not null,
  opened_at integer not null,
  -- When something last happened that counts.
  last_at integer not null,
  -- As of when it stands in the counts of that recount.
  counted_at integer not null,
  -- When time alone changes what it counts.
  changes_at integer,
  -- Behind which figures it stands, one bit for each.
  marks integer not null,
  -- What is remembered, as JSON.
  facts text not null
) strict;
create index measure_cases_by_time on measure_cases (workspace_id, opened_at);
create index measure_cases_changing on measure_cases (workspace_id, changes_at);
create index measure_cases_by_contact on measure_cases (contact_id);

-- Counts that can be added up, by day (from 1970, on the wall of the inbox) and kind.
create table measure_cells (
  workspace_id text not null,
  day integer not null,
  inbox_id text not null,
  plan text not null,
  language text not null,
  topic text not null,
  -- The main reason of a handoff; empty without one.
  reason text not null,
  tally text not null,
  primary key (workspace_id, day, inbox_id, plan, language, topic, reason)
) strict, without rowid;

-- How far the counts of a workspace have come.
create table measure_marks (
  workspace_id text primary key references workspaces (id),
  -- The definitions and hours that they were made by; with others they are made anew.
  basis text not null,
  -- Grows with each recount: a case of an older one stands in no count.
  generation integer not null,
  -- Events up to here were looked at.
  read_until integer not null,
  -- When all conversations were last compared.
  compared_at integer
) strict;
