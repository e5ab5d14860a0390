CREATE TYPE mood AS ENUM ('ok', 'happy', 'calm');
CREATE DOMAIN dm AS mood CHECK (VALUE <> 'calm') DEFAULT 'ok';
CREATE DOMAIN dm2 AS dm NOT NULL DEFAULT 'happy';
CREATE TYPE pair AS (a mood, b int);
CREATE TYPE pair2 AS (p pair, d dm);
CREATE TABLE t (id int, m mood NOT NULL DEFAULT 'ok', arr mood[] DEFAULT '{ok}', d dm, d2 dm2 DEFAULT 'ok', p pair, p2 pair2,
  g text GENERATED ALWAYS AS (CASE WHEN m = 'ok'::mood THEN 'x' ELSE 'y' END) STORED,
  CONSTRAINT k CHECK (m <> 'calm'), CONSTRAINT k2 CHECK (arr <> '{}'));
CREATE INDEX i ON t (id) WHERE m = 'ok';
CREATE INDEX i2 ON t (m, arr);
CREATE UNIQUE INDEX i3 ON t ((m = 'ok')) WHERE m > 'ok';
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY po ON t USING (m = 'ok');
CREATE VIEW v AS SELECT m, arr, (p).a FROM t WHERE m <> 'calm';
CREATE MATERIALIZED VIEW mv AS SELECT m FROM v;
CREATE INDEX mvi ON mv (m);
CREATE FUNCTION f(mood, mood DEFAULT 'ok') RETURNS mood LANGUAGE sql IMMUTABLE AS $$ SELECT $1 $$;
CREATE FUNCTION g(x dm2) RETURNS TABLE (m mood, n int) LANGUAGE sql AS $$ SELECT 'ok'::public.mood, 1 $$;
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER tr BEFORE UPDATE OF m ON t FOR EACH ROW WHEN (NEW.m = 'ok') EXECUTE FUNCTION tf();
CREATE AGGREGATE first_mood(mood) (SFUNC = f, STYPE = mood);
CREATE TABLE u (m mood DEFAULT f('ok'));
CREATE STATISTICS st ON id, m FROM t;
