create temporary table if not exists hybridsession_staging_1 (
    session_key     char(64) collate "C" not null,
    session_data    bytea,
    expires_us      bigint not null,
    session_version bigint not null,
    base_version    bigint not null
) on commit delete rows
