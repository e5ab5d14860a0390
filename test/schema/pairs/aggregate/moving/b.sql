CREATE TABLE keep ();
CREATE AGGREGATE m(int) (SFUNC = int4pl, STYPE = int, MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = int, SORTOP = OPERATOR(pg_catalog.>));
