-- DDL may take as long as it takes, and the lock is held until commit, so that nodes that start together migrate one after the other. The number is this product's own.
select set_config('statement_timeout', '0', true), pg_advisory_xact_lock(5211847201846113651)
