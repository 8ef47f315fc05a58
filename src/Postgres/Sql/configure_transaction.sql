-- As configure_session, for a transaction only: behind a transaction pooler the next statement may meet another server connection.
select set_config('jit', 'off', true),
       set_config('plan_cache_mode', 'force_generic_plan', true),
       set_config('statement_timeout', $1, true),
       set_config('lock_timeout', $2, true)
