CREATE TYPE a AS ENUM ('x', 'y');
CREATE TYPE b AS ENUM ('1', '2');
CREATE TABLE t (id int, a a DEFAULT 'x', b b DEFAULT '1', n text);
CREATE VIEW v AS SELECT a, b FROM t;
