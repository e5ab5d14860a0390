CREATE TABLE t (id int);
CREATE TABLE parent (note text, v int);
CREATE TABLE p (k int, v int) PARTITION BY LIST (k);
