CREATE TABLE t (id int, s text NOT NULL DEFAULT 'a', ss text[] DEFAULT '{a}', CONSTRAINT k CHECK (s = ANY (ARRAY['a'::text, 'b'::text])));
CREATE VIEW v AS SELECT s, ss FROM t WHERE s = 'a';
CREATE FUNCTION f(x text) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
