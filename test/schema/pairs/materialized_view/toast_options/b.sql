CREATE TABLE t (id int, note text);
CREATE MATERIALIZED VIEW m WITH (toast.autovacuum_vacuum_threshold = 5) AS SELECT * FROM t;
CREATE MATERIALIZED VIEW n WITH (fillfactor = 50) AS SELECT note FROM t;
