-- A contact is found by name, address or the site's own id of them: one text in small letters,
-- empty for a visitor of whom none is known. Whoever is not found by anything is in no index,
-- however many visitors there are.
alter table contacts add column found_by text not null default '';
update contacts set found_by = lower(trim(
    coalesce(email, '') || ' ' || coalesce(external_id, '') || ' ' || coalesce(person::json ->> 'name', '')))
  where erased_at is null;
create index contacts_found on contacts (workspace_id, id) where found_by <> '';
