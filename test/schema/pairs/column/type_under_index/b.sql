CREATE TABLE t (id int PRIMARY KEY, v bigint);
CREATE INDEX t_v ON t (v);
CREATE UNIQUE INDEX t_v2 ON t ((v + 1)) WHERE v > 0;
