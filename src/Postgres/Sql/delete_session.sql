-- What was refused of a session goes with it.
with letter as (
    delete from /* {schema} */session_quarantine q
    where q.session_key = $1::bpchar
)
delete from /* {schema} */session s
where s.session_key = $1::bpchar
