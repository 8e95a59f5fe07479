-- What a wait is forecast from (P28), and what its customer was told last (P30).

-- The team that answers for it and how urgent it is; null and 0 before this migration.
alter table handoffs add column team_id text;
alter table handoffs add column priority bigint not null default 0;
-- Until when the customer was last told to wait. What was promised first stays as it is.
alter table handoffs add column told_until bigint;
-- When they were last told that it takes longer.
alter table handoffs add column told_at bigint;
