-- The process id differs from the one of the handshake when a connection pooler is in between.
select pg_backend_pid(), pg_is_in_recovery(), current_setting('transaction_read_only')
