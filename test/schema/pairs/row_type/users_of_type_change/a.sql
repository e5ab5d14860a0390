CREATE TYPE k AS (x int, y text);
CREATE TABLE r (a int, c k);
CREATE TABLE t (id int, x r, ks k[], kk k);
CREATE TABLE u OF k;
CREATE TABLE w (x u, y t[]);
