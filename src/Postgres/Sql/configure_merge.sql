-- The staging table has no statistics: without these the merge may read the whole session table.
-- A name that pg_temp holds already raises a notice each time; nobody reads it.
select set_config('enable_seqscan', 'off', true),
       set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true),
       set_config('enable_bitmapscan', 'off', true),
       set_config('jit', 'off', true),
       set_config('client_min_messages', 'warning', true),
       set_config('statement_timeout', $1, true),
       set_config('lock_timeout', $2, true)
