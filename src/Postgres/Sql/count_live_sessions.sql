select count(*)
from /* {schema} */session s
where s.session_expiry > now()
