CREATE TABLE t (id int);
GRANT CREATE ON SCHEMA public TO pairs_writer;
COMMENT ON SCHEMA public IS 'ours';
