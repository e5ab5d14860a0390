CREATE SCHEMA parts;
CREATE TABLE t (id int, k text) PARTITION BY LIST (k);
