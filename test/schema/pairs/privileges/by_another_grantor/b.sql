CREATE TABLE t (a int, b int);
GRANT SELECT ON t TO pairs_writer WITH GRANT OPTION;
SET ROLE pairs_writer;
GRANT SELECT ON t TO pairs_reader;
RESET ROLE;
