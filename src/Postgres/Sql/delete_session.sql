delete from /* {schema} */session s
where s.session_key = $1::bpchar
