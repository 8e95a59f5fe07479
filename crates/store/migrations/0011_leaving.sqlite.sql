-- A workspace can be deleted with all that is its own. Its audit log goes with it, and
-- stays unchangeable for as long as the workspace is there.

-- Set in the transaction that deletes everything, so that no later one sees it.
alter table workspaces add column deleted_at integer;

drop trigger audit_is_never_removed;
create trigger audit_is_never_removed before delete on audit
when exists (select 1 from workspaces where id = old.workspace_id and deleted_at is null)
begin select raise(abort, 'the audit log is only ever added to'); end;
