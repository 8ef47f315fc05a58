-- The plans that are wanted are index look-ups; statistics and JIT can only spoil them.
select set_config('jit', 'off', false),
       set_config('plan_cache_mode', 'force_generic_plan', false),
       set_config('statement_timeout', $1, false),
       set_config('lock_timeout', $2, false)
