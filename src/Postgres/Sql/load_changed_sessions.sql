-- What the reader has need not travel again: of a row at the version that it knows, all comes but the payload. The types are those of load_sessions, for its reasons.
select s.session_key,
       case when s.session_version = e.known then null else s.session_data end,
       s.session_version,
       (extract(epoch from s.session_expiry) - extract(epoch from now()))::float8,
       (extract(epoch from now()) - extract(epoch from s.session_created))::float8
from unnest($1::bpchar[], $2::int8[]) as e(k, known)
join /* {schema} */session s on s.session_key = e.k
