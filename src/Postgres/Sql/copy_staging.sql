copy pg_temp.hybridsession_staging_1 (session_key, session_data, expires_us, session_version, base_version) from stdin (format binary)
