CREATE TYPE a AS ENUM ('y', 'x');
CREATE TYPE b AS ENUM ('2', '1', '3');
CREATE TABLE t (id int, a text DEFAULT 'x', b b DEFAULT '1', n a DEFAULT 'y');
CREATE VIEW v AS SELECT a, b FROM t;
