CREATE TABLE t (id int, k text) PARTITION BY LIST (k);
CREATE TABLE t_a (id int, k text);
