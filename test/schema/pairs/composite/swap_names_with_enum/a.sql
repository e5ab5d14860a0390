CREATE TYPE a AS ENUM ('x', 'y');
CREATE TYPE b AS (n int, t text);
CREATE TABLE t (id int, a a, b b, aa a[]);
