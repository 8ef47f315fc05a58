-- A public id is the first half of a key.
with letter as (
    delete from /* {schema} */session_quarantine q
    where q.session_key >= $1::bpchar
      and q.session_key <= $2::bpchar
)
delete from /* {schema} */session s
where s.session_key >= $1::bpchar
  and s.session_key <= $2::bpchar
returning s.session_key
