update /* {schema} */session as s
set session_data = $2::bytea,
    session_expiry = now() + $3::int8 * interval '1 microsecond',
    session_version = $4::int8,
    "session_user" = $6::text
where s.session_key = $1::bpchar
  and s.session_version = $5::int8
  and ($7::int8 is null
       or (select count(*)
           from /* {schema} */session o
           where o."session_user" = $6::text
             and o.session_key <> $1::bpchar
             and o.session_expiry > now()) < $7::int8)
