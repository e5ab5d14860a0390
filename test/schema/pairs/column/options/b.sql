CREATE TABLE t (id int PRIMARY KEY, v text, w text);
ALTER TABLE t ALTER v SET (n_distinct = -0.5, n_distinct_inherited = 7);
