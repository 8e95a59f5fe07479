-- The cases of one topic are looked for topic by topic where a product's matters are listed:
-- found by an index, not by reading all that the workspace has.

create index measure_cases_by_topic on measure_cases (workspace_id, topic, opened_at, conversation_id);
