-- The table, and its partitions where it has some.
select coalesce(bool_or(c.relpersistence = 'u'), false),
       coalesce(bool_or(exists (select from unnest(c.reloptions) as o(text) where o.text ~ '^autovacuum_enabled=(false|off|no|0)$')), false)
from pg_catalog.pg_class t
join pg_catalog.pg_namespace n on n.oid = t.relnamespace
join pg_catalog.pg_class c on c.oid = t.oid or c.oid in (select p.relid from pg_partition_tree(t.oid) p)
where n.nspname = $1::text and t.relname = 'session'
