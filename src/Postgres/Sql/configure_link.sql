-- A node whose machine has died closes nothing: without these the server would take it to be alive for hours. Without effect on a Unix socket.
select set_config('tcp_keepalives_idle', '2', false),
       set_config('tcp_keepalives_interval', '1', false),
       set_config('tcp_keepalives_count', '4', false),
       set_config('tcp_user_timeout', '6000', false)
