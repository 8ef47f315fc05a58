insert into /* {schema} */session as s (session_key, session_data, session_expiry, session_version)
values ($1::bpchar, $2::bytea, now() + $3::int8 * interval '1 microsecond', $4::int8)
on conflict (session_key) do update
set session_expiry = excluded.session_expiry
where s.session_version = excluded.session_version
  and s.session_data = excluded.session_data
