CREATE TYPE pair AS (a int);
CREATE TYPE outer_t AS (p pair, n int);
CREATE TABLE t (o outer_t);
