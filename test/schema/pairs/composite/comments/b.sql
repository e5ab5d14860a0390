CREATE TYPE pair AS (a int);
COMMENT ON TYPE pair IS 'two';
COMMENT ON COLUMN pair.a IS 'one of them';
ALTER TYPE pair OWNER TO pairs_owner;
GRANT USAGE ON TYPE pair TO pairs_reader;
