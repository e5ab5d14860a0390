CREATE TABLE t (id int PRIMARY KEY, v text, w text);
ALTER TABLE t ALTER v SET (n_distinct = 5);
