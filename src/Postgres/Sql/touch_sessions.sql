-- No payload: a third of the WAL of a full write at 200 bytes, a ninth at 1 KB.
update /* {schema} */session as s
set session_expiry = now() + e.us * interval '1 microsecond'
from unnest($1::bpchar[], $2::int8[], $3::int8[]) as e(k, us, v)
where s.session_key = e.k
  and s.session_version = e.v
