-- A customer keeps the place from afar and comes back by a link that opens one conversation.
alter table waits add column kept bigint not null default 0;
alter table visitor_tokens add column only_conversation_id text;

-- A mail's number in its folder, which nobody read.
alter table mails drop column uid;
