-- Shared: the node's own earlier connection may still hold it, until the server has noticed that it is gone.
select pg_try_advisory_lock_shared($1::int8)
