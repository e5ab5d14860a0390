CREATE TABLE t (a int, b int, c int);
ALTER TABLE t OWNER TO pg_monitor;
GRANT SELECT (a), UPDATE (b) ON t TO pg_monitor;
GRANT SELECT (b), SELECT (c) ON t TO pg_read_all_stats WITH GRANT OPTION;
CREATE TABLE more (a int, b int);
ALTER TABLE more OWNER TO pg_monitor;
GRANT SELECT ON more TO pg_read_all_stats;
GRANT SELECT (a) ON more TO pg_read_all_stats;
