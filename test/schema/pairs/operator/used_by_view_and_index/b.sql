CREATE FUNCTION eq(int, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1::text = $2 $$;
CREATE FUNCTION eq2(text, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $2::text = $1 $$;
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = text, FUNCTION = eq, RESTRICT = eqsel);
CREATE TABLE t (a int, b text);
CREATE VIEW v AS SELECT a === b AS same FROM t;
CREATE INDEX i ON t ((a === b));
