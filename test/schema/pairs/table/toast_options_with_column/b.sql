CREATE TABLE t (id int, note text) WITH (toast.autovacuum_enabled = false);
CREATE TABLE u (id int, note text) WITH (toast.vacuum_truncate = false, toast.autovacuum_vacuum_threshold = 7);
CREATE TABLE w (id text) WITH (toast.autovacuum_enabled = false);
CREATE TABLE v (id int, note text) PARTITION BY LIST (id);
CREATE TABLE v1 PARTITION OF v FOR VALUES IN (1) WITH (toast.autovacuum_enabled = false);
CREATE TABLE i (id int, n text);
CREATE TABLE j () INHERITS (i) WITH (toast.autovacuum_enabled = false);
