-- Both parts go by key, so that two writers lock in one order and cannot deadlock.
with updated as (
    update /* {schema} */session as s
    set session_data = e.session_data,
        session_expiry = now() + e.expires_us * interval '1 microsecond',
        session_version = e.session_version
    from (
        select g.session_key, g.session_data, g.expires_us, g.session_version, g.base_version
        from pg_temp.hybridsession_staging_1 g
        where g.base_version <> 0
        order by g.session_key
    ) e
    where s.session_key = e.session_key
      and s.session_version = e.base_version
    returning 1
), born as (
    insert into /* {schema} */session as s (session_key, session_data, session_expiry, session_version)
    select g.session_key, g.session_data, now() + g.expires_us * interval '1 microsecond', g.session_version
    from pg_temp.hybridsession_staging_1 g
    where g.base_version = 0
    order by g.session_key
    on conflict (session_key) do update
    set session_expiry = excluded.session_expiry
    where s.session_version = excluded.session_version
      and s.session_data = excluded.session_data
    returning 1
)
select (select count(*) from born), (select count(*) from updated)
