-- One table: what bears its name, what this role may do with it, and its primary key.
select coalesce(t.relkind::text, ''),
       coalesce(array_to_string(array(
           select p.name
           from unnest(array['select', 'insert', 'update', 'delete']) as p(name)
           where not has_table_privilege(t.oid, p.name)), ', '), ''),
       coalesce((
           select string_agg(a.attname, ', ' order by k.place)
           from pg_catalog.pg_index i
           cross join lateral unnest(i.indkey) with ordinality as k(attnum, place)
           join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
           where i.indrelid = t.oid and i.indisprimary), '')
from (select $1::text as schema_name, $2::text as name) wanted
left join pg_catalog.pg_namespace n on n.nspname = wanted.schema_name
left join pg_catalog.pg_class t on t.relnamespace = n.oid and t.relname = wanted.name
