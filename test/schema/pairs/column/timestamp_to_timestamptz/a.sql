CREATE TABLE t (id int PRIMARY KEY, v timestamp DEFAULT now());
