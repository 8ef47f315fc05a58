-- Two numbers a lock: a space of its own beside that of the nodes' locks, which have one. Of the session, so that they hold no transaction.
select pg_try_advisory_lock(k.high, k.low)
from unnest($1::int4[], $2::int4[]) with ordinality as k(high, low, place)
order by k.place
