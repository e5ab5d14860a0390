CREATE TABLE t (id int NOT NULL, v int) PARTITION BY LIST (id);
CREATE INDEX t_v ON t (v);
CREATE TABLE a (id int NOT NULL, v int);
