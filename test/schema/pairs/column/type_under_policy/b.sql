CREATE TABLE t (id int PRIMARY KEY, v bigint);
CREATE POLICY p ON t USING (v > 0);
