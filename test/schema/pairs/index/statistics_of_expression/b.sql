CREATE TABLE t (a int, b text, c jsonb, d timestamptz);
CREATE INDEX i ON t ((a + 1));
ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 500;
