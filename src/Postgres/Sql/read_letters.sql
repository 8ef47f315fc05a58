-- Oldest first. Sorting is for people: the table is small, and an index would be one more thing to keep.
select q.session_key,
       q.session_data,
       q.session_version,
       q.base_version,
       (extract(epoch from q.session_expiry) - extract(epoch from now()))::float8,
       q.reason,
       (extract(epoch from now()) - extract(epoch from q.quarantined_at))::float8
from /* {schema} */session_quarantine q
where q.session_key >= $1::bpchar
  and q.session_key <= $2::bpchar
order by q.quarantined_at, q.session_key
offset $3::int8
limit $4::int8
