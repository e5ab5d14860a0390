CREATE TYPE mood AS ENUM ('a', 'c');
CREATE TABLE t (id int PRIMARY KEY, m mood DEFAULT 'a', n mood[] DEFAULT '{a}', CHECK (m <> 'c'));
CREATE INDEX t_m ON t (m) WHERE m = 'a';
CREATE VIEW w AS SELECT id, m FROM t WHERE m = 'a';
COMMENT ON VIEW w IS 'the a';
CREATE POLICY p ON t USING (m = 'a');
CREATE FUNCTION f(mood) RETURNS mood LANGUAGE sql AS $$ SELECT $1 $$;
CREATE TABLE other (m mood, g text GENERATED ALWAYS AS (CASE m WHEN 'a' THEN 'A' ELSE 'B' END) STORED);
