select count(*)
from /* {schema} */session s
where s."session_user" = $1::text
  and s.session_expiry > now()
