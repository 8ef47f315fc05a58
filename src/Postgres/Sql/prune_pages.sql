-- A range of pages a statement, and no row that a flush holds: a plain delete deadlocked with the flush or stalled it in every measured run.
-- The lock is this table's: when another node prunes, nothing is deleted here, and the first column says so.
with turn as materialized (
    select pg_try_advisory_xact_lock(1213416787, ($4::text::regclass)::oid::int4) as mine
), pruned as (
    delete from /* {schema} */session
    where (select mine from turn)
      and ctid = any(array(
        select s.ctid
        from /* {schema} */session s
        where s.ctid >= $1::tid
          and s.ctid < $2::tid
          and s.session_expiry < now() - $3::int8 * interval '1 microsecond'
          and (select mine from turn)
        for update skip locked))
    returning 1
)
select (select mine from turn), (select count(*) from pruned)
