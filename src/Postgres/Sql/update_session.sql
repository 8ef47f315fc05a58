update /* {schema} */session as s
set session_data = $2::bytea,
    session_expiry = now() + $3::int8 * interval '1 microsecond',
    session_version = $4::int8
where s.session_key = $1::bpchar
  and s.session_version = $5::int8
