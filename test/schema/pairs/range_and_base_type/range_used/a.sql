CREATE TYPE r AS RANGE (SUBTYPE = float8);
CREATE TABLE t (id int, v r);
