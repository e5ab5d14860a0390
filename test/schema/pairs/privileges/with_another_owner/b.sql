CREATE TABLE t (a int, b int);
ALTER TABLE t OWNER TO pairs_writer;
GRANT SELECT ON t TO pairs_reader;
REVOKE DELETE ON t FROM pairs_writer;
