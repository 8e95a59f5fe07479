-- Several nodes on one database: which of them keeps a workspace's queue, and what a
-- node finds out by that lost its connection during a commit. The embedded database has
-- one process; the tables are here so that both databases stay the same.

-- One node at a time invites agents and lets due times come, for each workspace. The
-- epoch grows when another node takes it over; a node acts only while holder and epoch
-- are its own, checked in the transaction that it guards.
create table leases (
  workspace_id text primary key references workspaces (id),
  holder text not null,
  epoch integer not null,
  -- Grows while the holder lives. Other nodes look whether it moves, each by its own
  -- clock, so that their clocks need not agree.
  beat integer not null
) strict;

-- A commit that may have gone unheard leaves its receipt. Needed for seconds.
create table receipts (
  id text primary key,
  at integer not null default (unixepoch() * 1000)
) strict;
create index receipts_by_time on receipts (at);
