CREATE TABLE t (a int);
CREATE TABLE i (a int);
