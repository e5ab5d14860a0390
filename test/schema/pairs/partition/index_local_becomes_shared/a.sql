CREATE TABLE t (id int, k text) PARTITION BY LIST (k);
CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a');
CREATE INDEX t_a_id_idx ON t_a (id);
