-- After a bind that took effect, and only then: what is beyond the limit, those that began first.
with surplus as materialized (
    select o.session_key
    from /* {schema} */session o
    where o."session_user" = $2::text
      and o.session_key <> $1::bpchar
      and o.session_expiry > now()
      and exists (
          select 1
          from /* {schema} */session b
          where b.session_key = $1::bpchar
            and b.session_version = $3::int8
            and b."session_user" = $2::text)
    order by o.session_created desc, o.session_key
    offset $4::int8
), letter as (
    delete from /* {schema} */session_quarantine q
    using surplus u
    where q.session_key = u.session_key
)
delete from /* {schema} */session s
using surplus u
where s.session_key = u.session_key
returning s.session_key
