-- A table made by hand for an earlier session library: key, data, and a time stamp without a time zone. Its rows stay until they expire.
alter table /* {schema} */session
    alter column session_key type char(64) collate "C",
    alter column session_expiry type timestamptz using session_expiry at time zone current_setting('TimeZone'),
    alter column session_expiry set not null,
    alter column session_data drop not null,
    add column session_version bigint not null default 0,
    add column "session_user" text,
    add column session_created timestamptz not null default now(),
    alter column session_data set storage external,
    set (
        fillfactor = 85,
        autovacuum_vacuum_scale_factor = 0.02,
        autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0,
        autovacuum_analyze_scale_factor = 0.5,
        toast.autovacuum_vacuum_scale_factor = 0.02,
        toast.autovacuum_vacuum_threshold = 1000
    );
