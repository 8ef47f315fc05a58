select count(*) from /* {schema} */session
