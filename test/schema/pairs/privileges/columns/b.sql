CREATE TABLE t (a int, b int);
GRANT SELECT (b), UPDATE (a, b) ON t TO pairs_reader;
