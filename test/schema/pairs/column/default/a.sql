CREATE TABLE t (id int PRIMARY KEY, v int DEFAULT 1, w text);
