-- Gaps of the knowledge base that somebody works on or has closed (P37).

create table gaps (
  id text primary key,
  workspace_id text not null references workspaces (id),
  -- 1 once its draft is an article.
  closed bigint not null,
  -- The customers' questions by conversation and number, as JSON: their words stay there.
  questions text not null,
  -- The draft and the conversations that it rests on, as JSON; without words once closed.
  draft text not null,
  article_id text,
  -- What became of the questions, as JSON.
  result text,
  created_at bigint not null,
  changed_at bigint not null
);
create index gaps_by_workspace on gaps (workspace_id, id);
