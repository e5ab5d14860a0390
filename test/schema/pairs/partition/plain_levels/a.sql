CREATE TABLE t (id int PRIMARY KEY, day date NOT NULL, k text);
CREATE TABLE t_2024 (id int, day date);
