CREATE TABLE t (a int, who text);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t TO pairs_reader, pairs_writer USING (true);
