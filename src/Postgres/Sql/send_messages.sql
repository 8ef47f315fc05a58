select pg_notify(m.channel, m.message)
from unnest($1::text[], $2::text[]) as m(channel, message)
