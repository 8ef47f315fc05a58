select m.number, m.name, m.checksum, m.breaking
from /* {schema} */hybridsession_migration m
order by m.number
