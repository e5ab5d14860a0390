CREATE TABLE t (id int PRIMARY KEY, v text COLLATE "C");
CREATE INDEX t_v ON t (v);
