-- Sessions whose data the session table refused: one letter a session, until it is replayed. Nothing here may refuse what was refused there,
-- so there is no check, no foreign key, and no index but the key.
create table /* {schema} */session_quarantine (
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
alter table /* {schema} */session_quarantine alter column session_data set storage external;

comment on table /* {schema} */session_quarantine is 'Web sessions that the table session refused for their data. Written by HybridSession; replay them with ISessionQuarantine.';
comment on column /* {schema} */session_quarantine.base_version is 'The stored version that the refused write started from.';
comment on column /* {schema} */session_quarantine.reason is 'What the server said, without any content of the session.';
