CREATE TYPE mood AS ENUM ('a', 'c');
CREATE TABLE t (id int PRIMARY KEY, m mood);
