CREATE TYPE c AS (a int, b text);
CREATE TYPE e AS (b text, n int, a int);
CREATE TABLE inner_t (id int, c e, e c);
CREATE TABLE outer_t (r inner_t, rs inner_t[]);
