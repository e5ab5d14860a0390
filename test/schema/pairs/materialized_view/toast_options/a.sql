CREATE TABLE t (id int, note text);
CREATE MATERIALIZED VIEW m WITH (toast.autovacuum_enabled = false) AS SELECT * FROM t;
CREATE MATERIALIZED VIEW n WITH (toast.autovacuum_enabled = false) AS SELECT note FROM t;
