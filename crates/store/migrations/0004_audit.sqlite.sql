-- Who did what in a workspace: an operator must be able to find out who read, changed or
-- let out what, and nobody may change that afterwards, so the table refuses it.

create table audit (
  id text primary key,
  workspace_id text not null references workspaces (id),
  at integer not null,
  -- `agent`, `program`, `contact`, `operator`, `stranger` or `system`.
  actor_kind text not null,
  actor_id text,
  -- As it was then; agents are renamed.
  actor_name text,
  action text not null,
  subject text,
  detail text not null
) strict;
create index audit_by_workspace on audit (workspace_id, id);
create trigger audit_is_never_changed before update on audit
begin select raise(abort, 'the audit log is only ever added to'); end;
create trigger audit_is_never_removed before delete on audit
begin select raise(abort, 'the audit log is only ever added to'); end;
