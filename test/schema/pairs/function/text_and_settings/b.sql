CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $x$select '$function$ $functionx$'::text || E'a\'b;'
-- comment ; with quote '
$x$;
CREATE FUNCTION g() RETURNS text LANGUAGE sql SET search_path = 'it''s', "$user", public SET "my.var" = 'a''b' SET datestyle TO iso, dmy AS 'select 1::text';
COMMENT ON FUNCTION f() IS E'it''s \\ \n b';
CREATE PROCEDURE p(INOUT a int, b int DEFAULT 4) LANGUAGE sql SECURITY DEFINER AS 'select 2';
CREATE FUNCTION v(VARIADIC a int[] DEFAULT '{}') RETURNS int LANGUAGE sql CALLED ON NULL INPUT AS 'select 1';
CREATE FUNCTION o(a int = 1, b text = 'x;y') RETURNS int LANGUAGE sql LEAKPROOF PARALLEL RESTRICTED COST 100000 AS 'select 1';
CREATE FUNCTION q("Arg y" int) RETURNS "char" LANGUAGE sql AS $$ select 'b'::"char" $$;
