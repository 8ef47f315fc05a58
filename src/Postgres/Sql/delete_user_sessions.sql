-- All but those between two keys: a public id is the first half of a key.
with mine as materialized (
    select s.session_key
    from /* {schema} */session s
    where s."session_user" = $1::text
      and not (s.session_key >= $2::bpchar and s.session_key <= $3::bpchar)
), letter as (
    delete from /* {schema} */session_quarantine q
    using mine m
    where q.session_key = m.session_key
)
delete from /* {schema} */session s
using mine m
where s.session_key = m.session_key
returning s.session_key
