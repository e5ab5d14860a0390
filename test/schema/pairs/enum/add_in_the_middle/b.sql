CREATE TYPE mood AS ENUM ('x', 'a', 'b', 'c', 'y');
CREATE TABLE t (id int PRIMARY KEY, m mood);
