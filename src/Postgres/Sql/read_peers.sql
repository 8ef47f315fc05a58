-- Each node of the site holds a lock for as long as its connection lives, so nobody's clock is asked. The number of a lock is shown in two halves; its first 24 bits are the site's.
select distinct (l.classid::int8 << 32) | l.objid::int8
from pg_catalog.pg_locks l
join pg_catalog.pg_database d on d.oid = l.database
where d.datname = current_database()
  and l.locktype = 'advisory'
  and l.objsubid = 1
  and l.granted
  and l.classid::int8 >> 8 = $1::int8
