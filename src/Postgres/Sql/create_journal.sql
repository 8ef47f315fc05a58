create table if not exists /* {schema} */hybridsession_migration (
    number     integer primary key,
    name       text not null,
    checksum   text not null,
    breaking   boolean not null,
    applied_at timestamptz not null default now(),
    duration   interval not null
);
