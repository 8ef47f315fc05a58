-- The rows come sorted by key: every writer locks in one order, so two of them cannot deadlock.
-- A birth that is already stored, byte by byte, counts as written: its first answer was lost.
insert into /* {schema} */session as s (session_key, session_data, session_expiry, session_version)
select e.k, e.d, now() + e.us * interval '1 microsecond', e.v
from unnest($1::bpchar[], $2::bytea[], $3::int8[], $4::int8[]) as e(k, d, us, v)
on conflict (session_key) do update
set session_expiry = excluded.session_expiry
where s.session_version = excluded.session_version
  and s.session_data = excluded.session_data
