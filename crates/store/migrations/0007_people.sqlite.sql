-- People who vanish, and people who are forgotten (P45, P48).

-- When a waiting customer's page last gave a sign of life, on whichever node. A table of
-- its own: a sign of life changes nothing about the conversation.
create table customers_seen (
  conversation_id text primary key references conversations (id),
  workspace_id text not null,
  seen_at integer not null
) strict;
create index customers_seen_at on customers_seen (workspace_id, seen_at);

-- When a contact's personal data was removed; nothing can be added to them after that.
alter table contacts add column erased_at integer;
