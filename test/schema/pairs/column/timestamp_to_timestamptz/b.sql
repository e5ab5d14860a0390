CREATE TABLE t (id int PRIMARY KEY, v timestamptz DEFAULT now());
