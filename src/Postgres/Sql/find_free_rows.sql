-- Takes the locks of an update, and gives them back at once: what is not among the answers is held by somebody else.
select s.session_key
from /* {schema} */session s
where s.session_key = any($1::bpchar[])
for no key update skip locked
