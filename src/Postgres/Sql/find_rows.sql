select s.session_key
from /* {schema} */session s
where s.session_key = any($1::bpchar[])
