delete from /* {schema} */session_quarantine q
using unnest($1::bpchar[], $2::int8[]) as e(k, v)
where q.session_key = e.k
  and q.session_version = e.v
