-- Only the letter that the new one was made from, told by its content.
update /* {schema} */session_quarantine as q
set session_data = e.d,
    session_version = e.v,
    base_version = e.base,
    session_expiry = now() + e.us * interval '1 microsecond',
    reason = e.reason,
    quarantined_at = now() - e.age * interval '1 microsecond'
from unnest($1::bpchar[], $2::bytea[], $3::int8[], $4::int8[], $5::int8[], $6::text[], $7::int8[], $8::text[]) as e(k, d, v, base, us, reason, age, replaces)
where q.session_key = e.k
  and q.session_version < e.v
  and encode(sha256(coalesce(q.session_data, '')), 'hex') = e.replaces
