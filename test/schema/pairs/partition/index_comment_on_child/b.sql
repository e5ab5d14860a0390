CREATE TABLE t (id int, k text) PARTITION BY LIST (k);
CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a');
CREATE INDEX t_id ON t (id);
COMMENT ON INDEX t_a_id_idx IS 'of a';
