-- What is due in a workspace, a conversation's handoffs and a customer's cases are each found by
-- an index that begins with the workspace: without one SQLite, which knows nothing of how the
-- values spread, walked all that the workspace has.

create index conversations_due_in on conversations (workspace_id, due_at);
create index handoffs_of on handoffs (workspace_id, conversation_id, id);
create index measure_cases_of on measure_cases (workspace_id, contact_id, opened_at);
