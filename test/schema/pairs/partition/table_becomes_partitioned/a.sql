CREATE TABLE t (id int, k text);
CREATE INDEX t_id ON t (id);
CREATE VIEW v AS SELECT id FROM t;
