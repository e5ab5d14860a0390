CREATE TYPE c AS (b text, n int);
CREATE TYPE e AS (b varchar, m int, a int);
CREATE TABLE inner_t (e e, c c, other text, id text);
CREATE TABLE outer_t (r inner_t, rs inner_t[]);
