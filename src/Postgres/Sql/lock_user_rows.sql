-- By key, as every writer locks, so that no two of them deadlock. The first parameter is the row that is bound; empty for none.
select s.session_key
from /* {schema} */session s
where s.session_key = $1::bpchar
   or s."session_user" = $2::text
order by s.session_key
for update
