-- Whatever binds, moves or removes sessions of one user does so alone, until its transaction ends. Two numbers: beside the locks of nodes, which have one.
select pg_advisory_xact_lock($1::int4, $2::int4)
