-- A letter whose session is gone can never be replayed.
delete from /* {schema} */session_quarantine q
where q.session_expiry < now() - $1::int8 * interval '1 microsecond'
  and not exists (
      select 1
      from /* {schema} */session s
      where s.session_key = q.session_key)
