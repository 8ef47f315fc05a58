select count(pg_advisory_unlock(k.high, k.low))
from unnest($1::int4[], $2::int4[]) as k(high, low)
