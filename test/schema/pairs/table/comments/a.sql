CREATE TABLE t (id int PRIMARY KEY, name text);
COMMENT ON TABLE t IS 'old';
COMMENT ON COLUMN t.id IS 'the key';
