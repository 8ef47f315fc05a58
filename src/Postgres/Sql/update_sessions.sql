-- The rows come sorted by key: every writer locks in one order, so two of them cannot deadlock.
update /* {schema} */session as s
set session_data = e.d,
    session_expiry = now() + e.us * interval '1 microsecond',
    session_version = e.v
from unnest($1::bpchar[], $2::bytea[], $3::int8[], $4::int8[], $5::int8[]) as e(k, d, us, v, base)
where s.session_key = e.k
  and s.session_version = e.base
