CREATE TABLE t (id int, k text) PARTITION BY LIST (k);
CREATE INDEX t_id ON t (id);
CREATE TABLE t_a (id int, k text);
CREATE INDEX t_a_id_idx ON t_a (id);
