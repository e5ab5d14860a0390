CREATE TABLE t (id int, name text, up text GENERATED ALWAYS AS (lower(name)) STORED);
CREATE FUNCTION zz_clean(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN lower(t); END $$;
CREATE FUNCTION aa_clean(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.zz_clean(t); END $$;
CREATE INDEX i ON t (aa_clean(name));
CREATE TABLE g (a text, b text GENERATED ALWAYS AS (aa_clean(a)) STORED);
