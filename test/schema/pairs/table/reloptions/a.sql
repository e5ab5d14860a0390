CREATE TABLE t (id int PRIMARY KEY, name text);
ALTER TABLE t SET (fillfactor = 70, autovacuum_enabled = off);
