-- An inbox may be closed: nothing new begins in it, and what was said there stays.
alter table inboxes add column closed_at bigint;
