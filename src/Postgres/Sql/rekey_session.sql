-- One statement, so that a session is never under two keys and never under none. What was refused of it moves along.
with old as (
    delete from /* {schema} */session s
    where s.session_key = $1::bpchar
      and s.session_version = $2::int8
    returning s."session_user", s.session_created
), letter as (
    update /* {schema} */session_quarantine q
    set session_key = $3::bpchar
    from old
    where q.session_key = $1::bpchar
)
insert into /* {schema} */session (session_key, session_data, session_expiry, session_version, "session_user", session_created)
select $3::bpchar, $4::bytea, now() + $5::int8 * interval '1 microsecond', $6::int8, old."session_user", old.session_created
from old
