CREATE TYPE mood AS ENUM ('a', 'b');
CREATE DOMAIN d AS mood DEFAULT 'a';
CREATE TYPE c AS (x int, m mood);
CREATE TABLE t (id int, d d, c c);
