CREATE TABLE t (a int, b int);
ALTER TABLE t ADD c int;
GRANT SELECT (a, c) ON t TO pairs_reader;
