CREATE TYPE e AS ENUM ('a', 'b');
CREATE DOMAIN d AS e DEFAULT 'b';
CREATE DOMAIN da AS e[] DEFAULT '{b}';
CREATE TABLE t (i int, c d, f da);
