CREATE TABLE t (id int PRIMARY KEY, name text);
COMMENT ON TABLE t IS E'two\nlines';
COMMENT ON COLUMN t.name IS 'called';
