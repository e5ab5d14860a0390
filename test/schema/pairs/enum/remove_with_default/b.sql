CREATE TYPE mood AS ENUM ('a');
CREATE TABLE t (id int, m mood DEFAULT 'a' NOT NULL);
