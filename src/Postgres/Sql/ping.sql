-- What a flush needs: a server that takes writes, the table, and the privileges. An absent table or schema is an error here as it would be there.
select current_setting('transaction_read_only') = 'on' or pg_is_in_recovery(),
       has_table_privilege($1, 'select') and has_table_privilege($1, 'insert') and has_table_privilege($1, 'update') and has_table_privilege($1, 'delete')
