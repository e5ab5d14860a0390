CREATE TABLE k (a int);
CREATE TABLE p (a int);
CREATE TABLE c (b int) INHERITS (p);
CREATE INDEX ci ON c (a);
CREATE TABLE d (e int, UNIQUE (a, e)) INHERITS (p, c);
CREATE INDEX "a sorts first" ON d (a, b);
CREATE INDEX pi ON p (a);
