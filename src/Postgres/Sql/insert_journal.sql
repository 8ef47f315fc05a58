insert into /* {schema} */hybridsession_migration (number, name, checksum, breaking, duration)
values ($1, $2, $3, $4, clock_timestamp() - now());
