CREATE TABLE t (id int NOT NULL, k text);
CREATE INDEX t_k ON t (k);
