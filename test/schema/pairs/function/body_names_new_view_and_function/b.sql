CREATE TABLE t (id int, n int);
CREATE VIEW v AS SELECT id, n FROM t;
CREATE FUNCTION z_last() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM public.v); END $$;
CREATE FUNCTION a_first() RETURNS int LANGUAGE sql AS $$ SELECT public.z_last()::int $$;
CREATE MATERIALIZED VIEW m AS SELECT a_first() AS n;
CREATE TABLE u (id int, n int DEFAULT a_first());
