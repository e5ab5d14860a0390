CREATE TABLE t (id int NOT NULL, k text NOT NULL);
CREATE TABLE t_a (id int NOT NULL, k text NOT NULL, CHECK (k = 'a'));
