CREATE TABLE t (a int, b int, c int);
GRANT UPDATE (b) ON t TO CURRENT_USER;
GRANT SELECT (c) ON t TO pg_read_all_stats;
GRANT SELECT (a) ON t TO pg_monitor;
CREATE TABLE more (a int, b int);
GRANT SELECT (a) ON more TO pg_read_all_stats;
