CREATE TABLE t (id int, a int);
CREATE VIEW v AS SELECT id, a, id + a AS s FROM t;
CREATE FUNCTION f(v) RETURNS int LANGUAGE sql AS $$ SELECT $1.s $$;
CREATE TABLE u (x v, n int);
