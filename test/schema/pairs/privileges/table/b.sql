CREATE TABLE t (a int, b int);
GRANT SELECT, INSERT ON t TO pairs_reader;
GRANT ALL ON t TO pairs_writer;
