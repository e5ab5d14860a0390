CREATE TABLE t (id int PRIMARY KEY, name text);
ALTER TABLE t SET (toast.autovacuum_enabled = off, toast_tuple_target = 4000);
