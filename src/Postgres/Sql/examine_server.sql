-- What the server says about itself and this connection. Every role may read it, so the counts come from where they are not hidden.
select coalesce(s.ssl, false),
       coalesce(s.version, ''),
       current_setting('fsync') = 'on',
       current_setting('full_page_writes') = 'on',
       current_setting('synchronous_commit'),
       current_setting('autovacuum') = 'on',
       has_database_privilege(d.oid, 'temporary'),
       current_setting('max_connections')::integer,
       least(
           current_setting('max_connections')::integer
               - case when r.rolsuper then 0 else current_setting('superuser_reserved_connections')::integer + coalesce(current_setting('reserved_connections', true)::integer, 0) end
               - (select sum(b.numbackends)::integer from pg_catalog.pg_stat_database b),
           case when r.rolsuper or r.rolconnlimit < 0 then null else r.rolconnlimit - (select count(*)::integer from pg_catalog.pg_stat_activity a where a.usesysid = r.oid) end,
           case when r.rolsuper or d.datconnlimit < 0 then null else d.datconnlimit - (select b.numbackends from pg_catalog.pg_stat_database b where b.datid = d.oid) end),
       clock_timestamp()
from pg_catalog.pg_roles r
cross join pg_catalog.pg_database d
left join pg_catalog.pg_stat_ssl s on s.pid = pg_backend_pid()
where r.rolname = current_user and d.datname = current_database()
