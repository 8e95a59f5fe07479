-- A workspace can be deleted with all that is its own. Its audit log goes with it, and
-- stays unchangeable for as long as the workspace is there.

-- Set in the transaction that deletes everything, so that no later one sees it.
alter table workspaces add column deleted_at bigint;

drop trigger audit_is_never_changed on audit;
create trigger audit_is_never_changed before update or truncate on audit
for each statement execute function audit_only_grows();

create function audit_goes_with_its_workspace() returns trigger language plpgsql as $$
begin
  if exists (select 1 from workspaces where id = old.workspace_id and deleted_at is null) then
    raise exception 'the audit log is only ever added to';
  end if;
  return old;
end $$;
create trigger audit_is_never_removed before delete on audit
for each row execute function audit_goes_with_its_workspace();
