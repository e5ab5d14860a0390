CREATE TABLE t (v bigint, note text);
CREATE INDEX x ON t ((v + 1), note);
ALTER INDEX x ALTER 1 SET STATISTICS 50;
COMMENT ON INDEX x IS 'one';
