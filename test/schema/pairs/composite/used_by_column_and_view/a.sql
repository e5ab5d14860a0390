CREATE TYPE pair AS (a int);
CREATE TABLE t (id int, p pair, q pair[]);
CREATE VIEW v AS SELECT (p).a FROM t;
