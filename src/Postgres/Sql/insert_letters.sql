-- Those that are to replace none. The rows come sorted by key, as everywhere.
insert into /* {schema} */session_quarantine (session_key, session_data, session_version, base_version, session_expiry, reason, quarantined_at)
select e.k, e.d, e.v, e.base, now() + e.us * interval '1 microsecond', e.reason, now() - e.age * interval '1 microsecond'
from unnest($1::bpchar[], $2::bytea[], $3::int8[], $4::int8[], $5::int8[], $6::text[], $7::int8[], $8::text[]) as e(k, d, v, base, us, reason, age, replaces)
where e.replaces = ''
on conflict (session_key) do nothing
