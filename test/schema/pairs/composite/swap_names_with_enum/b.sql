CREATE TYPE b AS ENUM ('x', 'y');
CREATE TYPE a AS (n int, t text);
CREATE TABLE t (id int, a b, b a, aa b[]);
