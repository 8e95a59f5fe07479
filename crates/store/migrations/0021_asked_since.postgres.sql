-- How long a team alone is asked counts from the transfer, not from when the wait began.
alter table waits add column asked_since bigint not null default 0;
update waits set asked_since = queued_at;
