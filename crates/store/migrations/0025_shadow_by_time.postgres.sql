-- What candidates decided beside the live policy is forgotten by its age, every day: found by
-- it, not by reading all.

create index shadow_decisions_by_time on shadow_decisions (at);
