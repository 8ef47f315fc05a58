-- bpchar, not text: a text parameter would be compared by casting the column, which reads the whole table.
select s.session_key,
       s.session_data,
       s.session_version,
       (extract(epoch from s.session_expiry) - extract(epoch from now()))::float8,
       (extract(epoch from now()) - extract(epoch from s.session_created))::float8
from /* {schema} */session s
where s.session_key = any($1::bpchar[])
