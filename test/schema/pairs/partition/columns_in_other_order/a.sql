CREATE TABLE t (id int, k text) PARTITION BY LIST (k);
CREATE TABLE t_a (k text, id int);
ALTER TABLE t ATTACH PARTITION t_a FOR VALUES IN ('a');
