delete from /* {schema} */session_quarantine q
using unnest($1::bpchar[], $2::int8[], $3::text[]) as e(k, v, digest)
where q.session_key = e.k
  and q.session_version = e.v
  and encode(sha256(coalesce(q.session_data, '')), 'hex') = e.digest
