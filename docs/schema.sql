begin;

create schema if not exists "public";

create table if not exists "public".hybridsession_migration (
    number     integer primary key,
    name       text not null,
    checksum   text not null,
    breaking   boolean not null,
    applied_at timestamptz not null default now(),
    duration   interval not null
);

-- One row a session. The key comes first: what old and new tuple share at their start is not logged on an update.
-- No index but the key: an index on a column that a flush changes would end HOT updates and cost every flush 1.5 times the time.
create table "public".session (
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
alter table "public".session alter column session_data set storage external;

comment on table "public".session is 'Web sessions. Written by HybridSession.';
comment on column "public".session.session_key is 'SHA-256 of the session token, in hexadecimal digits.';
comment on column "public".session.session_version is 'Rises with every write; a writer replaces exactly the version it started from.';

insert into "public".hybridsession_migration (number, name, checksum, breaking, duration)
values (1, 'create_session', 'ac1e9f6a95f329c963658925746e24b73cd70f0631e887b85e5fe872d6c3d6b3', false, clock_timestamp() - now())
on conflict (number) do nothing;

-- Sessions whose data the session table refused: one letter a session, until it is replayed. Nothing here may refuse what was refused there,
-- so there is no check, no foreign key, and no index but the key.
create table "public".session_quarantine (
    session_key     char(64) collate "C" not null,
    session_data    bytea,
    session_expiry  timestamptz not null,
    session_version bigint not null,
    base_version    bigint not null,
    reason          text not null,
    quarantined_at  timestamptz not null default now(),
    primary key (session_key)
);

-- As in the session table: what is large is compressed already.
alter table "public".session_quarantine alter column session_data set storage external;

comment on table "public".session_quarantine is 'Web sessions that the table session refused for their data. Written by HybridSession; replay them with ISessionQuarantine.';
comment on column "public".session_quarantine.base_version is 'The stored version that the refused write started from.';
comment on column "public".session_quarantine.reason is 'What the server said, without any content of the session.';

insert into "public".hybridsession_migration (number, name, checksum, breaking, duration)
values (2, 'create_session_quarantine', '331be48297d480a103aca8d7b5cb98daf05ddeb1e51d754b67adedc50579060c', false, clock_timestamp() - now())
on conflict (number) do nothing;

-- Finds the sessions of a user. No flush changes the column, so updates stay HOT; rows of nobody are not in it and cost nothing.
-- While it is made, flushes wait for one walk over the table.
create index if not exists session_user_idx on "public".session ("session_user") where "session_user" is not null;

comment on column "public".session."session_user" is 'Whom the session is bound to, as the application named the user. Written by a bind, never by a flush.';

insert into "public".hybridsession_migration (number, name, checksum, breaking, duration)
values (3, 'create_session_user_index', 'dbefd272c4a40d45675b6efe7eb067d0458b7ea2929ef79238d429b4b308890a', false, clock_timestamp() - now())
on conflict (number) do nothing;

commit;
