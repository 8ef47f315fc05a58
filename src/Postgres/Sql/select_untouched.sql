select e.k
from unnest($1::bpchar[], $2::int8[]) as e(k, v)
left join /* {schema} */session s on s.session_key = e.k and s.session_version = e.v
where s.session_key is null
