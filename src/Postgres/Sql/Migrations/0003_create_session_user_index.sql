-- Finds the sessions of a user. No flush changes the column, so updates stay HOT; rows of nobody are not in it and cost nothing.
-- While it is made, flushes wait for one walk over the table.
create index if not exists session_user_idx on /* {schema} */session ("session_user") where "session_user" is not null;

comment on column /* {schema} */session."session_user" is 'Whom the session is bound to, as the application named the user. Written by a bind, never by a flush.';
