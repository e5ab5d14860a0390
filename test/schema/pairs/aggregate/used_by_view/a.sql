CREATE AGGREGATE my_sum(int) (SFUNC = int4pl, STYPE = int);
CREATE TABLE t (a int);
CREATE VIEW v AS SELECT my_sum(a) FROM t;
