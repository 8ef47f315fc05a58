-- One row a session. The key comes first: what old and new tuple share at their start is not logged on an update.
-- No index but the key: an index on a column that a flush changes would end HOT updates and cost every flush 1.5 times the time.
create table /* {schema} */session (
    session_key     char(64) collate "C" not null,
    session_data    bytea,
    session_expiry  timestamptz not null,
    session_version bigint not null default 0,
    "session_user"  text,
    session_created timestamptz not null default now(),
    primary key (session_key)
) with (
    fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0.5,
    toast.autovacuum_vacuum_scale_factor = 0.02,
    toast.autovacuum_vacuum_threshold = 1000
);

-- Large payloads are compressed by the client; the server should not try again.
alter table /* {schema} */session alter column session_data set storage external;

comment on table /* {schema} */session is 'Web sessions. Written by HybridSession.';
comment on column /* {schema} */session.session_key is 'SHA-256 of the session token, in hexadecimal digits.';
comment on column /* {schema} */session.session_version is 'Rises with every write; a writer replaces exactly the version it started from.';
