CREATE TABLE t (a int, b int);
GRANT SELECT, UPDATE, DELETE ON t TO pairs_reader, pairs_writer;
