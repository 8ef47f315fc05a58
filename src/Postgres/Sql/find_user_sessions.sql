-- Materialized: the order by key must not tempt the planner to walk the primary key instead.
with mine as materialized (
    select s.session_key, s.session_expiry, s.session_created
    from /* {schema} */session s
    where s."session_user" = $1::text
      and s.session_expiry > now()
)
select m.session_key,
       (extract(epoch from m.session_expiry) - extract(epoch from now()))::float8,
       (extract(epoch from now()) - extract(epoch from m.session_created))::float8
from mine m
where m.session_key > $2::bpchar
order by m.session_key
limit $3::int8
