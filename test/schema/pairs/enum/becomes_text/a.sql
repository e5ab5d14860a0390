CREATE TYPE st AS ENUM ('a', 'b');
CREATE TABLE t (id int, s st NOT NULL DEFAULT 'a', ss st[] DEFAULT '{a}', CONSTRAINT k CHECK (s = ANY (ARRAY['a'::st, 'b'::st])));
CREATE VIEW v AS SELECT s, ss FROM t WHERE s = 'a';
CREATE FUNCTION f(x st) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
