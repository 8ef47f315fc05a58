-- Given letters that were not kept, and what is in their place. A digest tells, so that the payloads need not travel once more.
select e.k,
       q.session_data,
       q.session_version,
       q.base_version,
       (extract(epoch from q.session_expiry) - extract(epoch from now()))::float8,
       q.reason,
       (extract(epoch from now()) - extract(epoch from q.quarantined_at))::float8
from unnest($1::bpchar[], $2::int8[], $3::text[]) as e(k, v, digest)
left join /* {schema} */session_quarantine q on q.session_key = e.k
where q.session_key is null
   or q.session_version <> e.v
   or encode(sha256(coalesce(q.session_data, '')), 'hex') <> e.digest
