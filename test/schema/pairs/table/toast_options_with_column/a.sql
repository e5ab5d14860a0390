CREATE TABLE t (id int);
CREATE TABLE u (id int, note text) WITH (toast.autovacuum_enabled = false, fillfactor = 50, toast.vacuum_truncate = false);
CREATE TABLE w (id int);
CREATE TABLE v (id int) PARTITION BY LIST (id);
CREATE TABLE v1 PARTITION OF v FOR VALUES IN (1);
CREATE TABLE i (id int);
CREATE TABLE j () INHERITS (i);
