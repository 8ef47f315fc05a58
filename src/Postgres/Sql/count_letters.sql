select count(*) from /* {schema} */session_quarantine
