CREATE TABLE t (id int PRIMARY KEY, v text[] DEFAULT ARRAY['a','b']::text[]);
