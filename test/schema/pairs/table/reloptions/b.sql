CREATE TABLE t (id int PRIMARY KEY, name text);
ALTER TABLE t SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01);
