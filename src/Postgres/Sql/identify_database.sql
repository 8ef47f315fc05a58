-- The moment of its start tells a server from others, copies of itself included, and every role may read it; the system identifier does neither.
select current_database(), pg_postmaster_start_time()
