CREATE TABLE t (a int, b int);
ALTER TABLE t OWNER TO pairs_owner;
GRANT SELECT ON t TO pairs_reader;
