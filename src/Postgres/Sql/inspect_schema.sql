-- What is there around the tables: the role, the schema, the journal, and what this role may do with them.
select current_user::text,
       current_database()::text,
       n.oid is not null,
       coalesce(has_schema_privilege(n.oid, 'usage'), false),
       j.oid is not null,
       coalesce(has_table_privilege(j.oid, 'select'), false)
from (select $1::text as name) wanted
left join pg_catalog.pg_namespace n on n.nspname = wanted.name
left join pg_catalog.pg_class j on j.relnamespace = n.oid and j.relname = 'hybridsession_migration'
