CREATE TABLE t (id int, n int);
CREATE FUNCTION total() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT sum(n) FROM public.t $$;
CREATE MATERIALIZED VIEW m AS SELECT total() AS n, 1 AS a;
