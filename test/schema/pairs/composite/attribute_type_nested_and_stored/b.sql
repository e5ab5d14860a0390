CREATE TYPE inside AS (a bigint, b text);
CREATE TYPE outside AS (i inside, n int);
CREATE DOMAIN d AS outside CHECK ((VALUE).n > 0);
CREATE TABLE t (id int, o outside, arr inside[], d d);
CREATE VIEW v AS SELECT (o).n, ((o).i).a FROM t;
CREATE FUNCTION f(inside) RETURNS outside LANGUAGE sql AS $$ SELECT NULL::public.outside $$;
CREATE INDEX i ON t (((o).n));
